"""The Meilisearch engine on a real server: settings, edits, builds, other processes, keys."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from meilisearch import Client

from search.engines import Document, DocumentsRefused, EngineAway, EngineBusy, EngineUnavailable, Query
from search.engines.candidates import Candidates
from search.engines.meilisearch import MeilisearchEngine, link, transport, writing
from search.engines.meilisearch.layout import SETTINGS, WORDS_SETTINGS, settings_differ
from search.engines.meilisearch.link import Link, told
from search.engines.plain_candidates import candidates_of
from search.turns import FileTurns
from tests.search.engine_support import CENTRE, NOW, document, stream
from tests.support.meilisearch import KEY, engine_on, meilisearch_engine, shared_server
from tests.support.slow import slow_proxy

TEN = [document(f"s{number}", name=f"Pantry number{number}", updated=number) for number in range(10)]


async def ids(engine: MeilisearchEngine, **query: object) -> list[str]:
    answer = await engine.search(Query(limit=1000, sort="name", **query))  # type: ignore[arg-type]
    return [hit.service_id for hit in answer.hits]


async def replace(engine: MeilisearchEngine, service_ids: list[str], documents: list[Document]) -> None:
    async with engine.exclusive():
        await engine.replace(service_ids, documents)


def beside(engine: MeilisearchEngine) -> MeilisearchEngine:
    """Another engine of the same installation, as another process has it."""
    return engine_on(shared_server(), engine._names.listings)


def client_of_tests() -> Link:
    return Link(shared_server().url, KEY)


async def test_an_edit_is_visible_when_it_is_done() -> None:
    async with meilisearch_engine(TEN) as engine:
        await replace(engine, ["s1", "s2"], [document("s1", name="Bakery", city="Harlow", needs=("food",))])
        assert await ids(engine, text="bakery") == ["s1"]
        assert await ids(engine, text="number2") != ["s2"]
        assert engine.count == 9
        answer = await engine.search(Query(text="bakery", lat=CENTRE[0], lon=CENTRE[1], radius_m=100.0))
        assert (answer.total, answer.facets["city"], answer.facets["need"]) == (1, {"Harlow": 1}, {"food": 1})
        assert [one.text for one in await engine.suggest("bak")] == ["Bakery"]


async def test_a_service_that_moved_is_at_its_new_place_only() -> None:
    async with meilisearch_engine([document("a", "old"), document("a", "kept"), document("b")]) as engine:
        await replace(engine, ["a"], [document("a", "new", city="Harlow"), document("a", "kept")])
        at_new = await engine.search(Query(cities=("harlow",)))
        assert [(hit.service_id, hit.location_id) for hit in at_new.hits] == [("a", "new")]
        assert (await engine.search(Query())).total == 2
        assert (await asyncio.to_thread(documents_in, engine)) == 3


def documents_in(engine: MeilisearchEngine) -> int:
    client = client_of_tests().patient()
    return int(client.index(engine._names.listings).get_stats().number_of_documents)


async def test_another_process_follows_edits_and_builds() -> None:
    async with meilisearch_engine(TEN) as writer:
        reader = beside(writer)
        assert await reader.look()
        assert reader.count == 10
        await replace(writer, ["s1"], [document("s1", name="Quiltmaking circle")])
        await reader.look()
        # A word that no listing had before: it completes and mends here too.
        assert await ids(reader, text="quiltmakign") == ["s1"]
        await writer.rebuild(stream(TEN[:4]))
        await reader.look()
        assert (await reader.search(Query())).total == 4
        assert (await reader.search(Query(text="quiltmaking"))).notice == "no_words"
        reader.close()


async def test_settings_are_set_once() -> None:
    async with meilisearch_engine(TEN) as engine:
        client = client_of_tests().patient()
        for index, settings in ((engine._names.listings, SETTINGS), (engine._names.words, WORDS_SETTINGS)):
            assert not settings_differ(client.index(index).get_settings(), settings)
        before = client.get_tasks({"limit": 1}).results[0].uid
        writing.create(client, engine._names)
        assert client.get_tasks({"limit": 1}).results[0].uid == before
        task = client.index(engine._names.listings).update_settings({"rankingRules": ["words"]})
        client.wait_for_task(task.task_uid, timeout_in_ms=60_000)
        writing.create(client, engine._names)
        assert client.index(engine._names.listings).get_ranking_rules() == SETTINGS["rankingRules"]


async def test_a_rebuild_serves_throughout_and_loses_no_edit() -> None:
    async with meilisearch_engine(TEN) as engine:

        async def slowly() -> AsyncIterator[Document]:
            for one in TEN:
                yield one
            # Written after their rows were read: only the journal of the old index knows of them.
            await replace(engine, ["s1"], [document("s1", name="Bakery")])
            await replace(engine, ["s2"], [])
            await replace(engine, ["s1"], [document("s1", name="Orchard")])
            assert (await engine.search(Query())).total == 9

        assert await engine.rebuild(slowly()) == 10
        assert await ids(engine, text="orchard") == ["s1"]
        assert await ids(engine, text="bakery") == []
        assert engine.count == 9


async def test_what_was_not_heard_is_asked_again_unless_it_would_be_done_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A server under load sometimes takes a request and never answers it, while it answers others."""
    monkeypatch.setattr(transport, "_ASK_AGAIN_S", 0.2)
    monkeypatch.setattr(link, "WRITE_S", 1.0)
    async with meilisearch_engine(TEN) as engine, slow_proxy(shared_server().port) as proxy:
        names, ours = engine._names, Link(proxy.url, KEY)

        def ask(work: Callable[[Client], Any]) -> Any:
            with told():
                return work(ours.patient())

        proxy.mute = 2
        assert await asyncio.to_thread(ask, lambda client: writing.exists(client, names.listings))
        assert proxy.connections == 3
        proxy.mute, proxy.connections = 1, 0
        pairs: list[Any] = [{"indexes": list(names.both)}]
        await asyncio.to_thread(ours.close)
        with pytest.raises(EngineAway):
            await asyncio.to_thread(ask, lambda client: client.swap_indexes(pairs))
        assert proxy.connections == 1
        ours.close()


