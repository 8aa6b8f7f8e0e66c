"""The only place that asks what time it is, so that tests can move time and every stored time is UTC."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays


def now() -> datetime:
    """Return the present moment as an aware datetime in UTC."""
    return datetime.now(UTC)


def today(time_zone: str) -> date:
    """Return today's date as a clock on the wall in `time_zone` (an IANA name) shows it."""
    return now().astimezone(ZoneInfo(time_zone)).date()


@lru_cache(maxsize=8)
def _federal_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("US", years=year))


def is_business_day(day: date) -> bool:
    """Tell whether `day` is a weekday and not a federal holiday of the United States."""
    return day.weekday() < 5 and day not in _federal_holidays(day.year)


def business_days_after(moment: datetime, days: int, time_zone: str) -> datetime:
    """Return the moment `days` business days after `moment`, at the same local time of day, in UTC.

    Weekends and federal holidays do not count. A moment on a day off counts from the next business day, so a
    referral sent on Saturday is answered in time by the end of Tuesday, not by the end of Monday.
    """
    zone = ZoneInfo(time_zone)
    local = moment.astimezone(zone)
    while not is_business_day(local.date()):
        local += timedelta(days=1)
    for _ in range(days):
        local += timedelta(days=1)
        while not is_business_day(local.date()):
            local += timedelta(days=1)
    return local.astimezone(UTC)


def business_days_before(moment: datetime, days: int, time_zone: str) -> datetime:
    """Return the moment `days` business days before `moment`, at the same local time of day, in UTC."""
    local = moment.astimezone(ZoneInfo(time_zone))
    for _ in range(days):
        local -= timedelta(days=1)
        while not is_business_day(local.date()):
            local -= timedelta(days=1)
    return local.astimezone(UTC)


def localize(typed: datetime, time_zone: str) -> datetime:
    """Return the moment that somebody in `time_zone` means by the date and time they typed, in UTC."""
    if typed.tzinfo is not None:
        return typed.astimezone(UTC)
    return typed.replace(tzinfo=ZoneInfo(time_zone)).astimezone(UTC)
