"""Opening hours told within a description: labelled ("Distribution Day: Friday | Distribution Time: 11 am - noon"), or in
a sentence of their own ("Pantry is open on the 2nd and 4th Saturday of each month from 9 to 11 a.m.").

What says nothing about days or times is passed over; what does must be understood to its end, or nothing is read.
"""

import re

from directory.hours.letters import folded, plain
from directory.hours.reader import read_hours
from directory.hours.remarks import read_holidays, read_season
from directory.hours.rows import ScheduleFields

#: Longer descriptions are stories; their hours, if any, are somebody else's or nobody's.
_LONGEST = 2000

_DAY = re.compile(
    r"\b(?:mon|tues?|wed(?:nes)?|weds|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:days?)?\b|\bweek(?:days?|ends?)\b|\bdaily\b|\beveryday\b"
    r"|\b(?:lunes|martes|miercoles|jueves|viernes|sabados?|domingos?)\b"
)
_TIME = re.compile(
    r"\d ?[ap]\.? ?m\b|\d:\d\d|\bnoon\b|\bmidnight\b|\bmediodia\b|\b24 ?(?:hours|hrs|/ ?7)\b|\d ?- ?\d"
)
_MONTH = re.compile(
    r"\b(?:january|february|march|april|june|july|august|september|sept|october|november|december"
    r"|may(?= \d|,| and| through))\b|\bsummer|\bwinter|\bspring\b|\bseason|\bschool\b|\bholiday|\bsnow"
)
#: Words that take hours back, change them, or make them those of something else.
_DOUBT = re.compile(
    r"\btemporar|\bsuspend|\bno longer\b|\bmoved\b|\bmoving\b|\buntil further\b|\bcancel|\bdiscontinu|\bresum|\bre-?open"
    r"|\bclosed\b|\bcovid|\bvar(?:y|ies)\b|\bchange|\bsubject to\b|\bschedule[ds]?\b.*\bbelow\b|\bcalendar\b|\bwaitlist"
    r"|\bonce (?:a|per) month\b.*\bweek\b|\b(?:1st|2nd|3rd|4th|every \d|other) (?:week|month)"
)
#: A sentence with one of these tells more or other hours than the service's own.
_OTHER = re.compile(
    r"\balso\b|\badditional|\bextra\b|\banother\b|\boffice\b|\bdeliver|\bphones?\b"
    r"|\bcalls? (?:are|will|between|from|after|on)\b"
    r"|\benroll?|\bregist(?:er|ration)|\bintake\b|\bvolunteer|\bdonat|\bstaff\b|\bsoup kitchen\b|\bhot meal|\bbagged\b"
    r"|\bonly for\b|\bonly (?:every|on)\b|\bresidents of\b|\bseniors only\b|\bveterans\b|\bemergency\b|\bspecial\b"
    r"|\blast client"
)
_SUBJECT = (
    r"(?:(?:the|our|a|this) )?"
    r"(?:(?:food|mobile|pop-?up|community|free|drive-?(?:thru|through)|client choice|weekly|monthly|pantry|box) )*"
    r"(?:pantry|pantries|distributions?|pick-?ups?|meal ?sites?|market|food bank|clinic|group|shelter|center|open hours"
    r"|hours(?: of operation)?)"
)
_VERB = (
    r"(?:(?:is|are|will be|hours are) )?"
    r"(?:(?:open(?: to the public)?|held|available|offered|provided|served|occurs?|happens?|takes? place|runs?|meets?"
    r"|operates?|distributes (?:pre-packed bags|food))\b ?)?"
)
_LEAD = re.compile(rf"(?:{_SUBJECT}\b[ :,-]*{_VERB}|(?:occurs|open|held|meets|served)\b ?)(?=\S)")
#: What hours begin with: anything else in front of them may make them those of something else.
_HOURS = re.compile(
    r"(?:(?:on|from|every|each|the|all|open|starting|at|between|only|el|los|de|cada|todos) )*"
    rf"(?:{_DAY.pattern}|\b(?:m|t|w|th|f|mwf|m-f)\b|\d|noon|first|second|third|fourth|fifth|last|other|24"
    r"|primer|segundo|tercer|ultimo)"
)
_LABEL = re.compile(r"^(?P<label>[a-z][a-z /&']{1,40}?) ?: ?(?P<value>\S.*)$")
_DAYS_LABEL = re.compile(r"(?:^|\b)days?(?: of (?:the week|operation|distribution))?$")
_TIMES_LABEL = re.compile(r"(?:^|\b)(?:times?|hours?)(?: of (?:operation|distribution))?$")
_HOURS_LABEL = re.compile(
    r"^(?:(?:regular|open|opening|pantry|distribution|service|business|operating) )*(?:hours|schedule|open|when|horario)"
    r"(?: of operation)?$"
)
# A full stop ends a sentence before a capital letter; that of "a.m." does too, when a new sentence can begin there.
_SENTENCE = re.compile(r"\n+|(?<=[.!?]) +(?=[A-Z])|;")


