"""What rows of an HSDS package need beyond reading their cells: required values, old ways of saying things."""

from datetime import time, timedelta
from typing import Any

from core import clock
from directory.coordinates import Refused, read_coordinates
from directory.hours import ScheduleFields, read_hours, read_weekday
from directory.hours.words import DAYS, WEEKDAYS
from directory.importing.records import Draft, Note, Record
from directory.shapes import ShapeRefused, is_shape, read_shape
from directory.text import read_telephone

NAMED = ("organization", "program", "service", "location", "taxonomy", "taxonomy_term", "unit")
"""Tables whose rows are known by their name."""

LONGEST_HOURS = 5_000
_UNNAMED = {"service": "Unnamed service", "organization": "Unnamed organization"}
_WEEKDAYS = {name: WEEKDAYS[day] for name, day in DAYS.items()} | dict(zip("1234567", WEEKDAYS, strict=True))
STATUSES = {
    "open": "active", "closed": "inactive", "archived": "inactive", "deleted": "defunct", "draft": "inactive",
    "suspended": "temporarily closed", "on hold": "temporarily closed",
}  # fmt: skip


def finish(kind: str, record: Record, draft: Draft) -> None:
    """Complete the only draft of a record according to the kind of its sheet, or refuse the record."""
    if kind == "eligibility":
        return  # becomes part of its service
    if draft.table in NAMED and draft.table != "location":
        _name(record, draft)
    action = _FINISH.get(kind) or _FINISH.get(draft.table)
    if action and not record.refused:
        action(record, draft)


def _name(record: Record, draft: Draft) -> None:
    if draft.values.get("name"):
        return
    other = draft.values.get("alternate_name") or draft.values.get("code")
    if other:
        draft.values["name"] = other
        record.repairs.append(Note("no name, called by its other name", other))
    elif draft.table in _UNNAMED:
        draft.values["name"] = _UNNAMED[draft.table]
        if draft.table == "service":
            draft.values["status"] = "inactive"
        record.repairs.append(Note("no name: kept, but not shown"))
    else:
        record.refused = Note("no name")


def _service(record: Record, draft: Draft) -> None:
    text = str(draft.extra.get("status", "")).strip().lower()
    if text in STATUSES:
        draft.values["status"] = STATUSES[text]
    draft.values.setdefault("status", "active")
    check_assured(record, draft)


def check_assured(record: Record, draft: Draft) -> None:
    """Put aside the day of a check that is still to come; a day of grace is for other time zones."""
    day = draft.values.get("assured_date")
    if day and day > clock.now().date() + timedelta(days=1):
        draft.extra["assured_date"] = draft.values.pop("assured_date").isoformat()
        record.repairs.append(Note("assured_date: in the future, kept aside", draft.extra["assured_date"]))


def _location(record: Record, draft: Draft) -> None:
    draft.values.setdefault("location_type", "physical")
    _place(record, draft)


def _place(record: Record, draft: Draft) -> None:
    """Give a location its coordinates, or note why not; what was given is kept wherever it was not taken as it is."""
    given = {}
    for name in ("latitude", "longitude"):
        given[name] = draft.extra.pop(name, draft.values.pop(name, None))
    record.repairs = [
        note for note in record.repairs if not note.reason.startswith(("latitude", "longitude"))
    ]
    if given["latitude"] is None and given["longitude"] is None:
        return
    found = read_coordinates(given["latitude"], given["longitude"])
    told = f"{given['latitude']}, {given['longitude']}"
    if isinstance(found, Refused):
        draft.extra |= {name: value for name, value in given.items() if value is not None}
        record.repairs.append(Note(found.reason.rstrip(".") + ": kept aside", told))
        return
    draft.values |= {"latitude": found.lat, "longitude": found.lon}
    if found.repaired:
        draft.extra["coordinates_given"] = told
        record.repairs.append(Note(f"coordinates: {found.repaired}"))


def _phone(record: Record, draft: Draft) -> None:
    number = draft.values.get("number")
    if not number:
        record.repairs.append(Note("a telephone without its number: kept, but not shown"))
        return
    telephone = read_telephone(number)
    if telephone:
        draft.values["e164"] = telephone.e164
    else:
        record.repairs.append(Note("no number that can be dialled, kept as text", number))


def _address(record: Record, draft: Draft) -> None:
    kind = "postal" if record.table == "postal_address" else "physical"
    draft.values.setdefault("address_type", kind)


def _regular_schedule(record: Record, draft: Draft) -> None:
    never = _ends_first(draft.values)
    _schedule(record, draft)
    text = str(draft.extra.get("weekday", "")).strip()
    if not text or never:
        return
    day = _WEEKDAYS.get(text.lower().rstrip("."))
    if not day:
        record.repairs.append(Note("weekday: not a day of the week, kept aside", text))
        return
    draft.values |= {"freq": "WEEKLY", "byday": day}
    opens, closes = draft.values.get("opens_at"), draft.values.get("closes_at")
    if opens and closes and closes < opens:
        _closes_first(record, draft, f"{opens.hour}:{opens:%M}", f"{closes.hour}:{closes:%M}")


