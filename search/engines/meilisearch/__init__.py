"""Searching with a Meilisearch server, for installations that share one index between many machines.

What a text means is decided by `search.engines.words`, as everywhere. Documents carry what can match (stems, phrases,
cells, codes) as arrays; a query becomes a filter over them (`filters`). What passes is fetched in a compact form and
judged by the code of the plain engine (`answering`), so that sets, totals, facets, distances and scores are equal to it
while at most `MOST` documents match. Beyond that the best are fetched and the server counts, "at least" (`wide`).

Cells instead of `_geo`, by measurement (100,000 services, need and circle, 2 busy cores, all three side by side):

    | | `_geo` | H3, sizes 5 and 7 | grid of 1, 0.1, 0.02 degrees |
    |---|---|---|---|
    | build | 26 s | 12 s | 13 s |
    | 1 mile, p50 | 4.3 ms | 1.1 ms | 1.1 ms |
    | 10 miles, p50 | 7.9 ms | 4.4 ms | 2.8 ms |
    | 50 miles, p50 | 5.5 ms | 2.6 ms | 2.6 ms |
    | fetched for each that is in the circle (1, 10, 50 miles) | 1 | 3.6, 1.5, 1.03 | 2.9, 1.3, 1.02 |
    | an edit until it is visible | 841 ms | 33 ms | 32 ms |

Cells of either kind win everywhere, most of all in edits; the grid fits circles as well as hexagons and needs no library.
Exact distance is computed above the engine, which has to measure what it shows anyway.
"""

from search.engines.meilisearch.engine import MeilisearchEngine

__all__ = ["MeilisearchEngine"]
