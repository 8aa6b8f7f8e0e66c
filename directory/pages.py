"""The public pages of the directory: one service, one organization."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import NotVisible
from core.web import page, render
from directory import own_pages, queries, showing
from directory.duplicates import pages as duplicate_pages
from directory.duplicates.queries import merged_into
from directory.intake import pages as intake_pages
from directory.models import Location, Service
from directory.quality import pages as quality_pages
from directory.towns import towns_near


@get("/services/{service_id:uuid}", **page("public"))
async def service_page(
    request: Request, db: NamedDependency[AsyncSession], service_id: FromPath[UUID]
) -> Response[Any]:
    """Show one service; `location` in the query is the place a search led to, the rest of it leads back there."""
    try:
        service = await queries.listing(db, service_id)
    except NotVisible:
        return await _moved(request, db, "service", service_id)
    mapped = _first_point(service)
    towns = await towns_near(db, *mapped) if mapped else []
    wanted = _wanted_place(request)
    zone, calendar = _clocks(request, service)
    show = showing.service_page(service, location_id=wanted, zone=zone, calendar=calendar, towns=towns)
    data = showing.embedded(showing.service_data(show, request.app.state.settings.base_url))
    return render(request, "directory/listing.html", show=show, data=data, back=_back(request))


@get("/organizations/{organization_id:uuid}", **page("public"))
async def organization_page(
    request: Request, db: NamedDependency[AsyncSession], organization_id: FromPath[UUID]
) -> Response[Any]:
    """Show one organization with the services that the public is shown."""
    try:
        organization = await queries.organization_listing(db, organization_id)
    except NotVisible:
        return await _moved(request, db, "organization", organization_id)
    show = showing.organization_page(organization, *_clocks(request, *organization.services))
    data = showing.embedded(showing.organization_data(show, request.app.state.settings.base_url))
    return render(request, "directory/organization.html", show=show, data=data, back=_back(request))


@get("/services/{service_id:uuid}/hours.ics", **page("public"))
async def hours_file(
    request: Request, db: NamedDependency[AsyncSession], service_id: FromPath[UUID]
) -> Response[bytes]:
    """Give the hours of one service as a calendar file; where none are known there is none."""
    service = await queries.listing(db, service_id)
    if not showing.keeps_hours(service):
        raise NotVisible("service", service_id)
    url = f"{request.app.state.settings.base_url}/services/{service.id}"
    content = showing.hours_file(service, url, lambda place: _clock_at(request, place))
    disposition = {"content-disposition": 'attachment; filename="hours.ics"'}
    return Response(content, media_type="text/calendar", headers=disposition)


async def _moved(request: Request, db: AsyncSession, table: str, identity: UUID) -> Response[None]:
    """Lead to the listing that this one was merged into; raises `NotVisible` when it was not."""
    into = await merged_into(db, table, identity)
    if into is None:
        raise NotVisible(table, identity)
    query = f"?{request.url.query}" if request.url.query else ""
    return Response(None, status_code=301, headers={"location": f"/{table}s/{into}{query}"})


def _wanted_place(request: Request) -> UUID | None:
    try:
        return UUID(request.query_params.get("location", ""))
    except ValueError:
        return None


def _back(request: Request) -> str:
    """Return the address of the search that led here, which its links carry along, or of a new one."""
    query = "&".join(part for part in request.url.query.split("&") if not part.startswith("location="))
    return f"/search?{query}" if query else "/search"


def _first_point(*services: Service) -> tuple[float, float] | None:
    """Return the coordinates of the first place that has some, where the public may know them."""
    places = (at.location for service in services for at in service.service_at_locations)
    return next(
        ((p.latitude, p.longitude) for p in places if p.latitude is not None and p.longitude is not None),
        None,
    )


def _clocks(request: Request, *services: Service) -> tuple[str, str]:
    """Return the time zone and the calendar of holidays of the first place where the application knows them."""
    places = (at.location for service in services for at in service.service_at_locations)
    known = (_clock_at(request, place) for place in places)
    return next((clock for clock in known if clock[0]), ("", ""))


def _clock_at(request: Request, place: Location | None) -> tuple[str, str]:
    """Return the time zone and the calendar of holidays of a place, blank where the application does not know them."""
    if place is None or "clocks_of" not in request.app.state:
        return "", ""
    spot = next(iter(place.addresses), None)
    found = request.app.state.clocks_of(
        (),
        place,
        code=(spot.postal_code or "") if spot else "",
        state=(spot.state_province or "") if spot else "",
        country=(spot.country or "") if spot else "",
    )
    return (found.zone, found.calendar) if found.zone else ("", "")


handlers: list[BaseRouteHandler] = [
    service_page,
    hours_file,
    organization_page,
    *own_pages.handlers,
    *intake_pages.handlers,
    *quality_pages.handlers,
    *duplicate_pages.handlers,
]
