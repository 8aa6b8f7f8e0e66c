"""Whom a match is for: what of a person matters to finding help, and nothing that tells who it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import msgspec

from core.i18n import N_
from directory.needs import FIELDS, NEEDS
from search.places import Place

Mobility = Literal["step-free", "no-car", "home-bound"]

AGE_BANDS: dict[str, tuple[int, int, str]] = {
    "0-4": (0, 4, N_("Under 5")),
    "5-12": (5, 12, N_("5 to 12")),
    "13-17": (13, 17, N_("13 to 17")),
    "18-24": (18, 24, N_("18 to 24")),
    "25-54": (25, 54, N_("25 to 54")),
    "55-59": (55, 59, N_("55 to 59")),
    "60-64": (60, 64, N_("60 to 64")),
    "65+": (65, 120, N_("65 or older")),
}
"""Age bands by code: first and last whole year, and words. Narrow enough for the limits that listings set."""

MOBILITY: dict[Mobility, str] = {
    "step-free": N_("There must be no steps"),
    "no-car": N_("There is no car"),
    "home-bound": N_("The person cannot leave home"),
}
"""How somebody can get about, with the words of the page."""

MOST_NEEDS = 6
"""More needs than these at once help nobody; forms refuse them."""

assert set(MOBILITY) == set(get_args(Mobility))


class Seeker(msgspec.Struct, frozen=True, kw_only=True):
    """A person who looks for help, as matching knows them: no name, no id, no birth date, no address.

    `is_true` and `not_true` hold codes of `search.matching.audiences.HOUSEHOLD`, of the person or the household; what is
    in neither is not known. `place` is a ZIP code, town or point.
    """

    needs: tuple[str, ...]
    """Codes of needs or of fields of needs, most wanted first."""
    place: Place | None = None
    age_band: str = ""
    languages: tuple[str, ...] = ()
    """Lower-case ISO 639 codes of the languages the person can be helped in; empty for not asked."""
    is_true: tuple[str, ...] = ()
    not_true: tuple[str, ...] = ()
    mobility: tuple[Mobility, ...] = ()
    has_papers: tuple[str, ...] = ()
    """Codes of `search.matching.papers`."""
    lacks_papers: tuple[str, ...] = ()
    shows_no_papers: bool = False
    """The person would rather not show any."""

    @property
    def ages(self) -> tuple[int, int] | None:
        """First and last year of the age band."""
        band = AGE_BANDS.get(self.age_band)
        return band[:2] if band else None

    @property
    def belongs_to(self) -> frozenset[str]:
        """Groups that the person is known to belong to: said, or following from age and needs."""
        found = set(self.is_true)
        if self.ages is not None:
            first, last = self.ages
            found |= {"seniors"} if first >= 60 else set()
            found |= {"adults"} if first >= 18 else {"children"}
            found |= {"youth"} if first >= 13 and last <= 24 else set()
        if "families" in found or "pregnant" in found:
            found |= {"families"}
        if "families" in found:
            found.add("children")
        if "homelessness" in self.needs:
            found.add("homeless")
        if "intimate-partner-violence" in self.needs or "elder-abuse" in self.needs:
            found.add("survivors")
        return frozenset(found)

    @property
    def stands_outside(self) -> frozenset[str]:
        """Groups that the person is known not to belong to."""
        found = set(self.not_true)
        known = self.belongs_to
        if self.ages is not None:
            first, last = self.ages
            found |= {"adults"} if last < 18 else set()
            found |= {"youth"} if first >= 25 else set()
            found |= {"seniors"} if last < 50 else set()
            found |= {"children"} if first >= 18 and "families" in found else set()
        # Said of the person: who calls herself a woman is not served where only men are.
        if "women" in known and "men" not in known:
            found.add("men")
        if "men" in known and "women" not in known:
            found.add("women")
        return frozenset(found - known)

    def papers(self, asked: Sequence[str]) -> tuple[list[str], list[str]]:
        """Of the papers that are asked for: those that the person lacks, and those of which nobody knows."""
        if self.shows_no_papers:
            return list(asked), []
        lacking = [code for code in asked if code in self.lacks_papers]
        return lacking, [code for code in asked if code not in self.has_papers and code not in lacking]


def age_band(age: int) -> str:
    """The code of the age band of a person of so many whole years."""
    return next(code for code, (_first, last, _words) in AGE_BANDS.items() if age <= last or code == "65+")


def known_need(code: str) -> bool:
    """Whether a code is that of a need, or of a field of needs."""
    return code in NEEDS or code in FIELDS
