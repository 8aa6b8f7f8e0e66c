"""What words find: spelling, stems, accents, synonyms, completions, and fewer words when there is no better."""

from __future__ import annotations

from pathlib import Path

import pytest

from search.engines import Answer, Query
from search.engines.embedded import EmbeddedEngine
from tests.search.engine_support import CENTRE, document, engine_of

HELD = (
    document("pantry", name="Millbrook Food Pantry", description="Groceries for a week.", needs=("food",)),
    document("kitchen", name="Noon Kitchen", description="Hot meals every day.", needs=("food",)),
    document("shelter", name="Alder Night Shelter", needs=("homelessness", "housing")),
    document(
        "jobs", name="Harlow Job Center", description="Resumes and interviews.", needs=("employment-status",)
    ),
    document("bills", name="Energy Assistance", description="Keeps heat on.", needs=("utility-insecurity",)),
    document("rides", name="County Dial-a-Ride", needs=("transportation-insecurity",)),
    document("career", name="Career Ladder", description="Carpentry and welding."),
    document(
        "ninos", name="Centro de Niños", organization="Casa Abierta", description="Después de la escuela."
    ),
    document("counsel", name="Counseling Center", organization="Quiet Water", alternate_name="Talk First"),
)


@pytest.fixture
async def engine(tmp_path: Path) -> EmbeddedEngine:
    """An engine that holds HELD."""
    return await engine_of(tmp_path, HELD)


async def found(engine: EmbeddedEngine, text: str, **more: object) -> list[str]:
    answer: Answer = await engine.search(Query(text=text, **more))  # type: ignore[arg-type]
    assert answer.total == len(answer.hits)
    return [hit.service_id for hit in answer.hits]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("pantry", "pantry"),
        ("PANTRIES", "pantry"),
        ("fod pantrry", "pantry"),
        ("shleter", "shelter"),
        ("place to sleep tonight", "shelter"),
        ("albergue", "shelter"),
        ("light bill", "bills"),
        ("la luz", "bills"),
        ("trabajo", "jobs"),
        ("busco trabjo", "jobs"),
        ("ride to dialysis", "rides"),
        ("ninos", "ninos"),
        ("NIÑOS escuela", "ninos"),
        ("counselling", "counsel"),
        ("counsling", "counsel"),
        ("quiet wat", "counsel"),
        ("talk first", "counsel"),
        ("resum", "jobs"),
        ("harlow", "jobs"),
    ],
)
async def test_finds_first(engine: EmbeddedEngine, text: str, first: str) -> None:
    assert (await found(engine, text))[0] == first


async def test_a_whole_word_is_not_the_beginning_of_another(engine: EmbeddedEngine) -> None:
    """ "car" means a ride; only while a word is nothing yet, as in "carpent", is it completed."""
    assert "career" not in await found(engine, "car")
    assert await found(engine, "carpent") == ["career"]


async def test_unmatched_words_do_not_kill_the_result(engine: EmbeddedEngine) -> None:
    answer = await engine.search(Query(text="qqqqq pantry wwwww"))
    assert [hit.service_id for hit in answer.hits] == ["pantry"]
    assert answer.notice == "fewer_words"


async def test_idioms_are_not_taken_word_by_word(tmp_path: Path) -> None:
    street = document("street", name="Ford Street Garden", description="On the street, talk to the gardener.")
    engine = await engine_of(tmp_path, [*HELD, street])
    assert await found(engine, "on the street") == ["shelter"]
    assert await found(engine, "someone to talk to") == ["counsel"]
    assert "street" in await found(engine, "street garden")


async def test_related_needs_when_nothing_has_the_term(tmp_path: Path) -> None:
    """No listing says so, but one is tagged with what it is for."""
    desk = document("desk", name="Fresh Start Desk", needs=("educational-attainment",))
    engine = await engine_of(tmp_path, [*HELD, desk])
    answer = await engine.search(Query(text="high school equivalency"))
    assert ([hit.service_id for hit in answer.hits], answer.notice) == (["desk"], "loosely")
    assert await found(engine, "high school diploma") == ["desk"]


async def test_words_that_nothing_has_find_nothing(engine: EmbeddedEngine) -> None:
    answer = await engine.search(Query(text="qqqqq wwwww"))
    assert (answer.total, answer.hits, answer.notice) == (0, [], "no_words")


async def test_all_words_beat_some_words(engine: EmbeddedEngine) -> None:
    """Nothing is both: as many words as any service has, here one."""
    assert set(await found(engine, "noon harlow")) == {"kitchen", "jobs"}
    assert await found(engine, "noon kitchen") == ["kitchen"]


async def test_loose_spelling_only_when_the_exact_one_finds_nothing_here(tmp_path: Path) -> None:
    """A rare word that exists elsewhere does not hide what is misspelt nearby."""
    far = document("far", name="Shleter of the Sea", lat=10.0, lon=10.0)
    engine = await engine_of(tmp_path, [*HELD, far])
    near = {"lat": CENTRE[0], "lon": CENTRE[1], "radius_m": 20_000.0}
    assert await found(engine, "shleter") == ["far"]
    assert await found(engine, "shleter", **near) == ["shelter"]


async def test_only_stop_words_still_search(engine: EmbeddedEngine) -> None:
    assert (await engine.search(Query(text="help me please"))).total == 0
    assert (await engine.search(Query(text="de la"))).total == 1


@pytest.mark.parametrize("text", ["", "   ", "!?", "\x00", "🙂", "\ud800"])
async def test_no_words_browse(engine: EmbeddedEngine, text: str) -> None:
    assert (await engine.search(Query(text=text))).total == len(HELD)


@pytest.mark.parametrize(
    "text", ["x" * 10_000, "pantry " * 2_000, "\x00pantry\x00", '"pantry" AND (', "pantry*"]
)
async def test_odd_input_is_answered(engine: EmbeddedEngine, text: str) -> None:
    answer = await engine.search(Query(text=text, limit=50))
    assert answer.total == (1 if "pantry" in text else 0)


async def test_highlights_are_positions_in_the_text_as_given(tmp_path: Path) -> None:
    name = "Niños & <b>Panaderías</b> de los Niños"
    engine = await engine_of(tmp_path, [document("one", name=name, description="Nino")])
    (hit,) = (await engine.search(Query(text="ninos"))).hits
    assert [name[start:end] for start, end in hit.highlights["name"]] == ["Niños", "Niños"]
    assert hit.highlights["description"] == [(0, 4)]


async def test_suggestions(engine: EmbeddedEngine) -> None:
    assert [(s.text, s.kind) for s in await engine.suggest("noo")] == [("Noon Kitchen", "service")]
    assert ("A place to sleep", "need") in [(s.text, s.kind) for s in await engine.suggest("slee")]
    assert ("Casa Abierta", "organization") in [(s.text, s.kind) for s in await engine.suggest("abier")]
    assert [s.text for s in await engine.suggest("shleter")] == ["Alder Night Shelter"]
    assert await engine.suggest("  ") == []
    assert len(await engine.suggest("c", limit=2)) == 2
