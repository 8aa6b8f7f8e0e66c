"""Suggested names follow the listings: new ones come, changed and deleted ones go, in this process and in others."""

from pathlib import Path

import pytest

from core.i18n import in_language
from search.engines.embedded import EmbeddedEngine
from tests.search.engine_support import document, engine_of


@pytest.fixture
async def engine(tmp_path: Path) -> EmbeddedEngine:
    return await engine_of(
        tmp_path / "index",
        [
            document("a", name="Harvest Table", organization="Harvest Trust"),
            document("b", name="Harvest Table", organization="Harvest Trust"),
            document("c", name="Harbor Meals", organization="Harbor House"),
        ],
    )


async def texts(engine: EmbeddedEngine, typed: str) -> list[str]:
    return [one.text for one in await engine.suggest(typed)]


async def test_a_changed_name_takes_the_place_of_the_old_one(engine: EmbeddedEngine) -> None:
    assert await texts(engine, "harbor") == ["Harbor House", "Harbor Meals"]
    await engine.replace(["c"], [document("c", name="Harbor Suppers", organization="Harbor House")])
    assert await texts(engine, "harbor") == ["Harbor House", "Harbor Suppers"]
    await engine.replace(["c"], [document("c", name="Harbor Meals", organization="Harbor House")])
    assert await texts(engine, "harbor") == ["Harbor House", "Harbor Meals"]


async def test_names_of_deleted_services_go_with_the_last_that_has_them(engine: EmbeddedEngine) -> None:
    await engine.replace(["a"], [])
    assert await texts(engine, "harvest") == ["Harvest Table", "Harvest Trust"]
    await engine.replace(["b"], [])
    assert await texts(engine, "harvest") == []
    assert await texts(engine, "table") == []


async def test_a_name_that_only_one_service_has_leads_to_it(engine: EmbeddedEngine) -> None:
    assert [one.id for one in await engine.suggest("harbor m")] == ["c"]
    assert [one.id for one in await engine.suggest("harvest ta")] == [None]
    await engine.replace(["d"], [document("d", name="Harbor Meals")])
    assert [one.id for one in await engine.suggest("harbor m")] == [None]
    await engine.replace(["c", "d"], [])
    await engine.replace(["e"], [document("e", name="Harbor Meals")])
    assert [one.id for one in await engine.suggest("harbor m")] == ["e"]


async def test_names_that_many_have_come_first(tmp_path: Path) -> None:
    many = [document(f"m{number}", name="Market Kitchen") for number in range(5)]
    others = [document(f"o{number}", name=f"Market {chr(97 + number)}") for number in range(20)]
    engine = await engine_of(tmp_path / "index", [*others, *many])
    assert (await texts(engine, "market"))[:3] == ["Market Kitchen", "Market a", "Market b"]
    await engine.replace([f"m{number}" for number in range(5)], [])
    assert (await texts(engine, "market"))[:2] == ["Market a", "Market b"]


async def test_another_process_and_a_later_start_suggest_the_same(tmp_path: Path) -> None:
    engine = await engine_of(
        tmp_path / "index", [document("a", name="Zebra Desk"), document("b", name="Other")]
    )
    other = EmbeddedEngine(tmp_path / "index")
    assert await texts(other, "zebra") == ["Zebra Desk"]
    for first in range(0, 600, 60):
        some = [document(f"n{n}", name=f"Number {n} Street") for n in range(first, first + 60)]
        await engine.replace([], some)
        if first == 60:
            await engine.replace(["a"], [document("a", name="Yonder Desk")])
    other._looked = float("-inf")
    for one in (engine, other, EmbeddedEngine(tmp_path / "index")):
        assert await texts(one, "zebra") == []
        assert await texts(one, "yonder") == ["Yonder Desk"]
        assert await texts(one, "number 599") == ["Number 599 Street"]


async def test_needs_are_suggested_in_the_language_of_the_reader(engine: EmbeddedEngine) -> None:
    shown = [one.text for one in await engine.suggest("food")]
    with in_language("es"):
        translated = [one.text for one in await engine.suggest("food")]
    assert shown and translated and shown != translated
