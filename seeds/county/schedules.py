"""The schedule rows of a service: its weekly and monthly hours, its season, and the holidays of the year to come."""

from datetime import date
from uuid import UUID

from seeds.county import hours
from seeds.county.content import Group, Offer
from seeds.county.places import TIME_ZONE
from seeds.county.rows import County, row_id


def add_schedules(county: County, group: Group, offer: Offer, today: date) -> None:
    """Add the schedules of a service: one set for all its places, or one for each."""
    service = row_id("service", group.key, offer.name)
    if isinstance(offer.hours, dict):
        for site, text in offer.hours.items():
            _schedules(
                county, group, offer, ("service_at_location_id", row_id("at", service, site)), text, today
            )
    elif offer.hours:
        _schedules(county, group, offer, ("service_id", service), offer.hours, today)


def _schedules(
    county: County, group: Group, offer: Offer, owner: tuple[str, UUID], text: str, today: date
) -> None:
    clauses = hours.read(text)
    first, last = hours.season_around(offer.season, today) if offer.season else (None, None)
    for number, clause in enumerate(clauses):
        county.add(
            "schedule",
            id=row_id("schedule", owner[1], number),
            valid_from=first,
            valid_to=last,
            timezone=TIME_ZONE,
            wkst="MO",
            **clause.columns(),
            **{owner[0]: owner[1]},
        )
    if text == "24/7":
        return
    for day, name in hours.holidays_within(today, offer.holidays or group.holidays):
        in_season = first is None or last is None or first <= day <= last
        special = offer.open_on.get(name.lower())
        if in_season and any(clause.on(day) for clause in clauses):
            _exception(county, owner, day, name, special)


def _exception(county: County, owner: tuple[str, UUID], day: date, name: str, special: str | None) -> None:
    """Add the row of one holiday: closed, or open at other times."""
    opened = hours.read(f"daily {special}")[0] if special else None
    county.add(
        "schedule",
        id=row_id("schedule", owner[1], day),
        valid_from=day,
        valid_to=day,
        timezone=TIME_ZONE,
        opens_at=opened.opens_at if opened else None,
        closes_at=opened.closes_at if opened else None,
        description=f"{name} hours" if special else f"Closed for {name}",
        **{owner[0]: owner[1]},
    )
