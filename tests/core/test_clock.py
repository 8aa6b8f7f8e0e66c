"""Business days, and the moment somebody means by the time they type."""

from datetime import UTC, date, datetime

import pytest

from core import clock, csv, display

ZONE = "America/Chicago"


@pytest.mark.parametrize(
    ("sent", "days", "due"),
    [
        (datetime(2026, 11, 17, 15, tzinfo=UTC), 2, datetime(2026, 11, 19, 15, tzinfo=UTC)),
        # Friday: the weekend does not count.
        (datetime(2026, 11, 20, 15, tzinfo=UTC), 2, datetime(2026, 11, 24, 15, tzinfo=UTC)),
        # Saturday counts from Monday.
        (datetime(2026, 11, 21, 15, tzinfo=UTC), 2, datetime(2026, 11, 25, 15, tzinfo=UTC)),
        # Thanksgiving, November 26, is no business day.
        (datetime(2026, 11, 25, 15, tzinfo=UTC), 2, datetime(2026, 11, 30, 15, tzinfo=UTC)),
        # Late on Friday in Chicago is Saturday in UTC.
        (datetime(2026, 11, 21, 3, tzinfo=UTC), 2, datetime(2026, 11, 25, 3, tzinfo=UTC)),
        # The clocks change on November 1: the local time of day stays.
        (datetime(2026, 10, 30, 15, tzinfo=UTC), 2, datetime(2026, 11, 3, 16, tzinfo=UTC)),
    ],
)
def test_business_days(sent: datetime, days: int, due: datetime) -> None:
    assert clock.business_days_after(sent, days, ZONE) == due


def test_days_before_and_after_meet() -> None:
    start = datetime(2026, 11, 20, 15, tzinfo=UTC)
    assert clock.business_days_before(clock.business_days_after(start, 5, ZONE), 5, ZONE) == start


def test_a_typed_time_means_the_place_it_is_typed_in() -> None:
    assert clock.localize(datetime(2026, 7, 1, 10), ZONE) == datetime(2026, 7, 1, 15, tzinfo=UTC)  # noqa: DTZ001 - as typed
    assert clock.localize(datetime(2026, 12, 1, 10), ZONE) == datetime(2026, 12, 1, 16, tzinfo=UTC)  # noqa: DTZ001 - as typed


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"), ("  @x", "'  @x"), ("\t=x", "'\t=x"), ("-5", "-5"), ("-5+cmd", "'-5+cmd"), ("|x", "'|x"),
        ("%x", "'%x"), (None, ""), ("plain", "plain"), ("\x00=x", "'\x00=x"),
    ],
)  # fmt: skip
def test_cells_run_nothing(cell: str | None, safe: str) -> None:
    assert csv.safe_cell(cell) == safe


def test_distances_and_phones_are_written_for_people() -> None:
    assert display.miles(1287.5) == "0.8 mi"
    assert display.miles(20000) == "12 mi"
    assert display.phone("+16985550142") == "(698) 555-0142"
    assert display.tel("not a number") == ""
    assert display.days_ago(1) == "yesterday"
    assert display.day(date(2020, 2, 3)).endswith("2020")
