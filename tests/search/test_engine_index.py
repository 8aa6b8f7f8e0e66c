"""The index as a thing on disk: edits, rebuilds, several processes, kills, damage."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from search.engines import Document, EngineUnavailable, Query
from search.engines.embedded import EmbeddedEngine
from search.engines.embedded.schema import fingerprint
from tests.search.engine_support import CENTRE, document, engine_of, stream

ROOT = Path(__file__).parents[2]
TEN = [document(f"s{number}", name=f"Pantry number{number}", updated=number) for number in range(10)]


async def ids(engine: EmbeddedEngine, **query: object) -> list[str]:
    answer = await engine.search(Query(limit=1000, sort="name", **query))  # type: ignore[arg-type]
    return [hit.service_id for hit in answer.hits]


async def test_an_edit_is_visible_at_once(tmp_path: Path) -> None:
    engine = await engine_of(tmp_path, TEN)
    await engine.replace(["s1", "s2"], [document("s1", name="Bakery", city="Harlow", needs=("food",))])
    assert await ids(engine, text="bakery") == ["s1"]
    assert engine.count == 9
    answer = await engine.search(Query(text="bakery", lat=CENTRE[0], lon=CENTRE[1], radius_m=100.0))
    assert (answer.total, answer.facets["city"], answer.facets["need"]) == (1, {"Harlow": 1}, {"food": 1})
    assert (await engine.search(Query(lat=CENTRE[0], lon=CENTRE[1], radius_m=100.0))).total == 9
    assert [one.text for one in await engine.suggest("bak")] == ["Bakery"]


async def test_many_edits_in_a_row_keep_one_document_each(tmp_path: Path) -> None:
    engine = await engine_of(tmp_path, TEN)
    for turn in range(25):
        await engine.replace(["s3"], [document("s3", f"a{turn}", updated=turn), document("s3", "b")])
    assert engine.count == 10
    assert (await engine.search(Query(text="s3"))).total == 1
    assert not engine.worn


async def test_edits_survive_reopening(tmp_path: Path) -> None:
    engine = await engine_of(tmp_path, TEN)
    await engine.replace(["s1"], [])
    await engine.replace(["new"], [document("new", name="Orchard", areas=("69812",), lat=None, lon=None)])
    again = EmbeddedEngine(tmp_path)
    assert again.ready
    assert again.count == 10
    served = Query(lat=0.0, lon=0.0, radius_m=1.0, area_words=("69812",))
    assert [hit.service_id for hit in (await again.search(served)).hits] == ["new"]
    assert await ids(again, text="orchrad") == ["new"]


async def test_another_process_follows(tmp_path: Path) -> None:
    """Two engines on one folder stand for two processes: they share nothing but the files."""
    writer = await engine_of(tmp_path, TEN)
    reader = EmbeddedEngine(tmp_path)
    assert reader.count == 10
    await writer.replace(["s1"], [document("s1", name="Bakery")])
    await asyncio.sleep(0.3)
    assert await ids(reader, text="bakery") == ["s1"]
    await writer.rebuild(stream(TEN[:4]))
    await asyncio.sleep(0.3)
    assert (await reader.search(Query())).total == 4


async def test_rebuild_serves_throughout_and_loses_no_edit(tmp_path: Path) -> None:
    engine = await engine_of(tmp_path, TEN)

    async def slowly() -> AsyncIterator[Document]:
        for one in TEN:
            yield one
        # Written after its row was read: only the journal of the old index knows of it.
        await engine.replace(["s1"], [document("s1", name="Bakery")])
        assert (await engine.search(Query())).total == 10

    assert await engine.rebuild(slowly()) == 10
    assert await ids(engine, text="bakery") == ["s1"]
    assert engine.count == 10
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 1


async def test_a_failed_rebuild_changes_nothing(tmp_path: Path) -> None:
    engine = await engine_of(tmp_path, TEN)

    async def breaking() -> AsyncIterator[Document]:
        yield TEN[0]
        raise ValueError("the database went away")

    with pytest.raises(ValueError, match="went away"):
        await engine.rebuild(breaking())
    assert engine.count == 10
    assert EmbeddedEngine(tmp_path).count == 10
    await engine.rebuild(stream(TEN))
    assert engine.count == 10


async def test_only_one_rebuild_at_a_time(tmp_path: Path) -> None:
    engine = await engine_of(tmp_path, TEN)

    async def nested() -> AsyncIterator[Document]:
        yield TEN[0]
        with pytest.raises(EngineUnavailable):
            await EmbeddedEngine(tmp_path).rebuild(stream(TEN))

    assert await engine.rebuild(nested()) == 1


async def test_writers_take_turns(tmp_path: Path) -> None:
    engine = await engine_of(tmp_path, TEN)
    other, order = EmbeddedEngine(tmp_path), []

    async def batch(writer: EmbeddedEngine, name: str) -> None:
        async with writer.exclusive():
            order.append(name)
            await asyncio.sleep(0.05)
            order.append(name)

    await asyncio.gather(batch(engine, "one"), batch(other, "two"), batch(engine, "three"))
    assert order[0::2] == order[1::2]


async def test_many_edits_wear_the_index_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.engines.embedded.engine._WORN_ROWS", 20)
    engine = await engine_of(tmp_path, TEN)
    for turn in range(3):
        await engine.replace([], [document(f"s{number}", updated=turn) for number in range(10)])
        assert not engine.worn
    await engine.replace([], [document(f"s{number}") for number in range(10)])
    assert engine.worn
    await engine.rebuild(stream(TEN))
    assert not engine.worn


async def test_check_tells_what_differs(tmp_path: Path) -> None:
    engine = await engine_of(tmp_path, TEN)

    async def expected() -> AsyncIterator[tuple[str, int]]:
        for number in range(1, 10):
            yield f"s{number}", 99 if number == 5 else number
        yield "new", 1

    report = await engine.check(expected())
    assert (report.missing, report.surplus, report.stale) == (("new",), ("s0",), ("s5",))
    assert not report.equal


@pytest.mark.parametrize("damage", ["missing", "pointer", "facts", "meta", "journal", "version"])
async def test_a_damaged_index_is_not_ready_and_a_rebuild_heals_it(tmp_path: Path, damage: str) -> None:
    engine = await engine_of(tmp_path, TEN)
    await engine.replace(["s1"], [document("s1", name="Bakery")])
    folder = tmp_path / (tmp_path / "current").read_text()
    if damage == "missing":
        (tmp_path / "current").unlink()
    elif damage == "pointer":
        (tmp_path / "current").write_bytes(b"\xff../..")
    elif damage == "version":
        (tmp_path / "current").write_text(folder.name.replace(fingerprint(), "000000000000"))
    else:
        path = {"facts": "facts.npz", "meta": "index/meta.json", "journal": "journal"}[damage]
        content = (folder / path).read_bytes()
        (folder / path).write_bytes(content[: len(content) // 2])
    again = EmbeddedEngine(tmp_path)
    assert not again.ready
    with pytest.raises(EngineUnavailable):
        await again.search(Query(text="pantry"))
    with pytest.raises(EngineUnavailable):
        await again.replace(["s1"], TEN[1:2])
    await again.rebuild(stream(TEN))
    assert (again.ready, again.count) == (True, 10)


async def test_what_a_killed_writer_left_behind_stops_no_later_one(tmp_path: Path) -> None:
    """Killed after writing which rows are deleted, before the commit: the next writer comes to the same names."""
    engine = await engine_of(tmp_path, TEN)
    await engine.replace(["s1"], TEN[1:2])
    index = tmp_path / (tmp_path / "current").read_text() / "index"
    meta = json.loads((index / "meta.json").read_text())
    for segment in meta["segments"]:
        for later in range(1, 20):
            name = f"{segment['segment_id'].replace('-', '')}.{meta['opstamp'] + later}.del"
            (index / name).write_bytes(b"half")
    await engine.replace(["s1", "s2"], [document("s1", name="Renamed"), TEN[2]])
    assert (engine.ready, engine.count) == (True, 10)
    assert await ids(engine, text="renamed") == ["s1"]


_WRITER = """
import asyncio, sys
from pathlib import Path
from search.engines.embedded import EmbeddedEngine
from tests.search.engine_support import document

