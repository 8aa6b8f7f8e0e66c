"""The mapping that somebody chose on the page, as the file that the importer reads."""

import json

from directory.importing.mapping import FIELDS, column_key
from directory.intake.words import LISTS


def as_toml(source: str, fields: dict[str, list[str]], *, organization: str = "") -> str:
    """Return a mapping by which the columns hold the fields; with `organization` all listings are that one's."""
    lines = [f"name = {_quoted(source)}", "", "[fields]"]
    for field in FIELDS:
        columns = ", ".join(map(_column, fields.get(field, ())))
        if columns:
            lines.append(f"{field} = [[{columns}]]" if field in LISTS else f"{field} = [{columns}]")
    lines += ["", "[defaults]", 'country = "US"']
    if organization:
        lines.append(f"organization = {_quoted(organization)}")
    return "\n".join(lines) + "\n"


def _column(name: str) -> str:
    """Write the name of a column without what a mapping reads as a way into it; columns are found without it too."""
    plain = "".join(" " if character in ".[]" else character for character in name)
    return _quoted(column_key(plain))


def _quoted(text: str) -> str:
    """Write a text as TOML and JSON both do."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return json.dumps(printable, ensure_ascii=False)
