"""The suite runs its tests in several processes, and keeps together what shares something dear."""

import os

import pytest

# A group that is not seen fails nothing: a second browser and a second server are started, and all takes twice as long.
pytestmark = pytest.mark.skipif(
    "PYTEST_XDIST_WORKER" not in os.environ, reason="all tests run in one process"
)


def test_tests_of_a_group_are_in_one_process(request: pytest.FixtureRequest) -> None:
    """Hold that the plugin has seen every group: it writes the group behind the name of the test."""
    marked = [item for item in request.session.items if item.get_closest_marker("xdist_group")]
    assert [item.nodeid for item in marked if "@" not in item.nodeid.rpartition("]")[2]] == []


@pytest.mark.xdist_group("together")
def test_a_group_is_seen(request: pytest.FixtureRequest) -> None:
    """Hold that it still writes it there."""
    assert request.node.nodeid.endswith("@together")