async def test_searches_never_see_a_gap_while_indexes_change_names() -> None:
    async with meilisearch_engine(TEN) as engine:
        done = asyncio.Event()

        async def ask() -> int:
            asked = 0
            while not done.is_set():
                assert (await engine.search(Query(text="pantry"))).total == 10
                asked += 1
            return asked

        asking = [asyncio.create_task(ask()) for _ in range(3)]
        try:
            for _ in range(3):
                await engine.rebuild(stream(TEN))
        finally:
            done.set()
        assert min(await asyncio.gather(*asking)) > 3


async def test_a_failed_rebuild_changes_nothing_and_leaves_nothing() -> None:
    async with meilisearch_engine(TEN) as engine:

        async def breaking() -> AsyncIterator[Document]:
            yield TEN[0]
            raise ValueError("the database went away")

        with pytest.raises(ValueError, match="went away"):
            await engine.rebuild(breaking())
        assert len(await ids(engine)) == 10
        await engine.rebuild(stream(TEN))
        assert indexes_of(engine) == {engine._names.listings, engine._names.words}


def indexes_of(engine: MeilisearchEngine) -> set[str]:
    found = client_of_tests().patient().get_indexes({"limit": 1000})["results"]
    return {index.uid for index in found if index.uid.startswith(engine._names.listings)}


async def test_only_one_rebuild_at_a_time() -> None:
    async with meilisearch_engine(TEN) as engine:
        other = beside(engine)

        async def nested() -> AsyncIterator[Document]:
            yield TEN[0]
            with pytest.raises(EngineBusy):
                await other.rebuild(stream(TEN))

        assert await engine.rebuild(nested()) == 1
        other.close()


async def test_nothing_is_written_before_there_is_an_index() -> None:
    engine = engine_on(shared_server(), "test-nothing-there")
    assert not await engine.look()
    assert not engine.ready
    with pytest.raises(EngineUnavailable) as problem:
        await engine.search(Query())
    assert problem.value.notice == "index_missing"
    with pytest.raises(EngineUnavailable):
        await replace(engine, ["s1"], TEN[:1])
    assert indexes_of(engine) == set()
    engine.close()


async def test_an_index_of_another_version_is_no_index(monkeypatch: pytest.MonkeyPatch) -> None:
    async with meilisearch_engine(TEN) as engine:
        for module in ("knowledge", "layout"):
            monkeypatch.setattr(f"search.engines.meilisearch.{module}.fingerprint", lambda: "another")
        newer = beside(engine)
        assert not await newer.look()
        with pytest.raises(EngineUnavailable):
            await newer.search(Query())
        await newer.rebuild(stream(TEN[:3]))
        assert newer.count == 3
        newer.close()


async def test_check_tells_what_differs() -> None:
    async with meilisearch_engine(TEN) as engine:

        async def expected() -> AsyncIterator[tuple[str, int]]:
            for number in range(1, 10):
                yield f"s{number}", 99 if number == 5 else number
            yield "new", 1

        report = await engine.check(expected())
        assert (report.missing, report.surplus, report.stale) == (("new",), ("s0",), ("s5",))


async def test_a_wrong_key_is_said_and_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server = shared_server()
    engine = MeilisearchEngine(
        server.url, "a-very-secret-wrong-key", FileTurns(server.folder / "turns"), "test-wrong-key"
    )
    with pytest.raises(EngineAway, match="HANDRAIL_SEARCH_KEY"):
        await engine.look()
    for _ in range(4):
        with suppress(EngineUnavailable):
            await engine.search(Query())
    with pytest.raises(EngineAway):
        await engine.rebuild(stream(TEN))
    assert "very-secret" not in caplog.text
    engine.close()


