"""The home of each role: what needs this person today, put together from what the other packages know.

    @today_section(order=20)
    async def unanswered(db: AsyncSession, actor: Actor) -> TodaySection | None:
        ...
        return TodaySection("referrals/today_unanswered.html", waiting=len(rows), context={"rows": rows})

A section's template finds its `context` as the variable `section`; it holds the whole section, heading included.
Sections that are nobody's move (`beside=True`) stand in the side column.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.rules import Actor
from core.i18n import gettext as _
from core.i18n import ngettext


class TodaySection(msgspec.Struct, frozen=True):
    """One part of the page: its template, what that needs, and how many things in it wait for this person."""

    template: str
    context: dict[str, Any]
    waiting: int = 0
    beside: bool = False


Maker = Callable[[AsyncSession, Actor], Awaitable[TodaySection | None]]

_makers: list[tuple[int, Maker]] = []


def today_section(order: int) -> Callable[[Maker], Maker]:
    """Register a function that makes a section, or None when there is nothing to show; the lowest order comes first."""

    def decorate(maker: Maker) -> Maker:
        _makers.append((order, maker))
        _makers.sort(key=lambda entry: entry[0])
        return maker

    return decorate


async def sections(db: AsyncSession, actor: Actor) -> list[TodaySection]:
    """Return the sections that have something for this person, in order."""
    made = [await maker(db, actor) for _order, maker in _makers]
    return [section for section in made if section is not None]


def greeting(hour: int, name: str, waiting: int) -> str:
    """Return the page's heading: the time of day, the first name, and how much waits."""
    first = name.split()[0] if name.split() else name
    if hour < 12:
        hello = _("Good morning, %(name)s.")
    elif hour < 18:
        hello = _("Good afternoon, %(name)s.")
    else:
        hello = _("Good evening, %(name)s.")
    if waiting == 0:
        needs = _("Nothing needs you now.")
    else:
        needs = ngettext("One thing needs you.", "%(num)s things need you.", waiting) % {"num": waiting}
    return f"{hello % {'name': first}} {needs}"
