"""A Meilisearch to compare with: the one that the tests use, started for the run on a free port."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.results import FOLDER
from search.engines.meilisearch import MeilisearchEngine
from tests.support.meilisearch import PACKAGED, Meilisearch, engine_on

_PATIENCE_S = 60.0
"""A slow answer is to be measured, not given up."""


@contextmanager
def meilisearch() -> Iterator[tuple[MeilisearchEngine, Path] | None]:
    """An engine on a server of its own and the folder of its data; None, with a word, where there is no program."""
    if not PACKAGED.is_file():
        print("Meilisearch is left out: `make dev` fetches it.", file=sys.stderr)
        yield None
        return
    server = Meilisearch("1 GiB", within=FOLDER)
    try:
        server.start()
        engine = engine_on(server, "bench", answer_s=_PATIENCE_S)
        yield engine, server.folder
        engine.close()
    finally:
        server.stop()
