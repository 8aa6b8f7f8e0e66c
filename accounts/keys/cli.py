"""Commands about partners' keys: `litestar accounts key …`."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import click

from accounts import queries as account_queries
from accounts.keys import actions, queries
from accounts.keys.forms import LEAST, MOST, KeyForm
from accounts.keys.models import USUAL_LIMIT, ApiKey
from core.cli import with_database
from core.database import Database
from core.errors import WrongState
from core.forms import FormErrors
from core.settings import Settings


@click.group(name="key")
def key_group() -> None:
    """Keys that partners' programs read the open data with."""


@key_group.command(name="add")
@click.argument("name")
@click.option("--mail", default="", help="Mail address at the partner for questions.")
@click.option(
    "--limit",
    type=click.IntRange(LEAST, MOST),
    default=USUAL_LIMIT,
    show_default=True,
    help="Requests in ten minutes.",
)
@click.option(
    "--expires", type=click.DateTime(["%Y-%m-%d"]), help="Last day on which the key opens anything."
)
@click.option(
    "--organization", type=click.UUID, help="Id of the agency it is for; need not be told where there is one."
)
def add(name: str, mail: str, limit: int, expires: datetime | None, organization: UUID | None) -> None:
    """Make a key for the partner NAME, and print it: this is the only time that it can be seen."""

    async def work(database: Database, _settings: Settings) -> str:
        async with database.transaction() as db:
            agencies = await account_queries.agencies(db)
            chosen = [one for one in agencies if organization in {None, one.id}]
            if not chosen:
                raise click.ClickException("No organization with this id has people who sign in.")
            if len(chosen) > 1:
                raise click.ClickException(
                    "There are several organizations here: say which by --organization."
                )
            form = KeyForm(name=name, mail=mail, per_10_minutes=limit, expires_on=_day(expires))
            return (await actions.make(db, None, chosen[0].id, form)).key

    if not name.strip() or len(name) > 120:
        raise click.ClickException("A partner's name has between 1 and 120 characters.")
    try:
        key = with_database(work)
    except FormErrors as error:
        raise click.ClickException(" ".join(error.errors.values())) from None
    click.echo(f"Key: {key}")
    click.echo(
        f"Nobody can see it again. It goes into a header: Authorization: Bearer KEY, for {name}.", err=True
    )


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


@key_group.command(name="list")
def list_command() -> None:
    """Print the keys of all organizations, the newest first, without what cannot be shown."""

    async def work(database: Database, _settings: Settings) -> Sequence[ApiKey]:
        async with database.transaction(write=False) as db:
            return await queries.all_keys(db)

    for row in with_database(work):
        facts = [
            row.prefix,
            row.name,
            f"made {row.created_at:%Y-%m-%d}",
            f"{row.per_10_minutes} in 10 minutes",
        ]
        facts.append(f"last used {row.last_used_on or 'never'}")
        if row.expires_on:
            facts.append(f"until {row.expires_on}")
        if row.revoked_at:
            facts.append(f"revoked {row.revoked_at:%Y-%m-%d}")
        click.echo(" · ".join(facts))


@key_group.command(name="revoke")
@click.argument("prefix")
def revoke(prefix: str) -> None:
    """Shut the key that begins with PREFIX, for good and at once."""

    async def work(database: Database, _settings: Settings) -> str:
        async with database.transaction() as db:
            row = await queries.by_prefix(db, prefix)
            if row is None:
                raise click.ClickException("No key begins like this: give the 8 characters of `key list`.")
            await actions.revoke(db, None, row)
            return row.name

    try:
        name = with_database(work)
    except WrongState as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"The key of {name} is revoked.")
