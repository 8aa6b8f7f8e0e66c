"""`/listings/import`: from somebody's table to listings, in steps that can all be taken back but the last."""

import uuid
from typing import Annotated

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.rules import Actor
from core.errors import NotVisible
from core.forms import FormErrors, read_form, read_query
from core.i18n import N_
from core.web import page, render, see_other
from directory import queries
from directory.intake import actions, telling, words
from directory.intake.columns import chosen_fields, drafted, offered
from directory.intake.desk import MAX_BYTES, Desk, desk, desks
from directory.intake.rows import MOST_AT_ONCE, corrected, rows_at

LIMIT = MAX_BYTES + 100_000
"""Bytes of the one form that carries a file."""

PERMISSION = page("listing.import")


class PreviewForm(msgspec.Struct, kw_only=True):
    """Which page of the rows that something was noticed on."""

    page: Annotated[int, Meta(ge=1, le=1000)] = 1


class RowsForm(msgspec.Struct, kw_only=True):
    """The lines to be put right."""

    line: Annotated[list[int], Meta(max_length=MOST_AT_ONCE)] = []


class VersionForm(msgspec.Struct, kw_only=True):
    """The version that was looked at when the form was made; none before the first."""

    version: int = 0


def _desk(request: Request, actor: Actor, import_id: uuid.UUID) -> Desk:
    return desk(request.app.state.settings, actor, import_id)


async def _shown(request: Request, actor: Actor, import_id: uuid.UUID) -> Desk:
    """Return an upload for a page that only shows it.

    Such a page may wait for a job and holds no transaction meanwhile, so what is refused is recorded here.
    """
    try:
        return _desk(request, actor, import_id)
    except NotVisible as error:
        await request.app.state.on_denied(request, error)
        raise


def _start(request: Request, actor: Actor, wrong: FormErrors | None = None) -> Response[str]:
    return render(
        request,
        "directory/import.html",
        status=422 if wrong else 200,
        under_way=desks(request.app.state.settings, actor),
        most=MAX_BYTES // 1_000_000,
        labels={"file": N_("Your table")},
        errors=wrong.errors if wrong else {},
        done=request.query_params.get("done", ""),
    )


@get("/listings/import", **PERMISSION)
async def begin(request: Request, actor: NamedDependency[Actor]) -> Response[str]:
    """Ask for a table, and list what the organization has under way."""
    return _start(request, actor)


