"""Words, stems and stop words; and that the file of synonyms says what can be used."""

from __future__ import annotations

import tomllib

import pytest
import tantivy
from hypothesis import given
from hypothesis import strategies as st

from directory.needs import FIELD_LIST, NEEDS
from search.engines.embedded.schema import ENGLISH, register, schema
from search.engines.vocabulary import Vocabulary
from search.engines.words import understand, vocabulary_of
from search.synonyms import _FILE, read_synonyms, synonyms, telling
from search.text import MAX_WORDS, city_name, fold, highlights, indexable, query_words, stem, stems, words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Niño", "nino"),
        ("nin\u0303o", "nino"),
        ("STRASSE ß", "strasse ss"),
        ("Œuvre Łódź Đặng", "oeuvre lodz dang"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_stems_of_both_languages_meet() -> None:
    assert stems("Pantries, shelters; Comidas trabajos") == [
        *map(stem, ("pantry", "shelter", "comida", "trabajo"))
    ]


def test_query_words_lose_what_says_nothing() -> None:
    assert query_words("I need help finding a pantry near me, please!") == ["finding", "pantry"]
    assert query_words("¿Dónde hay comida para mi familia?") == ["comida", "familia"]
    assert query_words("help") == ["help"]
    assert query_words("!?") == []
    assert len(query_words("bread " * 100)) == MAX_WORDS


@given(st.text(max_size=60), st.sampled_from(("pantri", "nino", "a")))
def test_highlights_lie_in_the_text_and_mark_whole_words(text: str, wanted: str) -> None:
    spans = highlights(text, {wanted})
    assert spans == sorted(spans)
    for start, end in spans:
        assert 0 <= start < end <= len(text)
        assert stem(fold(text[start:end])) == wanted


@given(st.text(alphabet=st.characters(codec="utf-8", max_codepoint=0x24F), max_size=60))
def test_the_index_splits_text_as_queries_do(text: str) -> None:
    """What `words` says of Latin text is what tantivy finds in it: else a word could be typed but never found."""
    index = tantivy.Index(schema())
    register(index)
    writer = index.writer(15_000_000, 1)
    document = tantivy.Document()
    document.add_text("words", indexable(text))
    writer.add_document(document)
    writer.commit()
    index.reload()
    searcher = index.searcher()
    for word in words(text):
        assert searcher.doc_freq("words", stem(word)) == 1, (word, ENGLISH)


def test_city_names() -> None:
    shown = [city_name(name) for name in ("NEW  YORK", "alder falls", "McAllen", "")]
    assert shown == ["New York", "Alder Falls", "McAllen", ""]


def test_misspellings_are_mended_by_distance_and_number() -> None:
    vocabulary = Vocabulary(
        {"pantry": 90, "pastry": 40, "pant": 3, "counseling": 20, "food": 500, "panty": 1}
    )
    assert vocabulary.neighbours("pantyr") == ["pantry"]
    assert vocabulary.neighbours("patry") == ["pantry", "pastry"]
    assert vocabulary.neighbours("cuonselling") == ["counseling"]
    assert vocabulary.neighbours("fod") == []
    assert vocabulary.neighbours("pantry") == ["pastry", "panty"]
    assert "panty" not in vocabulary.neighbours("pantyr")
    assert vocabulary.completions("pan") == ["pantry", "pant", "panty"]
    vocabulary.add(["orchard"])
    assert vocabulary.neighbours("orchrad") == ["orchard"]


def test_every_phrase_of_the_file_can_be_found() -> None:
    for entry in tomllib.loads(_FILE.read_text(encoding="utf-8"))["concept"]:
        assert set(entry.get("needs", ())) <= NEEDS.keys() | FIELD_LIST.keys()
        for phrase in (*entry.get("said", ()), *filter(telling, entry["means"])):
            assert query_words(phrase), phrase
            assert synonyms().find([stem(word) for word in query_words(phrase)]), phrase
        for phrase in entry.get("idioms", ()):
            (found,) = synonyms().find_idioms(stems(phrase))
            assert (found.start, found.end) == (0, len(words(phrase)))


def test_a_phrase_that_loses_its_meaning_with_its_stop_words_is_not_taken_for_what_is_left() -> None:
    """ "help at home" stands in listings of home care, but who types "home" does not mean that."""
    assert telling("home health aide")
    assert not telling("help at home")
    assert [found.means for found in synonyms().find([stem("home")])] == []


def test_words_that_matter_only_inside_of_phrases() -> None:
    """ "pay" is in "pay my rent", and says nothing in "pay for lunch"."""
    vocabulary = vocabulary_of([("pay", 5), ("lunch", 5), ("rent", 5)])

    def asked(text: str) -> list[tuple[str, ...]]:
        return [word.own for word in understand(text, vocabulary, lambda _stem: True).words]

    assert asked("pay for lunch") == [("lunch",)]
    assert asked("pay my rent") == [("pay", "rent")]
    assert asked("pay") == [("pay",)]


def test_in_a_sentence_what_is_known_is_what_it_is_about() -> None:
    vocabulary = vocabulary_of([("pigeon", 5), ("shelter", 5), ("street", 5)])

    def asked(text: str) -> tuple[list[tuple[str, ...]], tuple[str, ...]]:
        meaning = understand(text, vocabulary, lambda _stem: True)
        return [word.own for word in meaning.words], meaning.hints

    assert asked("my pigeon and i need shelter") == ([("shelter",)], ("pigeon",))
    assert asked("pigeon street shelter") == ([("shelter",), ("pigeon",), ("street",)], ())
    assert asked("i need shelter in pigeon") == ([("shelter",), ("pigeon",)], ())
    assert asked("my pigeon lives on my street") == ([("pigeon",), ("live",), ("street",)], ())


def test_no_synonym_is_mended_into_another() -> None:
    _, known = read_synonyms()
    vocabulary = vocabulary_of([("pantry", 1000), ("food", 1000)])
    for word in sorted(known):
        assert not understand(word, vocabulary, lambda _stem: False).mended, word
