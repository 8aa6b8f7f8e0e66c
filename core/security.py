"""Forms that cannot be forged, headers that keep pages shut: what every request and answer goes through."""

import hashlib
import hmac
import secrets
from functools import lru_cache
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.types import Message, Scope

from core.errors import BadRequest
from core.i18n import gettext as _
from core.settings import Settings

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "object-src 'none'"
)
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(self), payment=()"),
)
HSTS = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")


def cookie_name(settings: Settings, name: str) -> str:
    """Return the cookie's full name: host-bound over https; plain on loopback http, where browsers refuse the prefix."""
    return f"__Host-{name}" if settings.secure else f"handrail-{name}"


def cookie(settings: Settings, name: str, value: str, max_age: int | None = None) -> Cookie:
    """Return a cookie for our pages alone, out of reach of scripts; it ends with the browser unless `max_age` is given.

    `max_age` is in seconds.
    """
    return Cookie(
        key=cookie_name(settings, name),
        value=value,
        path="/",
        max_age=max_age,
        secure=settings.secure,
        httponly=True,
        samesite="lax",
    )


def visitor(request: Request) -> str:
    """Return the random value that binds a signed-out browser's forms, making one when it has none yet.

    A new one is kept on the request; `core.web.render` sets the cookie.
    """
    existing = request.cookies.get(cookie_name(request.app.state.settings, "visitor"), "")
    if 20 <= len(existing) <= 100:
        return existing
    if "new_visitor" not in request.scope["state"]:
        request.scope["state"]["new_visitor"] = secrets.token_urlsafe(24)
    return str(request.scope["state"]["new_visitor"])


def session_binding(request: ASGIConnection) -> str:
    """Return what a form's token is bound to: the login session, or the visitor cookie of a signed-out browser."""
    settings = request.app.state.settings
    session = request.cookies.get(cookie_name(settings, "session"))
    return session or request.cookies.get(cookie_name(settings, "visitor"), "")


def csrf_token(settings: Settings, binding: str) -> str:
    """Return a token for one form; it differs each time, and is good only in the session it was made for."""
    salt = secrets.token_urlsafe(12)
    return f"{salt}.{_signature(settings, salt, binding)}"


def _signature(settings: Settings, salt: str, binding: str) -> str:
    message = f"csrf\x00{salt}\x00{binding}".encode()
    return hmac.new(settings.secret_key.encode(), message, hashlib.sha256).hexdigest()


def csrf_valid(settings: Settings, token: str, binding: str) -> bool:
    """Tell whether `token` was made by us for this very session."""
    salt, _dot, signature = token.partition(".")
    expected = _signature(settings, salt, binding)
    return bool(binding) and hmac.compare_digest(signature.encode(errors="replace"), expected.encode())


async def check_unsafe(request: Request) -> None:
    """Refuse an unsafe request that another site, or nobody's form, has sent; raises `BadRequest`.

    What must hold: a form content type (so that a browser asks before other types), an own origin, a token bound to
    the session, and an idempotency key.
    """
    if request.method not in UNSAFE:
        return
    settings = request.app.state.settings
    content_type = request.content_type[0]
    if content_type not in {RequestEncodingType.URL_ENCODED, RequestEncodingType.MULTI_PART}:
        raise BadRequest(_("Only forms can be sent here."))
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise BadRequest(_("This form was sent from another site."))
    origin = request.headers.get("origin")
    if origin and origin != "null" and not _own_origin(origin, request, settings):
        raise BadRequest(_("This form was sent from another site."))
    try:
        form = await request.form()
    except ValueError:  # letters that are none
        raise BadRequest(_("This contains characters that cannot be stored.")) from None
    token, key = form.get("_csrf"), form.get("_key")
    if not isinstance(token, str) or not csrf_valid(settings, token, session_binding(request)):
        raise BadRequest(
            _("This form is too old, or belongs to another session. Go back, reload the page, try again.")
        )
    if not isinstance(key, str) or not 8 <= len(key) <= 100:
        raise BadRequest(_("This form is incomplete. Go back, reload the page, try again."))


def check_json(request: Request) -> None:
    """Refuse what is not JSON: browsers ask first before another site may send that; raises `BadRequest`."""
    if request.content_type[0] != RequestEncodingType.JSON:
        raise BadRequest(_("Send JSON here."))


def check_question(request: Request) -> None:
    """Refuse what is no question to a route that only reads: other methods, other content; raises `BadRequest`."""
    if request.method not in UNSAFE:
        return
    # Without a body there is no kind of content: the question may stand in the address.
    kinds = {RequestEncodingType.JSON, RequestEncodingType.URL_ENCODED, ""}
    if request.method != "POST" or request.content_type[0] not in kinds:
        raise BadRequest(_("Send JSON or a form here."))


def knows_nobody(scope: Scope) -> bool:
    """Tell whether a route reads what anybody may read (`core.web.page(reads=True)`): no cookie is looked at for it."""
    return bool(scope["route_handler"].opt.get("reads"))


def _own_origin(origin: str, request: Request, settings: Settings) -> bool:
    if origin == settings.base_url:
        return True
    return not settings.secure and urlsplit(origin).netloc == request.headers.get("host", "")


@lru_cache
def _policy(tiles_url: str) -> bytes:
    """Return the policy of what a page may load: from us alone, and pictures from the map's tile server if one is set."""
    if not tiles_url:
        return CONTENT_SECURITY_POLICY.encode()
    parts = urlsplit(tiles_url.replace("{s}", "*"))
    return CONTENT_SECURITY_POLICY.replace("img-src", f"img-src {parts.scheme}://{parts.netloc}").encode()


async def add_headers(message: Message, scope: Scope) -> None:
    """Add the security headers to every answer, errors and static files included."""
    if message["type"] != "http.response.start":
        return
    headers = list(message.get("headers", []))
    present = {name.lower() for name, _value in headers}
    settings = scope["litestar_app"].state.settings
    headers.extend(header for header in SECURITY_HEADERS if header[0] not in present)
    if b"content-security-policy" not in present:
        headers.append((b"content-security-policy", _policy(settings.tiles_url)))
    if settings.secure:
        headers.append(HSTS)
    if b"cache-control" not in present:
        headers.append((b"cache-control", b"no-store"))
    message["headers"] = headers
