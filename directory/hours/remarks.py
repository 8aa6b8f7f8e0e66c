"""What remarks beside opening hours say for certain: the season they hold in, and what happens on holidays.

HSDS has no field for either: "first Saturday, except July" is a monthly row with a remark. The remark is kept as it was
written and read again whenever the row is, so that a row from elsewhere with such a remark means the same.
"""

import calendar
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

from directory.hours.letters import folded, plain
from directory.hours.words import MONTHS

#: From month * 100 + day to month * 100 + day, both included; over the new year where the first is the greater.
Season = tuple[int, int]
YEAR: Season = (101, 1231)

_NAME = "(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b"
_MONTH = rf"{_NAME}\.?"
_DATE = rf"{_MONTH}(?: \d{{1,2}}(?:st|nd|rd|th)?)?"
_TO = r" ?(?:-|to|through|thru|until|a|al|hasta) ?"
_RANGE = rf"{_DATE}{_TO}{_DATE}"
_LIST = rf"{_MONTH}(?:(?:, | ?/ ?| ?& ?| and | y |, and | or | o ){_MONTH})*"
_BEFORE = (
    r"(?:(?:only|solo|solamente) )?(?:open |abierto )?(?:(?:during|from|in|for|de|en|desde) )?"
    r"(?:the months? of |los meses de )?"
)
_AFTER = r",? (?:only|solamente|solo)"
_NOT = (
    r"(?:except(?: for)?|excluding|excepto|but not|not|no|menos|salvo|closed|cerrado|not open|no distribution)"
    r"(?: (?:in|during|for|en|durante))?(?: the months? of| el mes de| los meses de| all of)? "
)
_ONLY = re.compile(rf"{_BEFORE}(?P<months>{_RANGE}|{_LIST})(?:{_AFTER})?")
_EXCEPT = re.compile(rf"{_NOT}(?P<months>{_RANGE}|{_LIST})")
#: The same within a text of hours, where a month alone says nothing: "July 4" is a day, "may" is a word.
SEASON = (
    rf"(?:{_NOT}(?:{_RANGE}|{_LIST})|{_BEFORE}{_RANGE}(?:{_AFTER})?|{_BEFORE}{_LIST}{_AFTER}"
    rf"|(?:only|solo|solamente) (?:(?:during|in|for|en) )?{_LIST})(?! ?\d)"
)
_PIECES = re.compile(r"[;.()\[\]\n]+|, (?=closed|except|excluding|open|cerrado|excepto|no )")

_HOLIDAY = r"(?:holidays?|dias? (?:festivos|feriados)|feriados)"
_WHOSE = (
    r"(?:all|most|some|any|the|on|for|los|en|legal|public|federal|national|state|county|city|bank|government|major"
    r"|observed|and|&|or|/|,| )+"
)
_SHUT = re.compile(
    r"(?:closed|close|except(?:ed|ing)?|excluding|no (?:service|distribution|pantry)|not open|cerrado|cerramos|excepto"
    rf"|salvo|but not)(?P<whose> {_WHOSE})?? ?{_HOLIDAY}"
    r"(?! (?:weekend|season|eve|basket|meal|food|program|dinner))"
    rf"|{_HOLIDAY} (?:excluded|excepted|closed)"
)
_KEPT = re.compile(
    rf"(?:open|including|includes|incluso|abierto)(?: (?:on|all|every|major|federal|los|en))* {_HOLIDAY}"
    rf"|{_HOLIDAY} included|365 days(?: (?:a|per) year)?|24/7/365|every day of the year"
)
_UNSURE = re.compile(rf"(?:some|most|certain|algunos) (?:\w+ )?{_HOLIDAY}")


@lru_cache(maxsize=20_000)
def read_season(remarks: str) -> tuple[Season, ...]:
    """Return the parts of the year in which hours with these remarks hold; () for the whole year.

    Only remarks that say nothing else count: "Nov-Mar only", "except July", "closed in July and August".
    """
    if not remarks or not _A_MONTH.search(folded(remarks)):
        return ()
    found: tuple[Season, ...] = ()
    text = re.sub(rf"({_NAME})\.", r"\1", folded(plain(remarks)))
    for piece in _PIECES.split(text):
        text = re.sub(r"\s+", " ", piece).strip(" ,:-")
        if match := _EXCEPT.fullmatch(text):
            seasons = _rest(_seasons(match["months"]))
        elif (match := _ONLY.fullmatch(text)) and (text != match["months"] or re.fullmatch(_RANGE, text)):
            seasons = _seasons(match["months"])
        else:
            continue
        if found or not seasons:
            return ()
        found = seasons
    return found


@lru_cache(maxsize=20_000)
def read_holidays(remarks: str) -> Literal["", "open", "major", "national", "all"]:
    """Return what remarks say about public holidays, in the words of `directory.opening.calendars`; "" for nothing."""
    text = re.sub(r"\s+", " ", folded(plain(remarks)))
    if "iday" not in text and "festivo" not in text and "feriado" not in text and "365" not in text:
        return ""
    if _UNSURE.search(text):
        return ""
    shut, kept = _SHUT.search(text), _KEPT.search(text)
    if shut and kept:
        return ""
    if shut:
        whose = shut["whose"] or ""
        if "major" in whose:
            return "major"
        return "all" if "state" in whose or "county" in whose else "national"
    return "open" if kept else ""


def _seasons(months: str) -> tuple[Season, ...]:
    if re.fullmatch(_RANGE, months) and not re.fullmatch(_LIST, months):
        ends = re.fullmatch(rf"(?P<a>{_DATE}){_TO}(?P<b>{_DATE})", months)
        assert ends is not None
        (first, day), (last, until) = _date(ends["a"]), _date(ends["b"])
        return ((first * 100 + (day or 1), last * 100 + (until or _length(last))),) if first else ()
    numbers = sorted({MONTHS[name.rstrip(".")] for name in re.findall(_MONTH, months)})
    return tuple((number * 100 + 1, number * 100 + _length(number)) for number in numbers)


def _date(text: str) -> tuple[int, int]:
    name, _, day = text.partition(" ")
    return MONTHS[name.rstrip(".")], int(re.sub(r"\D", "", day) or 0)


def _length(month: int) -> int:
    """The last day of a month, that of a leap year."""
    return calendar.monthrange(2024, month)[1]


def _rest(seasons: Iterable[Season]) -> tuple[Season, ...]:
    """Return the year without these parts of it."""
    days = [month * 100 + day for month in range(1, 13) for day in range(1, _length(month) + 1)]
    inside = {
        day
        for first, last in seasons
        for day in days
        if (first <= day <= last if first <= last else day >= first or day <= last)
    }
    left: list[Season] = []
    for day, before in zip(days, [0, *days], strict=False):
        if day in inside:
            continue
        if left and left[-1][1] == before:
            left[-1] = (left[-1][0], day)
        else:
            left.append((day, day))
    if len(left) > 1 and left[0][0] == YEAR[0] and left[-1][1] == YEAR[1]:
        left[0] = (left.pop()[0], left[0][1])
    return tuple(left)


_A_MONTH = re.compile(_MONTH)
