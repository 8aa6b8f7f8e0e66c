"""What searching costs from outside: JSON, pages, suggestions, and the memory of the serving process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from bench.clients import CLIENTS, at_once
from bench.corpus import zip_codes
from bench.drawing import KINDS_IN_MIX, beginnings, draw_queries
from bench.results import Row, row
from bench.server import Server, one_by_one

WARM_UP = 40
WORKERS = 2

_PAGES = (("http.api_search", "/api/search", 31), ("http.search_page", "/search", 32))
_ASKED = "text, typo, prefix, browse; 10 miles"


def wait_for_index(server: Server, size: int, progress: Callable[[str, int, int], None]) -> None:
    """Wait until the serving process has indexed all services and has no job left that is due."""
    indexed = 0
    while True:
        words = server.state()["search"].split()
        now = min(int(words[0]), size) if words[-1] == "index" else 0
        progress("Indexing", now - indexed, size)
        indexed = now
        if indexed == size and server.at_rest():
            return
        time.sleep(0.5)


def search_rows(server: Server, size: int, count: int) -> list[Row]:
    """Ask `count` searches of each kind one after another, each only once, as JSON and as pages; then suggestions."""
    result = []
    browser = server.browser()
    for name, path, seed in _PAGES:
        one_by_one(browser, list(_searches(path, WARM_UP // 4, seed + 10)))
        times = one_by_one(browser, list(_searches(path, count, seed)))
        result.append(row(name, size, times, note=_ASKED))
    typed = _typed()
    one_by_one(browser, typed[:WARM_UP])
    result.append(row("http.suggest", size, one_by_one(browser, typed)))
    return result


def crowd_rows(server: Server, size: int, count: int) -> list[Row]:
    """The same from many clients at once, `count` of each kind, of a server with several workers."""
    note = f"{CLIENTS} clients at once, {WORKERS} workers"
    result = []
    for name, path, seed in _PAGES:
        at_once(server.port, list(_searches(path, WARM_UP, seed + 30)))
        times, per_second = at_once(server.port, list(_searches(path, count, seed + 20)))
        result.append(row(f"{name}.c16", size, times, per_second=per_second, note=note))
    typed = _typed()
    at_once(server.port, typed)
    times, per_second = at_once(server.port, typed * 4)
    result.append(row("http.suggest.c16", size, times, per_second=per_second, note=note))
    return result


def memory_row(server: Server, size: int, building: float | None) -> Row:
    """What the serving process holds after all that, and the most that one held which built the index on the way."""
    note = f"resident after the mix; {building} MB at most in the process that built the index"
    return row("memory.serving", size, mb=server.megabytes(), note=note)


def _searches(path: str, count: int, seed: int) -> Iterator[str]:
    drawn, codes = draw_queries(count, seed), zip_codes(count, seed)
    for at in range(count):
        near = {"near": codes[at][0], "radius": "10"}
        for kind in KINDS_IN_MIX:
            query = drawn[kind][at]
            asked = {"need": query.needs[0]} if query.needs else {"q": query.text}
            yield f"{path}?{urlencode(asked | near)}"


def _typed() -> list[str]:
    return [f"/api/suggest?{urlencode({'q': text})}" for text in beginnings()]
