"""The table of checks: what can be wrong with a listing, what keeps people from help first. A new check is one entry."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, not_, outerjoin, select
from sqlalchemy.sql import visitors

from core.i18n import N_
from directory.models import Organization, Service
from directory.quality import hours, measures, places, reach
from directory.quality.parts import MODELS, Known, Subject, published

SEVERITIES = {
    1: N_("Keeps people from help"),
    2: N_("Wrong hours"),
    3: N_("Not checked lately"),
    4: N_("Worth putting right"),
}


class Check(NamedTuple):
    """One thing that can be wrong.

    `subject` is what the condition is about: a published service, a location of one, or an organization. `why` tells
    in one sentence why it matters. `severity` is one of `SEVERITIES`, 1 the worst.
    """

    code: str
    subject: Subject
    severity: int
    title: str
    why: str
    condition: Callable[[Known], ColumnElement[bool]]


def tables(subject: Subject, at: Known, conditions: Iterable[ColumnElement[Any]]) -> Any:
    """What conditions about a subject are asked of: its table, and what is gathered by service where they speak of it."""
    table: Any = MODELS[subject].__table__
    if subject != "service":
        return table
    spoken_of = {getattr(part, "table", None) for one in conditions for part in visitors.iterate(one)}
    for facts in (hours.facts(at), reach.places(at)):
        if facts in spoken_of:
            table = outerjoin(table, facts, facts.c.service_id == Service.id)
    return table


def _empty(_: Known) -> ColumnElement[bool]:
    offered = select(Service.id).where(Service.organization_id == Organization.id, published())
    return not_(offered.exists())


def _twice(model: Any, *same: Any) -> ColumnElement[bool]:
    """Whether another row of the same source has the same name, and the same in `same`."""
    name = func.lower(func.trim(model.name))
    number = func.count().over(partition_by=(model.source, name, *same)).label("number")
    counted = select(model.id, number)
    if model is Service:
        counted = counted.where(published())
    named = counted.subquery()
    return model.id.in_(select(named.c.id).where(named.c.number > 1))


CHECKS = {
    check.code: check
    for check in (
        Check(
            "out-of-reach", "service", 1, N_("No telephone and no place"),
            N_("Nobody can call or go there, so nobody gets this help."), reach.out_of_reach,
        ),
        Check(
            "hours-backwards", "service", 2, N_("Closes before it opens"),
            N_("People are told to ask for the hours, for what stands there cannot be meant."), hours.backwards,
        ),
        Check(
            "hours-no-day", "service", 2, N_("Hours without a day"),
            N_("Nobody can tell on which days these times hold."), hours.no_day,
        ),
        Check(
            "hours-weekdays", "service", 2, N_("Hours on days that do not exist"),
            N_("What stands for the weekday is none, so the times count for no day."), hours.weekdays,
        ),
        Check(
            "hours-dates", "service", 2, N_("Hours that end before they begin"),
            N_("The last day lies before the first, so these hours never hold."), hours.dates,
        ),
        Check(
            "hours-over", "service", 2, N_("Hours that are all over"),
            N_("The listing says closed for good, which may not be meant."), hours.over,
        ),
        Check(
            "never-checked", "service", 3, N_("Never checked"),
            N_("Nobody here has ever made sure of it, so people are told to call first."), measures.never_checked,
        ),
        Check(
            "stale", "service", 3, N_("Checked more than 180 days ago"),
            N_("Hours and telephones change; people are told to call first."), measures.stale,
        ),
        Check(
            "coordinates-zero", "location", 4, N_("On the map at 0, 0"),
            N_("The place lies in the sea off Africa, so no search by place finds it."), places.zero,
        ),
        Check(
            "coordinates-state", "location", 4, N_("On the map in another state"),
            N_("It is found in a state that its address does not name."), places.outside_state,
        ),
        Check(
            "coordinates-far", "location", 4, N_("Over 300 miles from the rest of its source"),
            N_("A place so far from all the others is likely to be a mistake, or a national office."), places.far,
        ),
        Check(
            "address", "location", 4, N_("Address without town or ZIP code"),
            N_("People cannot look up the way, and the place on the map cannot be checked."), places.no_town,
        ),
        Check(
            "no-place", "service", 4, N_("No place at all"),
            N_("It has no distance, so it comes after all that do."), reach.no_place,
        ),
        Check(
            "no-area", "service", 4, N_("No place to go to and no area served"),
            N_("Nobody can tell whether it comes to, or is there for, where a person lives."), reach.no_area,
        ),
        Check(
            "untagged", "service", 4, N_("Found by no need"),
            N_("It is found by its words only; who chooses a need never sees it."),
            lambda _: not_(measures.has_need()),
        ),
        Check(
            "undialled", "service", 4, N_("Telephone that cannot be dialed"),
            N_("What stands for the number is none, so a tap on it calls nobody."), reach.undialled,
        ),
        Check(
            "web", "service", 4, N_("Web address that is none"),
            N_("It is shown as text, for it leads nowhere."), reach.wrong_web,
        ),
        Check(
            "hours-text", "service", 4, N_("Hours in words only"),
            N_("People can read them, but a search for what is open now does not count on them."), hours.text_only,
        ),
        Check(
            "unlinked", "service", 4, N_("Service of no organization"),
            N_("Nobody is there to confirm it, and nobody can be referred to it."),
            lambda _: Service.organization_id.is_(None),
        ),
        Check(
            "service-twice", "service", 4, N_("Service that is listed twice"),
            N_("The same organization has it twice by one name; people call the same number again."),
            lambda _: _twice(Service, Service.organization_id),
        ),
        Check(
            "organization-twice", "organization", 4, N_("Organization that is listed twice"),
            N_("Two of one source have the same name; what one of them is told the other does not know."),
            lambda _: _twice(Organization),
        ),
        Check(
            "organization-empty", "organization", 4, N_("Organization without a service"),
            N_("Its page says nothing that helps."), _empty,
        ),
        Check(
            "organization-undialled", "organization", 4, N_("Organization whose telephone cannot be dialed"),
            N_("What stands for the number is none, so a tap on it calls nobody."), reach.organization_undialled,
        ),
        Check(
            "organization-web", "organization", 4, N_("Organization whose web address is none"),
            N_("It is shown as text, for it leads nowhere."), reach.organization_wrong_web,
        ),
    )
}  # fmt: skip
"""By code, in the order in which they are told."""

GAPS = {
    f"without-{measure.code}": Check(
        f"without-{measure.code}", "service", 4, measure.missing,
        N_("What a listing does not say, people have to call and ask for."),
        lambda at, measure=measure: not_(measure.condition(at)),  # type: ignore[misc]
    )
    for measure in measures.MEASURES.values()
    if measure.missing
}  # fmt: skip
"""What is missing where a listing could say more: no mistakes, but listed the same way."""
