"""Taxonomies that foreign listings are classified with: recognised by name or by the shape of their codes.

The tables beside this file map codes to our needs. They hold facts about codes and nothing of the taxonomies' own text.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from directory.needs import NEEDS

FOLDER = Path(__file__).parent

_CODE_IN_NAME = re.compile(r"\b[A-Z]{2}-\d{4}(?:\.\d{4}(?:-\d{3}(?:\.\d{2})?)?)?\b")
"""Exports of 211 centres write code and name into one column: "Food Pantries (BD-1800.2000)"."""


class Term(NamedTuple):
    """A term that a listing is classified with: its name, its code, and what tells the taxonomy (name, address)."""

    name: str
    code: str = ""
    taxonomy: str = ""


class Known(msgspec.Struct, frozen=True):
    """What a recognised code says: the taxonomy's short name, and the needs, which may be none."""

    taxonomy: str
    needs: tuple[str, ...]


class _Taxonomy(msgspec.Struct, frozen=True):
    """One table: what the taxonomy is called, what its codes look like, what they say.

    `plain` is the shape of codes that alone tell the taxonomy; others need its name beside them (`named`). `needs` holds
    needs by code or beginning of a code; `under` the parent of a code, for codes that do not tell it. `people` is the
    shape of codes that say for whom something is: they are no evidence of what it is.
    """

    name: str
    named: re.Pattern[str]
    shape: re.Pattern[str]
    needs: dict[str, tuple[str, ...]]
    plain: re.Pattern[str] | None = None
    people: re.Pattern[str] | None = None
    under: dict[str, str] = {}

    def knows(self, code: str, named: str) -> bool:
        """Whether a code with that name of a taxonomy beside it is one of this taxonomy."""
        if self.plain is not None and self.plain.fullmatch(code):
            return True
        return bool(self.named.search(named) and self.shape.fullmatch(code))

    def of(self, code: str) -> tuple[str, ...] | None:
        """The needs of a code: its own, else those of the nearest code above it; None when none of them is listed."""
        if self.people is not None and self.people.match(code):
            return ()
        if self.under:
            above: str | None = code
            while above is not None and above not in self.needs:
                above = self.under.get(above)
            return self.needs[above] if above is not None else None
        return next(
            (self.needs[code[:end]] for end in range(len(code), 0, -1) if code[:end] in self.needs), None
        )


def read_term(term: Term) -> Known | None:
    """What a term's code says, or None where no table has it: then the words of the term have to do."""
    known = _read(term.code.strip().upper(), term.taxonomy.lower()) if term.code else None
    if known is None and (written := _CODE_IN_NAME.search(term.name)):
        known = _read(written[0], "")
    return known


@lru_cache(maxsize=20_000)
def _read(code: str, named: str) -> Known | None:
    for taxonomy in _taxonomies():
        if taxonomy.knows(code, named):
            needs = taxonomy.of(code)
            return None if needs is None else Known(taxonomy.name, needs)
    return None


@cache
def _taxonomies() -> tuple[_Taxonomy, ...]:
    return tuple(_load(FOLDER / f"{name}.toml") for name in ("airs_211", "open_eligibility", "ntee"))


def _load(path: Path) -> _Taxonomy:
    """Read one table. Raises `ValueError` for needs that are not in the catalog."""
    table = tomllib.loads(path.read_text("utf-8"))
    needs = {code.upper(): tuple(codes) for code, codes in table["needs"].items()}
    if unknown := {need for codes in needs.values() for need in codes} - NEEDS.keys():
        raise ValueError(f"{path.name} names needs that are not in the catalog: {sorted(unknown)}")
    shapes = {key: re.compile(table[key]) for key in ("named", "shape", "plain", "people") if key in table}
    under = {child: above for above, children in table.get("under", {}).items() for child in children}
    return _Taxonomy(name=table["name"], needs=needs, under=under, **shapes)
