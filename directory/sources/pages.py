"""`/admin/sources`: where listings are pulled from, what each pull would change, and the word of a person on it."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.rules import Actor
from core.forms import FormErrors, read_form
from core.i18n import gettext as _
from core.web import page, render, see_other
from directory.sources import actions, queries
from directory.sources.forms import EVERY, ScheduleForm, SourceForm, checked_address, checked_key
from directory.sources.models import Source
from directory.sources.words import words


@get("/admin/sources", **page("admin"))
async def sources(request: Request, db: NamedDependency[AsyncSession]) -> Response[str]:
    """List the sources with how each stands."""
    found = await queries.sources(db)
    return render(
        request,
        "directory/sources.html",
        sources=found,
        last=await queries.last_pulls(db),
        records=await queries.record_counts(db, [source.name for source in found]),
        **words(),
    )


@get("/admin/sources/new", **page("admin"))
async def new_source(request: Request) -> Response[str]:
    """Show the form for a new source."""
    return render(request, "directory/source_form.html", every=EVERY, errors={}, typed={})


@post("/admin/sources/new", **page("admin"))
async def add_source(
    request: Request, db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Response[Any]:
    """Add a source; what is there is found out by a job."""
    data = await request.form()
    try:
        form = read_form(SourceForm, data)
        address = checked_address(form, request.app.state.settings.near_networks)
        source = await actions.add_source(
            db,
            actor,
            name=form.name,
            address=address,
            api_key=form.api_key,
            every_hours=int(form.every_hours),
            approve=form.approve,
        )
        if source is None:
            raise FormErrors({"name": _("There is a source of this name already.")})
    except FormErrors as wrong:
        typed = {name: value for name, value in data.items() if name in SourceForm.__struct_fields__}
        typed = {"approve": ""} | typed | {"api_key": ""}
        return render(
            request, "directory/source_form.html", status=422, every=EVERY, errors=wrong.errors, typed=typed
        )
    return see_other(request, f"/admin/sources/{source.id}")


@get("/admin/sources/{source_id:uuid}", **page("admin"))
async def one(
    request: Request, db: NamedDependency[AsyncSession], source_id: FromPath[UUID]
) -> Response[str]:
    """Show one source: how it is pulled, and what came of it."""
    return await _one(request, db, await queries.source(db, source_id))


async def _one(
    request: Request,
    db: AsyncSession,
    source: Source,
    wrong: FormErrors | None = None,
) -> Response[str]:
    records = await queries.record_counts(db, [source.name])
    return render(
        request,
        "directory/source.html",
        status=422 if wrong else 200,
        source=source,
        pulls=await queries.pulls(db, source.id),
        records=records.get(source.name, 0),
        every=EVERY,
        errors=wrong.errors if wrong else {},
        typed={},
        **words(),
    )


@post("/admin/sources/{source_id:uuid}/schedule", **page("admin"))
async def schedule(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    source_id: FromPath[UUID],
) -> Response[Any]:
    """Say how a source is pulled."""
    source = await queries.source(db, source_id)
    try:
        form = read_form(ScheduleForm, await request.form())
        checked_key(source.address, form.api_key, request.app.state.settings.near_networks)
    except FormErrors as wrong:
        return await _one(request, db, source, wrong)
    await actions.set_schedule(
        db,
        actor,
        source,
        every_hours=int(form.every_hours),
        approve=form.approve,
        api_key=form.api_key,
        forget_key=form.forget_key,
    )
    return see_other(request, f"/admin/sources/{source_id}")


@post("/admin/sources/{source_id:uuid}/pull", **page("admin"))
async def pull_now(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    source_id: FromPath[UUID],
) -> Response[None]:
    """Begin a pull."""
    pull = await actions.pull_now(db, actor, await queries.source(db, source_id))
    return see_other(request, f"/admin/sources/{source_id}/pulls/{pull.id}")


@post("/admin/sources/{source_id:uuid}/pause", **page("admin"))
async def pause(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    source_id: FromPath[UUID],
) -> Response[None]:
    """Stop pulling from a source."""
    await actions.pause(db, actor, await queries.source(db, source_id), enabled=False)
    return see_other(request, f"/admin/sources/{source_id}")


@post("/admin/sources/{source_id:uuid}/resume", **page("admin"))
async def resume(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    source_id: FromPath[UUID],
) -> Response[None]:
    """Go on pulling from a source."""
    await actions.pause(db, actor, await queries.source(db, source_id), enabled=True)
    return see_other(request, f"/admin/sources/{source_id}")


@get("/admin/sources/{source_id:uuid}/pulls/{pull_id:uuid}", **page("admin"))
async def show_pull(
    request: Request,
    db: NamedDependency[AsyncSession],
    source_id: FromPath[UUID],
    pull_id: FromPath[UUID],
) -> Response[str]:
    """Show one pull: how far it is, or what it would change."""
    pull = await queries.pull(db, pull_id, source_id)
    return render(request, "directory/pull.html", pull=pull, source=pull.source, **words())


@post("/admin/sources/{source_id:uuid}/pulls/{pull_id:uuid}/approve", **page("admin"))
async def approve(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    source_id: FromPath[UUID],
    pull_id: FromPath[UUID],
) -> Response[None]:
    """Have the changes written."""
    await actions.approve(db, actor, await queries.pull(db, pull_id, source_id))
    return see_other(request, f"/admin/sources/{source_id}/pulls/{pull_id}")


@post("/admin/sources/{source_id:uuid}/pulls/{pull_id:uuid}/discard", **page("admin"))
async def discard(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    source_id: FromPath[UUID],
    pull_id: FromPath[UUID],
) -> Response[None]:
    """Leave everything as it is."""
    await actions.discard(db, actor, await queries.pull(db, pull_id, source_id))
    return see_other(request, f"/admin/sources/{source_id}/pulls/{pull_id}")


handlers: list[BaseRouteHandler] = [
    sources,
    new_source,
    add_source,
    one,
    schedule,
    pull_now,
    pause,
    resume,
    show_pull,
    approve,
    discard,
]
