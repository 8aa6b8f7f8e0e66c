"""What a route says so that each request to it is counted, by key or by network address.

    @get("/hsds/services", **page("public", reads=True), guards=[limited()])
    @get("/hsds/everything", **page("public", reads=True), guards=[limited(20)])

The answers say how much is left, whether they are an answer, a refusal or an error that came later.
"""

from collections.abc import Awaitable, Callable

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import AsyncAnyCallable, Message, Scope

from accounts.keys.counting import Asking, count_request


def asking(request: Request) -> Asking:
    """Read what a request is counted by. A key is never taken from the address, which is kept in many places."""
    scheme, _space, credentials = request.headers.get("authorization", "").partition(" ")
    key = credentials.strip() if scheme.lower() == "bearer" else request.headers.get("x-api-key")
    return Asking(key, request.client.host if request.client else "")


Weight = int | Callable[[Request], int | Awaitable[int]]


def limited(weight: Weight = 1) -> AsyncAnyCallable:
    """Return a guard that counts each request to a route as much as `weight` ordinary ones.

    `weight` may be a function that reads it off the request, and waits for its form or body where need be.
    """

    async def guard(connection: ASGIConnection, _handler: BaseRouteHandler) -> None:
        request: Request = connection  # type: ignore[assignment]
        if request.method == "OPTIONS":
            return
        heavy = weight if isinstance(weight, int) else weight(request)
        heavy = heavy if isinstance(heavy, int) else await heavy
        verdict = await count_request(request.app.state.database, asking(request), heavy)
        request.scope["state"]["limit_headers"] = verdict.headers
        verdict.enforce()

    return guard


async def add_headers(message: Message, scope: Scope) -> None:
    """Say in every answer to a counted request how much is left, errors included."""
    if message["type"] == "http.response.start":
        told = scope["state"].get("limit_headers", {})
        added = [(name.encode(), value.encode()) for name, value in told.items()]
        message["headers"] = [*message.get("headers", []), *added]
