"""Tokens of places: what a person's place and an area served are compared by.

They are plain lower-case words without geometry, so that an engine only has to look whether two lists share one:

| token | stands for |
|---|---|
| `69812`, `698xx`, `69xxx` | a ZIP code, all that begin with 698, with 69 |
| `alder falls, ne` | a town of a state; `alder falls` alone where nobody says which state |
| `alder county, ne` | a county or parish of a state |
| `nebraska` | a state |
| `shape:5f0c2a…` | a shape of the directory, by the digest of its text |
"""

from __future__ import annotations

import hashlib
import re

from search.places.states import STATE_CODES, STATES
from search.text import fold

SHAPE = "shape:"
COUNTY = ("county", "parish", "borough", "census area", "municipio")

_ABBREVIATED = {
    "st": "saint",
    "ste": "sainte",
    "ft": "fort",
    "mt": "mount",
    "n": "north",
    "s": "south",
    "e": "east",
    "w": "west",
}
_WORD = re.compile(r"[a-z0-9]+")


def town_key(name: str) -> str:
    """A name as it is compared: lower case, no accents or marks, "St." and "Ft." spelled out."""
    bare = fold(name.replace("'", "").replace("’", ""))
    return " ".join(_ABBREVIATED.get(word, word) for word in _WORD.findall(bare))


def zip_tokens(code: str) -> tuple[str, ...]:
    """The tokens of a place in a ZIP code: the code, and the ranges that hold it."""
    return code, f"{code[:3]}xx", f"{code[:2]}xxx"


def range_tokens(first: int, last: int) -> tuple[str, ...]:
    """The fewest tokens for all ZIP codes from `first` to `last`; none for a range that is no range."""
    tokens: list[str] = []
    at = first
    while at <= last <= 99_999:
        size = next(size for size in (1_000, 100, 1) if at % size == 0 and at + size - 1 <= last)
        tokens.append(f"{at:05d}"[: {1_000: 2, 100: 3, 1: 5}[size]].ljust(5, "x"))
        at += size
    return tuple(tokens)


def named(name: str, state: str = "") -> str:
    """The token of a town or county, of a state where that is known (its two letters); "" for no name."""
    key = town_key(name)
    return f"{key}, {state.lower()}" if key and state else key


def state_token(state: str) -> str:
    """The token of a state, given by its two letters."""
    return STATES[state].lower()


def state_code(text: str | None) -> str:
    """The two letters of a state given by them or by name; "" when it is none."""
    return STATE_CODES.get((text or "").strip().lower().rstrip("."), "")


def shape_token(extent: str) -> str:
    """The token of a shape, by the text that describes it."""
    return SHAPE + hashlib.sha256(extent.strip().encode()).hexdigest()[:16]


def is_county(token: str) -> bool:
    """Whether a token names a county, parish or the like."""
    return token.partition(",")[0].endswith(COUNTY)


def is_zip(token: str) -> bool:
    """Whether a token is a ZIP code or a range of them."""
    return len(token) == 5 and token[:2].isdigit() and set(token[2:]) <= set("0123456789x")


def is_state(token: str) -> bool:
    """Whether a token is a whole state."""
    return len(token) > 2 and token in STATE_CODES


def is_town(token: str) -> bool:
    """Whether a token names a town of a state."""
    return "," in token and not is_county(token)
