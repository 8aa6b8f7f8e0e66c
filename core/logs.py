"""Logs as JSON lines that never hold what a person typed: method, route, status, time, who."""

import logging
import sys
import time

import structlog
from litestar.types import Message, Scope
from structlog.typing import EventDict

access = structlog.get_logger("handrail.access")
#: How the addresses begin that browsers and machines ask for by themselves: nobody is looked up for them, nothing logged.
IMPERSONAL = ("/static/", "/healthz", "/readyz", "/metrics")


def _without_values(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Keep of an exception only its type and where it was raised: messages can quote what a person typed."""
    error = event.pop("exc_info", None)
    if isinstance(error, BaseException):
        frames = []
        trace = error.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            frames.append(f"{code.co_filename.rsplit('/', 2)[-1]}:{trace.tb_lineno} {code.co_name}")
            trace = trace.tb_next
        event["error"] = type(error).__name__
        event["where"] = frames[-6:]
    return event


def configure(level: int = logging.INFO) -> None:
    """Send structured lines to standard error."""
    # How alembic goes about it is nothing that somebody who runs a command needs to read.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # uvicorn's own lines quote whole addresses: what was searched for, and the tokens of mailed links.
    served = logging.getLogger("uvicorn.access")
    served.handlers, served.propagate = [], False
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_values,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


async def log_access(message: Message, scope: Scope) -> None:
    """Write one line for each answered request, with the route's template instead of the address."""
    if message["type"] != "http.response.start" or scope["path"].startswith(IMPERSONAL):
        return
    started = scope["state"].get("started")
    user = scope.get("user")
    access.info(
        "request",
        method=scope.get("method"),
        route=scope.get("path_template") or "(none)",
        status=message["status"],
        ms=round((time.perf_counter() - started) * 1000, 1) if started else None,
        user=str(user.user_id) if user is not None else None,
    )
