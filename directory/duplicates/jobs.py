"""After an import: listings of merged organizations follow, and pairs that may be one are looked for."""

from typing import Any

from core.database import Database
from core.jobs import batch_job
from directory.duplicates.actions import hand_over_newcomers
from directory.duplicates.proposing import look


@batch_job("directory.duplicates", size=50)
async def find_duplicates(database: Database, payloads: list[dict[str, Any]]) -> None:
    """Look for duplicates of the listings of the sources that the payloads name."""
    async with database.transaction() as db:
        await hand_over_newcomers(db)
    await look(database, {payload["source"] for payload in payloads})
