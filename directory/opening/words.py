"""Opening hours in sentences, in the language of the request: "9 am to noon", "Every 3rd Tuesday, 9 am to 11 am"."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta

from babel.dates import format_date
from babel.lists import format_list

from core import display
from core.i18n import N_, current_locale
from core.i18n import gettext as _
from directory.opening.answers import DayHours
from directory.opening.reading import ScheduleRow, read_rule
from directory.opening.rules import Rule
from directory.spans import DAY, Span, is_whole

#: Longer notes are left to the listing: a table of hours has no room for them.
SHORT = 60
_MONDAY = date(2024, 1, 1)

NTH = {
    1: N_("1st"),
    2: N_("2nd"),
    3: N_("3rd"),
    4: N_("4th"),
    5: N_("5th"),
    -1: N_("last"),
    -2: N_("second to last"),
    -3: N_("third to last"),
    -4: N_("fourth to last"),
    -5: N_("fifth to last"),
}
_ALL_BUT_THE_LAST = {-5, -4, -3, -2}


@dataclass(frozen=True, slots=True)
class DayRow:
    """One line of a table of hours: a date, its hours, and whether it is today."""

    date: date
    hours: DayHours
    today: bool = False

    @property
    def name(self) -> str:
        """The weekday's name."""
        return weekday_name(self.date.weekday())

    @property
    def spans(self) -> tuple[Span, ...]:
        """The open spans, in minutes after midnight."""
        return self.hours.spans

    @property
    def words(self) -> str:
        """The hours in words: "9 am to noon, 1 pm to 5 pm", "Closed: Thanksgiving", "By appointment"."""
        hours = self.hours
        said = [*map(span_words, hours.spans), *(note for note in hours.notes if len(note) <= SHORT)]
        if hours.spans and hours.reason:
            said.append(hours.reason)
        if hours.unknown:
            said.append(_unknown_words(hours))
        if hours.unsure:
            usual = ", ".join(map(span_words, hours.unsure))
            words = {"holiday": _(hours.holiday), "hours": usual}
            return "; ".join([*said, _("May be closed: %(holiday)s (usually %(hours)s)") % words])
        if hours.holiday and hours.spans and not all(map(is_whole, hours.spans)):
            said.append(_("may differ: %(holiday)s") % {"holiday": _(hours.holiday)})
        if said:
            return ", ".join(said)
        reason = hours.reason or (_(hours.holiday) if hours.special and hours.holiday else "")
        if reason and not reason.lower().startswith(("closed", "cerrad")):
            return _("Closed: %(reason)s") % {"reason": reason}
        return _("Closed")


def _unknown_words(hours: DayHours) -> str:
    """Say what is known of hours that are not certain: "Twice a month from 9 am to noon", "By appointment"."""
    doubt = "; ".join(hours.doubts)
    spans = [_part_words(span) for span in hours.unknown if span != (0, DAY)]
    if not spans:
        return doubt[:1].upper() + doubt[1:] if doubt and not hours.spans else doubt or _("Call to ask")
    return (
        f"{', '.join(spans)} ({doubt})"
        if doubt
        else _("%(hours)s (call to ask)") % {"hours": ", ".join(spans)}
    )


def _part_words(span: Span) -> str:
    if span[1] != DAY:
        return span_words(span)
    return _("from %(time)s") % {"time": display.clock_time(minute_time(span[0]))}


def weekday_name(weekday: int) -> str:
    """Return the name of a weekday, 0 is Monday."""
    return format_date(_MONDAY + timedelta(days=weekday), "EEEE", locale=current_locale())


def minute_words(minute: int) -> str:
    """Return a minute of the day as people say the time."""
    return display.hour(minute_time(minute))


def minute_time(minute: int) -> time:
    """Return what a clock shows so many minutes after midnight."""
    return time(minute % DAY // 60, minute % 60)


def span_words(span: Span) -> str:
    """Return a span as "9 am to 5 pm", or "24 hours"."""
    if is_whole(span):
        return _("24 hours")
    return _("%(opens)s to %(closes)s") % {"opens": minute_words(span[0]), "closes": minute_words(span[1])}


def row_words(row: ScheduleRow) -> str:
    """Say what one schedule row means: "Monday to Friday, 9 am to 5 pm", "Every 3rd Tuesday, 9 am to 11 am".

    A row that only holds text, and one of which it is not known when it holds, is said in its own words.
    """
    rule = read_rule(row)
    own = str(getattr(row, "description", None) or "").strip()
    if rule is None:
        return own
    days = _days_words(rule)
    season = rule.notes if rule.seasons and rule.notes not in own else ""
    said = _hours_words(rule, own)
    parts = [days[:1].upper() + days[1:], said if said.lower() != days.lower() else "", season]
    return ", ".join(filter(None, parts))


def _hours_words(rule: Rule, own: str) -> str:
    if rule.kind == "closed":
        return own or _("closed")
    if rule.kind == "open":
        return span_words(rule.span)
    if rule.span == (0, DAY):
        return own
    return f"{_part_words(rule.span)} ({own})" if own else _part_words(rule.span)


def _days_words(rule: Rule) -> str:
    if rule.dated:
        first, last = (display.day(day) if day else "" for day in (rule.start, rule.end))
        return first if first == last else _("%(opens)s to %(closes)s") % {"opens": first, "closes": last}
    if rule.every_day:
        return _("every day")
    if rule.weeks or rule.year_days:
        return _("in some weeks of the year")
    if rule.month_days:
        return _("on day %(days)s of the month") % {"days": _listed(map(str, sorted(rule.month_days)))}
    ordinals = sorted((nth, day) for nth, day in rule.weekdays if nth)
    if ordinals:
        return ordinal_words(ordinals)
    weekdays = sorted(day for nth, day in rule.weekdays if nth is None)
    names = _weekday_words(weekdays)
    if rule.interval == 2 and names:
        return _("every other %(day)s") % {"day": names}
    return names


def _weekday_words(days: list[int]) -> str:
    """Return "Monday to Friday" for a run of three days or more, else the days one by one."""
    if days == list(range(7)):
        return _("every day")
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return _("%(first)s to %(last)s") % {"first": weekday_name(days[0]), "last": weekday_name(days[-1])}
    return _listed(map(weekday_name, days))


def ordinal_words(ordinals: list[tuple[int, int]]) -> str:
    """Return "every 1st and 3rd Saturday": each weekday once, with all its places in the month."""
    said = []
    for weekday in sorted({day for nth, day in ordinals}):
        nths = {nth for nth, day in ordinals if day == weekday and nth in NTH}
        if nths == _ALL_BUT_THE_LAST:
            said.append(_("%(day)s but the last of the month") % {"day": weekday_name(weekday)})
        else:
            listed = _listed(_(NTH[nth]) for nth in sorted(nths, key=lambda nth: nth % 100))
            said.append(_("%(nth)s %(day)s") % {"nth": listed, "day": weekday_name(weekday)})
    return _("every %(days)s") % {"days": _listed(said)}


def _listed(words: Iterable[str]) -> str:
    return format_list(list(words), locale=current_locale())
