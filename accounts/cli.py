"""Commands about people who sign in: `litestar accounts …`."""

import secrets
import sys
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

import click
import msgspec

from accounts import actions, passwords, queries
from accounts.audit import Head, heads, verify
from accounts.keys.cli import key_group
from accounts.rules import ROLES
from core.cli import with_database
from core.database import Database
from core.settings import Settings


@click.group(name="accounts")
def group() -> None:
    """People who sign in, keys of partners, and the audit trail."""


group.add_command(key_group)


def _new_password(generate: bool, *about: str) -> tuple[str, bool]:
    """Ask for a password, or make one where nobody can be asked; return it, and whether it was made."""
    generated = generate or not sys.stdin.isatty()
    password = secrets.token_urlsafe(15) if generated else click.prompt("Password", hide_input=True)
    if problem := passwords.problem_with(password, about=about):
        raise click.ClickException(problem)
    return password, generated


@group.command()
@click.argument("email")
@click.option("--role", type=click.Choice(list(ROLES)), required=True, help="What the person may do.")
@click.option(
    "--organization", type=click.UUID, required=True, help="Id of the organization, as in its listing."
)
@click.option("--organization-name", help="Name, when the organization is new here.")
@click.option("--time-zone", default="America/Chicago", show_default=True, help="Of a new organization.")
@click.option("--name", help="The person's name; the mail address when left out.")
@click.option("--generate", is_flag=True, help="Make a password and print it instead of asking for one.")
def add(
    email: str,
    role: Any,
    organization: UUID,
    organization_name: str | None,
    time_zone: str,
    name: str | None,
    generate: bool,
) -> None:
    """Let the person at EMAIL sign in. Asks for a password, or makes one where nobody can be asked."""
    if time_zone not in available_timezones():
        raise click.ClickException("There is no such time zone; they look like America/Chicago.")
    password, generated = _new_password(generate, email, name or "", organization_name or "")

    async def work(database: Database, _settings: Settings) -> None:
        hashed = await passwords.hash_password(password)
        async with database.transaction() as db:
            if await queries.agency(db, organization) is None:
                if not organization_name:
                    raise click.ClickException("This organization is new here: give --organization-name too.")
                await actions.add_agency(
                    db, organization_name, organization_id=organization, time_zone=time_zone
                )
            try:
                await actions.add_user(
                    db,
                    organization_id=organization,
                    email=email,
                    name=name or email,
                    role=role,
                    password_hash=hashed,
                )
            except ValueError as error:
                raise click.ClickException(str(error)) from None

    with_database(work)
    click.echo(f"{email} can sign in as {role}.")
    if generated:
        click.echo(f"Password: {password}")


@group.command()
@click.argument("email")
@click.option("--generate", is_flag=True, help="Make a password and print it instead of asking for one.")
def password(email: str, generate: bool) -> None:
    """Give the person at EMAIL a new password, and sign them out everywhere."""
    chosen, generated = _new_password(generate, email)

    async def work(database: Database, _settings: Settings) -> bool:
        hashed = await passwords.hash_password(chosen)
        async with database.transaction() as db:
            return await actions.set_password(db, email, hashed)

    if not with_database(work):
        raise click.ClickException("Nobody signs in with this mail address.")
    click.echo(f"{email} has a new password.")
    if generated:
        click.echo(f"Password: {chosen}")


@group.group(name="audit")
def audit_group() -> None:
    """The audit trail: check it, or write off where it stands."""


@audit_group.command(name="verify")
@click.option(
    "--heads", "kept", type=click.Path(exists=True, path_type=Path), help="Heads written off earlier."
)
def verify_command(kept: Path | None) -> None:
    """Check that no entry was changed, removed, added or moved. Exit code 1 when one was."""
    lines = kept.read_bytes().splitlines() if kept else []
    known = [msgspec.json.decode(line, type=Head) for line in lines if line.strip()]

    async def work(database: Database, _settings: Settings) -> list[str]:
        async with database.transaction(write=False) as db:
            return [fault async for fault in verify(db, known)]

    faults = with_database(work)
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        raise SystemExit(1)
    click.echo("The audit trail is as it was written.")


@audit_group.command(name="heads")
def heads_command() -> None:
    """Print where each organization's trail stands, one JSON line each, to be kept on another machine."""

    async def work(database: Database, _settings: Settings) -> list[Head]:
        async with database.transaction(write=False) as db:
            return await heads(db)

    for head in with_database(work):
        click.echo(msgspec.json.encode(head).decode())
