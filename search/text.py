"""What words are: folding, splitting, stemming, stop words, safe highlights. The same on every engine.

Decisions: accents and case never matter (`comida`, `Comidá`; `Nino`, `Niño`); English words are stemmed by
Snowball, and Spanish ones ride along, because its plural rule fits most of theirs; a word that says nothing about
what is sought ("near", "me", "please", "para") is dropped from a query, but never from a document.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache

import tantivy

MAX_WORDS = 12
"""Words of a query beyond these are ignored: nobody types more on purpose."""

MAX_WORD_LETTERS = 40
"""Longer words are cut out of documents and queries alike."""

_WORD = re.compile(r"[^\W_]+")
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ı": "i", "ð": "d", "þ": "th"}
)
"""Letters that Unicode does not take apart."""

_ENGLISH = """
a about after all also am an and any are around as at available be been but by can cannot could do does
find for from get gets getting give has have having he help helping her here him his how i if im in into
is it its just know like live looking me my near nearby need needed needing needs no not now of off on
one or our out place places please program programs search service services she so some someone something
somewhere tell than that the their them there they this to today tonight too up us want wants was we what
when where which who will with would you your
"""
_SPANISH = """
al algo algun alguna ayuda ayudar busco cerca como con cual cuando de del desde donde el ella en es esta
este estoy gracias hay hoy la las lo los me mi mis muy necesita necesito no nos o para pero por porque
puedo que quien quiero ser servicio servicios si sin sobre su sus tengo tiene un una unos y ya yo
"""
STOP_WORDS = frozenset(f"{_ENGLISH} {_SPANISH}".split())
"""Words that a query loses, in English and Spanish, unless nothing else is in it."""


def fold(text: str) -> str:
    """Lower case, without accents, compatibility forms resolved."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).translate(_LETTERS)


def indexable(text: str) -> str:
    """A text as engines are to split it: at whatever is not a letter or digit, in folded words when not ASCII."""
    return text if text.isascii() else " ".join(words(text))


def words(text: str) -> list[str]:
    """The folded words of a text in order."""
    return [word for word in _WORD.findall(fold(text)) if len(word) <= MAX_WORD_LETTERS]


def query_words(text: str) -> list[str]:
    """The folded words of a query, without stop words when others remain; at most `MAX_WORDS`.

    Only a text without any letter or digit has none: overlong words are cut, so that they find nothing.
    """
    typed = [word[:MAX_WORD_LETTERS] for word in _WORD.findall(fold(text))]
    telling = [word for word in typed if word not in STOP_WORDS and (len(word) > 1 or word.isdigit())]
    return (telling or typed)[:MAX_WORDS]


_ANALYZER = (
    tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw()).filter(tantivy.Filter.stemmer("english")).build()
)


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The stem of one folded word."""
    stems = _ANALYZER.analyze(word)
    return stems[0] if stems else word


def stems(text: str) -> list[str]:
    """The stems of a text's words in order."""
    return [stem(word) for word in words(text)]


def highlights(text: str, wanted: Collection[str]) -> list[tuple[int, int]]:
    """Where words of a text have one of these stems, as (start, end) in characters of the text, in order.

    Positions only, never markup: whoever shows the text escapes it first and marks it afterwards.
    """
    return [match.span() for match in _WORD.finditer(text) if _stem_as_written(match.group()) in wanted]


@lru_cache(maxsize=65_536)
def _stem_as_written(word: str) -> str:
    return stem(fold(word))


def name_key(name: str) -> bytes:
    """What a list is sorted by when it is sorted by name: the first 48 folded bytes."""
    return " ".join(words(name)).encode()[:48].rstrip(b"\0 ")


def city_name(city: str) -> str:
    """A city as it is shown: "DELAWARE" is Delaware."""
    shown = " ".join(city.split())
    return shown.title() if shown.isupper() or shown.islower() else shown
