"""What every error looks like: a page, a piece of one for htmx, or a problem document, by who asks."""

import uuid
from collections.abc import Callable
from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from sqlalchemy.exc import OperationalError, TimeoutError
from sqlalchemy.orm.exc import StaleDataError

from core import web
from core.errors import (
    AlreadyDone,
    BadRequest,
    Forbidden,
    KeyRefused,
    NotVisible,
    SignInNeeded,
    Stale,
    TooMany,
    WrongState,
)
from core.forms import FormErrors
from core.i18n import gettext as _

log = structlog.get_logger("handrail")


def _answer(request: Request, status: int, title: str, detail: str, **context: Any) -> Response[Any]:
    if web.wants_json(request):
        errors = context.get("errors")
        return web.problem(status, title, detail, **({"errors": errors} if errors else {}))
    return web.render(
        request, f"errors/{status}.html", block="error", status=status, title=title, detail=detail, **context
    )


def not_visible(request: Request, _error: Exception) -> Response[Any]:
    """Answer 404, the same for what is not there and what is not theirs."""
    return _answer(request, 404, _("Not found"), _("There is nothing here, or nothing that you may see."))


def forbidden(request: Request, _error: Exception) -> Response[Any]:
    """Answer 403 to somebody signed in whose role does not reach this far."""
    return _answer(request, 403, _("Not for your role"), _("Your role in this organization cannot do this."))


def sign_in_needed(request: Request, _error: Exception) -> Response[Any]:
    """Send a browser to sign in and back; tell a program 401."""
    if web.wants_json(request):
        return web.problem(401, _("Sign in first"))
    path = request.url.path if request.method == "GET" else "/today"
    target = f"/sign-in?next={path}"
    if web.is_htmx(request):
        return Response(None, status_code=200, headers={"HX-Redirect": target})
    return Response(None, status_code=303, headers={"location": target})


def wrong_state(request: Request, error: WrongState) -> Response[Any]:
    """Answer 409: the thing has moved on, and says where to."""
    return _answer(request, 409, _("This has moved on meanwhile"), str(error), theirs={}, yours={})


def stale(request: Request, error: Stale) -> Response[Any]:
    """Answer 409 with both texts: nobody's words are lost."""
    return _answer(
        request, 409, _("Somebody changed this meanwhile"), str(error), theirs=error.theirs, yours=error.yours
    )


def stale_row(request: Request, _error: Exception) -> Response[Any]:
    """Answer 409 when two people's changes met in the database itself."""
    return stale(request, Stale(_("Look at it again, then decide.")))


def busy(request: Request, error: Exception) -> Response[Any]:
    """Answer 503 when the database could not take the change now: locked too long, deadlocked, full, or away."""
    log.error("database unavailable", path=request.scope.get("path_template", ""), exc_info=error)
    sentence = _(
        "Too much is going on at once, or the database is away. Nothing was saved. Please try again."
    )
    response = _answer(request, 503, _("Please try again in a moment"), sentence)
    response.headers["retry-after"] = "5"
    return response


def bad_request(request: Request, error: BadRequest) -> Response[Any]:
    """Answer 400 with the sentence that says why."""
    return _answer(request, 400, _("That did not work"), str(error))


def too_many(request: Request, error: TooMany) -> Response[Any]:
    """Answer 429 and say when to come back."""
    response = _answer(request, 429, _("Too many tries"), str(error))
    response.headers["retry-after"] = str(error.retry_after)
    return response


def key_refused(_request: Request, error: KeyRefused) -> Response[Any]:
    """Answer 401 to a program whose key opens nothing, and say how a key is sent."""
    response = web.problem(401, _("This key is not valid"), str(error))
    response.headers["www-authenticate"] = 'Bearer realm="Handrail", error="invalid_token"'
    return response


def form_errors(request: Request, error: FormErrors) -> Response[Any]:
    """Answer 422 with each field's sentence, for handlers that have no page of their own to show them on."""
    return _answer(request, 422, _("Something is missing"), "", errors=dict(error.errors))


def http_error(request: Request, error: HTTPException) -> Response[Any]:
    """Answer what the framework refused before a handler was reached."""
    if error.status_code == 405 and web.wants_json(request):
        response = web.problem(405, _("Not by this method"), _("This address is not asked in this way."))
        response.headers["allow"] = _allowed(error)
        return response
    if error.status_code in {404, 405}:
        return not_visible(request, error)
    if error.status_code >= 500:
        return unexpected(request, error)
    if error.status_code == 413:
        return _answer(request, 400, _("That did not work"), _("That is too large."))
    return _answer(
        request, 400, _("That did not work"), _("The address or the form has a value that makes no sense.")
    )


def _allowed(error: HTTPException) -> str:
    """Return the methods that the framework names, in an order that does not change."""
    return ", ".join(sorted((error.headers or {}).get("allow", "").split(", ")))


def unexpected(request: Request, error: Exception) -> Response[Any]:
    """Answer 500 with an id that leads to the log line, and nothing else about what happened."""
    incident = uuid.uuid4().hex[:10]
    log.error("failed", incident=incident, path=request.scope.get("path_template", ""), exc_info=error)
    return _answer(
        request,
        500,
        _("Something broke on our side"),
        _("Nothing was saved. Please try again."),
        incident=incident,
    )


HANDLERS: dict[int | type[Exception], Callable[..., Response[Any]]] = {
    NotVisible: not_visible,
    Forbidden: forbidden,
    SignInNeeded: sign_in_needed,
    WrongState: wrong_state,
    Stale: stale,
    StaleDataError: stale_row,
    OperationalError: busy,
    TimeoutError: busy,
    BadRequest: bad_request,
    KeyRefused: key_refused,
    TooMany: too_many,
    FormErrors: form_errors,
    AlreadyDone: web.already_done,
    HTTPException: http_error,
    Exception: unexpected,
}
