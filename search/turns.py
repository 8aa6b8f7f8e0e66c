"""Taking turns across processes and machines: who writes an index holds off all others.

PostgreSQL is asked for a lock that ends with the connection, so a killed process holds up nobody. An SQLite database
is used on one machine only, and so are files: there the file system locks.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import text

from core.database import Database


class Busy(Exception):
    """Somebody else has the turn, and the caller did not want to wait."""


class Turns(Protocol):
    """Gives out turns by name."""

    def take(self, name: str, *, wait: bool = True) -> AbstractAsyncContextManager[None]:
        """Hold the turn of this name. Raises `Busy` when another has it and `wait` is false."""


class FileTurns:
    """Turns of the processes of one machine, by lock files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @asynccontextmanager
    async def take(self, name: str, *, wait: bool = True) -> AsyncIterator[None]:
        """Hold the turn of this name. Raises `Busy` when another has it and `wait` is false."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / f"{name}.lock").open("w", encoding="ascii") as file:
            try:
                await asyncio.to_thread(fcntl.flock, file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                raise Busy(name) from None
            yield


class DatabaseTurns:
    """Turns of all processes on one PostgreSQL database, wherever they run."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def take(self, name: str, *, wait: bool = True) -> AsyncIterator[None]:
        """Hold the turn of this name. Raises `Busy` when another has it and `wait` is false."""
        number = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
        # Nothing is read or written in this transaction: it holds no row and no snapshot, only its turn.
        async with self._database.transaction(write=False) as db:
            if wait:
                await db.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})
            elif not await db.scalar(text("SELECT pg_try_advisory_xact_lock(:number)"), {"number": number}):
                raise Busy(name)
            yield


def turns_of(database: Database, folder: Path) -> Turns:
    """The turns that all processes on this database share."""
    return DatabaseTurns(database) if database.dialect == "postgresql" else FileTurns(folder)
