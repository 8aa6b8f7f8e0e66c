"""Tokens to clauses: on these days, these spans; or closed, or by appointment, or not certain which of these days."""

from directory.hours import clock
from directory.hours.clauses import Clause, Reading
from directory.hours.clock import Time, Uncertain
from directory.hours.days import START_OF_DAYS, Cursor, day_phrase
from directory.hours.phrases import BRACKETED
from directory.hours.rows import Day
from directory.hours.tokens import Token
from directory.spans import Span

_EVERY_DAY = tuple(range(7))
#: A lone time is the start of something only by day.
_EARLY, _LATE = 5 * 60, 22 * 60


class Reader:
    """Reads a token stream into a `Reading`; `Uncertain` when the grammar does not hold it.

    Days come before their times ("Mon 9-5"), or, when a text begins with times, always after them ("9-5 Mon-Fri").
    """

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.cursor = Cursor(tokens)
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
        while self.cursor.place < len(self.tokens):
            token = self.tokens[self.cursor.place]
            handler = getattr(self, f"_{token.kind}", None)
            if handler is None:
                raise Uncertain(token.kind)
            before = self.cursor.place
            handler(token)
            if self.clause and token.kind != "separator":
                self.clause.words += [
                    f"({t.text})" if t.value == BRACKETED else t.text
                    for t in self.tokens[before : self.cursor.place]
                    if t.text
                ]
        self._finish()
        if self.waiting:
            if self.waiting != [clock.WHOLE_DAY] or self.reading.clauses:
                raise Uncertain("times without days")
            self.reading.clauses.append(Clause([(None, day) for day in _EVERY_DAY], spans=self.waiting))
        if not self.loose_taken:
            raise Uncertain("how often, and no word about what")
        self._settle_season()
        if self.next_closed or self.next_break or self.next_labels and not self.reading.clauses:
            raise Uncertain("closed, and no word about when")
        self.reading.notes += self.next_labels
        return self.reading

    def _settle_season(self) -> None:
        """A season named within a sentence is that of all hours only where no others are told."""
        named = [clause.season for clause in self.reading.clauses if clause.season]
        if not named:
            return
        others = [clause for clause in self.reading.clauses if not clause.closed]
        if self.reading.season or len(others) > 1 or len(others[0].spans) > 1:
            raise Uncertain("a season of some of the hours")
        self.reading.season = named[0]

    # Small words

    def _filler(self, token: Token) -> None:
        self.cursor.place += 1

    _mark = _range = _and = _filler

    def _separator(self, token: Token) -> None:
        self.cursor.place += 1
        self.parted = True
        if self.times_first:
            self._finish()

    def _or(self, token: Token) -> None:
        self.cursor.place += 1
        following = self.tokens[self.cursor.place].kind if self.cursor.place < len(self.tokens) else ""
        if following not in ("appointment", "emergency", "note"):
            raise Uncertain("or")

    def _every(self, token: Token) -> None:
        fresh = self.cursor.place == 0 or self.tokens[self.cursor.place - 1].kind == "separator"
        self.cursor.place += 1
        if self.clause and (self.clause.settled or self.parted):
            self._finish()
        if fresh:
            self.next_loose = None

    def _month(self, token: Token) -> None:
        """Accept "of the month" after a day with an ordinal; elsewhere it does not say which day of the month."""
        if not (self.clause and (any(nth for nth, _ in self.clause.days) or self.clause.month_days)):
            raise Uncertain("a day of the month that is not told")
        self.cursor.place += 1

    def _monthly(self, token: Token) -> None:
        self._loose(token)

    def _week_of(self, token: Token) -> None:
        self._loose(token)

    def _alternate(self, token: Token) -> None:
        self._loose(token, every=2)

    def _loose(self, token: Token, every: int = 1) -> None:
        """Take words for how often: those of the clause they stand in, else of the clauses that follow."""
        self.cursor.place += 1
        if self.clause and self.clause.days and not self.parted:
            if self.clause.settled and self.cursor.coming(*START_OF_DAYS):
                raise Uncertain("how often, before or after")
            if not _resolved(self.clause.days, token.text, every):
                self.clause.loose, self.clause.every = token.text, every
        else:
            self._finish()
            self.next_loose, self.loose_taken = (token.text, every), False

    # Remarks

    def _note(self, token: Token) -> None:
        self.cursor.place += 1
        if self.clause and self.clause.settled and not self.parted:
            if not (self.clause.breaks and token.text.lower() == "lunch"):
                self.clause.notes.append(token.text)
                self.clause.partly |= token.value == BRACKETED
        elif self.cursor.coming(*START_OF_DAYS):
            self.next_notes.append(token.text)
        elif self.clause and self.clause.settled and self.cursor.coming("time"):
            raise Uncertain("hours of a kind of their own")
        else:
            self.reading.notes.append(token.text)

    def _appointment(self, token: Token) -> None:
        self.cursor.place += 1
        ahead = self.cursor.coming(*START_OF_DAYS)
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

    # Closed, breaks, exceptions

    def _closed(self, token: Token) -> None:
        self.cursor.place += 1
        if self.clause and self.clause.days and not self.clause.settled:
            self.clause.closed = True
        else:
            self.next_closed = True

    def _break(self, token: Token) -> None:
        self.cursor.place += 1
        self.next_break = True

    def _except(self, token: Token) -> None:
        self.cursor.place += 1
        if not self.clause or not self.clause.days:
            raise Uncertain("except from nothing")
        while self.cursor.kind() in ("filler", "every"):
            self.cursor.place += 1
        if self.cursor.kind() not in START_OF_DAYS:
            raise Uncertain("except from something unknown")
        self.clause.excepted += day_phrase(self.cursor, set())[0]

    def _start(self, token: Token) -> None:
        self.cursor.place += 1
        if self.cursor.kind() != "date":
            raise Uncertain("starts some day")
        self._date(self.tokens[self.cursor.place])

    def _end(self, token: Token) -> None:
        self.cursor.place += 1
        if self.cursor.kind() != "date":
            raise Uncertain("ends some day")
        self.reading.hold(to=self.cursor.value())
        self.cursor.place += 1

    def _date(self, token: Token) -> None:
        """Read "(from) June 1, 2026 (to August 31, 2026)" and "until August 31, 2026"."""
        before = next((t for t in reversed(self.tokens[: self.cursor.place]) if t.kind != "filler"), None)
        spoken = before.text.lower() if before else ""
        self.cursor.place += 1
        if spoken in ("until", "till", "through", "thru", "hasta"):
            self.reading.hold(to=token.value)
            return
        if self.cursor.kind() == "range" and self.cursor.kind(1) == "date":
            self.reading.hold(token.value, self.cursor.value(1))
            self.cursor.place += 2
        elif before and (before.kind == "start" or self.tokens[self.cursor.place - 2].text.lower() == "from"):
            self.reading.hold(token.value)
        else:
            raise Uncertain("a single date")

    def _season(self, token: Token) -> None:
        """Take the part of the year that the hours hold in: of all of them, or of those right before it.

        It is that of all where it stands before them or in a sentence of its own.
        """
        before = self.tokens[self.cursor.place - 1].kind if self.cursor.place else "separator"
        self.cursor.place += 1
        while self.cursor.kind() in ("mark", "filler", "range"):
            self.cursor.place += 1
        alone = before == "separator" and self.cursor.kind() in ("separator", "")
        first = (
            not self.reading.clauses and (self.clause is None or not self.clause.days) and not self.waiting
        )
        if alone or first:
            if self.reading.season:
                raise Uncertain("two seasons")
            self.reading.season = token.text
        elif self.clause and self.clause.days and not self.parted and not self.clause.season:
            self.clause.season = token.text
        else:
            raise Uncertain("a season, and no word about which hours")

    # Days

    def _everyday(self, token: Token) -> None:
        """Read "24/7": alone it is every day, after days it is all day."""
        self.cursor.place += 1
        if self.clause and self.clause.days and not self.clause.settled:
            self.clause.spans.append(clock.WHOLE_DAY)
        else:
            self._finish()
            self.clause = Clause([(None, day) for day in _EVERY_DAY], spans=[clock.WHOLE_DAY])

    def _day(self, token: Token) -> None:
        days, month_days = day_phrase(self.cursor, self._plain_days())
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

    def _plain_days(self) -> set[int]:
        """Return the weekdays that have been named without an ordinal and without anything said about them yet."""
        clause = self.clause
        if not clause or clause.settled or any(nth for nth, _ in clause.days):
            return set()
        return {day for _, day in clause.days}

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

    # Times

    def _all_day(self, token: Token) -> None:
        self.cursor.place += 1
        self._spans([clock.WHOLE_DAY])

    def _time(self, token: Token) -> None:
        spans, start = [], None
        while self.cursor.kind() == "time":
            first = self._clock_time()
            if self.cursor.kind() == "range" and self.cursor.kind(1) == "time":
                self.cursor.place += 1
            if self.cursor.kind() != "time":
                start = clock.moment(first, self.full_day)
                break
            spans.append(clock.span(first, self._clock_time(), self.full_day))
            ahead = 0
            while self.cursor.kind(ahead) in ("and", "filler", "every"):
                ahead += 1
            if self.cursor.kind() == "range":
                following = self.cursor.kind(1)
                if following == "time":
                    raise Uncertain("three times in a row")
            if self.cursor.kind(ahead) == "time":
                self.cursor.place += ahead
        if start is not None:
            self._start_alone(start, bool(spans))
        else:
            self._spans(spans)

    def _clock_time(self) -> Time:
        value = self.cursor.value()
        assert isinstance(value, Time)
        self.cursor.place += 1
        return value

    def _start_alone(self, start: int, with_spans: bool) -> None:
        """Take a start without an end ("Thursdays at 6pm"), only where nothing else is said about the days."""
        clause = self.clause
        if not _EARLY <= start <= _LATE:
            raise Uncertain("a start at night")
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
