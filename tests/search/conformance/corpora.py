"""What engines are judged on: the demo county, and with it the real listings where they are on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import msgspec

from core.database import Database
from directory.importing import ImportOptions, import_directory
from search.documents import documents
from search.engines import Document
from seeds.county import build
from seeds.demo import write_listings
from tests.support.tools import ROOT, SHARED_DATA

BUILT_ON = date(2026, 11, 4)
"""The day that the dates of the demo county count from: it reads the same on every day that tests run."""

MOMENT = datetime(2026, 11, 4, 18, tzinfo=UTC)
"""The present of all searches here, a Wednesday: noon in Alder Falls."""

COUNTY, REAL = "county", "real"


class Corpus(msgspec.Struct, frozen=True):
    """A filled database, and the documents that its listings make."""

    name: str
    url: str
    documents: Sequence[Document]


def has_real_listings() -> bool:
    """Whether the real listings are on this machine."""
    return all((SHARED_DATA / name).is_dir() for name in ("pantries", "legal_aid"))


async def fill(name: str, url: str) -> Corpus:
    """Write a corpus into the database at `url`, which has tables and no listings yet."""
    database = Database(url)
    try:
        async with database.transaction() as db:
            await write_listings(db, build(BUILT_ON))
        if name == REAL:
            pantries = ImportOptions(mapping=ROOT / "seeds" / "mappings" / "pantries.toml")
            await import_directory(database, SHARED_DATA / "pantries" / "input_records.ndjson", pantries)
            await import_directory(database, SHARED_DATA / "legal_aid", ImportOptions())
        return Corpus(name, url, [one async for one in documents(database)])
    finally:
        await database.dispose()
