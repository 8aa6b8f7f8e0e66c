"""The database, on SQLite and PostgreSQL alike, and the one way to open a transaction."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, MetaData, Uuid, event, exc, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

__all__ = [
    "EVERYTHING",
    "NOTHING",
    "Base",
    "Database",
    "UtcDateTime",
    "Uuid",
    "insert_into",
    "new_id",
    "see_rows_of",
]

EVERYTHING, NOTHING = "everything", "nothing"
#: How long a writer waits on SQLite for a writer of another process, unless it says that it has less time.
_PATIENCE_S = 30.0

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in time: takes and gives aware datetimes, stores UTC on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive datetimes: nobody can know what moment they mean."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the stored moment back as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The base of all tables: UUIDs by default portable, constraint names predictable for migrations."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {uuid.UUID: Uuid(as_uuid=True), datetime: UtcDateTime()}


def new_id() -> uuid.UUID:
    """Return a fresh random id for a row."""
    return uuid.uuid4()


class Database:
    """A connection pool and the rules of its database; one per process.

    On SQLite the driver's own transaction handling is switched off: it begins late and thereby loses updates
    between a read and a write. Writing transactions take the write lock at once (BEGIN IMMEDIATE), one after
    another in this process, so that waiting happens in order here and not by polling inside SQLite.
    """

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = url
        options: dict[str, Any] = {}
        if url.startswith("sqlite"):
            _make_folder(url)
            options["connect_args"] = {"timeout": _PATIENCE_S}
        else:
            options |= {"pool_size": pool_size, "max_overflow": pool_size, "pool_pre_ping": True}
        self.engine = create_async_engine(url, **options)
        self.dialect: str = self.engine.dialect.name
        self._writing = asyncio.Lock() if self.dialect == "sqlite" else None
        if self.dialect == "sqlite":
            event.listen(self.engine.sync_engine, "connect", _configure_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)

    @asynccontextmanager
    async def transaction(
        self,
        *,
        write: bool = True,
        sees: str = EVERYTHING,
        patience: float | None = None,
        steady: bool = False,
    ) -> AsyncIterator[AsyncSession]:
        """Open a session in one transaction: committed at the end of the block, rolled back if it raises.

        With `write=False` nothing may be changed; readers never wait for writers. On PostgreSQL confidential rows are
        withheld unless they are those of the organization whose id `sees` is; only jobs and commands see everything.
        All reads of a `steady` one are of one and the same moment, as they always are on SQLite.
        What must happen right after the commit, and may be lost with the process, is put into
        `session.info["after_commit"]`, a dict of functions.

        On SQLite, where one writes at a time, a writer waits for its turn in this process as long as it takes, unless
        it has `patience` for so many seconds only: then `TimeoutError` or `OperationalError` of SQLAlchemy.
        """
        guard = self._turn(patience) if write and self._writing is not None else nullcontext()
        async with guard, self.engine.connect() as connection:
            if steady and self.dialect == "postgresql":
                await connection.execution_options(isolation_level="REPEATABLE READ")
            await _begin(connection, write, patience or _PATIENCE_S)
            async with AsyncSession(bind=connection, expire_on_commit=False, autoflush=True) as session:
                try:
                    await see_rows_of(session, sees)
                    yield session
                    await session.flush()
                except BaseException:
                    await connection.rollback()
                    raise
                if write:
                    await connection.commit()
                    for hook in session.info.get("after_commit", {}).values():
                        hook()
                else:
                    await connection.rollback()

    @asynccontextmanager
    async def _turn(self, patience: float | None) -> AsyncIterator[None]:
        assert self._writing is not None
        try:
            async with asyncio.timeout(patience):
                await self._writing.acquire()
        except TimeoutError:
            raise exc.TimeoutError("others are writing") from None
        try:
            yield
        finally:
            self._writing.release()

    async def check_role(self) -> None:
        """Raise `RuntimeError` on PostgreSQL when the role we connect as would ignore row level security."""
        if self.dialect != "postgresql":
            return
        async with self.transaction(write=False) as db:
            query = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
            if await db.scalar(query):
                raise RuntimeError(
                    "Connect to PostgreSQL as a plain role: a superuser or one with BYPASSRLS sees every row."
                )

    async def dispose(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


def insert_into(db: AsyncSession, table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """Return an insertion that can say what to do about a row that is there already (ON CONFLICT), on both databases."""
    if db.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


async def see_rows_of(db: AsyncSession, sees: str) -> None:
    """Choose whose confidential rows the rest of the transaction sees: an organization's id, or `NOTHING`."""
    if db.get_bind().dialect.name == "postgresql":
        await db.execute(text("SELECT set_config('handrail.sees', :sees, true)"), {"sees": sees})


async def _begin(connection: AsyncConnection, write: bool, patience: float) -> None:
    connection.sync_connection.info.update(write=write, patience=patience)  # type: ignore[union-attr]
    await connection.begin()


def _make_folder(url: str) -> None:
    path = url.partition("///")[2].partition("?")[0]
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)


def _configure_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "busy_timeout=30000",
        "foreign_keys=ON",
        "trusted_schema=OFF",
        "cache_size=-4000",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    patience = connection.info.get("patience", _PATIENCE_S)
    if connection.info.get("waits", _PATIENCE_S) != patience:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={int(patience * 1000)}")
        connection.info["waits"] = patience
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.info.get("write") else "BEGIN")
