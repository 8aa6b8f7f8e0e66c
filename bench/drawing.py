"""The questions that are asked of engines and pages: what people type, misspell, begin to type, and browse."""

from __future__ import annotations

from random import Random
from typing import Any

import msgspec

from bench.corpus import zip_codes
from bench.corpus_words import CITY_WORDS, KINDS
from core.display import METRES_PER_MILE
from search.engines import Query

KINDS_IN_MIX = ("text", "typo", "prefix", "browse")

_TEN_MILES = 10 * METRES_PER_MILE
_NAMES = [name for kind in KINDS for name in kind.names]
_NEEDS = [kind.needs for kind in KINDS]


def draw_queries(count: int, seed: int = 5) -> dict[str, list[Query]]:
    """Queries by kind: a word or two near a ZIP, the same misspelt, its beginning, browsing, a common word alone."""
    random = Random(seed)
    places = zip_codes(count, seed)

    def near(at: int, **more: Any) -> Query:
        _code, lat, lon = places[at]
        return Query(lat=lat, lon=lon, radius_m=_TEN_MILES, **more)

    def text() -> str:
        return random.choice(_NAMES).lower()

    def beginning() -> str:
        whole = text()
        return whole[: random.randint(3, max(3, len(whole) - 1))]

    return {
        "text": [near(at, text=text()) for at in range(count)],
        "typo": [near(at, text=misspelt(text(), random)) for at in range(count)],
        "prefix": [near(at, text=beginning()) for at in range(count)],
        "browse": [near(at, needs=(random.choice(random.choice(_NEEDS)),)) for at in range(count)],
        "common": [Query(text=f"{text()} {random.choice(CITY_WORDS)}") for _ in range(count)],
    }


def draw_mix(count: int, seed: int = 5) -> list[Query]:
    """`count` queries of each kind of the mix in turn, around other places than those of `draw_queries`."""
    drawn, places = draw_queries(count, seed), zip_codes(count * len(KINDS_IN_MIX), seed + 1)
    mix = [drawn[kind][at] for at in range(count) for kind in KINDS_IN_MIX]
    return [
        msgspec.structs.replace(query, lat=lat, lon=lon)
        for query, (_code, lat, lon) in zip(mix, places, strict=True)
    ]


def misspelt(text: str, random: Random) -> str:
    """A text with a slip in its longest word: two letters swapped, one doubled, or one left out."""
    word = max(text.split(), key=len)
    at = random.randint(1, len(word) - 3)
    slip = random.choice(
        (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1 :],
        )
    )
    return text.replace(word, slip)


def beginnings() -> list[str]:
    """What has been typed so far, letter by letter, of every name of the corpus: up to eight letters."""
    return [name.lower()[:letters] for name in _NAMES for letters in range(1, min(len(name), 9))]
