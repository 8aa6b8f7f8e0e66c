"""The command `litestar directory geocode`: places listings on the map by their addresses, now and with progress."""

from __future__ import annotations

import asyncio
from collections import Counter

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from core import crypto, schema
from core.database import Database
from core.settings import Settings
from directory.cli import group
from search.places import Places
from search.places.bulk import NONE, look_up_all, waiting
from search.places.online import online_of

WORDS = {
    "address": "by house",
    "street": "by street",
    "zip": "at the centre of their ZIP code",
    "town": "at the centre of their town",
    NONE: "not found",
}


@group.command("geocode")
def geocode_command() -> None:
    """Look up where listings without coordinates are, by their addresses.

    Asks the geocoder of HANDRAIL_GEOCODER, one question a second unless it says otherwise; without one, ZIP codes and
    towns are found without asking anybody. Coordinates that were given are left as they are. It may be stopped at any
    time: the next run goes on. A running worker brings the search up to date.
    """
    settings = Settings.from_env()
    crypto.configure(settings)
    found = asyncio.run(_geocode(settings))
    for precision, words in WORDS.items():
        if found[precision]:
            click.echo(f"{found[precision]:>7} {words}")
    if not found:
        click.echo("Every listing with an address is on the map.")


async def _geocode(settings: Settings) -> Counter[str]:
    await schema.upgrade(settings.database_url)
    database = Database(settings.database_url)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        places = Places(database, online_of(settings))
        async with database.transaction(write=False) as db:
            total = await waiting(db)
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("Looking up addresses", total=total)
            return await look_up_all(database, places, lambda: bar.advance(task))
    finally:
        await database.dispose()