async def main():
    engine = EmbeddedEngine(Path(sys.argv[1]))
    for turn in range(1_000, 100_000):
        both = [document(name, name=f"Turn number{turn}", updated=turn) for name in ("a", "b")]
        await engine.replace(["a", "b"], both)
        print(turn, flush=True)

asyncio.run(main())
"""


async def test_a_killed_writer_leaves_a_whole_index(tmp_path: Path) -> None:
    """Killed at any instant: the last acknowledged batch is there, no batch is there by half, columns agree."""
    engine = await engine_of(tmp_path, [document("a"), document("b"), *TEN])
    random_moments = random.Random(7)
    for _ in range(6):
        command = [sys.executable, "-c", _WRITER, str(tmp_path)]
        writer = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(random_moments.random() * 0.3)
        os.kill(writer.pid, signal.SIGKILL)
        told = [1_000, *(int(line) for line in writer.stdout.read().split())]
        writer.wait()
        writer.stdout.close()
        again = EmbeddedEngine(tmp_path)
        assert again.ready
        assert again.count == 12
        held = again.snapshot
        newest = held["updated"][held.living].max()
        # The batch after the last one told may have been committed too, but not yet told.
        assert newest in (told[-1], told[-1] + 1)
        assert sorted(await ids(again, text=f"number{newest}")) == ["a", "b"]
        assert (await again.search(Query(text="turn"))).total == 2
        # So that what the next writer does is told apart from this one.
        await again.replace(["a", "b"], [document("a"), document("b")])
    assert (await engine.search(Query())).total == 12
