"""Open at any date: what documents tell engines says the same as the rows they were made from."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.opening import Opening
from search.engines import Document
from search.engines.embedded.schedules import CLOSED, OPEN, UNKNOWN, Schedules
from search.engines.plain import is_open
from tests.directory.schedule_rows import Row, any_rows, moments, zones

SAID = {OPEN: True, CLOSED: False, UNKNOWN: None}
TOLD = date(2026, 1, 1)


def document(number: int, opening: Opening, zone: str) -> Document:
    table = opening.timetable(TOLD)
    return Document(
        service_id=str(number),
        name="Hall",
        time_zone=zone,
        weekly=table.weekly,
        rules=table.rules,
        calendar=table.calendar,
        on_holidays=table.on_holidays,
        always_open_known=table.known,
    )


@settings(max_examples=120, deadline=None)
@given(
    st.data(),
    st.lists(
        st.tuples(st.lists(any_rows(), max_size=4), zones, st.sampled_from(["", "US", "US-CA"])), max_size=6
    ),
)
def test_all_ways_of_asking_agree(data: st.DataObject, held: list[tuple[list[Row], str, str]]) -> None:
    openings = [Opening(rows, zone, calendar) for rows, zone, calendar in held]
    documents = [document(number, one, held[number][1]) for number, one in enumerate(openings)]
    schedules = Schedules.empty()
    half = len(documents) // 2
    numbers = [*schedules.numbers(documents[:half]), *schedules.numbers(documents[half:])]
    exotic = any(one.byyearday or one.byweekno for rows, _, _ in held for one in rows)
    for _ in range(15):
        at = data.draw(moments(held[0][1] if held else "UTC"))
        if exotic and at > datetime(2027, 2, 1, tzinfo=UTC):
            continue
        states = schedules.states(at)
        for number, one, opening in zip(numbers, documents, openings, strict=True):
            expected = opening.is_open(at)
            assert is_open(one, at) is expected, at
            assert SAID[int(states[number])] is expected, at


def test_a_document_that_was_decoded_says_the_same() -> None:
    rows = [Row("MONTHLY", "2TU", "10:00", "12:00", notes="except July")]
    one = document(1, Opening(rows, "America/Chicago", "US"), "America/Chicago")
    again = msgspec.json.decode(msgspec.json.encode(one), type=Document)
    assert again == one
    open_then = datetime(2029, 6, 12, 16, tzinfo=UTC)
    assert is_open(again, open_then) is True
    assert is_open(again, open_then + timedelta(days=28)) is False


def test_a_second_moment_of_the_same_day_is_worked_out_by_its_own_clock() -> None:
    rows = [Row("MONTHLY", "2TU", "10:00", "12:00")]
    schedules = Schedules.empty()
    numbers = schedules.numbers([document(1, Opening(rows, "UTC"), "UTC")])
    said = [
        int(schedules.states(datetime(2026, 12, 8, hour, tzinfo=UTC))[numbers[0]]) for hour in (9, 10, 11, 12)
    ]
    assert said == [CLOSED, OPEN, OPEN, CLOSED]
    more = schedules.numbers([document(2, Opening([Row("MONTHLY", "2TU", "09:00", "10:00")], "UTC"), "UTC")])
    assert schedules.states(datetime(2026, 12, 8, 9, tzinfo=UTC))[more[0]] == OPEN
