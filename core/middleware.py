"""What happens to every request before it reaches a handler."""

import time

from litestar.connection import Request
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from core import i18n, security


class RequestMiddleware(ASGIMiddleware):
    """Notes when the request began and which language its reader wants."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Prepare the scope and go on."""
        if scope["type"] == ScopeType.HTTP:
            scope["state"]["started"] = time.perf_counter()
            request: Request = Request(scope)
            name = security.cookie_name(request.app.state.settings, "language")
            cookie = None if security.knows_nobody(scope) else request.cookies.get(name)
            i18n.set_language(i18n.negotiate(cookie, request.headers.get("accept-language", "")))
        await next_app(scope, receive, send)
