"""Drafts a mapping for a table that nobody has seen before, for a person to look over.

`draft_mapping` is pure: it takes the names of the columns and some rows, and says for each field of ours which columns
may hold it, how sure that is, and why. Headers are read in English and Spanish, near misses included; what stands under
them speaks for or against it, and alone where a header says nothing. `Draft.to_toml` gives the file that
`directory.importing.mapping` reads.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
from rapidfuzz import fuzz, process

from directory.importing.drafting_contents import ENOUGH, KINDS, is_prose, may_name, sample, share
from directory.importing.drafting_words import WORDS
from directory.importing.mapping import DEFAULT_MAPPING, FIELDS, load_mapping

SURE = 0.75
"""From here on a guess needs no second look; below it the drafted file says so."""

_LEAST = 0.45
_ROWS = 200
_AGAINST = {"hours": 0.75, "address_1": 0.75, "latitude": 0.75, "longitude": 0.75}
"""What remains of the trust in a header when texts do not look like it: of some, not all ways of writing are known."""

_JOINED = ("phone", "description", "terms", "service_areas", "languages", "documents", "additional_urls")
"""Fields that take all columns that fit; of the others one column holds it, and further ones stand in for it."""


class Guess(msgspec.Struct, frozen=True):
    """That some columns hold a field: the best first, `confidence` from 0 to 1, `why` as words for a person."""

    field: str
    columns: tuple[str, ...]
    confidence: float
    why: str

    @property
    def sure(self) -> bool:
        """Whether it needs no second look."""
        return self.confidence >= SURE


class Draft(msgspec.Struct, frozen=True):
    """A mapping to be looked over: one guess for each field that was found, and the columns that go nowhere."""

    guesses: tuple[Guess, ...]
    left_over: tuple[str, ...]

    @property
    def has_name(self) -> bool:
        """Whether a column was found for the name, without which there is no mapping."""
        return any(guess.field == "name" for guess in self.guesses)

    def to_toml(self, name: str = "spreadsheet") -> str:
        """Return the mapping as a file, with a remark wherever it is unsure; `name` becomes the name of the source."""
        lines = [
            "# Drafted from the columns of a table: look it over, then import the table with it.",
            "",
            f"name = {_quoted(name)}",
            "",
            "[fields]",
        ]
        if not self.has_name:
            lines += [
                "# Nothing looks like the name of a service: put its column here.",
                '# name = ["..."]',
            ]
        for guess in self.guesses:
            if not guess.sure:
                lines.append(f"# Unsure ({guess.confidence:.0%}): {' '.join(guess.why.split())}")
            names = ", ".join(_quoted(column) for column in guess.columns)
            joined = guess.field in _JOINED and len(guess.columns) > 1
            lines.append(f"{guess.field} = [[{names}]]" if joined else f"{guess.field} = [{names}]")
        lines += ["", "[defaults]", 'country = "US"']
        if self.left_over:
            lines += ["", "# These columns go nowhere; what they say is kept with each listing:"]
            lines += [f"#   {_quoted(column)}" for column in self.left_over]
        return "\n".join(lines) + "\n"


class _Fit(msgspec.Struct, frozen=True):
    field: str
    column: str
    confidence: float
    why: str


def draft_mapping(header: Sequence[str], sample_rows: Iterable[Mapping[str, Any]]) -> Draft:
    """Return a draft for a table with these columns; of the rows, by column, the first 200 are looked at."""
    rows = [row for row, _ in zip(sample_rows, range(_ROWS), strict=False)]
    texts = {column: sample([row.get(column) for row in rows]) for column in header}
    fits = [fit for column in header for fit in _fits(column, texts[column])]
    columns: dict[str, list[_Fit]] = {}
    given: set[str] = set()
    for fit in sorted(fits, key=lambda fit: -fit.confidence):
        if fit.confidence < _LEAST or fit.column in given:
            continue
        best = columns.setdefault(fit.field, [])
        if best and fit.confidence < (SURE if fit.field not in _JOINED else 0.6):
            continue
        best.append(fit)
        given.add(fit.column)
    if "name" not in columns:
        column = next((name for name in header if name not in given and may_name(texts[name])), None)
        if column:
            columns["name"] = [_Fit("name", column, 0.5, "short texts, nearly all different")]
            given.add(column)
        elif other := columns.get("location_name") or columns.get("organization"):
            columns["name"] = [_Fit("name", other[0].column, 0.5, "no other column names a service")]
    guesses = tuple(
        Guess(
            field,
            tuple(fit.column for fit in columns[field]),
            columns[field][0].confidence,
            columns[field][0].why,
        )
        for field in FIELDS
        if columns.get(field)
    )
    return Draft(guesses, tuple(column for column in header if column not in given))


def _fits(column: str, texts: Sequence[str]) -> Iterable[_Fit]:
    """Yield what a column may hold: first by its header, then by what stands under it."""
    named: set[str] = set()
    for field, confidence, why in _by_header(column):
        named.add(field)
        kind = "assured_date" if field == "last_modified" else "url" if field == "additional_urls" else field
        if kind in KINDS and texts:
            fitting = share(kind, texts)
            if fitting >= 0.5:
                confidence, why = min(0.99, confidence + 0.15), f"{why}, and what stands there fits"
            elif fitting < 0.2 and len(texts) >= ENOUGH:
                confidence, why = (
                    confidence * _AGAINST.get(kind, 0.45),
                    f"{why}, but what stands there does not look like it",
                )
        yield _Fit(field, column, confidence, why)
    for kind in KINDS:
        if kind not in named and len(texts) >= ENOUGH and (fitting := share(kind, texts)) >= 0.7:
            # A day alone does not tell which: it may be a birthday.
            confidence = 0.4 if kind == "assured_date" else 0.5 + 0.2 * fitting
            yield _Fit(kind, column, confidence, f"{fitting:.0%} of its texts look like it")
            break
    if not named and is_prose(texts):
        yield _Fit("description", column, 0.5, "sentences")


def _by_header(column: str) -> Iterable[tuple[str, float, str]]:
    header = plain_words(column)
    if not header:
        return
    known = _known()
    for alias, fields in known.items():
        if alias == header:
            yield from ((field, 0.85, "its header says so") for field in fields)
    if header in known:
        return
    squeezed = header.replace(" ", "")
    found: dict[str, tuple[float, str]] = {}
    for alias, score, _ in process.extract(header, list(known), scorer=fuzz.ratio, limit=3, score_cutoff=82):
        same = squeezed == alias.replace(" ", "")
        for field in known[alias]:
            told = (
                (0.85, "its header says so") if same else (0.5 + score / 400, f'its header is like "{alias}"')
            )
            found[field] = max(found.get(field, (0.0, "")), told)
    words = set(header.split())
    for alias, fields in known.items():
        parts = alias.split()
        # One word of several says little, unless it is what the header ends in: "agency phone", "correo de contacto".
        if words.issuperset(parts) and len(alias) > 2:
            weight = 0.62 if header.endswith(alias) or header.startswith(alias) else 0.5
            for field in fields:
                told = (weight + 0.02 * len(parts) + 0.002 * len(alias), f'its header names "{alias}"')
                found[field] = max(found.get(field, (0.0, "")), told)
    yield from ((field, confidence, why) for field, (confidence, why) in found.items())


def plain_words(header: str) -> str:
    """Return a header as it is compared: "serviceName", "SERVICE_NAME" and "Service name:" alike, without accents."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header[:200])
    text = unicodedata.normalize("NFKD", text)
    text = "".join(character for character in text if not unicodedata.combining(character)).lower()
    return " ".join(re.findall(r"[^\W_]+", text))


@cache
def _known() -> dict[str, tuple[str, ...]]:
    """Return the fields that each known header speaks of, the likeliest first."""
    known: dict[str, list[str]] = {}
    usual = load_mapping(DEFAULT_MAPPING).fields
    for field, ways in usual.items():
        if field == "hours_if_certain":
            continue
        for group in ways:
            for way in group:
                known.setdefault(plain_words(way.steps[0][0]), []).append(field)
    for field, words in WORDS.items():
        for word in (field.replace("_", " "), *words):
            fields = known.setdefault(plain_words(word), [])
            if field not in fields:
                fields.append(field)
    return {words: tuple(fields) for words, fields in known.items() if len(words) > 1 or words in "xy"}


def _quoted(text: str) -> str:
    """Write a text as TOML does; dots and brackets of a column are left out, which make no difference to finding it."""
    cleaned = " ".join("".join(c if c.isprintable() and c not in ".[]" else " " for c in text).split())
    return json.dumps(cleaned, ensure_ascii=False)
