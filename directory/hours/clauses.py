"""Tokens to clauses: on these days, these spans; or closed, or by appointment, or not certain which of these days."""

from dataclasses import dataclass, field
from datetime import date

from directory.hours import clock
from directory.hours.clock import Span, Time, Uncertain
from directory.hours.phrases import BRACKETED
from directory.hours.rows import Day
from directory.hours.tokens import Token

_START_OF_DAYS = ("day", "days", "ordinal")
_TIMES = ("time", "all_day")
_EVERY_DAY = tuple(range(7))


@dataclass(slots=True)
class Clause:
    """What one phrase says about some days.

    `loose` holds words that leave open on which of the days ("twice a month"); `partly` tells that a remark may belong
    to some of the spans only.
    """

    days: list[Day] = field(default_factory=list)
    month_days: list[int] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    breaks: list[Span] = field(default_factory=list)
    excepted: list[Day] = field(default_factory=list)
    closed: bool = False
    loose: str | None = None
    every: int = 1
    labels: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    partly: bool = False

    @property
    def settled(self) -> bool:
        """Whether something has been said about the days, so that the next day begins another clause."""
        return bool(self.spans or self.starts or self.labels or self.closed)


@dataclass(slots=True)
class Reading:
    """All clauses of a text, the notes that belong to none, and the dates between which it holds."""

    clauses: list[Clause] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    valid_from: date | None = None
    valid_to: date | None = None


