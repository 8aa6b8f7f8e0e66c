"""From a request to a page: permissions, the transaction, rendering, and what every error looks like."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from jinja2_fragments import render_block
from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.datastructures import FormMultiDict
from litestar.enums import MediaType
from litestar.handlers import BaseRouteHandler
from litestar.types import Empty
from litestar.utils.scope.state import ScopeState
from sqlalchemy.ext.asyncio import AsyncSession

from core import idempotency, security
from core.database import NOTHING, Database
from core.errors import AlreadyDone, BadRequest, Forbidden, NotVisible, SignInNeeded
from core.i18n import gettext as _
from core.templating import current_request, environment, page_context

#: What `page()` stands for when a route needs nobody to be signed in.
PUBLIC = "public"


def page(
    permission: str, *, audited: bool = False, stateless: bool = False, reads: bool = False
) -> dict[str, Any]:
    """Declare what a route needs, as keyword arguments of its decorator.

    `permission` is `"public"` or one of `accounts.rules.PERMISSIONS`. `audited` routes write an audit row even when
    they only read, and therefore get a writing transaction on GET. `stateless` ones are asked by programs, in JSON: they
    change nothing and know nobody, so there is nothing that a forged request could do.

    `reads` is for data that anybody may read: a POST is a question too long for an address, in JSON or as a form, and
    needs neither token nor key. No cookie is looked at, and the handler's `db` is a reading transaction that sees
    nothing confidential. Such a route must be public, and answer nothing but GET and POST.
    """
    if reads and permission != PUBLIC:
        raise ValueError("what is read without being known is public")
    return {"opt": {"permission": permission, "audited": audited, "stateless": stateless, "reads": reads}}


async def protect(connection: ASGIConnection, handler: BaseRouteHandler) -> None:
    """Guard every route: refuse forged forms, then ask whether the person may do what the route declares."""
    request: Request = connection  # type: ignore[assignment]
    permission = handler.opt.get("permission")
    if request.method == "OPTIONS":
        return  # Litestar's own handler, which names the methods of an address
    if permission is None:
        raise RuntimeError(f"{handler} declares no permission")
    try:
        await _check(request, handler, permission)
    except Exception:
        await _let_go_of_files(request)
        raise


async def _check(request: Request, handler: BaseRouteHandler, permission: str) -> None:
    if "\x00" in request.scope["path"]:
        raise NotVisible("page")
    if handler.opt.get("reads"):
        security.check_question(request)
    elif handler.opt.get("stateless") and permission == PUBLIC:
        security.check_json(request)
    else:
        await security.check_unsafe(request)
    if permission == PUBLIC:
        return
    actor = request.scope.get("user")
    if actor is None:
        raise SignInNeeded
    if not actor.can(permission):
        error = Forbidden(permission)
        await request.app.state.on_denied(request, error)
        raise error


async def _let_go_of_files(request: Request) -> None:
    """Close the files of a form that is refused: Litestar does so for those only that reach a handler."""
    form = ScopeState.from_scope(request.scope).form
    if form is not Empty:
        await FormMultiDict.from_form_data(form).close()


def see_as(actor: Any) -> str:
    """Return whose confidential rows a request's transaction may see: those of the signed-in person's organization."""
    return NOTHING if actor is None else str(actor.organization_id)


async def provide_db(request: Request) -> AsyncIterator[AsyncSession]:
    """Give a handler the one transaction of its request: saved when it returns, undone when it raises.

    On PostgreSQL it sees the confidential rows of the signed-in person's organization, and without one none.
    An unsafe request first claims its idempotency key; on a route that `reads` nothing is unsafe. What a person was
    refused is written to the audit trail in a transaction of its own, since the request's is undone.
    """
    database: Database = request.app.state.database
    opt = request.route_handler.opt
    unsafe = request.method in security.UNSAFE and not opt.get("reads")
    write = unsafe or bool(opt.get("audited"))
    try:
        async with database.transaction(write=write, sees=see_as(request.scope.get("user"))) as db:
            key = None
            if unsafe:
                form = await request.form()
                owner = security.session_binding(request)
                hashed = idempotency.key_hash(str(form.get("_key")), request.url.path, owner)
                key = await idempotency.claim(db, hashed)
            yield db
            if key is not None:
                key.location = request.scope["state"].get("location", "")
                if not key.location:
                    await db.delete(key)
    except NotVisible as error:
        await request.app.state.on_denied(request, error)
        raise


def provide_actor(request: Request) -> Any:
    """Give a handler the signed-in person; only routes that declare a permission other than public may ask."""
    return request.scope.get("user")


def is_htmx(request: Request) -> bool:
    """Tell whether htmx asks for a part of a page, rather than a browser for the whole."""
    return request.headers.get("hx-request") == "true" and request.headers.get("hx-request-type") != "full"


def render(
    request: Request, template: str, *, block: str | None = None, status: int = 200, **context: Any
) -> Response[str]:
    """Render a page; only its `block` when one is named and htmx asks.

    The answer is never cached unless a handler says otherwise: pages may show what only this person may see.
    """
    token = current_request.set(request)
    try:
        context = page_context(request) | context
        if block and is_htmx(request):
            text = render_block(environment(), template, block, **context)
        else:
            text = environment().get_template(template).render(**context)
    finally:
        current_request.reset(token)
    response = Response(
        text, media_type=MediaType.HTML, status_code=status, headers={"vary": "HX-Request, Cookie"}
    )
    _keep_visitor(request, response)
    return response


def _keep_visitor(request: Request, response: Response[Any]) -> None:
    visitor = request.scope["state"].get("new_visitor")
    if visitor:
        response.set_cookie(security.cookie(request.app.state.settings, "visitor", visitor))


def see_other(request: Request, path: str) -> Response[None]:
    """Lead the browser to another page of ours after something was done."""
    if not local_path(path):
        raise BadRequest(_("That address does not belong to this site."))
    request.scope["state"]["location"] = path
    return _lead(request, path)


def _lead(request: Request, path: str) -> Response[None]:
    if is_htmx(request):
        return Response(None, status_code=200, headers={"HX-Redirect": path})
    return Response(None, status_code=303, headers={"location": path})


def local_path(path: str) -> bool:
    """Tell whether `path` stays on this site: a plain absolute path, nothing a browser could read as another host."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\"))
    return plain and not any(ord(character) < 33 or character == "\\" for character in path)


def wants_json(request: Request) -> bool:
    """Tell whether the answer should be JSON: for the JSON addresses, and for clients that ask for nothing else."""
    if request.url.path.startswith(("/api/", "/hsds/", "/fhir/")):
        return True
    accept = request.headers.get("accept", "")
    return "json" in accept and "html" not in accept


def problem(status: int, title: str, detail: str = "", **extra: Any) -> Response[Mapping[str, Any]]:
    """Return an RFC 9457 problem document."""
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail, **extra}
    return Response(content, status_code=status, media_type="application/problem+json")


def already_done(request: Request, error: AlreadyDone) -> Response[None]:
    """Lead a person who sent the same form twice to what came of the first time."""
    return _lead(request, error.location)
