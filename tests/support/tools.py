"""What to do when a machine lacks something that a test needs."""

import os
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parent.parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"


def unavailable(reason: str) -> NoReturn:
    """Skip the test on a person's machine; fail it where `CI=true`, where everything must be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must have this: {reason}", pytrace=False)
    pytest.skip(reason)


def shared_data(name: str) -> Path:
    """Return the folder of real listings `name`, or skip: the data is no part of the repository, not even in CI."""
    folder = SHARED_DATA / name
    if not folder.is_dir():
        pytest.skip(f"the real listings {name} are not on this machine")
    return folder
