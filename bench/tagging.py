"""How well needs are read out of foreign listings: precision and recall against labels that a person gave by reading.

`tests/search/labels` holds two samples, described in its README: real listings by id (their text stays where it is, in
`../shared/data`) and invented ones of several directory styles. Each is told apart by part: rules were tuned while
looking at `tuned` and never at `held`; `exam` was written after the rules, and none was changed for what it showed.
"""

from __future__ import annotations

import csv
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from bench.results import Row, row
from directory.importing.files import open_package
from directory.importing.hsds_csv import HsdsCsv
from directory.importing.ids import as_uuid, row_id
from directory.importing.mapping import load_mapping
from directory.importing.records import Draft, Record
from directory.importing.spreadsheet import Spreadsheet
from directory.needs import FIELDS
from search.needs import Term, tag

ROOT = Path(__file__).parents[1]
LABELS = ROOT / "tests" / "search" / "labels"
SHARED = ROOT.parent / "shared" / "data"
FIELD_CODES = ("food", "housing", "transportation", "vocational")
NEED_CODES = tuple(need for field in FIELD_CODES for need in FIELDS[field])

_CODED = re.compile(r"([A-Z]{2}-[\d.-]+|\d{4,5})\s+(.+)")


class Listing(msgspec.Struct, frozen=True):
    """The text that needs are read from."""

    name: str
    description: str = ""
    terms: tuple[Term, ...] = ()
    organization: str = ""

    def needs(self) -> set[str]:
        """The needs that the product reads out of it."""
        return set(tag(self.name, self.description, self.terms, self.organization))


class Labelled(msgspec.Struct, frozen=True):
    """A listing and what a reader says about it; what is `unsure` counts neither way."""

    listing: Listing
    part: str
    needs: frozenset[str]
    unsure: frozenset[str]


class Score(msgspec.Struct):
    """Right and wrong answers about one need or field."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        """The share of what was given that is right; 1 where nothing was given."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """The share of what should be given that was; 1 where nothing should be."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    def __str__(self) -> str:
        return f"{self.precision:.2f} / {self.recall:.2f}"


def invented() -> list[Labelled]:
    """The invented listings with their labels."""
    return [
        Labelled(
            Listing(one["name"], one["description"], tuple(_terms(one["terms"])), one["organization"]),
            one["part"],
            frozenset(one["needs"].split()),
            frozenset(one["unsure"].split()),
        )
        for one in _rows("challenge.csv")
    ]


def real(data: Path = SHARED) -> list[Labelled]:
    """The labelled real listings; none where the data is absent. Raises `KeyError` if a labelled one is gone."""
    if not (data / "legal_aid").is_dir() or not (data / "pantries").is_dir():
        return []
    listings = real_listings(data)
    return [
        Labelled(
            listings[one["id"]],
            one["part"],
            frozenset(one["needs"].split()),
            frozenset(one["unsure"].split()),
        )
        for one in _rows("real.csv")
    ]


def real_listings(data: Path = SHARED) -> dict[str, Listing]:
    """All real listings by the id that an import gives them, as an import reads them."""
    found: dict[str, Listing] = {}
    with open_package(data / "legal_aid") as package:
        hsds = HsdsCsv(package)
        found |= _listings(hsds.source, hsds.records(lambda _bytes: None))
    with open_package(data / "pantries" / "input_records.ndjson") as package:
        table = Spreadsheet(package, load_mapping(ROOT / "seeds" / "mappings" / "pantries.toml"))
        found |= _listings(table.source, table.records(lambda _bytes: None))
    return found


def score(labelled: Iterable[Labelled]) -> dict[str, Score]:
    """Scores by field and by need: a field is right when any of its needs is given and any is due."""
    scores = {code: Score() for code in (*FIELD_CODES, *NEED_CODES)}
    asked = {field: frozenset(FIELDS[field]) for field in FIELD_CODES} | {
        code: frozenset([code]) for code in NEED_CODES
    }
    for one in labelled:
        given = one.listing.needs()
        for code, needs in asked.items():
            due = bool(needs & one.needs)
            if not due and needs & one.unsure:
                continue
            _count(scores[code], due=due, given=bool(needs & given))
    return scores


def rows() -> list[Row]:
    """Rows of the results table: each field and need, and the processor time that reading takes."""
    samples = {"real": real(), "invented": invented()}
    total = sum(map(len, samples.values()))
    told = dict.fromkeys((*FIELD_CODES, *NEED_CODES), "precision / recall")
    for name, sample in samples.items():
        parts = {part: score(one for one in sample if one.part == part) for part in ("held", "exam")}
        for code, one in score(sample).items():
            aside = ", ".join(
                f"{part} {scores[code]}"
                for part, scores in parts.items()
                if scores[code].right + scores[code].missed
            )
            due = one.right + one.missed
            if due:
                told[code] += f" · {name} {one} of {due}" + (f" ({aside})" if aside else "")
    result = [row(f"tagging.{code}", total, note=note) for code, note in told.items()]
    listings = [one.listing for sample in samples.values() for one in sample]
    times = [_seconds_for_thousand(listings) * 1000 for _ in range(5)]
    result.append(row("tagging.read", len(listings), times, note="processor time for 1,000 listings"))
    return result


def _count(one: Score, *, due: bool, given: bool) -> None:
    one.right += due and given
    one.missed += due and not given
    one.wrong += given and not due


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (LABELS / name).open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _terms(text: str) -> Iterator[Term]:
    """Terms of an invented listing: names between semicolons, a code before a name where there is one."""
    for part in filter(None, (part.strip() for part in text.split(";"))):
        coded = _CODED.fullmatch(part)
        taxonomy = "Open Eligibility" if coded and coded[1].isdigit() else ""
        yield Term(coded[2], coded[1], taxonomy) if coded else Term(part)


def _listings(source: str, records: Iterable[Record | str]) -> dict[str, Listing]:
    drafts = [one for record in records if isinstance(record, Record) for one in record.drafts]
    by_key = {(one.table, one.key): one for one in drafts}
    terms: dict[str, list[Term]] = {}
    for one in drafts:
        term = by_key.get(("taxonomy_term", one.refs.get("taxonomy_term_id", "")))
        if one.table == "attribute" and term is not None:
            terms.setdefault(one.refs["link_id"], []).append(_term(term))
    found = {}
    for one in drafts:
        if one.table == "service":
            runner = by_key.get(("organization", one.refs.get("organization_id", "")))
            found[str(as_uuid(row_id(source, "service", one.key)))] = Listing(
                one.values["name"],
                one.values.get("description") or "",
                tuple(terms.get(one.key, ())),
                runner.values["name"] if runner is not None else "",
            )
    return found


def _term(draft: Draft) -> Term:
    return Term(draft.values["name"], draft.values.get("code") or "", str(draft.values.get("taxonomy") or ""))


def _seconds_for_thousand(listings: list[Listing]) -> float:
    begun = time.process_time()
    for one in listings:
        one.needs()
    return 1000 * (time.process_time() - begun) / len(listings)