def _closes_first(record: Record, draft: Draft, opens: str, closes: str) -> None:
    """Read 9:00 to 5:00 as an afternoon and 20:00 to 2:00 as a night; 21:00 to 17:00 stays text."""
    row = read_weekday(draft.values["byday"], opens, closes)
    if row is None or row.opens_at is None:
        del draft.values["opens_at"], draft.values["closes_at"]
        draft.values["description"] = f"{opens} - {closes}"
        record.repairs.append(Note("closes before it opens, kept as text", f"{opens} - {closes}"))
    elif row.closes_at != draft.values["closes_at"]:
        draft.values["closes_at"] = row.closes_at
        record.repairs.append(Note("closes before it opens: read as the afternoon", f"{opens} - {closes}"))


def _holiday_schedule(record: Record, draft: Draft) -> None:
    _schedule(record, draft)
    if str(draft.extra.get("closed", "")).strip().lower() in {"true", "t", "yes", "y", "1"}:
        draft.values.pop("opens_at", None)
        draft.values.pop("closes_at", None)


def _schedule(record: Record, draft: Draft) -> None:
    values = draft.values
    if _ends_first(values):
        _never_valid(record, draft)
        return
    if values.get("opens_at") == values.get("closes_at") == time(0):
        values["closes_at"] = time(23, 59)  # HSDS has no 24:00: this is how it writes the whole day
    asked = str(draft.extra.get("freq") or "").strip().upper()
    if asked == "DAILY" and values.get("interval") in (None, 1):
        values["freq"] = "WEEKLY"
        values.setdefault("byday", ",".join(WEEKDAYS))
    elif asked:
        _odd_frequency(record, draft, asked)
    elif values.get("byday") and not values.get("freq"):
        values["freq"] = "MONTHLY" if any(character.isdigit() for character in values["byday"]) else "WEEKLY"


def _odd_frequency(record: Record, draft: Draft, asked: str) -> None:
    """Keep a rule that is neither weekly nor monthly as text: without its frequency it would say something else."""
    names = ("byday", "bymonthday", "byyearday", "byweekno", "opens_at", "closes_at", "dtstart", "valid_from")
    told = {name: str(draft.values.pop(name)) for name in names if name in draft.values}
    text = "; ".join([asked, *(f"{name} {value}" for name, value in told.items())])
    draft.values.setdefault("description", text)
    record.repairs.append(Note("freq: neither weekly nor monthly, kept as text", text))


def _ends_first(values: dict[str, Any]) -> bool:
    begins, ends = values.get("valid_from"), values.get("valid_to")
    return bool(begins and ends and ends < begins)


def _never_valid(record: Record, draft: Draft) -> None:
    """Keep as text what ends before it begins: without its days it would hold always."""
    told = {
        name: draft.values.pop(name)
        for name in ("freq", "byday", "bymonthday", "opens_at", "closes_at", "valid_from", "valid_to")
        if name in draft.values
    }
    text = "; ".join(f"{name} {value}" for name, value in told.items())
    draft.values.setdefault("description", text)
    record.repairs.append(Note("valid_to is before valid_from: kept as text", text))


def expand_schedule(record: Record) -> None:
    """Read hours that a schedule row tells in words only; the words stay on its first row."""
    draft = record.drafts[0]
    text = draft.values.get("description")
    told = ("opens_at", "closes_at", "byday", "bymonthday", "valid_from")
    if not text or any(column in draft.values for column in told):
        return
    rows = hours_of(text)
    if not rows:
        return
    draft.extra["description"] = draft.values.pop("description")
    record.drafts = [*schedule_drafts(rows, draft), *record.drafts[1:]]
    record.repairs.append(Note("hours read from words"))


def hours_of(text: str) -> list[ScheduleFields] | None:
    """Return the schedule that a text certainly means; nobody writes pages of opening hours."""
    return read_hours(text) if text and len(text) <= LONGEST_HOURS else None


def schedule_drafts(rows: list[ScheduleFields], first: Draft) -> list[Draft]:
    """Return one draft for each schedule row that was read; the first goes on with what `first` has."""
    drafts = []
    for number, row in enumerate(rows, start=1):
        values = {
            name: getattr(row, name) for name in row.__struct_fields__ if getattr(row, name) is not None
        }
        if number == 1:
            drafts.append(Draft("schedule", first.key, first.values | values, first.refs, first.extra))
        else:
            drafts.append(Draft("schedule", f"{first.key} +{number}", values, first.refs))
    return drafts


def _service_area(record: Record, draft: Draft) -> None:
    """Take only shapes that enclose something; others are kept aside, and the area is what its name says."""
    extent = draft.values.get("extent")
    if not extent or not is_shape(extent, draft.values.get("extent_type")):
        return
    try:
        read_shape(extent, draft.values.get("extent_type"))
    except ShapeRefused as refused:
        draft.extra["extent"] = draft.values.pop("extent")
        record.repairs.append(Note(f"extent: {str(refused).rstrip('.')}: kept aside"))


def _service_taxonomy(record: Record, draft: Draft) -> None:
    draft.values["link_entity"] = "service"
    draft.values.setdefault("link_type", "taxonomy")


_FINISH = {
    "service": _service,
    "location": _location,
    "phone": _phone,
    "address": _address,
    "regular_schedule": _regular_schedule,
    "holiday_schedule": _holiday_schedule,
    "schedule": _schedule,
    "service_area": _service_area,
    "service_taxonomy": _service_taxonomy,
}
"""By kind of sheet or by table, what completes a row."""
