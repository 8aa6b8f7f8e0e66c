"""Whether it is open, in a few words: "Open now, until 7 pm", "Opens at 9 am tomorrow", "May be closed: Thanksgiving"."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_name

from core import display
from core.i18n import current_locale, ngettext
from core.i18n import gettext as _
from directory.opening.answers import OpenState
from directory.opening.words import NTH, weekday_name

#: From here on "Closes in 40 minutes" helps more than the hour does.
SOON = timedelta(minutes=60)


def state_words(state: OpenState, at: datetime, *, chosen: bool = False, reader: str = "") -> str:
    """Say in a few words whether it is open at `at`, an aware moment.

    `chosen` tells that somebody asked for this moment, which is not the present. Times are those of the place; where
    clocks in `reader`, the time zone of who reads, show another, the place's zone is named.
    """
    if state.open:
        return _open_words(state, at, chosen) + _zone_words(state.until, reader)
    if state.open is None:
        if state.holiday:
            words = _("May be closed then: %(holiday)s") if chosen else _("May be closed today: %(holiday)s")
            return words % {"holiday": _(state.holiday)}
        return _("By appointment") if state.by_appointment else _("Hours not known: call")
    opens = _opens_words(state, at, chosen) + _zone_words(state.opens, reader) if state.opens else ""
    if state.closed_for_it and state.holiday:
        words = _("Closed then: %(holiday)s") if chosen else _("Closed today: %(holiday)s")
        return ". ".join(filter(None, [words % {"holiday": _(state.holiday)}, opens]))
    if chosen:
        return ". ".join(filter(None, [_("Closed then"), opens]))
    return opens or _("Closed")


def doubt_words(state: OpenState, chosen: bool = False) -> str:
    """Warn that what the hours say may not hold, because of a holiday; "" where there is nothing to warn of."""
    if not state.holiday or state.closed_for_it or state.open is None:
        return ""
    if state.open and state.until is None:
        return ""
    words = _("Hours may differ then: %(holiday)s") if chosen else _("Hours may differ today: %(holiday)s")
    return words % {"holiday": _(state.holiday)}


def _open_words(state: OpenState, at: datetime, chosen: bool) -> str:
    if state.until is None:
        return _("Open 24 hours")
    left = state.until - at
    if left < SOON and not chosen:
        minutes = max(1, round(left.total_seconds() / 60))
        return ngettext("Closes in %(n)s minute", "Closes in %(n)s minutes", minutes) % {"n": minutes}
    said = {"time": display.clock_time(state.until.time()), "day": weekday_name(state.until.weekday())}
    if left >= timedelta(hours=24):
        if chosen:
            return _("Open then, until %(day)s, %(time)s") % said
        return _("Open now, until %(day)s, %(time)s") % said
    return _("Open then, until %(time)s") % said if chosen else _("Open now, until %(time)s") % said


def _opens_words(state: OpenState, at: datetime, chosen: bool) -> str:
    opens = state.opens
    assert opens is not None
    said = {"time": display.clock_time(opens.time()), "day": weekday_name(opens.weekday())}
    said["date"] = display.day(opens.date())
    days = (opens.date() - at.astimezone(opens.tzinfo).date()).days
    if days == 0:
        return _("Opens at %(time)s") % said
    if days == 1 and not chosen:
        return _("Opens at %(time)s tomorrow") % said
    if days < 7 and not chosen:
        return _("Opens %(day)s at %(time)s") % said
    if state.nth and state.nth[0] in NTH:
        said["nth"] = _(NTH[state.nth[0]])
        return _("Opens on the %(nth)s %(day)s of the month: %(date)s at %(time)s") % said
    if days < 7:
        return _("Opens %(day)s, %(date)s at %(time)s") % said
    return _("Opens %(date)s at %(time)s") % said


def _zone_words(moment: datetime | None, reader: str) -> str:
    """Name the zone of a moment in brackets where a reader's clock shows another time."""
    if moment is None or not reader or moment.tzinfo is None:
        return ""
    try:
        same = moment.astimezone(ZoneInfo(reader)).utcoffset() == moment.utcoffset()
    except (KeyError, ValueError, OSError):
        return ""
    name = (
        ""
        if same
        else get_timezone_name(moment.tzinfo, width="long", zone_variant="generic", locale=current_locale())
    )
    return f" ({name})" if name else ""
