"""Small invented packages of listings, written to disk as other people would hand them over."""

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

Rows = list[dict[str, Any]]

MODERN: dict[str, Rows] = {
    "organizations": [
        {"id": "o1", "name": "Harbor Table", "description": "Meals &amp; <b>more</b>", "website": "www.harbor.example"},
        {"id": "o2", "name": "Harbor Table East", "parent_organization_id": "o3", "description": ""},
        {"id": "o3", "name": "Harbor Tables United", "description": ""},
    ],
    "services": [
        {"id": "s1", "organization_id": "o1", "name": "Hot supper", "status": "active", "colour": "green"},
        {"id": "s2", "organization_id": "o2", "name": "Groceries", "status": "inactive", "colour": ""},
    ],
    "locations": [
        {"id": "l1", "organization_id": "o1", "name": "Pier hall", "latitude": "42.05", "longitude": "-101.4"},
    ],
    "service_at_location": [{"id": "sl1", "service_id": "s1", "location_id": "l1", "description": "Use the side door"}],
    "addresses": [
        {"id": "a1", "location_id": "l1", "address_1": "1 Pier Road", "city": "Harlow", "country": "  ",
         "state_province": "NE", "postal_code": "69812", "address_type": "physical"},
    ],
    "phones": [
        {"id": "p1", "service_id": "s1", "number": "(698) 555-0101"},
        {"id": "p2", "service_id": "s1", "number": "ask at the door"},
    ],
    "schedules": [
        {"id": "h1", "service_at_location_id": "sl1", "freq": "WEEKLY", "byday": "MO,TU", "opens_at": "17:00",
         "closes_at": "19:30", "description": ""},
        {"id": "h2", "service_id": "s2", "freq": "", "byday": "", "opens_at": "", "closes_at": "",
         "description": "Fridays 9 am to noon"},
    ],
    "languages": [{"id": "g1", "service_id": "s1", "name": "Spanish", "code": "es"}],
    "taxonomy_term": [{"id": "t1", "code": "BD-5000", "name": "Food", "taxonomy": "Invented"}],
    "attributes": [{"id": "x1", "link_id": "s1", "link_entity": "service", "taxonomy_term_id": "t1"}],
}  # fmt: skip
"""A package of HSDS 3 with a little of everything; every name in it is invented."""


def table(rows: Rows) -> str:
    """Return rows as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def package(folder: Path, tables: dict[str, Rows] | None = None, name: str = "harbor") -> Path:
    """Write a folder of CSV files, and return it."""
    path = folder / name
    path.mkdir(parents=True, exist_ok=True)
    for stem, rows in (MODERN if tables is None else tables).items():
        (path / f"{stem}.csv").write_text(table(rows), encoding="utf-8")
    return path


def zipped(folder: Path, entries: dict[str, str | bytes], name: str = "harbor.zip") -> Path:
    """Write a zip archive with these entries, and return it."""
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, content in entries.items():
            archive.writestr(entry, content)
    return path


def changed(tables: dict[str, Rows], stem: str, at: int, **values: Any) -> dict[str, Rows]:
    """Return `tables` with some values of one row changed."""
    rows = [dict(row) for row in tables[stem]]
    rows[at] |= values
    return tables | {stem: rows}
