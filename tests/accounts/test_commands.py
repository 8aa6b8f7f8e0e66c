"""`litestar accounts …`."""

import asyncio
import re
from base64 import urlsafe_b64encode
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from accounts import actions
from accounts.cli import group
from core import crypto
from core.database import Database
from core.settings import Settings
from tests.support.cast import PASSWORD, Cast


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    return {
        "HANDRAIL_DATA_DIR": str(settings.data_dir),
        "HANDRAIL_DATABASE_URL": settings.database_url,
        "HANDRAIL_SECRET_KEY": settings.secret_key,
        "HANDRAIL_ENCRYPTION_KEYS": urlsafe_b64encode(settings.encryption_keys[0]).decode(),
        "HANDRAIL_DEMO": "",
    }


def command(environment: dict[str, str], *words: str) -> Result:
    return CliRunner().invoke(group, list(words), env=environment)


def in_database(settings: Settings, work):
    crypto.configure(settings)

    async def run():
        database = Database(settings.database_url)
        try:
            return await work(database)
        finally:
            await database.dispose()

    return asyncio.run(run())


ROBIN = ("add", "robin@new.example", "--role", "navigator", "--name", "Robin Ash")


def test_it_works(environment: dict[str, str], settings: Settings):
    new = str(uuid4())
    result = command(environment, *ROBIN, "--organization", new, "--organization-name", "New Road Outreach")
    assert result.exit_code == 0, result.output
    password = re.search(r"Password: (\S+)", result.output)
    assert password is not None

    entry = in_database(settings, lambda database: actions.sign_in(database, ROBIN[1], password[1]))
    assert entry.actor.organization_name == "New Road Outreach" and entry.actor.role == "navigator"
    assert str(entry.actor.organization_id) == new


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (["add", "not-an-address", "--role", "admin"], "not a mail address"),
        (["add", Cast.nina.email, "--role", "admin"], "somebody has this mail address already"),
        (["add", "x@new.example", "--role", "king"], "king"),
        (["add", "x@new.example", "--role", "admin", "--time-zone", "Mars/Base"], "no such time zone"),
    ],
)
def test_mistakes_are_told_and_change_nothing(environment: dict[str, str], changes: list[str], told: str):
    result = command(environment, *changes, "--organization", str(Cast.county.id))
    assert result.exit_code != 0 and told in result.output and "Traceback" not in result.output


def test_a_new_organization_needs_a_name(environment: dict[str, str]):
    result = command(environment, *ROBIN, "--organization", str(uuid4()))
    assert result.exit_code == 1 and "--organization-name" in result.output


def test_a_forgotten_password_is_replaced(environment: dict[str, str], settings: Settings):
    result = command(environment, "password", Cast.nina.email)
    password = re.search(r"Password: (\S+)", result.output)
    assert result.exit_code == 0 and password is not None

    async def try_both(database: Database):
        old = await actions.sign_in(database, Cast.nina.email, PASSWORD)
        return old, await actions.sign_in(database, Cast.nina.email, password[1])

    old, new = in_database(settings, try_both)
    assert old is None and new is not None
    assert command(environment, "password", "nobody@county.example").exit_code == 1


def test_verify_tells_a_whole_trail_from_a_changed_one(
    environment: dict[str, str], settings: Settings, tmp_path: Path
):
    async def some_entries(database: Database) -> None:
        for _ in range(2):
            await actions.sign_in(database, Cast.nina.email, PASSWORD)

    async def change_one(database: Database) -> None:
        async with database.transaction() as db:
            if database.dialect == "sqlite":
                await db.execute(text("DROP TRIGGER audit_entry_no_update"))
            else:
                await db.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
            await db.execute(text("UPDATE audit_entry SET action = 'sign-out' WHERE sequence = 1"))

    in_database(settings, some_entries)
    kept = tmp_path / "heads.jsonl"
    kept.write_text(command(environment, "audit", "heads").output)
    whole = command(environment, "audit", "verify", "--heads", str(kept))
    assert whole.exit_code == 0 and "as it was written" in whole.output
    in_database(settings, change_one)
    changed = command(environment, "audit", "verify")
    assert changed.exit_code == 1 and "entry 1 is not as it was written" in changed.output