@post("/listings/import", status_code=303, request_max_body_size=LIMIT, **PERMISSION)
async def upload(
    request: Request, db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Response:
    """Take a table, and look at what it is."""
    form = await request.form()
    try:
        brought = await actions.bring(db, actor, request.app.state.settings, form.get("file"))
    except FormErrors as wrong:
        return _start(request, actor, wrong)
    return see_other(request, _next(brought))


def _next(brought: Desk) -> str:
    """Return where an upload goes on."""
    at = f"/listings/import/{brought.upload.id}"
    if brought.result():
        return f"{at}/done"
    return f"{at}/preview" if brought.version() else at


@get("/listings/import/{import_id:uuid}", **PERMISSION)
async def columns(
    request: Request, actor: NamedDependency[Actor], import_id: FromPath[uuid.UUID]
) -> Response:
    """Offer which column holds what."""
    found = await _shown(request, actor, import_id)
    if found.upload.kind == "package" or found.result():
        return see_other(request, _next(found))
    version = found.version()
    return _columns(request, found, version.fields if version else drafted(found.upload))


def _columns(
    request: Request, found: Desk, fields: dict[str, list[str]], errors: dict[str, str] | None = None
) -> Response[str]:
    version = found.version()
    return render(
        request,
        "directory/import_columns.html",
        status=422 if errors else 200,
        upload=found.upload,
        version=version.number if version else 0,
        labels={"f-name": N_("Name of the service")},
        errors=errors or {},
        **offered(found.upload, fields),
    )


@post("/listings/import/{import_id:uuid}", status_code=303, **PERMISSION)
async def choose(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    import_id: FromPath[uuid.UUID],
) -> Response:
    """Take which column holds what, and try it out; or only show what stands in the columns that were chosen."""
    found, form = _desk(request, actor, import_id), await request.form()
    fields, errors = chosen_fields(found.upload, form)
    if errors or form.get("only_look"):
        return _columns(request, found, fields, errors)
    await actions.change(db, found, read_form(VersionForm, form).version, fields=fields)
    return see_other(request, f"/listings/import/{import_id}/preview")


@get("/listings/import/{import_id:uuid}/preview", **PERMISSION)
async def preview(
    request: Request, actor: NamedDependency[Actor], import_id: FromPath[uuid.UUID]
) -> Response:
    """Tell how far the trial is, and then what would come of the import."""
    found, form = await _shown(request, actor, import_id), read_query(PreviewForm, request.query_params)
    version = found.version()
    if found.result() or version is None:
        return see_other(request, _next(found))
    state = await telling.state_of(request.app.state.database, found, version)
    if state.importing:
        return see_other(request, f"/listings/import/{import_id}/done")
    rows_here = telling.page_of(found, version, state, form.page)
    return render(
        request,
        "directory/import_preview.html",
        block="found",
        upload=found.upload,
        version=version.number,
        state=state,
        words=words,
        most_at_once=MOST_AT_ONCE,
        changes=telling.changes(state),
        remarks=telling.remarks(state),
        **rows_here,
    )


@get("/listings/import/{import_id:uuid}/report.csv", **PERMISSION)
async def report(
    request: Request, actor: NamedDependency[Actor], import_id: FromPath[uuid.UUID]
) -> Response[str]:
    """Give every row that something was noticed on as a file."""
    found = await _shown(request, actor, import_id)
    version = found.version()
    rows = telling.noticed(found, version) if version else None
    if rows is None:
        raise NotVisible("import", import_id)
    headers = {"content-disposition": 'attachment; filename="import.csv"'}
    return Response(telling.as_csv(rows), media_type="text/csv; charset=utf-8", headers=headers)


@get("/listings/import/{import_id:uuid}/rows", **PERMISSION)
async def rows(
    request: Request, actor: NamedDependency[Actor], import_id: FromPath[uuid.UUID]
) -> Response[str]:
    """Offer the cells of some rows for correction."""
    found, form = await _shown(request, actor, import_id), read_query(RowsForm, request.query_params)
    version = found.version()
    if version is None or not found.upload.correctable or found.result():
        raise NotVisible("import", import_id)
    lines = await rows_at(found, version, form.line)
    return render(
        request,
        "directory/import_rows.html",
        upload=found.upload,
        version=version.number,
        rows=lines,
        errors={cell.id: cell.wrong for line in lines for cell in line.cells if cell.wrong},
    )


@post("/listings/import/{import_id:uuid}/rows", status_code=303, **PERMISSION)
async def correct(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    import_id: FromPath[uuid.UUID],
) -> Response:
    """Take corrected cells, and try it out again."""
    found, form = _desk(request, actor, import_id), await request.form()
    version = found.version()
    if version is None or not found.upload.correctable:
        raise NotVisible("import", import_id)
    cells = await corrected(found, version, form)
    await actions.change(db, found, read_form(VersionForm, form).version, cells=cells)
    return see_other(request, f"/listings/import/{import_id}/preview")


@post("/listings/import/{import_id:uuid}/run", status_code=303, **PERMISSION)
async def run(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    import_id: FromPath[uuid.UUID],
) -> Response:
    """Import what was tried out."""
    found, form = _desk(request, actor, import_id), read_form(VersionForm, await request.form())
    await actions.ask_to_import(db, actor, found, form.version)
    return see_other(request, f"/listings/import/{import_id}/done")


@get("/listings/import/{import_id:uuid}/done", **PERMISSION)
async def done(request: Request, actor: NamedDependency[Actor], import_id: FromPath[uuid.UUID]) -> Response:
    """Tell how far the import is, and then what came of it."""
    found = await _shown(request, actor, import_id)
    version = found.version()
    if version is None:
        return see_other(request, _next(found))
    database = request.app.state.database
    state = await telling.state_of(database, found, version, result=True)
    if state.outcome is None and not state.importing and not state.failed:
        return see_other(request, _next(found))
    async with database.transaction(write=False) as db:
        services = await queries.services_named(db, state.outcome.services if state.outcome else ())
    return render(
        request,
        "directory/import_done.html",
        block="found",
        upload=found.upload,
        state=state,
        services=services,
        words=words,
        version=version.number,
        remarks=telling.remarks(state),
        changes=telling.changes(state),
    )


@post("/listings/import/{import_id:uuid}/drop", status_code=303, **PERMISSION)
async def drop(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    import_id: FromPath[uuid.UUID],
) -> Response:
    """Throw an upload away."""
    await actions.drop(db, _desk(request, actor, import_id))
    return see_other(request, "/listings/import?done=dropped")


handlers: list[BaseRouteHandler] = [
    begin,
    upload,
    columns,
    choose,
    preview,
    report,
    rows,
    correct,
    run,
    done,
    drop,
]
