"""The migrations make what the models say, on both databases, as a whole or not at all."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core import schema
from core.database import Base, Database
from tests.support.postgres import Postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path):
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path}/empty.db"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    name = postgres.create()
    yield postgres.url(name)
    postgres.drop(name)


async def run(url: str, statement: str) -> list[object]:
    database = Database(url)
    try:
        async with database.transaction() as db:
            if statement.startswith("SELECT"):
                return list(await db.scalars(text(statement)))
            await db.execute(text(statement))
            return []
    finally:
        await database.dispose()


async def test_migrations_and_models_agree(empty_url: str):
    """If this fails, a model was changed without a migration: `litestar database draft "What changes"`."""
    assert await schema.current(empty_url) is None
    await schema.upgrade(empty_url)
    assert await schema.current(empty_url) == schema.newest() is not None
    assert await schema.differences(empty_url) == []


SQLITE_RULES = "SELECT name || ' ' || sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
POSTGRESQL_RULES = (
    "SELECT tablename || ' ' || policyname || ' ' || qual AS rule FROM pg_policies UNION ALL "
    "SELECT relname || ' is forced' FROM pg_class WHERE relforcerowsecurity UNION ALL "
    "SELECT tgrelid::regclass || ' ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY rule"
)


async def test_migrations_set_up_the_same_guards_as_the_models(empty_url: str):
    """Triggers and policies, which `schema.differences` does not compare."""
    question = SQLITE_RULES if empty_url.startswith("sqlite") else POSTGRESQL_RULES
    await schema.upgrade(empty_url)
    migrated = await run(empty_url, question)
    database = Database(empty_url)
    async with database.transaction() as db:
        connection = await db.connection()
        if database.dialect == "postgresql":
            await db.execute(text("DROP OWNED BY current_user CASCADE"))
        else:
            await connection.run_sync(Base.metadata.drop_all)
        await connection.run_sync(Base.metadata.create_all)
    await database.dispose()
    assert migrated
    assert migrated == await run(empty_url, question)


async def test_upgrading_twice_changes_nothing(empty_url: str):
    await schema.upgrade(empty_url)
    await schema.upgrade(empty_url)
    assert await schema.current(empty_url) == schema.newest()


async def test_two_that_upgrade_at_once_take_turns(empty_url: str):
    await asyncio.gather(schema.upgrade(empty_url), schema.upgrade(empty_url))
    assert await schema.current(empty_url) == schema.newest()


async def test_an_upgrade_that_fails_leaves_nothing(empty_url: str):
    """`phone` is among the last tables that are made; one of that name in the way stops the upgrade there."""
    await run(empty_url, "CREATE TABLE phone (id integer)")
    with pytest.raises(DBAPIError):
        await schema.upgrade(empty_url)
    assert await schema.current(empty_url) is None
    with pytest.raises(DBAPIError):
        await run(empty_url, "SELECT count(*) FROM client")


async def test_the_audit_trail_refuses_to_be_changed(empty_url: str):
    await schema.upgrade(empty_url)
    nobody = "00000000-0000-0000-0000-000000000000" if empty_url.startswith("post") else "0" * 32
    await run(
        empty_url,
        "INSERT INTO audit_entry (organization_id, sequence, at, action, subject_type, details, hash) "
        f"VALUES ('{nobody}', 1, '2026-01-01 00:00:00', 'client.read', 'client', '{{}}', 'x')",
    )
    for change in ("UPDATE audit_entry SET action = 'nothing'", "DELETE FROM audit_entry"):
        with pytest.raises(DBAPIError, match="only grows"):
            await run(empty_url, change)
    assert await run(empty_url, "SELECT action FROM audit_entry") == ["client.read"]
