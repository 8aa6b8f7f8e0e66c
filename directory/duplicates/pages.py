"""`/listings/duplicates`: pairs that may be one, side by side, and the merges that were made."""

import uuid

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.rules import Actor
from core.errors import WrongState
from core.forms import read_form
from core.web import page, render, see_other
from directory.duplicates import actions, comparing, queries, undoing
from directory.duplicates.forms import CHOICES, DecisionForm, MergeForm
from directory.duplicates.reasons import reason_words
from directory.field_names import FIELD_NAMES, PART_NAMES

HOME = "/listings/duplicates"
_STATES = ("open", "later", "different")


@get(HOME, **page("listing.merge"))
async def duplicates(request: Request, db: NamedDependency[AsyncSession]) -> Response[str]:
    """List pairs that may be one, the likeliest first: of services or of organizations, waiting or put aside."""
    entity = request.query_params.get("tab", "service")
    entity = entity if entity in queries.ENTITIES else "service"
    state = request.query_params.get("show", "open")
    state = state if state in _STATES else "open"
    pairs = await queries.pairs(db, entity, state)
    names = await queries.names_of(db, entity, {id_ for one in pairs for id_ in (one.left_id, one.right_id)})
    return render(
        request,
        "directory/duplicates.html",
        entity=entity,
        state=state,
        pairs=pairs,
        names=names,
        waiting=await queries.waiting(db),
        reason_words=reason_words,
    )


@get(HOME + "/merges", **page("listing.merge"))
async def merges(request: Request, db: NamedDependency[AsyncSession]) -> Response[str]:
    """List the merges that were made, the latest first, each with the way back."""
    made = request.query_params.get("made", "")
    undone = request.query_params.get("undone", "")
    return render(
        request,
        "directory/merges.html",
        merges=await queries.merges(db),
        made=made,
        undone=undone,
        waiting=await queries.waiting(db),
        field_names=FIELD_NAMES,
        part_names=PART_NAMES,
    )


@get(HOME + "/{pair_id:uuid}", **page("listing.merge"))
async def pair(
    request: Request, db: NamedDependency[AsyncSession], pair_id: FromPath[uuid.UUID]
) -> Response[str]:
    """Show one pair side by side; `keep` in the query says which of the two shall stay."""
    found = await queries.pair(db, pair_id)
    if found.state == "merged":
        raise WrongState(actions.merged_already())
    try:
        keep = uuid.UUID(request.query_params.get("keep", ""))
    except ValueError:
        keep = None
    told = await comparing.compare(db, found.entity, (found.left_id, found.right_id), keep)
    return render(
        request,
        "directory/duplicate.html",
        pair=found,
        told=told,
        reasons=reason_words(found.reasons),
        field_names=FIELD_NAMES,
        part_names=PART_NAMES,
    )


@post(HOME + "/{pair_id:uuid}/decide", **page("listing.merge"))
async def decide(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    pair_id: FromPath[uuid.UUID],
) -> Response[None]:
    """Note that two listings are different, or that it is decided later."""
    form = read_form(DecisionForm, await request.form())
    decided = await actions.decide(db, actor, pair_id, form.decision)
    return see_other(request, f"{HOME}?tab={decided.entity}")


@post(HOME + "/{pair_id:uuid}/merge", **page("listing.merge"))
async def merge(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    pair_id: FromPath[uuid.UUID],
) -> Response[None]:
    """Merge the two listings as was chosen."""
    data = await request.form()
    form = read_form(MergeForm, data)
    entity = (await queries.pair(db, pair_id)).entity
    choices = msgspec.structs.asdict(read_form(CHOICES[entity], data))
    merged = await actions.merge(
        db, actor, pair_id, keep=form.keep, seen=form.seen, choices=choices, take=form.take
    )
    return see_other(request, f"{HOME}/merges?made={merged.id}")


@post(HOME + "/merges/{merge_id:uuid}/undo", **page("listing.merge"))
async def undo(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    merge_id: FromPath[uuid.UUID],
) -> Response[None]:
    """Take a merge back."""
    merged = await undoing.undo(db, actor, merge_id)
    return see_other(request, f"{HOME}/merges?undone={merged.id}")


handlers: list[BaseRouteHandler] = [duplicates, merges, pair, decide, merge, undo]
