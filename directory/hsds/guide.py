"""`/open-data`: how the directory is read by other programs, with examples that run against what it holds now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.errors import NotVisible
from core.i18n import N_
from core.web import page, render
from directory.hsds import api, parameters
from directory.hsds.nested import documents
from directory.hsds.openapi import PARAMETERS
from directory.models import PUBLIC_STATUSES, Address, Location, Service, ServiceAtLocation


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A question that a program may ask: its name, what it is for, the list it is put to and its parameters."""

    name: str
    title: str
    path: str
    asked: dict[str, str] = {}
    post: bool = False
    shown: bool = True
    """Whether the page shows the answer: that with everything in it is too long."""

    @property
    def address(self) -> str:
        """The address under `/hsds`, with the parameters unless they are sent as a form."""
        return f"/hsds/{self.path}" + (f"?{urlencode(self.asked)}" if self.asked and not self.post else "")


@get("/open-data", **page("public"))
async def open_data(request: Request, db: NamedDependency[AsyncSession]) -> Response[str]:
    """Show the addresses, the parameters and examples; with `run` the answer to one of them."""
    examples = await _examples(db)
    wanted = request.query_params.get("run", "")
    if wanted and wanted not in {one.name for one in examples if one.shown}:
        raise NotVisible("page")
    answers = [await _answer(request, db, one) for one in examples if one.name == wanted]
    return render(
        request,
        "directory/open_data.html",
        examples=examples,
        run=wanted,
        answer=answers[0] if answers else "",
        kinds=[(kind.path, kind.query.__struct_fields__) for kind in api.KINDS],
        parameters=PARAMETERS,
        base=request.app.state.settings.base_url,
    )


async def _examples(db: AsyncSession) -> list[Example]:
    """Return examples that find something here."""
    public = Service.status.in_(PUBLIC_STATUSES)
    service = await db.scalar(select(Service.id).where(public).order_by(Service.id).limit(1))
    there = (
        select(Address.postal_code)
        .join(Location, Location.id == Address.location_id)
        .join(ServiceAtLocation, ServiceAtLocation.location_id == Location.id)
        .join(Service, Service.id == ServiceAtLocation.service_id)
        .where(public, Location.confidential.is_(False), Address.postal_code.is_not(None))
    )
    code = (await db.scalar(there.order_by(Address.id).limit(1)) or "94103")[:5]
    since = (clock.now() - timedelta(days=90)).date().isoformat()
    examples = [
        Example(
            name="search",
            title=N_("Services whose name or description has a word"),
            path="services",
            asked={"search": "food", "per_page": "1"},
        ),
        Example(
            name="near",
            title=N_("Services for a ZIP code, within 5 kilometres"),
            path="service_at_locations",
            asked={"postcode": code, "proximity": "5000", "per_page": "1"},
        ),
        Example(
            name="changed",
            title=N_("What has changed since a day, ids alone"),
            path="services",
            asked={"modified_after": since, "minimal": "true", "per_page": "5"},
        ),
        Example(
            name="organizations",
            title=N_("Organizations in full, with their services"),
            path="organizations",
            asked={"full": "true", "per_page": "1"},
        ),
        Example(
            name="post",
            title=N_("The same as a form: what was asked stands in no address"),
            path="services",
            asked={"search": "housing", "per_page": "1"},
            post=True,
        ),
        Example(
            name="all",
            title=N_("Everything, one service to a line"),
            path="services",
            asked={"format": "ndjson"},
            shown=False,
        ),
    ]
    if service is not None:
        one = Example(
            name="one", title=N_("One service with everything nested in it"), path=f"services/{service}"
        )
        examples.insert(1, one)
    return examples


async def _answer(request: Request, db: AsyncSession, example: Example) -> str:
    """Return what `/hsds/` answers to an example, set out to be read."""
    content: Any
    listed, _slash, identity = example.path.partition("/")
    kind = next(kind for kind in api.KINDS if kind.path == listed)
    if identity:
        identified = parameters.read_id(identity)
        content = (await documents(db, kind.alone, [identified]))[0] if identified else {}
    else:
        query = parameters.read(kind.query, list(example.asked.items()))
        wanted = await api.wanted_by(request, db, kind, query)
        content, _last = await api.envelope(db, wanted, query, api.shape_of(kind, query))
    return msgspec.json.format(msgspec.json.encode(content), indent=2).decode()


handlers: list[BaseRouteHandler] = [open_data]
