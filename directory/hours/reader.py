"""From a text, or the columns of a table, to schedule rows; None where that is not certain."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

from directory.hours import clock, rows
from directory.hours.clauses import Clause, Reading
from directory.hours.clock import Time, Uncertain
from directory.hours.grammar import Reader
from directory.hours.letters import plain
from directory.hours.phrases import stream
from directory.hours.rows import Day, ScheduleFields
from directory.hours.tokens import Segment, Token, segments
from directory.hours.words import DAYS, WEEKDAYS
from directory.spans import Span, united, without

Hours = str | Mapping[str, object] | Iterable[object] | None


def read_hours(hours: Hours) -> list[ScheduleFields] | None:
    """Return the schedule rows that `hours` certainly means, or None; never raises.

    `hours` is a text in English or Spanish, markup allowed; or a mapping of weekday to text; or a list of texts or of
    mappings with `weekday`, `opens_at` and `closes_at`. Remarks such as "by appointment" are kept as notes. What is said
    without saying on which days exactly ("twice a month") becomes a row that claims no opening (see `ScheduleFields`),
    and None when nothing else is said.
    """
    try:
        if hours is None or isinstance(hours, str):
            return _from_text(hours or "")
        if isinstance(hours, Mapping):
            return _from_text("; ".join(f"{day}: {_as_text(said)}" for day, said in hours.items()))
        listed = list(hours)
        if listed and all(isinstance(row, Mapping) for row in listed):
            return read_weekdays(row for row in listed if isinstance(row, Mapping))
        return _from_text("; ".join(map(_as_text, listed)))
    except Uncertain:
        return None


def read_weekdays(table: Iterable[Mapping[str, object]]) -> list[ScheduleFields] | None:
    """Return schedule rows for rows of `weekday`, `opens_at`, `closes_at` (HSDS 1.x regular_schedules), or None.

    Days that share their hours share a row; a day without times is closed and needs none. None means that there is no day
    with certain hours, or no such weekday.
    """
    open_spans: dict[Day, list[Span]] = {}
    unclear: list[ScheduleFields] = []
    for line in table:
        row = read_weekday(line.get("weekday"), line.get("opens_at"), line.get("closes_at"))
        if row is None:
            return None
        if row.opens_at and row.closes_at:
            day = (None, WEEKDAYS.index(row.byday or ""))
            open_spans.setdefault(day, []).append(rows.span(row.opens_at, row.closes_at))
        elif row.description:
            unclear.append(row)
    found = rows.grouped(_with_notes(open_spans, {}))
    return [*found, *unclear] if found else None


def read_weekday(weekday: object, opens_at: object, closes_at: object) -> ScheduleFields | None:
    """Return the schedule row of one weekday given in columns, None where there is no such weekday.

    Times are those of a 24-hour clock unless they say am or pm, or make sense only without ("9:00" to "5:00"). Without
    times the day is closed: a row that names the day alone. Where they are not certain the row tells them in words.
    """
    name = str(weekday if weekday is not None else "").strip().lower()
    if name in DAYS:
        day = WEEKDAYS[DAYS[name]]
    elif name.isdecimal() and 1 <= int(name) <= 7:
        # ISO weekdays, 1 is Monday.
        day = WEEKDAYS[int(name) - 1]
    else:
        return None
    opens, closes = (plain(str(time)) if time is not None else "" for time in (opens_at, closes_at))
    if not opens and not closes:
        return ScheduleFields(freq="WEEKLY", byday=day)
    try:
        start, end = _two_times(opens, closes)
    except Uncertain:
        return ScheduleFields(freq="WEEKLY", byday=day, description=f"{opens} - {closes}")
    first, last = rows.times((start, end))
    return ScheduleFields(freq="WEEKLY", byday=day, opens_at=first, closes_at=last)


def _two_times(opens: str, closes: str) -> Span:
    written = [[token.value for s in segments(text) for token in s.tokens] for text in (opens, closes)]
    if not all(len(values) == 1 and isinstance(values[0], Time) for values in written):
        raise Uncertain("not two times")
    first, last = (values[0] for values in written)
    assert isinstance(first, Time) and isinstance(last, Time)
    full_day = first.full_day or last.full_day
    if not first.meridian and not last.meridian and first.hour >= 5:
        full_day |= first.on_full_day() < last.on_full_day()
    return clock.span(first, last, full_day)


def _as_text(said: object) -> str:
    if isinstance(said, str):
        return said
    if isinstance(said, Mapping):
        return " - ".join(str(time) for time in said.values() if time)
    if isinstance(said, Iterable):
        return ", ".join(map(_as_text, said))
    return "closed" if said is None else str(said)


def _from_text(text: str) -> list[ScheduleFields] | None:
    reading = Reader(list(stream(segments(plain(text))))).read()
    certain = [c for c in reading.clauses if (c.spans or c.starts) and not c.loose and not c.closed]
    open_spans, notes, starts = _open_spans(certain)
    _close(open_spans, [c for c in reading.clauses if c.closed])
    found = rows.grouped(_with_notes(open_spans, notes)) + rows.grouped(starts) + _month_days(certain)
    if not any(row.opens_at for row in found) and not _anchored(reading):
        return None
    found += _unplaced(reading, open_spans)
    return _with_frame(found, reading)


def _open_spans(
    clauses: list[Clause],
) -> tuple[dict[Day, list[Span]], dict[Day, list[str]], dict[Day, list[tuple[int, int | None, str | None]]]]:
    """Return the spans by day, the notes by day, and the starts without an end by day."""
    spans: dict[Day, list[Span]] = {}
    notes: dict[Day, list[str]] = {}
    starts: dict[Day, list[tuple[int, int | None, str | None]]] = {}
    times_named = Counter(day for clause in clauses if clause.spans for day in set(clause.days))
    for clause in clauses:
        said = list(dict.fromkeys([*clause.labels, *clause.notes]))
        for day in _less(clause.days, clause.excepted):
            if clause.spans:
                spans.setdefault(day, []).extend(without(clause.spans, clause.breaks))
                # A remark about some hours of a day is kept with these hours, as the day's rows may cover more.
                alone = times_named[day] == 1 and not (clause.partly and len(clause.spans) > 1)
                notes.setdefault(day, []).extend(said if alone or not said else [_said(clause)])
            starts.setdefault(day, []).extend(
                (start, None, "; ".join(said) or None) for start in clause.starts
            )
    return spans, notes, starts


def _less(days: list[Day], excepted: list[Day]) -> list[Day]:
    """Return `days` without `excepted`; a week of the month taken from every week leaves the other weeks."""
    left: list[Day] = []
    for nth, weekday in dict.fromkeys(days):
        taken = {n for n, day in excepted if day == weekday}
        if not taken:
            left.append((nth, weekday))
        elif nth is None and None not in taken:
            left += [(n, weekday) for n in _other_weeks({n for n in taken if n})]
        elif nth not in taken and None not in taken:
            left.append((nth, weekday))
    return left


def _other_weeks(nths: set[int]) -> list[int]:
    if nths == {-1}:
        return [-5, -4, -3, -2]
    if any(n < 0 for n in nths):
        raise Uncertain("the last may be the fourth or the fifth")
    return [n for n in (1, 2, 3, 4, 5) if n not in nths]


def _close(spans: dict[Day, list[Span]], closings: list[Clause]) -> None:
    """Take out of `spans` what is said to be closed: hours of a day, or some weeks of the month."""
    for clause in closings:
        for nth, weekday in clause.days:
            if clause.breaks:
                if not spans.get((nth, weekday)):
                    raise Uncertain("closed at hours that were never open")
                spans[nth, weekday] = without(spans[nth, weekday], clause.breaks)
            elif nth and spans.get((None, weekday)):
                every_week = spans.pop((None, weekday))
                for day in _less([(None, weekday)], clause.days):
                    spans.setdefault(day, []).extend(every_week)
            elif spans.get((nth, weekday)):
                raise Uncertain("open and closed on the same day")


def _with_notes(
    spans: Mapping[Day, list[Span]], notes: Mapping[Day, list[str]]
) -> dict[Day, list[tuple[int, int | None, str | None]]]:
    return {
        day: [
            (start, end, "; ".join(dict.fromkeys(notes.get(day, []))) or None)
            for start, end in united(listed)
        ]
        for day, listed in spans.items()
    }


def _month_days(clauses: list[Clause]) -> list[ScheduleFields]:
    """Return rows for days given by their number ("the 1st and 15th of the month")."""
    found = []
    for clause in clauses:
        if clause.month_days:
            numbers = ",".join(map(str, sorted(set(clause.month_days), key=lambda n: n % 32)))
            said = "; ".join(dict.fromkeys([*clause.labels, *clause.notes])) or None
            for span in [*united(clause.spans), *((start, None) for start in clause.starts)]:
                opens_at, closes_at = rows.times(span)
                found.append(
                    ScheduleFields(
                        freq="MONTHLY", bymonthday=numbers, opens_at=opens_at, closes_at=closes_at, notes=said
                    )
                )
    return found


def _anchored(reading: Reading) -> bool:
    """Say whether every other week is certain: the first one is told."""
    return reading.valid_from is not None and any(c.every == 2 and c.spans for c in reading.clauses)


def _unplaced(reading: Reading, open_spans: Mapping[Day, list[Span]]) -> list[ScheduleFields]:
    """Return rows for days that are named without certain hours: by appointment, twice a month, no time told.

    A day that only lacks hours is left out where another clause gives them, and makes the text uncertain where it
    stands before others, since its hours may be theirs ("Monday; Wednesday 9-5").
    """
    found: list[ScheduleFields] = []
    by_label: dict[str, list[Day]] = {}
    for number, clause in enumerate(reading.clauses):
        if clause.closed or not clause.days or (clause.spans or clause.starts) and not clause.loose:
            continue
        if clause.spans:
            if any(without(clause.spans, open_spans.get(day, [])) for day in clause.days):
                found += _loose_rows(clause, reading.valid_from)
            continue
        days = [day for day in clause.days if not _told(day, open_spans)]
        if days and not clause.labels and not clause.loose and number < len(reading.clauses) - 1:
            raise Uncertain("a day without hours before others")
        by_label.setdefault("; ".join(clause.labels) or clause.loose or _said(clause), []).extend(days)
    for label, days in by_label.items():
        for monthly in (False, True):
            if some := [day for day in days if bool(day[0]) is monthly]:
                freq, names = rows.byday(some)
                found.append(ScheduleFields(freq=freq, byday=names, description=label))
    return found


def _told(day: Day, open_spans: Mapping[Day, list[Span]]) -> bool:
    return bool(open_spans.get(day)) or bool(open_spans.get((None, day[1])))


def _said(clause: Clause) -> str:
    return Segment([Token("", word) for word in clause.words]).text()


def _loose_rows(clause: Clause, start: date | None) -> list[ScheduleFields]:
    """Return rows for times on some of the clause's days: every other week, or no frequency at all."""
    freq, names = rows.byday(clause.days)
    alternate = clause.every == 2 and freq == "WEEKLY"
    label = "; ".join(dict.fromkeys(filter(None, [clause.loose, *clause.labels])))
    found = []
    for span in united(without(clause.spans, clause.breaks)):
        opens_at, closes_at = rows.times(span)
        row = ScheduleFields(
            freq="WEEKLY" if alternate else None,
            interval=2 if alternate else 1,
            byday=names,
            opens_at=opens_at,
            closes_at=closes_at,
            dtstart=start if alternate else None,
            description=None if alternate and start else label,
        )
        found.append(row)
    return found


def _with_frame(found: list[ScheduleFields], reading: Reading) -> list[ScheduleFields]:
    """Return the rows with what holds for all of them: the period, the season, and notes that belong to no day."""
    general = list(dict.fromkeys([*filter(None, [reading.season]), *reading.notes]))
    return [
        msgspec.structs.replace(
            row,
            valid_from=reading.valid_from,
            valid_to=reading.valid_to,
            notes="; ".join(dict.fromkeys([*filter(None, [row.notes]), *general])) or None,
        )
        for row in found
    ]
