"""What all rows of the county share: how they are gathered, and the ids that never change."""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from seeds.county.content import Group

Row = dict[str, Any]

NAMESPACE = uuid5(NAMESPACE_URL, "https://alder-county.example/")
AREA_CODE = "698"


@dataclass
class County:
    """The rows of the county by HSDS table, and the service ids by the field of help they belong to.

    `corrections` is what a person says about needs where the rules that read the words would be wrong: service id,
    need, and whether the service does *not* meet it.
    """

    tables: dict[str, list[Row]] = field(default_factory=dict)
    fields: dict[str, list[UUID]] = field(default_factory=dict)
    corrections: list[tuple[UUID, str, bool]] = field(default_factory=list)

    def add(self, table: str, **row: Any) -> UUID:
        """Append a row and return its id."""
        self.tables.setdefault(table, []).append(row)
        identifier: UUID = row["id"]
        return identifier

    def service(self, name: str) -> Row:
        """Return the row of the service of that name."""
        return next(row for row in self.tables["service"] if row["name"] == name)

    def organization(self, name: str) -> Row:
        """Return the row of the organization of that name."""
        return next(row for row in self.tables["organization"] if row["name"] == name)


def row_id(*parts: object) -> UUID:
    """Return the id of the thing called by `parts`: the same for ever."""
    return uuid5(NAMESPACE, "/".join(map(str, parts)))


def slug(name: str) -> str:
    """Return a name as it stands in an address on the web."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")


def add_phone(county: County, group: Group, owner: str, owner_id: UUID, extension: int | None = None) -> None:
    """Add the telephone of an organization to the row `owner_id`, which the column `owner` names."""
    number, _, own_extension = group.phone.partition("x")
    county.add(
        "phone",
        id=row_id("phone", owner_id),
        number=f"({AREA_CODE}) 555-{number}",
        e164=f"+1{AREA_CODE}555{number}",
        extension=own_extension or (str(extension) if extension else None),
        type="voice",
        **{owner: owner_id},
    )
