"""Whom listings say they are for, in their own words: what the filter "for whom" offers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from directory.models import Attribute, TaxonomyTerm
from search.tagging import AUDIENCE

MOST = 12
_FRESH = 600
"""Seconds for which the words stand: they change with imports, and counting them reads every attribute."""


async def audiences(state: Any, db: AsyncSession) -> list[str]:
    """The words by which most listings name people, lower case as they are searched by, the most frequent first.

    `state` is that of the application, which keeps them for ten minutes.
    """
    kept = state.get("audiences")
    now = clock.now().timestamp()
    if kept is None or not 0 <= now - kept[0] < _FRESH:
        kept = state.audiences = (now, await _read(db))
    return list(kept[1])


async def _read(db: AsyncSession) -> list[str]:
    word = func.lower(TaxonomyTerm.name)
    rows = await db.execute(
        select(word.label("word"))
        .join(Attribute, Attribute.taxonomy_term_id == TaxonomyTerm.id)
        .where(Attribute.link_type.in_(AUDIENCE), Attribute.link_entity == "service", TaxonomyTerm.name != "")
        .group_by(word)
        .order_by(func.count().desc(), word)
        .limit(MOST)
    )
    return [row.word for row in rows]
