"""By whose clock, and by whose holidays, a place lives."""

from datetime import UTC, date, datetime, time
from types import SimpleNamespace

import pytest

from directory.opening.dayrules import Timetable
from search.hours import Clocks, clocks, numbers, state
from search.rows import Terms

ROW = SimpleNamespace(timezone=None)
BOSTON = SimpleNamespace(latitude=42.36, longitude=-71.06)


def terms(**fields: object) -> tuple[Terms, ...]:
    return (Terms(**(dict.fromkeys(Terms._fields) | fields)),)


WEEKDAY = terms(freq="WEEKLY", byday="MO", opens_at=time(9), closes_at=time(17))
ALWAYS = terms(freq="WEEKLY", byday="MO,TU,WE,TH,FR,SA,SU", opens_at=time(0), closes_at=time(23, 59))


@pytest.mark.parametrize(
    ("row", "place", "words", "expected"),
    [
        (ROW, None, {}, Clocks("", "")),
        (ROW, None, {"code": "94110-1234"}, Clocks("America/Los_Angeles", "US-CA")),
        (ROW, BOSTON, {}, Clocks("America/New_York", "US-MA")),
        (ROW, None, {"state": "Illinois"}, Clocks("", "US-IL")),
        (ROW, None, {"state": "il", "country": "usa"}, Clocks("", "US-IL")),
        (SimpleNamespace(timezone="America/Denver"), None, {}, Clocks("America/Denver", "US")),
        (
            SimpleNamespace(timezone="America/Denver"),
            None,
            {"code": "60601"},
            Clocks("America/Denver", "US-IL"),
        ),
        (SimpleNamespace(timezone="-5"), None, {"code": "60601"}, Clocks("America/Chicago", "US-IL")),
        (SimpleNamespace(timezone="Europe/Madrid"), None, {}, Clocks("Europe/Madrid", "")),
        (ROW, None, {"code": "06000", "country": "MX"}, Clocks("", "MX")),
        (ROW, None, {"country": "Atlantis"}, Clocks("", "")),
    ],
)
def test_clocks(row: object, place: object, words: dict[str, str], expected: Clocks) -> None:
    assert clocks([row], place, **words) == expected


def test_without_a_clock_only_what_never_closes_is_known() -> None:
    nowhere, now = Clocks("", ""), datetime(2026, 11, 23, 15, tzinfo=UTC)
    assert numbers(nowhere, WEEKDAY, date(2026, 11, 23)) == Timetable()
    assert state(nowhere, WEEKDAY, now).open is None
    assert numbers(nowhere, ALWAYS, date(2026, 11, 23)).known
    assert state(nowhere, ALWAYS, now).open is True
    assert state(Clocks("UTC", ""), (), now).open is None
