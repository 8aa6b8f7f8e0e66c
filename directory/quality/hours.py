"""Hours that cannot be right, by the same reading of rows that tells people whether it is open."""

from functools import lru_cache

from sqlalchemy import ColumnElement, Subquery, and_, case, extract, func, not_, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from directory.models import Schedule, Service, ServiceAtLocation
from directory.opening.reading import LONGEST_NIGHT
from directory.quality.parts import Known, said
from directory.spans import DAY

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BESIDE_WEEKDAYS = (*"0123456789+-, ",)

_TIMED = or_(Schedule.opens_at.is_not(None), Schedule.closes_at.is_not(None))
_DAYS = (Schedule.byday, Schedule.bymonthday, Schedule.byweekno, Schedule.byyearday)


@lru_cache(maxsize=8)
def facts(at: Known) -> Subquery:
    """What the rows of hours around each service say, by service: 1 or 0 in each column.

    Read in one go and joined to the services, for a look at the rows of each service in turn takes ten times as long.
    """
    past = func.coalesce(or_(Schedule.valid_to < at.today, Schedule.until < at.today), False)
    said_of_row = {
        "timed": _TIMED,
        "lasting": and_(_TIMED, not_(past)),
        "worded": or_(said(Schedule.description), said(Schedule.notes)),
        "backwards": _backwards(),
        "no_day": and_(
            _TIMED, Schedule.valid_from.is_(None), Schedule.dtstart.is_(None), *(not_(said(day)) for day in _DAYS)
        ),
        "dates": or_(
            Schedule.valid_to < Schedule.valid_from,
            Schedule.until < Schedule.dtstart,
            Schedule.until < Schedule.valid_from,
        ),
        "weekdays": and_(said(Schedule.byday), _no_weekdays()),
    }  # fmt: skip
    columns = [case((condition, 1), else_=0).label(name) for name, condition in said_of_row.items()]
    at_service = ServiceAtLocation.id == Schedule.service_at_location_id
    at_place = ServiceAtLocation.location_id == Schedule.location_id
    parts = [
        select(Schedule.service_id.label("service_id"), *columns).where(Schedule.service_id.is_not(None)),
        select(ServiceAtLocation.service_id, *columns).join(Schedule, at_service),
        select(ServiceAtLocation.service_id, *columns).join(Schedule, at_place),
    ]
    if at.organization_id is not None:
        own = select(Service.id).where(Service.organization_id == at.organization_id)
        parts = [part.where(part.selected_columns[0].in_(own)) for part in parts]
    rows = union_all(*parts).subquery()
    return (
        select(rows.c.service_id, *(func.max(rows.c[name]).label(name) for name in said_of_row))
        .group_by(rows.c.service_id)
        .subquery("hours")
    )


def known(at: Known) -> ColumnElement[bool]:
    """Whether a service has hours that can be reckoned with."""
    return _is(at, "timed")


def text_only(at: Known) -> ColumnElement[bool]:
    """Whether a service has hours, but only in words."""
    return and_(_is(at, "worded"), not_(_is(at, "timed")))


def over(at: Known) -> ColumnElement[bool]:
    """Whether a service had hours of which none hold any more."""
    return and_(_is(at, "timed"), not_(_is(at, "lasting")))


def backwards(at: Known) -> ColumnElement[bool]:
    """Whether some hours close before they open, and it is no night that is meant."""
    return _is(at, "backwards")


def no_day(at: Known) -> ColumnElement[bool]:
    """Whether some hours name no day that they hold on."""
    return _is(at, "no_day")


def dates(at: Known) -> ColumnElement[bool]:
    """Whether some hours end before they begin."""
    return _is(at, "dates")


def weekdays(at: Known) -> ColumnElement[bool]:
    """Whether some hours name weekdays that there are none of."""
    return _is(at, "weekdays")


def _is(at: Known, name: str) -> ColumnElement[bool]:
    return func.coalesce(facts(at).c[name], 0) == 1


def _backwards() -> ColumnElement[bool]:
    """As `directory.opening.reading` has it: more than 16 hours, or nothing at all, is a slip of the pen."""
    opens, closes = _minute(Schedule.opens_at), _minute(Schedule.closes_at)
    both = and_(Schedule.opens_at.is_not(None), Schedule.closes_at.is_not(None))
    return and_(
        both,
        or_(and_(closes < opens, closes + DAY - opens > LONGEST_NIGHT), and_(closes == opens, opens > 0)),
    )


def _minute(at: InstrumentedAttribute) -> ColumnElement[int]:
    return extract("hour", at) * 60 + extract("minute", at)


def _no_weekdays() -> ColumnElement[bool]:
    """Whether anything is left of the weekdays when weekdays are taken out, or none is among them."""
    days = func.upper(func.coalesce(Schedule.byday, ""))
    rest = days
    for part in (*_WEEKDAYS, *_BESIDE_WEEKDAYS):
        rest = func.replace(rest, part, "")
    return or_(rest != "", not_(or_(*(days.contains(day) for day in _WEEKDAYS))))
