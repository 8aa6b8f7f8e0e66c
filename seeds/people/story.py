"""Reads `caseload.toml`: clients, their needs, and the course of each referral in a short notation."""

import re
import tomllib
from datetime import date
from functools import cache
from pathlib import Path

import msgspec

FILE = Path(__file__).parent / "caseload.toml"
#: The ages in the notes are right when dates of birth are counted from this year; they move with the years.
WRITTEN_IN = 2026

_STEP = re.compile(r"(?P<verb>[a-z]+)\+(?P<days>[\d.]+)(?::(?P<why>[a-z-]+))?(?:>(?P<appointment>[\d.]+))?")
_VERBS = frozenset(
    ["acc", "rej", "sch", "show", "noshow", "hold", "prog", "done", "fail", "can", "err", "nud"]
)


class Step(msgspec.Struct, frozen=True):
    """One thing that happened, so many days after sending: `why` is a reason or an outcome."""

    verb: str
    days: float
    why: str = ""
    appointment: float | None = None


class Course(msgspec.Struct, frozen=True):
    """A referral from the day it was sent to where it stands; `days` ago, or None for a draft."""

    days: float | None
    service: str
    steps: tuple[Step, ...]
    note: str
    last_words: str
    follows: bool


class Trouble(msgspec.Struct, frozen=True):
    """A need with its referrals, oldest first; `end` is told only where no referral brought it about."""

    code: str
    urgency: str
    wants_help: str
    note: str
    courses: tuple[Course, ...]
    end: str = ""
    end_reason: str = ""


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A client as the file has them; `name` is "given|family", `by` the key of their worker."""

    name: str
    born: date
    place: str
    way: str
    need: tuple[tuple[object, ...], ...]
    lang: str = "en"
    phone: str = ""
    email: str = ""
    safe: str = ""
    by: str = "nina"

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """The needs."""
        return tuple(_trouble(*entry) for entry in self.need)

    def born_for(self, today: date) -> date:
        """The date of birth that gives the age the notes speak of."""
        year = self.born.year + today.year - WRITTEN_IN
        return date(year, self.born.month, min(self.born.day, 28) if self.born.month == 2 else self.born.day)


@cache
def people() -> tuple[Person, ...]:
    """Return all clients; raises ValueError on a slip in the file."""
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(msgspec.convert(entry, Person, strict=False) for entry in data["client"])


def _trouble(code: object, urgency: object, note: object, courses: object, end: object = "") -> Trouble:
    assert isinstance(courses, list | tuple)
    how, _, wants = str(urgency).partition("/")
    state, _, reason = str(end).partition(": ")
    read = sorted((_course(line) for line in courses), key=_age, reverse=True)
    return Trouble(str(code), how, wants or "yes", str(note), tuple(read), state, reason)


def _age(course: Course) -> float:
    return -1 if course.days is None else course.days


def _course(line: str) -> Course:
    days, service, steps, note, *rest = (part.strip() for part in line.removeprefix(">").split("|"))
    return Course(
        days=None if days == "draft" else float(days),
        service=service,
        steps=tuple(_step(word) for word in steps.split()),
        note=note,
        last_words=rest[0] if rest else "",
        follows=line.startswith(">"),
    )


def _step(word: str) -> Step:
    found = _STEP.fullmatch(word)
    if found is None or found["verb"] not in _VERBS:
        raise ValueError(f"not a step of a referral: {word!r}")
    appointment = float(found["appointment"]) if found["appointment"] else None
    return Step(found["verb"], float(found["days"]), found["why"] or "", appointment)
