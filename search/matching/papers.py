"""Papers that listings ask for, in one table: codes, what the page calls them inside a sentence, and their words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

import msgspec

from core.i18n import N_
from search.text import fold

NONE = "none"
"""Among the papers of a listing that says that it asks for none."""
OTHER = "other"
"""A paper that is none of the others: a bill, a form, a court letter."""


class Paper(msgspec.Struct, frozen=True):
    """A kind of paper, with patterns over lower-case text without accents."""

    code: str
    label: str
    words: tuple[str, ...]


_TABLE = (
    Paper(
        "photo-id",
        N_("photo ID"),
        (
            r"\bi\.?d\.?s?\b",
            r"identification",
            r"identity (card|document)",
            r"driver.?s? licen[sc]e",
            r"passport",
            r"matricula consular",
            r"identificacion",
            r"licencia de (conducir|manejar)",
            r"pasaporte",
        ),
    ),
    Paper(
        "address",
        N_("proof of address"),
        (
            r"proof of (\w+ ){0,2}(address|residen\w+)",
            r"(utility|gas|electric) bill",
            r"your address",
            r"verification of residen\w+",
            r"mail with",
            r"rent receipt",
            r"\blease\b",
            r"residency",
            r"(comprobante|prueba) de (domicilio|residencia|direccion)",
        ),
    ),
    Paper(
        "income",
        N_("proof of income"),
        (
            r"proof of (\w+ ){0,3}income",
            r"income (verification|statement|documentation|proof)",
            r"pay ?(stubs?|checks?)",
            r"tax returns?",
            r"benefits? (award )?letters?",
            r"award letters?",
            r"w-?2",
            r"months of income",
            r"bank statements?",
            r"(comprobante|prueba) de ingresos",
            r"talon(es)? de (pago|cheque)",
        ),
    ),
    Paper("social-security", N_("Social Security card"), (r"social security", r"\bssn\b", r"seguro social")),
    Paper(
        "birth-certificate",
        N_("birth certificate"),
        (r"birth (certificates?|records?)", r"(acta|certificado) de nacimiento"),
    ),
    Paper(
        "insurance-card",
        N_("insurance card"),
        (
            r"insurance (card|information|or medicaid)",
            r"medicaid (card|number)",
            r"medicare card",
            r"medical card",
            r"tarjeta (del? )?(seguro|medicaid|medicare)",
        ),
    ),
    Paper(
        "referral",
        N_("referral from an agency or doctor"),
        (
            r"\breferral\b",
            r"referred by",
            r"doctor.?s (order|note|form)",
            r"prescription",
            r"\breferido\b",
            r"orden (del )?medic\w+",
        ),
    ),
    Paper(
        "immigration",
        N_("immigration papers"),
        (
            r"green card",
            r"immigration (papers?|documents?|status)",
            r"proof of (legal|citizenship|immigration)\w*",
            r"right.to.work",
            r"work permit",
            r"papeles de inmigracion",
            r"permiso de trabajo",
        ),
    ),
    Paper(
        "military",
        N_("military discharge papers"),
        (r"dd.?214", r"discharge papers", r"military (id|papers)", r"veteran.?s? (id|card)"),
    ),
)

PAPERS: dict[str, Paper] = {one.code: one for one in _TABLE}
"""Every kind of paper by code."""

_PATTERNS = [(one.code, re.compile("|".join(one.words))) for one in _TABLE]
_NO_PAPERS = re.compile(
    r"\bno (photo )?(i\.?d\.?|identification|papers?|documents?|documentation|paperwork)( \w+)?(,? (or|no|and) \w+)? ?"
    r"(is |are )?(needed|required|necessary|asked|papers?)?\b"
    r"|\b(papers?|i\.?d\.?|documents?) (is |are )?not (needed|required|asked( for)?)\b"
    r"|\b(sin|no se (piden?|requieren?|necesitan?)) (papeles|documentos|identificacion)\b"
)
_IF_ANY = re.compile(r"\bif (you|any|they|available|there)\b|\boptional\b|\bsi (tiene|la tiene|hay)\b")
_ASKED = re.compile(
    r"\b(?:(?:bring|must (?:have|show|bring|provide|present)|need to (?:show|bring)|requires?|required:?|"
    r"provide|present|show|"
    r"traiga|presente|se requiere)\b[^.;]{0,80}|[^.;]{0,60}\b(?:is|are)? ?(?:required|needed)\b)"
)


@lru_cache(maxsize=20_000)
def paper_of(name: str) -> tuple[str, ...]:
    """The kinds of paper that a listing's own name of one means: "ID with your address" is two."""
    text = fold(name)
    if _NO_PAPERS.search(text):
        return (NONE,)
    if _IF_ANY.search(text):
        return ()
    return tuple(code for code, pattern in _PATTERNS if pattern.search(text)) or (OTHER,)


def read_papers(required: Iterable[str], texts: Iterable[str] = ()) -> tuple[str, ...]:
    """Codes of the papers that a listing asks for.

    `required` are its own list of papers; `texts` are sentences in which it may say "bring photo ID" or "no ID needed".
    One that is asked for only "if you have it" is not asked for. `(NONE,)` when it says that there are none.
    """
    found: dict[str, None] = {}
    for name in required:
        found |= dict.fromkeys(paper_of(name))
    refused = NONE in found
    for text in map(fold, texts):
        if _NO_PAPERS.search(text):
            refused = True
            continue
        for asked in _ASKED.findall(text):
            if not _IF_ANY.search(asked):
                found |= dict.fromkeys(code for code, pattern in _PATTERNS if pattern.search(asked))
    found.pop(NONE, None)
    known = tuple(code for code in (*PAPERS, OTHER) if code in found)
    return (NONE,) if refused and not set(known) - {OTHER} else known