async def test_a_key_for_these_indexes_alone_is_enough() -> None:
    server = shared_server()
    client = client_of_tests().patient()
    key = client.create_key(
        {
            "actions": ["search", "documents.*", "indexes.*", "settings.*", "tasks.get"],
            "indexes": ["limited*"],
            "expiresAt": None,
        }
    )
    engine = MeilisearchEngine(server.url, key.key, FileTurns(server.folder / "turns"), "limited", answer_s=5)
    await engine.rebuild(stream(TEN))
    await replace(engine, ["s1"], [document("s1", name="Bakery")])
    await engine.rebuild(stream(TEN))
    assert len(await ids(engine)) == 10
    assert [one.text for one in await engine.suggest("pan")][-1].startswith("Pantry")
    engine.close()


@pytest.mark.parametrize(
    "typed",
    [
        'en"] OR needs IN ["food',
        'en"',
        "en\\",
        'en\\"] OR needs IN ["food',
        '"] OR NOT needs IN ["',
        "en'",
        "[",
        "$(x)",
    ],
)
async def test_what_somebody_types_never_becomes_part_of_a_filter(typed: str) -> None:
    many = [document(f"s{number}", needs=("food",), languages=("en",)) for number in range(9)]
    async with meilisearch_engine(many) as engine:
        for most in (1000, 4):
            engine.most = most
            for field in ("languages", "cities", "eligibility", "needs", "area_words"):
                asked: dict[str, Any] = {"needs": ("food",)} | {field: (typed,)}
                if field == "area_words":
                    asked |= {"lat": -CENTRE[0], "lon": CENTRE[1], "radius_m": 100.0}
                answer = await engine.search(Query(**asked))
                assert (field, answer.total, answer.hits) == (field, 0, [])
            assert (await engine.search(Query(text=typed))).notice != "index_away"


async def test_a_document_that_is_refused_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def key_of(one: object) -> str:
        id_ = str(getattr(one, "service_id", ""))
        return "not a valid id" if id_ == "s3" else id_

    async with meilisearch_engine(TEN) as engine:
        for module in ("layout", "writing", "answering"):
            monkeypatch.setattr(f"search.engines.meilisearch.{module}.key_of", key_of)
        with pytest.raises(DocumentsRefused):
            await replace(engine, ["s3"], [msgspec.structs.replace(TEN[3], name="Bakery")])
        await engine.rebuild(stream(TEN))
        assert await ids(engine) == [f"s{number}" for number in range(10) if number != 3]
        assert engine.count == 9


async def test_more_matches_than_are_fetched_are_told_as_at_least() -> None:
    many = [
        document(
            f"s{number:03}",
            name=f"Pantry number{number}" if number % 3 else "Hall",
            description="Food pantry",
            lat=CENTRE[0] + number / 1000,
            needs=("food",) if number % 2 else ("housing",),
            city=("Harlow", "Millbrook")[number % 2],
            updated=number * 86_400,
        )
        for number in range(200)
    ]
    async with meilisearch_engine(many) as engine:
        engine.most = 20
        answer = await engine.search(Query(text="pantry", needs=("food",)))
        assert (answer.exact, answer.total) == (False, 100)
        assert answer.facets["need"] == {"food": 100, "housing": 100}
        assert answer.facets["city"] == {"Millbrook": 100}
        assert len(answer.hits) == 20
        near = Query(lat=CENTRE[0], lon=CENTRE[1], radius_m=15_000.0, sort="distance", limit=5)
        nearest = await engine.search(near)
        assert [hit.service_id for hit in nearest.hits] == [f"s{number:03}" for number in range(5)]
        assert not nearest.exact
        assert 20 < nearest.total <= 135
        newest = await engine.search(Query(text="food", sort="updated", limit=3))
        assert [hit.service_id for hit in newest.hits] == ["s199", "s198", "s197"]
        by_name = await engine.search(Query(sort="name", limit=3))
        assert [hit.service_id for hit in by_name.hits] == ["s000", "s003", "s006"]


async def test_candidates_are_those_of_the_plain_engine() -> None:
    held = [
        document(
            f"s{number}",
            lat=None if number % 4 == 0 else CENTRE[0] + number / 100,
            needs=(("food",), ("housing", "food"), ("work",))[number % 3],
            areas=("69812",) if number % 8 == 0 else (),
            updated=number,
        )
        for number in range(40)
    ]
    async with meilisearch_engine(held) as engine:
        for limit in (3, 100):
            query = Query(
                needs=("food", "work"),
                lat=CENTRE[0],
                lon=CENTRE[1],
                radius_m=30_000.0,
                area_words=("69812",),
            )
            got = await engine.candidates(query, limit, NOW)
            assert facts(got) == facts(candidates_of(held, query, limit, NOW))


def facts(candidates: Candidates) -> list[tuple[object, ...]]:
    columns = (candidates.service, candidates.location, candidates.open, candidates.updated)
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


@pytest.fixture(autouse=True)
def _told() -> Iterator[None]:
    """What the client of the tests itself raises is told as the engine tells it."""
    with told():
        yield
