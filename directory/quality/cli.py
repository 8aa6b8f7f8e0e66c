"""`litestar directory quality`: the report of listings on the command line."""

import asyncio
from typing import Any

import click
import msgspec

from core import clock
from core.database import Database
from core.settings import Settings
from directory.quality import CHECKS, GAPS, Scope, find_all, know, report, telling

_LISTED = CHECKS | GAPS


@click.command("quality")
@click.option("--source", help="Only listings imported under this name; - for those made here.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "csv"]),
    default="text",
    show_default=True,
    help="What to print.",
)
@click.option(
    "--list", "code", metavar="CHECK", help="Instead of the figures, the listings that a check finds."
)
def quality_command(source: str | None, format_: str, code: str | None) -> None:
    """Tell how complete, how fresh and how right the listings of each source are.

    What keeps people from help stands first. The name in brackets is what --list takes.
    """
    if code is not None and code not in _LISTED:
        raise click.BadParameter(f"one of {', '.join(_LISTED)}", param_hint="--list")
    click.echo(asyncio.run(_tell(Scope(source), format_, code)), nl=False)


async def _tell(scope: Scope, format_: str, code: str | None) -> str:
    settings = Settings.from_env()
    database = Database(settings.database_url)
    try:
        async with database.transaction(write=False) as db:
            known = await know(db, clock.today("UTC"))
            if code is None:
                return _written(await report(db, known, scope), format_)
            check = _LISTED[code]
            found = find_all(db, known, scope, check)
            if format_ == "csv":
                return await telling.findings_csv(check, found, settings.base_url)
            listed = [one async for one in found]
            if format_ == "json":
                return _json(listed)
            return "".join(f"{one.id}  {one.name} · {one.organization} {one.href}\n" for one in listed)
    finally:
        await database.dispose()


def _written(found: Any, format_: str) -> str:
    if format_ == "json":
        return _json(telling.as_json(found))
    return (
        telling.as_csv(found) if format_ == "csv" else "".join(f"{line}\n" for line in telling.as_text(found))
    )


def _json(what: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(what)).decode() + "\n"
