"""How dates, distances and phone numbers are written for people, in the language of the request."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import phonenumbers
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_decimal

from core import clock
from core.i18n import current_locale, ngettext, npgettext, pgettext
from core.i18n import gettext as _
from core.tongue import tongue

METRES_PER_MILE = 1609.344


def _plain(text: str) -> str:
    """Replace the narrow no-break space that Babel puts into times: many fonts show it as a box."""
    return text.replace("\u202f", "\u00a0")


def day(value: date | datetime | None, zone: str = "UTC") -> str:
    """Write a date, "Nov 9", with the year when it is not this one."""
    if value is None:
        return ""
    shown = value.astimezone(ZoneInfo(zone)).date() if isinstance(value, datetime) else value
    if shown.year == clock.today(zone).year:
        return _plain(format_skeleton("MMMd", shown, locale=current_locale()))
    return _plain(format_date(shown, "medium", locale=current_locale()))


def long_day(value: date | datetime | None, zone: str = "UTC") -> str:
    """Write a date with its weekday, "Monday, November 23"."""
    if value is None:
        return ""
    shown = value.astimezone(ZoneInfo(zone)).date() if isinstance(value, datetime) else value
    weekday = format_date(shown, "EEEE", locale=current_locale())
    return f"{weekday}, {format_skeleton('MMMMd', shown, locale=current_locale())}"


def near_day(value: date | datetime | None, zone: str = "UTC") -> str:
    """Say when something close happens: "today", "tomorrow", "Tuesday"; further off the date, "Nov 30".

    It is what follows a verb: in Spanish "mañana", but "el martes".
    """
    if value is None:
        return ""
    shown = value.astimezone(ZoneInfo(zone)).date() if isinstance(value, datetime) else value
    distance = (shown - clock.today(zone)).days
    if distance in (0, 1):
        return _("tomorrow") if distance else _("today")
    name = format_date(shown, "EEEE", locale=current_locale()) if 1 < distance < 7 else day(shown, zone)
    return pgettext("when", "%(day)s") % {"day": name}


def moment(value: datetime | None, zone: str = "UTC") -> str:
    """Write a moment, "Nov 9, 10:12 am", as a clock in `zone` shows it."""
    return f"{day(value, zone)}, {hour(value, zone)}" if value is not None else ""


def hour(value: datetime | time | None, zone: str = "UTC") -> str:
    """Write a time of day as people say it: "7 pm", "10:30 am", "noon"; in Spanish "7 p.m."."""
    if value is None:
        return ""
    local = _local(value, zone)
    if local.minute == 0 and local.hour in (0, 12):
        return _("noon") if local.hour else _("midnight")
    locale = current_locale()
    text = _plain(format_time(local, "h a" if local.minute == 0 else "h:mm a", locale=locale))
    return text.lower() if locale.language == "en" else text


def clock_time(value: datetime | time | None, zone: str = "UTC") -> str:
    """Write a time of day for after "at", "from" or "until": "7 pm"; in Spanish with its article, "las 7 p.m."."""
    if value is None:
        return ""
    local = _local(value, zone)
    if local.minute == 0 and local.hour in (0, 12):
        return pgettext("at, until", "noon") if local.hour else pgettext("at, until", "midnight")
    return npgettext("at, until", "%(time)s", "%(time)s", local.hour % 12) % {"time": hour(local)}


def _local(value: datetime | time, zone: str) -> time:
    return value.astimezone(ZoneInfo(zone)).time() if isinstance(value, datetime) else value


def ago(value: date | datetime | None, zone: str = "UTC") -> str:
    """Write how long ago something was, in the coarsest unit that helps: "20 min ago", "3 weeks ago"."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        minutes = int((clock.now() - value).total_seconds() // 60)
        if minutes < 1:
            return _("just now")
        if minutes < 60:
            return _("%(n)s min ago") % {"n": minutes}
        if minutes < 24 * 60:
            hours = minutes // 60
            return ngettext("%(n)s hour ago", "%(n)s hours ago", hours) % {"n": hours}
        days = minutes // (24 * 60)
    else:
        days = (clock.today(zone) - value).days
    return days_ago(days)


def days_ago(days: int) -> str:
    """Write a number of whole days back as people say it."""
    if days <= 0:
        return _("today")
    if days == 1:
        return _("yesterday")
    if days < 14:
        return ngettext("%(n)s day ago", "%(n)s days ago", days) % {"n": days}
    if days < 60:
        return ngettext("%(n)s week ago", "%(n)s weeks ago", days // 7) % {"n": days // 7}
    if days < 730:
        return ngettext("%(n)s month ago", "%(n)s months ago", days // 30) % {"n": days // 30}
    return ngettext("%(n)s year ago", "%(n)s years ago", days // 365) % {"n": days // 365}


def miles(metres: float | None) -> str:
    """Write a distance given in metres as miles: "0.8 mi", "12 mi"."""
    if metres is None:
        return ""
    distance = metres / METRES_PER_MILE
    number = f"{distance:.1f}" if distance < 9.95 else f"{distance:.0f}"
    return _("%(n)s mi") % {"n": number}


def number(value: float) -> str:
    """Write a number with the separators of the reader's language: "1,140"."""
    return format_decimal(value, locale=current_locale())


def phone(number: str | None) -> str:
    """Write a phone number as people in its country do; what is no number stays as it is."""
    if not number:
        return ""
    try:
        parsed = phonenumbers.parse(number, "US")
    except phonenumbers.NumberParseException:
        return number
    national = parsed.country_code == 1
    form = (
        phonenumbers.PhoneNumberFormat.NATIONAL if national else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return phonenumbers.format_number(parsed, form)


def tel(number: str | None, extension: str | int | None = None) -> str:
    """Return a `tel:` address that dials the number, or an empty string when it is none."""
    if not number:
        return ""
    try:
        parsed = phonenumbers.parse(number, "US")
    except phonenumbers.NumberParseException:
        return ""
    pause = f",{extension}" if extension else ""
    return f"tel:{phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)}{pause}"


def weblink(address: str | None) -> str:
    """Return an address that a page may lead to, http or https; of any other kind (`javascript:`) an empty string."""
    return address if address and address.lower().startswith(("http://", "https://")) else ""


def language_name(code: str) -> str:
    """Write the name of a language given by its ISO 639 code in the reader's language; an unknown code as it is."""
    names = {"ase": _("American Sign Language")}
    found = names.get(code.lower()) or current_locale().languages.get(code.lower())
    return found[:1].upper() + found[1:] if found else code


def in_sentence(label: str) -> str:
    """Return a label as it stands inside a sentence: its first letter small, ZIP and such as they are."""
    return label if label[:2].isalpha() and label[:2].isupper() else label[:1].lower() + label[1:]


FILTERS = {
    "day": day,
    "long_day": long_day,
    "near_day": near_day,
    "moment": moment,
    "hour": hour,
    "clock_time": clock_time,
    "ago": ago,
    "miles": miles,
    "number": number,
    "language_name": language_name,
    "phone": phone,
    "tel": tel,
    "weblink": weblink,
    "in_sentence": in_sentence,
    "tongue": tongue,
}
