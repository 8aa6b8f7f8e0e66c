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
a about after again all also always am an and any anybody anymore anyone anything anywhere are around as at
available be because been being but by can cannot cant could couldnt did didnt do does doesnt doing done dont
every everything find for from gave get gets getting give go goes going gone gonna got gotta had has hasnt have
havent having he hello help helping her here hers hes hey hi him his how i if im in into is isnt it its itself
ive just keep keeps know like live ll looking lot lots me might mine more most much must my myself near nearby
need needed needing needs never no not nothing now of off oh on one or our ours out place places please pls
plz program programs put re really search service services she shes should so some somebody someone something
somewhere still stuff such take taking tell than thank thanks that thats the their theirs them then there theres
these they theyre thing things this those through to today tonight too took try trying up us use using ve very
wanna want wanted wants was wasnt we were weve what whats when where wheres which while who whos will with
without wont would wouldnt yall yes you your youre
"""
_SPANISH = """
a ahi al algo algun alguien alguna algunas algunos aqui asi aunque ayuda ayudan ayudar ayudarme buscando buscar
busco cada casi cerca como con conseguir cual cuales cuando de del desde donde el ella ellos en encontrar
encuentro era eres es esa ese eso esta estaba estamos estan estar este esto estos estoy favor fue gracias gustaria
ha haber hace hacer hago han hay hola hoy ir la las le les lo los mas me mi mis mucho muy nada necesita
necesitamos necesito ni no nos nosotros nuestra nuestro o obtener otra otro para pero poder por porfavor porque
puede puedo pues que quien quiere quiero se sea ser servicio servicios si sido sin sobre son soy su sus tambien
tan tener tengo tenemos ti tiene tienen toda todo todos tu tus un una unas unos usted va vamos voy y ya yo
"""
STOP_WORDS = frozenset(f"{_ENGLISH} {_SPANISH}".split())
"""Words that a query loses, in English and Spanish, unless nothing else is in it."""

_SOFT = """
afford affordable amount approve ask asked asking bad best better big bought bring buy call called came cheap cheaper
city close come comes coming company cost costs count country county couple day days decent deserve during early easy
emergency end enough even ever evening extra fast feel feeling feels few first fix four free full good hard hour hours
keeps kind last late later leave left let letting little long lose losing lost low made make makes making mean
meantime middle mind minute minutes moment month monthly months morning name nearest new next nice night nights
offer offered offering offers old only open own paid pay paying pick provide provided provider provides pretty
qualify quick quickly quit real reason receive recently right running says second see seem send since six small soon
speak speaks start started stay stop struggling sure talk tell ten third three time times tomorrow town turn turned
two type until visit wait waiting wanting way week weekend weekly weeks whole won working world worried year years
yesterday yet young
brother brothers dad daddy dads daughter daughters family families father friend friends grandma grandmother
grandpa guy guys hers husband mama mom moms mother mothers neighbor neighbors papa people person relative sister
sisters somebodys son sons wife woman
ano anos apoyo baratas barata barato baratos bajo bueno buena cuanto dia dias dinero esposa esposo familia familias
gente gratis gratuita gratuitas gratuito gratuitos hermana hermano hija hijo madre manana marido mes meses mejor nino
noche nueva nuevo padre pagar pago persona personas primera primero programa programas rapido semana semanas senor
senora tiempo trabajando urgente vez
"""
SOFT_WORDS = frozenset(_SOFT.split())
"""Words that matter inside of a known phrase ("free clinic", "pay my rent"), and elsewhere only for the order."""

_TALK = """
am are can cant cannot could couldnt didnt doesnt dont going got had has hasnt have he help her his how i im is isnt
ive looking me my need needs no not our she someone somebody they trying us want wants was we were where who wont
busca buscamos busco como donde esta estan estoy mi mis necesita necesitamos necesito no nos puede puedo quiere quiero
se soy tenemos tengo tiene
"""
TALK_WORDS = frozenset(_TALK.split())
"""Words that tell a sentence ("my son hears voices") from the name of something."""

PLACE_WORDS = frozenset({"around", "cerca", "en", "in", "near"})
"""Words that a place may follow ("food in Tamarack")."""

SENTENCE_WORDS = 4
"""A query of fewer words than this is no sentence."""


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