def read_described(text: str | None) -> list[ScheduleFields] | None:
    """Return the schedule rows that a description certainly tells, or None; never raises.

    A text that is nothing but hours is read as `read_hours` does.
    """
    if not text or len(text) > _LONGEST:
        return None
    if rows := read_hours(text):
        return rows
    clean = plain(text)
    return read_hours(_labelled(clean)) or read_hours(_sentences(clean))


def _labelled(text: str) -> str:
    """Return the hours among labelled fields: one pair of days and times, or one field of hours; "" for none."""
    fields = [
        (match["label"].strip(), line.strip()[match.start("value") :])
        for line in text.split("\n")
        if (match := _LABEL.match(folded(line.strip())))
    ]
    if len(fields) < 2 or _DOUBT.search(folded(text)):
        return ""
    hours = [value for label, value in fields if _HOURS_LABEL.match(label) and _DAY.search(folded(value))]
    if len(hours) == 1:
        return hours[0]
    days = [(label, value) for label, value in fields if _DAYS_LABEL.search(label)]
    if hours or len(days) != 1:
        return ""
    whose = _DAYS_LABEL.sub("", days[0][0]).strip()
    times = [
        value
        for label, value in fields
        if _TIMES_LABEL.search(label) and _TIMES_LABEL.sub("", label).strip() == whose
    ]
    return f"{days[0][1]}: {times[0]}" if len(times) == 1 else ""


def _sentences(text: str) -> str:
    """Return the sentences about hours, without what leads up to them; "" where any of them leaves a doubt."""
    found: list[str] = []
    parts = [part.strip(" .") for part in _joined(_SENTENCE.split(text)) if part.strip(" .")]
    for part in parts:
        low = folded(part)
        if _DAY.search(low) or _TIME.search(low):
            if _OTHER.search(low) or _DOUBT.search(low):
                return ""
            lead = _LEAD.match(low)
            rest = part[lead.end() :] if lead else part
            if not _HOURS.match(folded(rest)):
                return ""
            found.append(rest)
        elif read_season(part) or read_holidays(part):
            found.append(part)
        elif _DOUBT.search(low) or _MONTH.search(low):
            return ""
    return "; ".join(found)


def _joined(parts: list[str]) -> list[str]:
    """Return the parts with times put to the days that stand alone on the line before them."""
    found: list[str] = []
    days_alone = False
    for part in parts:
        low = folded(part)
        on_days, at_times = bool(_DAY.search(low)), bool(_TIME.search(low))
        if days_alone and at_times and not on_days:
            found[-1] += f", {part.strip()}" if _TIME.search(folded(found[-1])) else f" {part.strip()}"
            continue
        days_alone = on_days and not at_times
        found.append(part)
    return found
