"""The template environment: autoescaped, translated, with the few globals every page may use."""

import hashlib
import secrets
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request
from markupsafe import Markup

from core import clock, display, i18n, security

ROOT = Path(__file__).parent.parent
STATIC_DIR = ROOT / "static"

#: The request whose page is being rendered; macros reach it without being handed it.
current_request: ContextVar[Request] = ContextVar("current_request")


def form_guard() -> Markup:
    """Return the two hidden fields every form carries: a token bound to the session, and a key that acts once."""
    request = current_request.get()
    settings = request.app.state.settings
    session = request.cookies.get(security.cookie_name(settings, "session"))
    token = security.csrf_token(settings, session or security.visitor(request))
    return Markup(
        '<input type="hidden" name="_csrf" value="{}"><input type="hidden" name="_key" value="{}">'
    ).format(token, secrets.token_urlsafe(18))


@lru_cache
def url_static(name: str) -> str:
    """Return the address of a static file with a fingerprint of its content, so that it may be cached for good."""
    content = (STATIC_DIR / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"


@lru_cache
def environment() -> Environment:
    """Return the one environment of this process."""
    env = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"],
    )
    env.install_gettext_callables(  # type: ignore[attr-defined]
        i18n.gettext, i18n.ngettext, newstyle=True, pgettext=i18n.pgettext, npgettext=i18n.npgettext
    )
    env.filters.update(display.FILTERS)
    env.globals.update(form_guard=form_guard, url_static=url_static, now=clock.now, languages=i18n.LANGUAGES)
    return env


def page_context(request: Request) -> dict[str, Any]:
    """Return what every page knows without being told: who asks, in which language, for which address.

    `page_facts` of the application's state are functions of other rooms that add to it.
    """
    actor = request.scope.get("user")
    context = {
        "request": request,
        "actor": actor,
        "settings": request.app.state.settings,
        "current_path": request.url.path,
        "lang": i18n.current_language(),
        "zone": actor.time_zone if actor is not None else "UTC",
    }
    for facts in request.app.state.get("page_facts", ()):
        context |= facts(request)
    if actor is not None and "session_seconds" in request.scope["state"]:
        context["session_seconds"] = request.scope["state"]["session_seconds"]
    return context
