"""Pulls at which somebody sits and waits: by command, with a progress bar, to the end."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from core.database import Database
from core.outbound import Refused
from core.settings import Settings
from directory.importing.errors import ImportRefused
from directory.sources import actions, pulling, queries
from directory.sources.forms import check_key, clean_address
from directory.sources.models import Pull

PATIENCE = 5
"""A pull at which somebody waits is left for another time after so many failures in a row."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much it is in all (0 where nobody knows)."""


async def drive(database: Database, settings: Settings, pull: Pull, progress: Progress) -> Pull:
    """Bring a pull to where it needs nobody: applied, or waiting for a decision.

    Raises `ImportRefused` with the reason when it failed, or goes on too badly to wait for; it can be gone on with.
    """
    written = 0

    def step(more: int, total: int) -> None:
        nonlocal written
        written += more
        progress("writing", written, total)

    while True:
        rest = await pulling.advance(database, settings, pull.id, step)
        async with database.transaction(write=False) as db:
            pull = await queries.pull(db, pull.id)
        why = pull.error[0] % pull.error[1] if pull.error else "no reason is known"
        if pull.state == "failed":
            raise ImportRefused(why)
        if rest is None:
            return pull
        if pull.state == "reading":
            progress(pull.step, pull.page, pull.pages)
        if pull.failures >= PATIENCE:
            raise ImportRefused(f"{why} What was read is kept: the same command goes on from there.")
        await asyncio.sleep(rest)


async def import_address(
    database: Database, settings: Settings, address: str, name: str | None, dry_run: bool, progress: Progress
) -> Pull:
    """Read everything from an address, and unless it is a `dry_run` take it in at once; an earlier try is gone on with.

    The source is known as `name` or by its host. Raises `ImportRefused`.
    """
    try:
        address = clean_address(address, settings.near_networks)
    except Refused as error:
        raise ImportRefused(str(error)) from None
    name = (name or urlsplit(address).hostname or "")[:120]
    async with database.transaction() as db:
        source = await queries.source_named(db, name)
        if source is None:
            source = await actions.add_source(db, None, name=name, address=address, every_hours=0)
        if source is None or source.address != address:
            raise ImportRefused(
                f"There is a source named {name} at another address; choose a name by --source."
            )
        pull = await actions.begin_pull(db, source, whole=True, at_once=not dry_run, by_job=False)
    return await drive(database, settings, pull, progress)


def read_key(path: Path | None, address: str, settings: Settings) -> str | None:
    """Return the key that a file holds; raises `ImportRefused`."""
    if path is None:
        return None
    try:
        key = path.read_text(encoding="utf-8").strip()
        check_key(address, key, settings.near_networks)
    except (OSError, UnicodeDecodeError) as error:
        raise ImportRefused(f"The key cannot be read from {path}.") from error
    except Refused as error:
        raise ImportRefused(str(error)) from None
    return key


def lines(pull: Pull) -> list[str]:
    """Return what a pull has changed or would change, as lines of text."""
    heads = {"applied": "Changed here:", "ready": "Would be changed here:"}
    found = [heads.get(pull.state, f"The pull is {pull.state}:")]
    for table, of in pull.counts.items():
        found.append(f"  {table}: " + ", ".join(f"{number:,} {what}" for what, number in of.items()))
    if len(found) == 1:
        found.append("  nothing")
    return found + [sentence[0] % sentence[1] for sentence in pull.remarks]
