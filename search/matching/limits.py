"""How often one address may ask for a match."""

from __future__ import annotations

from datetime import timedelta

from litestar import Request

from core import attempts
from core.attempts import Limit
from core.errors import TooMany
from core.i18n import gettext as _

ASKING = Limit(120, timedelta(minutes=10))
"""An office behind one address asks a dozen times in ten minutes; a machine that copies the directory, thousands."""


async def count_asking(request: Request) -> None:
    """Count one question of an address; nothing of the question is kept. Raises `TooMany`."""
    address = request.client.host if request.client else ""
    async with request.app.state.database.transaction() as db:
        wait = await attempts.attempt(db, ASKING, "match from", address)
    if wait:
        raise TooMany(_("That is very often. Please wait a few minutes."), wait)
