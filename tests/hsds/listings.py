"""Documents on their way in and out: imported as a file of JSON, read back over the API."""

import json
from pathlib import Path
from typing import Any

import httpx

from core.database import Database
from directory.importing import ImportOptions, Report, import_directory
from tests.hsds.documents import written
from tests.hsds.rules import JSON

Row = dict[str, Any]

EXTENDED = "extended documents"
SETS = ("the demo county", "legal aid", "documents", EXTENDED)
"""The listings the API is asked about; only one of them has fields that the standard does not know."""

LISTS = {
    "service": "/hsds/services",
    "organization": "/hsds/organizations",
    "service_at_location": "/hsds/service_at_locations",
    "taxonomy": "/hsds/taxonomies",
    "taxonomy_term": "/hsds/taxonomy_terms",
}
"""Where the API keeps what, by table."""

WHOLE = {"organization": {"full_service": "true"}}
"""By table, what else must be asked for so that nothing of a document is left out."""


def hidden_services(listings: str) -> list[Row]:
    """Return the services of a set that the public may not see; only those that were written here are known."""
    if not listings.endswith("documents"):
        return []
    return [
        written("service", seed, statuses=["inactive", "defunct"], extended=listings == EXTENDED)
        for seed in range(2_000, 2_010)
    ]


async def take_in(database: Database, folder: Path, documents: dict[str, list[Row]]) -> Report:
    """Import documents, by table, each table from one file that is a list; nothing of them may be refused."""
    package = folder / "package"
    package.mkdir(parents=True)
    for table, some in documents.items():
        path = package / LISTS[table].rsplit("/", 1)[1]
        path.with_suffix(".json").write_text(json.dumps(some), encoding="utf-8")
    report = await import_directory(database, package, ImportOptions(format="hsds-json", source="written"))
    return report


async def read_back(http: httpx.AsyncClient, table: str, identity: str) -> Row:
    """Return a whole document as the API tells it."""
    answer = await http.get(f"{LISTS[table]}/{identity}", params=WHOLE.get(table), headers=JSON)
    assert answer.status_code == 200, (table, identity, answer.status_code, answer.text[:500])
    found: Row = answer.json()
    return found