class Reader:
    """Reads a token stream into a `Reading`; `Uncertain` when the grammar does not hold it.

    Days come before their times ("Mon 9-5"), or, when a text begins with times, always after them ("9-5 Mon-Fri").
    """

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.reading = Reading()
        self.clause: Clause | None = None
        self.parted = False
        self.times_first: bool | None = None
        self.waiting: list[Span] = []
        self.next_closed = False
        self.next_break = False
        self.next_labels: list[str] = []
        self.next_notes: list[str] = []
        self.next_loose: tuple[str, int] | None = None
        self.loose_taken = True
        self.full_day = _on_full_day(tokens)

    def read(self) -> Reading:
        """Return the whole reading."""
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            handler = getattr(self, f"_{token.kind}", None)
            if handler is None:
                raise Uncertain(token.kind)
            before = self.at
            handler(token)
            if self.clause and token.kind != "separator":
                self.clause.words += [
                    f"({t.text})" if t.value == BRACKETED else t.text
                    for t in self.tokens[before : self.at]
                    if t.text
                ]
        self._finish()
        if self.waiting:
            if self.waiting != [clock.WHOLE_DAY] or self.reading.clauses:
                raise Uncertain("times without days")
            self.reading.clauses.append(Clause([(None, day) for day in _EVERY_DAY], spans=self.waiting))
        if not self.loose_taken:
            raise Uncertain("how often, and no word about what")
        if self.next_closed or self.next_break or self.next_labels and not self.reading.clauses:
            raise Uncertain("closed, and no word about when")
        self.reading.notes += self.next_labels
        return self.reading

    # Small words

    def _filler(self, token: Token) -> None:
        self.at += 1

    _mark = _range = _and = _filler

    def _separator(self, token: Token) -> None:
        self.at += 1
        self.parted = True
        if self.times_first:
            self._finish()

    def _or(self, token: Token) -> None:
        self.at += 1
        following = self.tokens[self.at].kind if self.at < len(self.tokens) else ""
        if following not in ("appointment", "emergency", "note"):
            raise Uncertain("or")

    def _every(self, token: Token) -> None:
        fresh = self.at == 0 or self.tokens[self.at - 1].kind == "separator"
        self.at += 1
        if self.clause and (self.clause.settled or self.parted):
            self._finish()
        if fresh:
            self.next_loose = None

    def _month(self, token: Token) -> None:
        """Accept "of the month" after a day with an ordinal; elsewhere it does not say which day of the month."""
        if not (self.clause and (any(nth for nth, _ in self.clause.days) or self.clause.month_days)):
            raise Uncertain("a day of the month that is not told")
        self.at += 1

    def _monthly(self, token: Token) -> None:
        self._loose(token)

    def _week_of(self, token: Token) -> None:
        self._loose(token)

    def _alternate(self, token: Token) -> None:
        self._loose(token, every=2)

    def _loose(self, token: Token, every: int = 1) -> None:
        """Take words for how often: those of the clause they stand in, else of the clauses that follow."""
        self.at += 1
        if self.clause and self.clause.days and not self.parted:
            if self.clause.settled and self._ahead(*_START_OF_DAYS):
                raise Uncertain("how often, before or after")
            if not _resolved(self.clause.days, token.text, every):
                self.clause.loose, self.clause.every = token.text, every
        else:
            self._finish()
            self.next_loose, self.loose_taken = (token.text, every), False

    # Remarks

    def _note(self, token: Token) -> None:
        self.at += 1
        if self.clause and self.clause.settled and not self.parted:
            if not (self.clause.breaks and token.text.lower() == "lunch"):
                self.clause.notes.append(token.text)
                self.clause.partly |= token.value == BRACKETED
        elif self._ahead(*_START_OF_DAYS):
            self.next_notes.append(token.text)
        elif self.clause and self.clause.settled and self._ahead("time"):
            raise Uncertain("hours of a kind of their own")
        else:
            self.reading.notes.append(token.text)

    def _appointment(self, token: Token) -> None:
        self.at += 1
        ahead = self._ahead(*_START_OF_DAYS)
        if self.clause and not (self.parted and ahead):
            if self.parted and self.clause.settled:
                self.reading.notes.append(token.text)
            else:
                self.clause.partly |= self.clause.settled
                self.clause.labels.append(token.text)
        else:
            self.next_labels.append(token.text)

    def _emergency(self, token: Token) -> None:
        """Hours kept for emergencies are hours on which nobody can rely: they make the clause loose."""
        self._appointment(token)
        if self.clause and token.text in self.clause.labels:
            self.clause.loose = token.text
        elif token.text in self.next_labels:
            self.next_loose = token.text, 1

    def _ahead(self, *kinds: str) -> bool:
        for token in self.tokens[self.at :]:
            if token.kind == "separator":
                return False
            if token.kind in kinds:
                return True
        return False

    # Closed, breaks, exceptions

    def _closed(self, token: Token) -> None:
        self.at += 1
        if self.clause and self.clause.days and not self.clause.settled:
            self.clause.closed = True
        else:
            self.next_closed = True

    def _break(self, token: Token) -> None:
        self.at += 1
        self.next_break = True

    def _except(self, token: Token) -> None:
        self.at += 1
        if not self.clause or not self.clause.days:
            raise Uncertain("except from nothing")
        while self._kind() in ("filler", "every"):
            self.at += 1
        if self._kind() not in _START_OF_DAYS:
            raise Uncertain("except from something unknown")
        self.clause.excepted += self._day_phrase()[0]

    def _start(self, token: Token) -> None:
        self.at += 1
        if self._kind() != "date":
            raise Uncertain("starts some day")
        self._date(self.tokens[self.at])

    def _end(self, token: Token) -> None:
        self.at += 1
        if self._kind() != "date":
            raise Uncertain("ends some day")
        self._valid(to=self.tokens[self.at])
        self.at += 1

    def _date(self, token: Token) -> None:
        """Read "(from) June 1, 2026 (to August 31, 2026)" and "until August 31, 2026"."""
        before = next((t for t in reversed(self.tokens[: self.at]) if t.kind != "filler"), None)
        spoken = before.text.lower() if before else ""
        self.at += 1
        if spoken in ("until", "till", "through", "thru", "hasta"):
            self._valid(to=token)
            return
        if self._kind() == "range" and self._kind(1) == "date":
            self._valid(start=token, to=self.tokens[self.at + 1])
            self.at += 2
        elif before and (before.kind == "start" or self.tokens[self.at - 2].text.lower() == "from"):
            self._valid(start=token)
        else:
            raise Uncertain("a single date")

    def _valid(self, start: Token | None = None, to: Token | None = None) -> None:
        if (start and self.reading.valid_from) or (to and self.reading.valid_to):
            raise Uncertain("two periods")
        if start and isinstance(start.value, date):
            self.reading.valid_from = start.value
        if to and isinstance(to.value, date):
            self.reading.valid_to = to.value

    # Days

    def _kind(self, ahead: int = 0) -> str:
        place = self.at + ahead
        return self.tokens[place].kind if place < len(self.tokens) else ""

    def _everyday(self, token: Token) -> None:
        """Read "24/7": alone it is every day, after days it is all day."""
        self.at += 1
        if self.clause and self.clause.days and not self.clause.settled:
            self.clause.spans.append(clock.WHOLE_DAY)
        else:
            self._finish()
            self.clause = Clause([(None, day) for day in _EVERY_DAY], spans=[clock.WHOLE_DAY])

    def _day(self, token: Token) -> None:
        days, month_days = self._day_phrase()
        if self.clause and self.clause.days and not self.clause.settled:
            if self._same_said_twice(days):
                return
            if not self.parted:
                if any(nth for nth, _ in self.clause.days) and not all(nth for nth, _ in days):
                    raise Uncertain("does the ordinal hold for the second day too")
                self.clause.days += days
                self.clause.month_days += month_days
                return
        self._finish()
        loose, every = self.next_loose or (None, 1)
        self.loose_taken = True
        if loose and _resolved(days, loose, every):
            loose = None
        self.clause = Clause(
            days,
            month_days,
            closed=self.next_closed,
            loose=loose,
            every=every,
            labels=self.next_labels,
            notes=self.next_notes,
            words=[*self.next_labels, *self.next_notes],
        )
        self.next_closed, self.next_labels, self.next_notes, self.parted = False, [], [], False
        if self.waiting:
            self.clause.spans, self.waiting = self.waiting, []

    _days = _ordinal = _day

    def _same_said_twice(self, days: list[Day]) -> bool:
        """Join "Monday: 3rd Monday" and "2nd Wed Wednesday", where the plain day repeats the one with the ordinal."""
        assert self.clause
        before, after = {d for _, d in self.clause.days}, {d for _, d in days}
        if before != after:
            return False
        if not any(nth for nth, _ in self.clause.days):
            self.clause.days = days
            return True
        return not any(nth for nth, _ in days) or days == self.clause.days

    def _day_phrase(self) -> tuple[list[Day], list[int]]:
        """Read "Mon-Fri", "M/W/F", "1st and 3rd Tue", "15th of the month": days, and days of the month."""
        nths: list[int] = []
        while self._kind() == "ordinal":
            nths.append(self._number())
            self.at += 1
            if self._kind() == "range" and self._kind(1) == "ordinal":
                self.at += 1
                if not 0 < nths[-1] < self._number() <= 5:
                    raise Uncertain("from the first to the last")
                nths += range(nths[-1] + 1, self._number())
            else:
                ahead = 0
                while self._kind(ahead) in ("and", "separator", "filler"):
                    ahead += 1
                if self._kind(ahead) in (*_START_OF_DAYS, "month"):
                    self.at += ahead
                elif ahead == 0 and self._kind() in ("loose", "week_of"):
                    break
        weekdays: list[int] = []
        if self._kind() in ("day", "days"):
            weekdays = self._weekdays(bool(nths))
        if self._kind() == "month" and nths:
            self.at += 1
        if nths and not weekdays:
            return self._ordinals_alone(nths)
        if not all(n == -1 or 1 <= n <= 5 for n in nths):
            raise Uncertain("no such week of a month")
        if not nths:
            return [(None, day) for day in weekdays], []
        return [(nth, day) for nth in nths for day in weekdays], []

    def _ordinals_alone(self, nths: list[int]) -> tuple[list[Day], list[int]]:
        """Read "Saturday (1st and 3rd)", and "the 1st and 15th of the month", which are dates."""
        clause = self.clause
        if self._kind() in ("loose", "week_of"):
            return [], []
        if clause and clause.days and not clause.settled and all(nth is None for nth, _ in clause.days):
            weekdays = {day for _, day in clause.days}
            if len(weekdays) == 1 and all(n == -1 or 1 <= n <= 5 for n in nths):
                return [(nth, day) for nth in nths for day in weekdays], []
        elif self.tokens[self.at - 1].kind == "month" and self._kind() not in _START_OF_DAYS:
            return [], nths
        raise Uncertain("which day of the week")

    def _number(self) -> int:
        value = self.tokens[self.at].value
        assert isinstance(value, int)
        return value

    def _weekdays(self, ordinal: bool) -> list[int]:
        """Read weekdays with ranges; after an ordinal the list ends where the next ordinal begins."""
        found: list[int] = []
        while self._kind() in ("day", "days"):
            value = self.tokens[self.at].value
            assert isinstance(value, tuple)
            self.at += 1
            while self._kind() == "filler" and self._kind(1) in ("range", "and"):
                self.at += 1
            if self._kind() == "range" and self._kind(1) == "day":
                if ordinal or len(value) != 1:
                    raise Uncertain("a range of ordinal days")
                last = self.tokens[self.at + 1].value
                assert isinstance(last, tuple)
                found += [day % 7 for day in range(value[0], last[0] + (7 if last[0] < value[0] else 0) + 1)]
                self.at += 2
                if self._kind() == "range" and self._kind(1) == "day":
                    raise Uncertain("three days in a range")
            elif len(value) == 7 and self._weekday_ahead():
                # "Daily Tuesday 1-4": the day that follows is the one meant.
                continue
            else:
                found += value
            ahead = 0
            while self._kind(ahead) in ("and", "filler"):
                ahead += 1
            if self._kind(ahead) in ("day", "days") and not (ordinal and ahead):
                self.at += ahead
                if ordinal and self.tokens[self.at].value != (found[-1],):
                    raise Uncertain("two days after an ordinal")
        return list(dict.fromkeys(found))

    def _weekday_ahead(self) -> bool:
        ahead = 0
        while self._kind(ahead) in ("filler", "mark", "range"):
            ahead += 1
        if self._kind(ahead) == "day":
            self.at += ahead
            return True
        return False

    # Times

    def _all_day(self, token: Token) -> None:
        self.at += 1
        self._spans([clock.WHOLE_DAY])

    def _time(self, token: Token) -> None:
        spans, start = [], None
        while self._kind() == "time":
            first = self._clock_time()
            if self._kind() == "range" and self._kind(1) == "time":
                self.at += 1
            if self._kind() != "time":
                start = clock.moment(first, self.full_day)
                break
            spans.append(clock.span(first, self._clock_time(), self.full_day))
            ahead = 0
            while self._kind(ahead) in ("and", "filler", "every"):
                ahead += 1
            if self._kind() == "range":
                following = self._kind(1)
                if following == "time":
                    raise Uncertain("three times in a row")
            if self._kind(ahead) == "time":
                self.at += ahead
        if start is not None:
            self._start_alone(start, bool(spans))
        else:
            self._spans(spans)

    def _clock_time(self) -> Time:
        value = self.tokens[self.at].value
        assert isinstance(value, Time)
        self.at += 1
        return value

    def _start_alone(self, start: int, with_spans: bool) -> None:
        """Take a start without an end ("Thursdays at 6pm"), only where nothing else is said about the days."""
        clause = self.clause
        if with_spans or not clause or clause.settled or clause.closed or self.next_break or self.next_closed:
            raise Uncertain("a time that stands alone")
        clause.starts.append(start)

    def _spans(self, spans: list[Span]) -> None:
        if self.next_break or self.next_closed:
            if not self.clause or not self.clause.spans:
                raise Uncertain("a break from nothing")
            self.clause.breaks += spans
            self.next_break = self.next_closed = False
        elif self.times_first or self.clause is None:
            if self.times_first is None:
                self.times_first = not self.reading.clauses
            if not self.times_first:
                raise Uncertain("times without days")
            self._finish()
            self.waiting += spans
        elif self.clause.starts:
            raise Uncertain("a time that stands alone")
        elif self.clause.closed:
            self.clause.breaks += spans
        else:
            if self.times_first is None:
                self.times_first = False
            self.clause.spans += spans
        self.parted = False

    def _finish(self) -> None:
        clause, self.clause, self.parted = self.clause, None, False
        if clause and (clause.days or clause.month_days):
            if self.next_break:
                raise Uncertain("a break at no time")
            self.reading.clauses.append(clause)


def _resolved(days: list[Day], loose: str, every: int) -> bool:
    """Say whether the days tell themselves what "monthly" or "twice a month" leaves open ("monthly, 3rd Tuesday")."""
    return (
        bool(days)
        and all(nth for nth, _ in days)
        and every == 1
        and "bi" not in loose
        and "month" in loose.lower()
    )


def _on_full_day(tokens: list[Token]) -> bool:
    """Say whether the times are written on a 24-hour clock: one of them is, and none has am or pm."""
    written = [token.value for token in tokens if isinstance(token.value, Time)]
    return any(time.full_day for time in written) and not any(time.meridian for time in written)
