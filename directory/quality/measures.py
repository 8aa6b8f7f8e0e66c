"""How much a listing says, and how long ago somebody checked it: each measure one entry, counted by itself."""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, exists, false, func, or_

from core.i18n import N_
from directory.models import Attribute, CostOption, Language, Service
from directory.quality import hours, reach
from directory.quality.parts import Known, at_place, own, said, service_need
from directory.showing.facts import FRESH_FOR, STALE_AFTER

_FOR_WHOM = ("eligibility", "intended_audience", "audience", "situation")


class Measure(NamedTuple):
    """How many published services have something; `missing` is what those are called that have not, where they count."""

    code: str
    title: str
    condition: Callable[[Known], ColumnElement[bool]]
    missing: str = ""


def has_need() -> ColumnElement[bool]:
    """Whether a service is found by at least one need."""
    return exists().where(service_need.c.service_id == Service.id, service_need.c.denied == false())


def _for_whom(_: Known) -> ColumnElement[bool]:
    term = exists().where(Attribute.link_id == Service.id, func.lower(Attribute.link_type).in_(_FOR_WHOM))
    aged = or_(Service.minimum_age.is_not(None), Service.maximum_age.is_not(None))
    return or_(said(Service.eligibility_description), aged, term)


def _cost(_: Known) -> ColumnElement[bool]:
    return or_(said(Service.fees_description), said(Service.fees), own(CostOption))


def _languages(_: Known) -> ColumnElement[bool]:
    return or_(said(Service.interpretation_services), own(Language), at_place(Language))


MEASURES = {
    measure.code: measure
    for measure in (
        Measure("description", N_("Description"), lambda _: said(Service.description), N_("No description")),
        Measure(
            "telephone", N_("Telephone to call"), lambda _: reach.telephone(), N_("No telephone to call")
        ),
        Measure(
            "online",
            N_("Mail address or web page"),
            lambda _: reach.online(),
            N_("No mail address and no web page"),
        ),
        Measure(
            "where",
            N_("Place or area served"),
            lambda at: or_(reach.place(at), reach.area()),
            N_("No place and no area served"),
        ),
        Measure("hours", N_("Hours by day and time"), hours.known, N_("No hours by day and time")),
        Measure("hours-text", N_("Hours in words only"), hours.text_only),
        Measure("eligibility", N_("For whom it is"), _for_whom, N_("Does not say for whom it is")),
        Measure("cost", N_("What it costs"), _cost, N_("Does not say what it costs")),
        Measure(
            "languages", N_("Languages spoken"), _languages, N_("Does not say which languages are spoken")
        ),
        Measure("need", N_("Found by a need"), lambda _: has_need()),
    )
}


def never_checked(_: Known) -> ColumnElement[bool]:
    """Whether nobody has ever checked a listing."""
    return Service.assured_date.is_(None)


def stale(at: Known) -> ColumnElement[bool]:
    """Whether somebody checked a listing, but so long ago that its reader is told to call first."""
    return Service.assured_date < at.today - timedelta(days=STALE_AFTER)


def _fresh(at: Known) -> ColumnElement[bool]:
    return Service.assured_date >= at.today - timedelta(days=FRESH_FOR)


def _ageing(at: Known) -> ColumnElement[bool]:
    fresh, last = (at.today - timedelta(days=days) for days in (FRESH_FOR, STALE_AFTER))
    return and_(Service.assured_date < fresh, Service.assured_date >= last)


AGES = {
    age.code: age
    for age in (
        Measure("fresh", N_("In the last 90 days"), _fresh),
        Measure("ageing", N_("In the last 180 days"), _ageing),
        Measure("stale", N_("Longer ago"), stale),
        Measure("never", N_("Never"), never_checked),
    )
}
"""When somebody last checked a listing; each published service counts in one of them."""
