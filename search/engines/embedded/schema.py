"""The tantivy half of a document: which words go into which field, and what a field is worth."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version

import msgspec
import tantivy

from search.engines import Document
from search.text import MAX_WORD_LETTERS, indexable

LAYOUT = 5
"""Raise it whenever documents are written differently: every older index is then rebuilt."""

ENGLISH = "folded_stemmed"
SURFACE = "folded"

WORDS = "words"
"""Every word of a document by its stem, with positions: decides what matches."""
SPELLINGS = "spellings"
"""Every word as it is spelled: what completions and near spellings are looked up in."""
NEED = "need"
ROW = "row"
SPOT = "spot"
SERVICE = "service"
CURSOR = "cursor"
CURSOR_AT = "cursor_at"
CURSOR_KEY = "cursor"
"""The one document that tells how far the journal beside the index is in it."""

BOOSTS = {"name": 4.0, "alternate_name": 3.0, "keywords": 2.0, "organization": 2.0, "description": 1.0}
"""What a word is worth by the field it stands in."""

SHOWN = "shown"
"""The texts that highlights are made of, as they were given (`HIGHLIGHTED`, in MessagePack)."""

HIGHLIGHTED = ("name", "alternate_name", "organization", "description")


@lru_cache(maxsize=1)
def schema() -> tantivy.Schema:
    """The fields of the index."""
    builder = tantivy.SchemaBuilder()
    for field in BOOSTS:
        positions = "position" if field in ("name", "organization") else "freq"
        builder.add_text_field(field, tokenizer_name=ENGLISH, index_option=positions)
    builder.add_text_field(WORDS, tokenizer_name=ENGLISH, index_option="position")
    builder.add_text_field(SPELLINGS, tokenizer_name=SURFACE, index_option="basic")
    for field in (NEED, SERVICE, CURSOR):
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field(ROW, indexed=True, fast=True)
    builder.add_unsigned_field(SPOT, indexed=True)
    builder.add_bytes_field(SHOWN, stored=True)
    builder.add_unsigned_field(CURSOR_AT, stored=True)
    return builder.build()


def register(index: tantivy.Index) -> None:
    """Give an index its tokenizers, for text that `search.text.indexable` has folded; needed at each opening."""
    index.register_tokenizer(SURFACE, _splitting().build())
    index.register_tokenizer(ENGLISH, _splitting().filter(tantivy.Filter.stemmer("english")).build())


def _splitting() -> tantivy.TextAnalyzerBuilder:
    splitting = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    return splitting.filter(tantivy.Filter.remove_long(4 * MAX_WORD_LETTERS)).filter(
        tantivy.Filter.lowercase()
    )


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """Names what an index was written by: another tantivy or layout gets another folder, so a rebuild."""
    facts = (LAYOUT, version("tantivy"), sorted(BOOSTS), HIGHLIGHTED)
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:12]


def searchable_text(document: Document) -> tuple[str, ...]:
    """Everything of a document that its words are taken from."""
    return (
        document.name,
        document.alternate_name,
        document.organization,
        document.keywords,
        document.description,
        document.city,
        document.region,
        document.postal_code,
    )


def index_document(document: Document, row: int, spots: Sequence[int]) -> tantivy.Document:
    """The document as tantivy takes it. `spots` tell where it is looked for (`grid.spots_of`)."""
    result = tantivy.Document()
    result.add_unsigned(ROW, row)
    for spot in spots:
        result.add_unsigned(SPOT, spot)
    result.add_text(SERVICE, document.service_id)
    for field in BOOSTS:
        text = getattr(document, field)
        if text:
            result.add_text(field, indexable(text))
    for text in searchable_text(document):
        if text:
            folded = indexable(text)
            result.add_text(WORDS, folded)
            result.add_text(SPELLINGS, folded)
    shown = [getattr(document, field) for field in HIGHLIGHTED]
    result.add_bytes(SHOWN, msgspec.msgpack.encode(shown))
    for need in document.needs:
        result.add_text(NEED, need)
    return result


def cursor_document(journal_size: int) -> tantivy.Document:
    """Tells that the index holds the journal up to this byte."""
    result = tantivy.Document()
    result.add_text(CURSOR, CURSOR_KEY)
    result.add_unsigned(CURSOR_AT, journal_size)
    return result
