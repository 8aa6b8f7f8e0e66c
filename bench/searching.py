"""What searching costs from outside: JSON, pages, suggestions, and the memory of the serving process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from bench.corpus import zip_codes
from bench.corpus_words import KINDS
from bench.engine import draw_queries
from bench.results import Row, row
from bench.server import Server, at_once, one_by_one

KINDS_IN_MIX = ("text", "typo", "prefix", "browse")
WARM_UP = 40


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
    """Ask `count` searches of each kind, each only once, as JSON and as pages; then what has been typed so far."""
    result = []
    for name, path, seed in (("http.api_search", "/api/search", 31), ("http.search_page", "/search", 32)):
        paths = list(_searches(path, count, seed))
        browser = server.browser()
        one_by_one(browser, list(_searches(path, WARM_UP // 4, seed + 10)))
        result.append(
            row(name, size, one_by_one(browser, paths), note="text, typo, prefix, browse; 10 miles")
        )
        times, per_second = at_once(server.browser, list(_searches(path, count, seed + 20)))
        result.append(row(f"{name}.c16", size, times, per_second=per_second, note="16 clients at once"))
    typed = [f"/api/suggest?{urlencode({'q': text})}" for text in _typed()]
    browser = server.browser()
    one_by_one(browser, typed[:WARM_UP])
    result.append(row("http.suggest", size, one_by_one(browser, typed)))
    times, per_second = at_once(server.browser, typed)
    result.append(row("http.suggest.c16", size, times, per_second=per_second, note="16 clients at once"))
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
    names = [name.lower() for kind in KINDS for name in kind.names]
    return [name[:letters] for name in names for letters in range(1, min(len(name), 9))]
