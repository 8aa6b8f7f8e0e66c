"""An installation of its own for each run: data folder, secrets, SQLite database at the newest schema, people."""

from __future__ import annotations

import base64
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import NamedTuple
from uuid import UUID

from accounts.actions import add_agency, add_user
from accounts.rules import Role
from accounts.sessions import open_session
from bench.results import FOLDER
from core import crypto
from core.database import Database
from core.settings import Settings

TIME_ZONE = "America/Chicago"


class Installation(NamedTuple):
    """A data folder and the environment that makes a process serve it; not demo mode, so real secrets are needed."""

    folder: Path
    environment: dict[str, str]

    @property
    def settings(self) -> Settings:
        """The settings that a process with this environment has."""
        return Settings.from_env(self.environment)

    @property
    def whole_environment(self) -> dict[str, str]:
        """The environment of a process that runs on it: this process's own, without settings of other installations."""
        others = {name: value for name, value in os.environ.items() if not name.startswith("HANDRAIL_")}
        return others | self.environment


@contextmanager
def installed() -> Iterator[Installation]:
    """Make a new installation, whose keys this process uses from here on, and remove it afterwards."""
    FOLDER.mkdir(exist_ok=True)
    folder = Path(mkdtemp(prefix="run-", dir=FOLDER))
    environment = {
        "HANDRAIL_DATA_DIR": str(folder / "data"),
        "HANDRAIL_SECRET_KEY": secrets.token_urlsafe(48),
        "HANDRAIL_ENCRYPTION_KEYS": base64.urlsafe_b64encode(os.urandom(32)).decode(),
    }
    made = Installation(folder, environment)
    crypto.configure(made.settings)
    try:
        subprocess.run(
            [sys.executable, "-m", "litestar", "database", "upgrade"],
            cwd=FOLDER.parent.parent,
            env=made.whole_environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        yield made
    finally:
        rmtree(folder)


async def sign_in(
    database: Database, name: str, role: Role, organization_id: UUID | None = None
) -> tuple[UUID, str]:
    """Let somebody in, in an organization that is new here; return its id and the token of their login session."""
    async with database.transaction() as db:
        agency = await add_agency(db, name, organization_id=organization_id, time_zone=TIME_ZONE)
        user = await add_user(
            db,
            organization_id=agency.id,
            email=f"{secrets.token_hex(6)}@bench.example",
            name="Robin Bench",
            role=role,
            # Nobody signs in with it: the session is opened right here.
            password_hash="none",
        )
        _session, token = await open_session(db, user.id, "")
    return agency.id, token
