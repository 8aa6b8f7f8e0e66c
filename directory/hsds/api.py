"""`/hsds/`: the directory as open data, by the API of HSDS 3.2. Reading only; nothing unpublished or confidential."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post, route
from litestar.config.compression import CompressionConfig
from litestar.enums import HttpMethod
from litestar.handlers import BaseRouteHandler
from litestar.middleware import DefineMiddleware
from litestar.middleware.compression import CompressionMiddleware
from litestar.params import FromPath
from litestar.response import Stream
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.keys.limits import limited
from core.database import NOTHING, Database
from core.errors import NotVisible
from core.forms import FormErrors, QueryErrors
from core.i18n import gettext as _
from core.web import page, problem
from directory.duplicates.queries import merged_into
from directory.hsds import answers, lists, openapi, parameters, places
from directory.hsds.lists import Wanted
from directory.hsds.nested import documents
from directory.hsds.standard import VERSION

PROFILE = "https://docs.openreferral.org/en/latest/hsds/"
GUIDE = "/open-data"


class Kind(msgspec.Struct, frozen=True):
    """What one kind of record is asked for by, and what its documents look like in a list, in full, and alone."""

    path: str
    table: str
    query: type[parameters.ListQuery]
    wanted: Callable[[Any], Wanted]
    listed: str
    full: str
    alone: str


KINDS = (
    Kind(
        "services", "service", parameters.ServiceQuery, lists.services,
        listed="service listed", full="service", alone="service",
    ),
    Kind(
        "organizations", "organization", parameters.OrganizationQuery, lists.organizations,
        listed="organization alone", full="organization itself", alone="organization itself",
    ),
    Kind(
        "service_at_locations", "service_at_location", parameters.ServiceAtLocationQuery, lists.services_at_locations,
        listed="service_at_location listed", full="service_at_location itself", alone="service_at_location itself",
    ),
    Kind(
        "taxonomies", "taxonomy", parameters.ListQuery, lists.taxonomies,
        listed="taxonomy", full="taxonomy", alone="taxonomy",
    ),
    Kind(
        "taxonomy_terms", "taxonomy_term", parameters.TaxonomyTermQuery, lists.taxonomy_terms,
        listed="taxonomy_term", full="taxonomy_term", alone="taxonomy_term",
    ),
)  # fmt: skip


async def _weight(request: Request) -> int:
    """A download of everything counts as much as twenty pages, however it is asked for."""
    try:
        asked = dict(await _asked(request))
    except FormErrors:
        return 1
    all_ids = asked.get("minimal", "") not in {"", "false"} and not asked.get("per_page")
    return 20 if all_ids or asked.get("format") == "ndjson" else 1


_OPEN: dict[str, Any] = page("public", reads=True) | {
    "guards": [limited(_weight)],
    # Here alone: pages hold secrets of their forms, which compression would help to guess.
    "middleware": [
        DefineMiddleware(CompressionMiddleware, config=CompressionConfig("gzip", gzip_compress_level=6))
    ],
}
"""What every address here declares: open to all, counted, compressed."""


@get("/hsds", **_OPEN)
async def root(request: Request) -> Response[Any]:
    """Tell which standard this speaks, who publishes it, and where it is described."""
    settings = request.app.state.settings
    return answers.answer(
        request,
        {
            "version": VERSION,
            "profile": PROFILE,
            "openapi_url": f"{settings.base_url}/hsds/openapi.json",
            "description": "Human services in the care of this directory: who helps, where, when, and for whom.",
            "publisher": {"name": settings.publisher, "website": settings.base_url},
            "data_guide": f"{settings.base_url}{GUIDE}",
        },
    )


@get("/hsds/openapi.json", **_OPEN)
async def description(request: Request) -> Response[Any]:
    """Describe this API in the terms of OpenAPI 3.1."""
    settings = request.app.state.settings
    return answers.answer(request, openapi.document(settings.base_url, settings.publisher, KINDS))


async def answer_list(request: Request, kind: Kind) -> Response[Any]:
    """Answer with a page of a list, or with all of it."""
    try:
        query = parameters.read(kind.query, await _asked(request))
        database: Database = request.app.state.database
        async with database.transaction(write=False, sees=NOTHING) as db:
            wanted = await wanted_by(request, db, kind, query)
    except QueryErrors as error:
        return problem(400, _("That did not work"), str(error), errors=error.errors)
    except FormErrors as error:
        sentences = " ".join(f"{name}: {sentence}" for name, sentence in error.errors.items())
        return problem(400, _("That did not work"), sentences, errors=error.errors)
    minimal = getattr(query, "minimal", False)
    if query.format == "ndjson":
        lines = answers.lines(database, wanted, shape_of(kind, query), minimal=minimal)
        return Stream(lines, media_type=answers.NDJSON)
    if minimal and query.per_page is None:
        return Stream(answers.all_minimal(database, wanted), media_type=answers.JSON)
    key = places.key_of(_reader(request), _list_key(request, query))
    return answers.answer(request, await one_page(database, wanted, query, shape_of(kind, query), key))


async def answer_one(request: Request, kind: Kind, identity: UUID) -> Response[Any]:
    """Answer with one document, with everything that is nested in it; one that was merged leads to the other."""
    shape = kind.alone
    if kind.table == "organization":
        try:
            query = parameters.read(parameters.OrganizationItemQuery, _of_address(request))
        except QueryErrors as error:
            return problem(400, _("That did not work"), str(error), errors=error.errors)
        shape = "organization with services" if query.full_service else kind.alone
    database: Database = request.app.state.database
    async with database.transaction(write=False, sees=NOTHING) as db:
        found = await documents(db, shape, [identity])
        if kind.table == "organization" or not found:
            into = await merged_into(db, kind.table, identity)
            if into is not None:
                query_string = f"?{request.url.query}" if request.url.query else ""
                address = f"/hsds/{kind.path}/{into}{query_string}"
                return Response(None, status_code=301, headers={"location": address})
    if not found:
        raise NotVisible(kind.table, identity)
    return answers.answer(request, found[0])


def shape_of(kind: Kind, query: Any) -> str:
    """Return what the documents of a list look like that was asked for."""
    if getattr(query, "full_service", False):
        return "organization with services"
    return kind.full if getattr(query, "full", False) else kind.listed


async def _asked(request: Request) -> list[tuple[str, Any]]:
    """Return the parameters of the address and, where there is one, of the form or JSON object that was sent."""
    pairs = _of_address(request)
    if request.method != "POST":
        return pairs
    body = await request.body()
    if not body.strip():
        return pairs
    if request.content_type[0] != answers.JSON:
        form = await request.form()
        return [*pairs, *((name, str(value)) for name, value in form.multi_items())]
    try:
        content = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise FormErrors({"body": _("Send a JSON object, or a form.")})
    return [*pairs, *((name, _as_text(value)) for name, value in content.items() if value is not None)]


def _of_address(request: Request) -> list[tuple[str, Any]]:
    return list(request.query_params.multi_items())


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # JSON knows no difference between 1 and 1.0
    return str(value)


async def wanted_by(request: Request, db: AsyncSession, kind: Kind, query: Any) -> Wanted:
    """Return which rows a query means; raises `FormErrors` for a postcode that is none."""
    wanted = kind.wanted(query)
    if not getattr(query, "postcode", ""):
        return wanted
    found = await request.app.state.coverage(db, query.postcode, query.proximity)
    if found is None:
        raise FormErrors({"postcode": _("This is no ZIP code that we know.")})
    wanted = Wanted(wanted.identity, (*wanted.conditions, *found.conditions))
    if found.among is None:
        return wanted
    return Wanted(wanted.identity, wanted.conditions, await wanted.those(db, found.among))


async def one_page(database: Database, wanted: Wanted, query: Any, shape: str, key: str) -> dict[str, Any]:
    """Return one page in its envelope, and note under `key` where its reader goes on."""
    async with database.transaction(write=False, sees=NOTHING) as db:
        last = await places.find(db, key, query.page) if query.page > 1 else None
        content, ended_at = await envelope(db, wanted, query, shape, last)
    if ended_at is not None:
        async with database.transaction() as db:
            await places.keep(db, key, query.page + 1, ended_at)
    return content


async def envelope(
    db: AsyncSession, wanted: Wanted, query: Any, shape: str, last: UUID | None = None
) -> tuple[dict[str, Any], UUID | None]:
    """Return a page, which begins after `last` where that is known, and its last row if more come after it."""
    total = await wanted.count(db)
    if last is not None:
        ids = await wanted.after(db, last, query.size + 1)
    else:
        ids = await wanted.page(db, (query.page - 1) * query.size, query.size + 1)
    more, ids = len(ids) > query.size, ids[: query.size]
    minimal = getattr(query, "minimal", False)
    contents = await (answers.minimal(db, ids) if minimal else documents(db, shape, ids))
    content = {
        "total_items": total,
        "total_pages": -(-total // query.size),
        "page_number": query.page,
        "size": len(contents),
        "first_page": query.page == 1,
        "last_page": not more,
        "empty": not contents,
        "contents": contents,
    }
    return content, ids[-1] if more else None


def _reader(request: Request) -> str:
    """Return who reads, as far as it can be told: a partner by their key, anybody else by address and program."""
    address = request.client.host if request.client else ""
    known = request.headers.get("authorization") or request.headers.get("x-api-key") or ""
    return "\n".join((known, address, request.headers.get("user-agent", "")))


def _list_key(request: Request, query: Any) -> str:
    asked = {name: getattr(query, name) for name in query.__struct_fields__ if name != "page"}
    return f"{request.url.path} {sorted(asked.items())!r}"


def _routes(kind: Kind) -> list[BaseRouteHandler]:
    """Return the addresses of one kind: its list, the same asked by POST, and one record."""

    # Before the others: what the framework would make for the first of them names no method of the second.
    @route(f"/hsds/{kind.path}", http_method=[HttpMethod.OPTIONS], **_OPEN)
    async def methods() -> Response[None]:
        return Response(None, status_code=204, headers={"allow": "GET, HEAD, OPTIONS, POST"})

    @get(f"/hsds/{kind.path}", name=f"hsds_{kind.path}", **_OPEN)
    async def listed(request: Request) -> Response[Any]:
        return await answer_list(request, kind)

    @post(f"/hsds/{kind.path}", name=f"hsds_ask_{kind.path}", status_code=200, **_OPEN)
    async def asked(request: Request) -> Response[Any]:
        return await answer_list(request, kind)

    @get(f"/hsds/{kind.path}/{{identity:uuid}}", name=f"hsds_one_of_{kind.path}", **_OPEN)
    async def one(request: Request, identity: FromPath[UUID]) -> Response[Any]:
        return await answer_one(request, kind, identity)

    return [methods, listed, asked, one]


handlers: list[BaseRouteHandler] = [root, description, *(route for kind in KINDS for route in _routes(kind))]
