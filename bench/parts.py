"""The parts of a benchmark run, each of which can be run alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from bench import casework, listings, matching, open_data, plain, relevance, searching, spool, tagging
from bench.engine import Measured
from bench.installation import Installation, installed
from bench.other import meilisearch
from bench.results import FOLDER, Row
from bench.server import serving
from core.database import Database
from search.engines.embedded import EmbeddedEngine

PARTS = ("tagging", "relevance", "embedded", "meilisearch", "match", "http", "open_data", "casework", "sql")
GROUPS = {"engine": ("embedded", "meilisearch", "match")}

Told = Callable[[str, int, int], None]
"""Told what is being done, how much more of it was done, and how much it is in all."""

_INSTALLED = frozenset({"http", "open_data", "casework", "sql"})
_SMALL, _LARGE = 10_000, 500_000


def usual(size: int) -> tuple[str, ...]:
    """What is measured when nobody says what."""
    return tuple(part for part in PARTS if size < _LARGE or part not in _INSTALLED)


def measure(size: int, parts: Collection[str], told: Told, rows: list[Row]) -> None:
    """Add the rows of these parts with a directory of `size` services, as they come: a failure leaves those before it."""
    if "tagging" in parts:
        rows += tagging.rows()
    if "relevance" in parts:
        told("Relevance", 0, 1)
        rows += relevance.rows()
        told("Relevance", 1, 1)
    FOLDER.mkdir(exist_ok=True)
    if {"embedded", "meilisearch", "match"} & set(parts):
        folder = Path(mkdtemp(prefix="run-", dir=FOLDER))
        try:
            asyncio.run(_engine_rows(folder, size, parts, told, rows))
        finally:
            rmtree(folder)
    if _INSTALLED & set(parts):
        with installed() as here:
            asyncio.run(_installed_rows(here, size, parts, told, rows))


async def _engine_rows(folder: Path, size: int, parts: Collection[str], told: Told, rows: list[Row]) -> None:
    """Measure the engines over one file of documents, one engine after the other."""
    documents = folder / "documents"
    told("Making documents", 0, 1)
    await asyncio.to_thread(spool.write, documents, size)
    told("Making documents", 1, 1)
    queries = 2 if size < _SMALL else 400 if size < _LARGE else 120
    if "embedded" in parts or "match" in parts:
        engine = EmbeddedEngine(folder / "index")
        measured = Measured("embedded", engine, folder / "index", size)
        async for one in measured.rows(documents, queries, min(40, queries), told):
            rows.append(one)
        if "match" in parts:
            rows.append(await matching.three_needs(engine, size, queries))
        del engine, measured
        rmtree(folder / "index")
    if "meilisearch" in parts:
        with meilisearch() as found:
            if found is not None:
                # A few edits tell: each may take seconds there.
                other = Measured("meilisearch", found[0], found[1], size)
                async for one in other.rows(documents, queries, min(10, queries), told):
                    rows.append(one)


async def _installed_rows(
    here: Installation, size: int, parts: Collection[str], told: Told, rows: list[Row]
) -> None:
    """Fill an installation, serve it, and measure both."""
    rounds = 2 if size < _SMALL else 40
    database = Database(here.settings.database_url)
    try:
        rows += await listings.import_rows(database, here.folder, size, told)
        prepared = await casework.prepare(database, size, told) if "casework" in parts else None
        with serving(here) as server:
            searching.wait_for_index(server, size, told)
            building = server.megabytes("VmHWM")
        # Started again, as it is on every day but the first.
        with serving(here) as server:
            told("Serving", 0, 4)
            if "http" in parts:
                rows += searching.search_rows(server, size, 4 * rounds)
            told("Serving", 1, 4)
            if "open_data" in parts:
                rows += open_data.page_rows(server, size, max(2, rounds // 4))
                rows += open_data.stream_rows(server, size)
            if prepared is not None:
                rows += await casework.casework_rows(server, database, prepared, rounds)
            told("Serving", 1, 4)
            rows.append(searching.memory_row(server, size, building))
        if "http" in parts:
            with serving(here, searching.WORKERS) as server:
                rows += searching.crowd_rows(server, size, 8 * rounds)
        told("Serving", 1, 4)
        if "open_data" in parts:
            rows.append(await open_data.import_row(database, here.folder, size, told))
        if "sql" in parts:
            rows += await plain.sql_rows(database, size, max(2, rounds // 8))
        told("Serving", 1, 4)
    finally:
        await database.dispose()
