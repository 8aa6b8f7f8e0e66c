"""A backup is whole, never replaces anything, and can be served from."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import select

from accounts.models import User
from core import backup
from core.backup import BackupError
from core.database import Database


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "from" / "handrail.db"
    path.parent.mkdir()
    path.write_bytes(sqlite_template.read_bytes())
    return f"sqlite+aiosqlite:///{path}"


async def names(url: str) -> list[str]:
    database = Database(url)
    async with database.transaction(write=False) as db:
        found = list(await db.scalars(select(User.name).order_by(User.name)))
    await database.dispose()
    return found


async def test_a_backup_taken_while_somebody_writes_restores_what_was_there(sqlite_url, tmp_path):
    before = await names(sqlite_url)
    database = Database(sqlite_url)
    async with database.transaction() as db:
        (await db.scalars(select(User))).all()[0].name = "Somebody Else"
        await db.flush()
        backup.backup(sqlite_url, tmp_path / "copy.db")
    await database.dispose()

    restored = f"sqlite+aiosqlite:///{tmp_path}/to/handrail.db"
    backup.restore(restored, tmp_path / "copy.db")
    assert await names(restored) == before != await names(sqlite_url)
    assert await backup.verify(restored) == []


def test_a_backup_replaces_nothing(sqlite_url, tmp_path):
    target = tmp_path / "copy.db"
    target.write_text("last week's")
    with pytest.raises(BackupError, match="never replaces"):
        backup.backup(sqlite_url, target)
    with pytest.raises(BackupError, match="move it away"):
        backup.restore(sqlite_url, target)
    assert target.read_text() == "last week's"


def test_what_is_no_backup_is_refused(tmp_path):
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"not a database at all" * 500)
    with pytest.raises(BackupError, match="not a sound database"):
        backup.restore(f"sqlite+aiosqlite:///{tmp_path}/to/handrail.db", broken)
    assert not list((tmp_path / "to").iterdir())


def test_postgresql_is_left_to_its_own_tools(tmp_path):
    with pytest.raises(BackupError, match="pg_dump"):
        backup.backup("postgresql+psycopg://localhost/handrail", tmp_path / "copy.db")


async def test_damage_is_told(sqlite_url):
    path = sqlite_url.partition("///")[2]
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE user_account SET organization_id = 'nobody'")
    connection.close()
    assert any("points at a missing row of agency" in line for line in await backup.verify(sqlite_url))
