"""`/listings/quality`: what is wrong with which listings, for those who keep them."""

import uuid

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.rules import Actor
from core import clock
from core.errors import NotVisible
from core.forms import read_query
from core.web import page, render
from directory.quality import AGES, CHECKS, GAPS, MEASURES, SEVERITIES, telling
from directory.quality.checks import Check
from directory.quality.findings import find_all, find_page
from directory.quality.parts import Known, Scope, know
from directory.quality.report import report


class QualityForm(msgspec.Struct, kw_only=True):
    """Whose listings, and of which check; a list goes on after the id `after`."""

    source: str = ""
    check: str = ""
    after: uuid.UUID | None = None


def _scope(actor: Actor, form: QualityForm) -> Scope:
    """Return what a person may look at: an organization that helps keeps its own listings, a county all."""
    own = actor.organization_id if actor.role == "provider" else None
    return Scope(form.source or None, own)


async def _known(db: AsyncSession, actor: Actor, check: Check | None = None) -> Known:
    of_places = check is None or check.subject == "location"
    return await know(db, clock.today(actor.time_zone), of_places=of_places)


def _check(form: QualityForm) -> Check:
    found = CHECKS.get(form.check) or GAPS.get(form.check)
    if found is None:
        raise NotVisible("check")
    return found


@get("/listings/quality", **page("listing.quality"))
async def show(
    request: Request, db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Response[str]:
    """Show the figures of one source or all, and what is to be put right."""
    form = read_query(QualityForm, request.query_params)
    whole = await report(db, await _known(db, actor), _scope(actor, QualityForm()))
    chosen = next((one for one in whole.sources if one.source == form.source), None)
    if form.source and chosen is None:
        raise NotVisible("source")
    return render(
        request,
        "directory/quality.html",
        report=whole,
        shown=chosen or whole.all,
        source=form.source,
        source_name=telling.source_name,
        checks=CHECKS,
        measures=MEASURES,
        ages=AGES,
        severities=SEVERITIES,
    )


@get("/listings/quality.csv", **page("listing.quality"))
async def show_csv(
    request: Request, db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Response[str]:
    """Give all figures as a file."""
    form = read_query(QualityForm, request.query_params)
    found = await report(db, await _known(db, actor), _scope(actor, form))
    return _file(telling.as_csv(found), "listings")


@get("/listings/quality/list", **page("listing.quality"))
async def listed(
    request: Request, db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Response[str]:
    """List the listings that a check finds, each with the page where it is put right."""
    form = read_query(QualityForm, request.query_params)
    check = _check(form)
    found = await find_page(db, await _known(db, actor, check), _scope(actor, form), check, form.after)
    return render(
        request,
        "directory/quality_list.html",
        check=check,
        found=found,
        source=form.source,
        begun=form.after is None,
        source_name=telling.source_name,
        today=clock.today(actor.time_zone),
    )


@get("/listings/quality/list.csv", **page("listing.quality"))
async def listed_csv(
    request: Request, db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Response[str]:
    """Give all that a check finds as a file."""
    form = read_query(QualityForm, request.query_params)
    check = _check(form)
    found = find_all(db, await _known(db, actor, check), _scope(actor, form), check)
    base_url = request.app.state.settings.base_url
    return _file(await telling.findings_csv(check, found, base_url), check.code)


def _file(text: str, name: str) -> Response[str]:
    headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


handlers: list[BaseRouteHandler] = [show, show_csv, listed, listed_csv]
