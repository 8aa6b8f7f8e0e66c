"""The figures of each source and of all together, counted in the database with as many questions whatever its size."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from directory.quality.checks import CHECKS, tables
from directory.quality.measures import AGES, MEASURES
from directory.quality.parts import HERE, MODELS, Known, Scope, Subject, looked_at, published, within

_SUBJECTS: tuple[Subject, ...] = ("organization", "service", "location")


class Figures(msgspec.Struct):
    """What is counted of one source, or of all (`source` is empty); `HERE` is what was made here.

    `complete` and `checked` are numbers of published services by `MEASURES` and `AGES`; `findings` numbers of the
    services, places or organizations that a check finds.
    """

    source: str
    organizations: int = 0
    services: int = 0
    published: int = 0
    locations: int = 0
    complete: dict[str, int] = msgspec.field(default_factory=lambda: dict.fromkeys(MEASURES, 0))
    checked: dict[str, int] = msgspec.field(default_factory=lambda: dict.fromkeys(AGES, 0))
    findings: dict[str, int] = msgspec.field(default_factory=lambda: dict.fromkeys(CHECKS, 0))

    @property
    def unpublished(self) -> int:
        """How many services the public is not shown."""
        return self.services - self.published

    def add(self, other: "Figures") -> None:
        """Count another source in."""
        for name in ("organizations", "services", "published", "locations"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("complete", "checked", "findings"):
            own = getattr(self, name)
            for code, number in getattr(other, name).items():
                own[code] += number


class Report(msgspec.Struct):
    """The figures of all sources in a scope, the largest first, and of them together."""

    sources: list[Figures]
    all: Figures


async def report(db: AsyncSession, known: Known, scope: Scope) -> Report:
    """Return the figures of a scope; six questions, whatever there is."""
    known = known.of(scope)
    found: dict[str, Figures] = {}
    for subject in _SUBJECTS:
        for source, numbers in await _totals(db, subject, scope):
            figures = found.setdefault(source, Figures(source))
            for name, number in numbers.items():
                setattr(figures, name, number)
        for source, numbers in await _counts(db, subject, known, scope):
            figures = found.setdefault(source, Figures(source))
            for name, number in numbers.items():
                group, _, code = name.partition(":")
                getattr(figures, group)[code] = number
    whole = Figures("")
    for figures in found.values():
        whole.add(figures)
    return Report(sorted(found.values(), key=lambda one: (-one.services, one.source)), whole)


async def _totals(db: AsyncSession, subject: Subject, scope: Scope) -> list[tuple[str, dict[str, int]]]:
    columns: dict[str, ColumnElement[Any]] = {f"{subject}s": func.count()}
    if subject == "service":
        columns["published"] = _number(published())
    return await _by_source(db, subject, columns, within(subject, scope))


async def _counts(
    db: AsyncSession, subject: Subject, known: Known, scope: Scope
) -> list[tuple[str, dict[str, int]]]:
    conditions = {f"findings:{c.code}": c.condition for c in CHECKS.values() if c.subject == subject}
    if subject == "service":
        conditions |= {f"complete:{one.code}": one.condition for one in MEASURES.values()}
        conditions |= {f"checked:{one.code}": one.condition for one in AGES.values()}
    columns = {name: _number(condition(known)) for name, condition in conditions.items()}
    return await _by_source(db, subject, columns, [*looked_at(subject), *within(subject, scope)], known)


async def _by_source(
    db: AsyncSession,
    subject: Subject,
    columns: Mapping[str, ColumnElement[Any]],
    where: list[ColumnElement[bool]],
    known: Known | None = None,
) -> list[tuple[str, dict[str, int]]]:
    source = MODELS[subject].source
    query = select(source, *(column.label(name) for name, column in columns.items())).where(*where)
    if known is not None:
        query = query.select_from(tables(subject, known, columns.values()))
    rows = await db.execute(query.group_by(source))
    return [
        (HERE if key is None else key, dict(zip(columns, map(int, numbers), strict=True)))
        for key, *numbers in rows
    ]


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
