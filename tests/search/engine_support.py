"""Small documents, and engines over them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from search.engines import Document
from search.engines.embedded import EmbeddedEngine

NOW = datetime(2026, 11, 4, 18, 0, tzinfo=UTC)
"""A Wednesday; 12:00 in Chicago."""

CENTRE = (42.05, -101.4)


def document(service: str, location: str = "", **fields: Any) -> Document:
    """A document at the centre of Alder County unless told otherwise."""
    given: dict[str, Any] = {
        "name": service,
        "lat": CENTRE[0],
        "lon": CENTRE[1],
        "time_zone": "America/Chicago",
    } | fields
    return Document(service_id=service, location_id=location or f"{service}-place", **given)


async def stream(documents: Iterable[Document]) -> AsyncIterator[Document]:
    """Documents as a rebuild takes them."""
    for one in documents:
        yield one


async def engine_of(folder: Path, documents: Iterable[Document]) -> EmbeddedEngine:
    """An embedded engine in a folder, holding exactly these documents."""
    engine = EmbeddedEngine(folder)
    await engine.rebuild(stream(documents))
    return engine
