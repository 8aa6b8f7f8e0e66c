"""A match in plain words: why it fits, what to ask about, and why something does not fit. Never a score."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import numpy as np

from core.display import in_sentence, language_name, miles
from core.i18n import gettext as _
from directory.needs import NEEDS, label
from directory.opening import OpenState
from directory.showing.facts import is_stale
from directory.showing.wording import ages
from search.areas import serves
from search.engines.candidates import CAPACITIES, Candidates
from search.matching.audiences import AUDIENCES
from search.matching.exclusions import for_a_member
from search.matching.papers import NONE, OTHER, PAPERS
from search.matching.reach import HOME, ONLINE, PHONE
from search.matching.reading import AND
from search.matching.seeker import Seeker
from search.places.tokens import SHAPE

FAR_M = 24_000.0
"""Beyond this distance (15 miles) it is worth asking whether the place is served at all."""
QUICK_HOURS, SOON_HOURS = 24, 48


def fits(
    found: Candidates, row: int, seeker: Seeker, need: str, opening: OpenState, at: datetime
) -> list[str]:
    """Why a row fits, the most telling first: how far, open until when, language, way in, for whom, papers, room."""
    told = [_where(found, row, seeker)]
    if opening.open is not None:
        told.append(opening.words(at, reader=seeker.place.time_zone if seeker.place else ""))
    told += [
        _("%(language)s spoken") % {"language": language_name(code)}
        for code in seeker.languages
        if code in found.languages.of(row) and code != "en"
    ]
    if "step-free" in seeker.mobility and found.accessible[row] == 1:
        told.append(_("Step-free"))
    told.append(_for_them(found, row, seeker))
    told.append(_papers_at_hand(found, row, seeker))
    if CAPACITIES[int(found.capacity[row])] == "room":
        told.append(_("Has room"))
    also = [code for code in seeker.needs if code != need and code in NEEDS and code in found.needs.of(row)]
    told += [_("Also: %(need)s") % {"need": in_sentence(_(label(code)))} for code in also]
    told.append(_quick(float(found.answer_hours[row])))
    return [text for text in dict.fromkeys(told) if text]


def doubts(
    found: Candidates,
    row: int,
    seeker: Seeker,
    need: str,
    opening: OpenState,
    verified_on: date | None,
    today: date,
    *,
    on_file: bool = False,
) -> list[str]:
    """What is not known, or known to be in the way without being an end: what to ask or bring.

    With `on_file` the papers at hand are those that an organization has on file.
    """
    told = []
    if need not in found.needs.of(row):
        told.append(_("Close to what is needed, but not the same: ask"))
    told += _papers_missing(found, row, seeker, on_file=on_file)
    told.append(_age_doubt(found, row, seeker))
    told.append(_group_doubt(found, row, seeker))
    told.append(_language_doubt(found, row, seeker))
    goes = not found.reach.of(row) and bool(found.location[row])
    if "home-bound" in seeker.mobility and goes:
        told.append(_("Ask whether they come to you"))
    if "step-free" in seeker.mobility and goes and found.accessible[row] != 1:
        told.append(_("Ask whether there are steps"))
    if found.distance_m[row] > FAR_M and _served(found, row, seeker) is None:
        told.append(_("Ask whether they serve your area"))
    if CAPACITIES[int(found.capacity[row])] == "waiting":
        told.append(_("There is a waiting list"))
    if opening.open is None:
        told.append(_("Hours not known: call"))
    if is_stale(verified_on, today):
        told.append(_("Not checked lately: call first"))
    return [text for text in dict.fromkeys(told) if text]


def why_not(found: Candidates, row: int, reason: str) -> str:
    """Why a row is excluded, by the code of a rule."""
    if reason == "closed":
        return _("Closed for now")
    if reason == "full":
        return _("Full now")
    if reason == "age":
        return ages(_number(found.min_age[row]), _number(found.max_age[row]))
    if reason == "audience":
        return _("Only for %(people)s") % {"people": people(found.only_for.of(row))}
    if reason == "area":
        named = ", ".join(_area_names(found.areas.of(row))[:3])
        return _("Serves only %(area)s") % {"area": named} if named else _("Does not serve this place")
    return _("There are steps") if reason == "steps" else ""


def _area_names(tokens: Iterable[str]) -> list[str]:
    """Tokens of areas (`search.places.tokens`) as people write them: "Alder County, NE"; shapes have no name."""
    named = []
    for token in tokens:
        name, comma, state = token.rpartition(", ")
        if not token.startswith(SHAPE):
            named.append(f"{name.title()}, {state.upper()}" if comma else token.title())
    return named


def people(codes: Sequence[str]) -> str:
    """Groups in words: "women or families with children"; those that are joined: "veterans who are also women"."""
    said = []
    for code in codes:
        first, *others = (_(AUDIENCES[part].label) for part in code.split(AND) if part in AUDIENCES)
        for other in others:
            first = _("%(people)s who are also %(others)s") % {"people": first, "others": other}
        said.append(first)
    *rest, last = said
    return _("%(people)s or %(others)s") % {"people": ", ".join(rest), "others": last} if rest else last


def _where(found: Candidates, row: int, seeker: Seeker) -> str:
    """How far it is; or how it is had without going there."""
    if not np.isnan(found.distance_m[row]):
        return miles(float(found.distance_m[row]))
    reach = found.reach.of(row)
    for way, text in ((HOME, _("Comes to you")), (PHONE, _("By telephone")), (ONLINE, _("Online"))):
        if way in reach:
            return text
    if seeker.place is not None and _served(found, row, seeker):
        return _("Serves %(place)s") % {"place": seeker.place.label}
    return ""


def _served(found: Candidates, row: int, seeker: Seeker) -> bool | None:
    if seeker.place is None:
        return None
    return serves(found.areas.of(row), bool(found.everywhere[row]), bool(found.bounded[row]), seeker.place)


def _for_them(found: Candidates, row: int, seeker: Seeker) -> str:
    """For whom it is, where the person is one of them; else the ages, where they fit."""
    inside = seeker.belongs_to
    only = [code for code in found.only_for.of(row) if inside.issuperset(code.split(AND))]
    codes = [code for code in only if code not in _PLAIN]
    codes += [code for code in found.welcomes.of(row) if code in inside - _PLAIN - {"women", "men"}]
    if codes:
        return _("For %(people)s") % {"people": people(codes[:2])}
    limits = ages(_number(found.min_age[row]), _number(found.max_age[row]))
    if seeker.ages is None or not limits or _age_doubt(found, row, seeker):
        return ""
    return limits


_PLAIN = frozenset({"adults", "children", "low-income", "survivors"})
"""Groups that are not told as a reason: they say little, or what nobody else need read on the screen."""


def _papers_at_hand(found: Candidates, row: int, seeker: Seeker) -> str:
    asked = found.papers.of(row)
    if NONE in asked:
        return _("No papers needed")
    lacking, unknown = seeker.papers(asked)
    if not asked or lacking or unknown:
        return ""
    return _("Needs %(papers)s: at hand") % {"papers": _paper_list(asked)}


def _papers_missing(found: Candidates, row: int, seeker: Seeker, *, on_file: bool) -> list[str]:
    lacking, unknown = seeker.papers([code for code in found.papers.of(row) if code != NONE])
    told = []
    if lacking:
        text = _("Asks for %(papers)s: talk to them first")
        told.append(text % {"papers": _paper_list(lacking)})
    named = [code for code in unknown if code != OTHER]
    if named:
        text = _("Needs %(papers)s: not on file") if on_file else _("Bring %(papers)s")
        told.append(text % {"papers": _paper_list(named)})
    elif unknown:
        told.append(_("Ask which papers to bring"))
    return told


def _paper_list(codes: Sequence[str]) -> str:
    return ", ".join(_(PAPERS[code].label) if code in PAPERS else _("other papers") for code in codes)


def _age_doubt(found: Candidates, row: int, seeker: Seeker) -> str:
    low, high = _number(found.min_age[row]), _number(found.max_age[row])
    limits = ages(low, high)
    if not limits:
        return ""
    if seeker.ages is not None:
        first, last = seeker.ages
        if (low or 0) <= first and (high is None or last <= high):
            return ""
        if bool(for_a_member(found, seeker)[row]) and ((low or 0) > last or (high or 999) < first):
            return _("%(ages)s: for somebody of your household") % {"ages": limits}
    return _("%(ages)s: ask") % {"ages": limits}


def _group_doubt(found: Candidates, row: int, seeker: Seeker) -> str:
    inside = seeker.belongs_to
    if codes := found.only_for.of(row):
        fits = any(inside.issuperset(code.split(AND)) for code in codes)
        return "" if fits else _("Only for %(people)s: ask") % {"people": people(codes)}
    meant = found.meant_for.of(row)
    return (
        _("Meant for %(people)s: ask") % {"people": people(meant)}
        if inside.isdisjoint(meant) and meant
        else ""
    )


def _language_doubt(found: Candidates, row: int, seeker: Seeker) -> str:
    spoken = found.languages.of(row)
    wanted = [code for code in seeker.languages if code != "en"]
    if not wanted or "en" in seeker.languages or not set(spoken).isdisjoint(wanted):
        return ""
    return _("Ask whether somebody speaks %(language)s") % {"language": language_name(wanted[0])}


def _quick(hours: float) -> str:
    if hours <= QUICK_HOURS:
        return _("Usually answers within a day")
    return _("Usually answers within two days") if hours <= SOON_HOURS else ""


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
