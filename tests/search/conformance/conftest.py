"""One stage for the whole suite, and one engine kind at a time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.search.conformance.stage import KINDS, Stage


@pytest.fixture(scope="session")
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Where engines and databases of the suite come from."""
    yield Stage(request, tmp_path_factory.mktemp("conformance"))


@pytest.fixture(scope="session", params=KINDS, ids=lambda kind: kind.replace(" ", "_"))
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of engine that is being tried."""
    found: str = request.param
    return found
