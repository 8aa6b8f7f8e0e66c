"""Finds pairs that may be one listing among all there are, without comparing each with each.

Only listings that have something in common are compared: a telephone, an address, a neighbourhood and a word of the
name, a website and a word. What more than `CROWD` listings have in common is no reason to compare them; they have
rarer things in common too, if they are the same. Facts wait in a temporary file, so that memory holds a few numbers of
each listing.
"""

import asyncio
import hashlib
import tempfile
import uuid
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, NamedTuple

import msgspec
import numpy as np

from core.database import Database
from directory.duplicates.gathering import gather
from directory.duplicates.likeness import Facts, Reason, compare, telling, words
from directory.duplicates.weights import PROPOSE
from directory.text import normal

CROWD = 24
"""How many listings may have a thing in common and still be compared because of it."""

_CELL = 250
"""Cells of a degree: about 400 metres. Two grids, half a cell apart, so that neighbours share one of them."""
_WORDS = 5
_BLOCK = 2_000_000

Step = Callable[[str, int, int], None]


class Proposal(NamedTuple):
    """Two listings that may be one, the smaller id first."""

    left: uuid.UUID
    right: uuid.UUID
    score: float
    reasons: list[Reason]


def keys_of(facts: Facts) -> Iterator[str]:
    """Yield what a listing may have in common with others like it."""
    names = [f"{facts.owner_name} {name}" if facts.owner_name else name for name in facts.names]
    stems = list(dict.fromkeys(word[:4] for name in names for word in telling(name)))[:_WORDS]
    for phone in facts.phones:
        yield f"p {phone}"
        yield from (f"p {phone} {stem}" for stem in stems)
    for street, code in facts.streets:
        yield f"a {street} {code}"
        yield from (f"a {' '.join(street.split()[:2])} {code} {stem}" for stem in stems)
    for site in facts.sites:
        yield from (f"s {site} {stem}" for stem in stems)
    for mail in facts.mails:
        yield f"m {mail}"
    for lat, lon in facts.points:
        for shift in (0.0, 0.5):
            cell = f"{int(lat * _CELL + shift)} {int(lon * _CELL - shift)} {shift}"
            yield from (f"c {cell} {stem}" for stem in stems)
    for kind, number in facts.numbers:
        yield f"n {kind} {number}"
    for name in facts.names:
        every = " ".join(sorted(words(name)))
        yield f"e {every}"
        yield from (f"e {every} {where}" for where in (*facts.zips, *facts.towns))
        if len(normal(name)) <= 6:
            yield f"i {normal(name)}"
        elif len(parts := normal(name).split()) > 2:
            yield f"i {''.join(part[0] for part in parts)}"
    for code in facts.zips:
        yield from (f"z {code} {one} {two}" for one in stems for two in stems if one < two)


class Pool:
    """All listings that are compared with one another: facts in a file, keys as numbers."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        self._offsets, self._keys, self._of = array("Q", [0]), array("Q"), array("I")
        self.sources: list[str] = []
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Facts).decode
        self._shared: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def add(self, facts: Facts) -> None:
        """Take a listing in."""
        number = len(self)
        self._file.write(data := self._encode(facts))
        self._offsets.append(self._offsets[-1] + len(data))
        self.sources.append(facts.source)
        for key in set(keys_of(facts)):
            self._keys.append(_hashed(key))
            self._of.append(number)
        for kind, values in (("phone", facts.phones), ("site", facts.sites)):
            for value in set(values):
                hashed = _hashed(f"{kind} {value}")
                self._shared[hashed] = self._shared.get(hashed, 0) + 1

    def add_all(self, some: Iterable[Facts]) -> None:
        """Take listings in."""
        for facts in some:
            self.add(facts)

    def get(self, number: int) -> Facts:
        """Return a listing by its number."""
        start, end = self._offsets[number], self._offsets[number + 1]
        self._file.seek(start)
        return self._decode(self._file.read(end - start))

    def shared(self, kind: str, value: str) -> int:
        """Return how many listings have a telephone or a website."""
        return self._shared.get(_hashed(f"{kind} {value}"), 0)

    def candidates(self) -> Any:
        """Return the pairs that have something in common, as one number each: the smaller times 2^32 plus the other."""
        keys = np.frombuffer(self._keys, dtype=np.uint64)
        order = np.argsort(keys, kind="stable")
        of = np.frombuffer(self._of, dtype=np.uint32)[order].astype(np.uint64)
        keys = keys[order]
        starts = (
            np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]]) if len(keys) else np.array([], dtype=np.int64)
        )
        sizes = np.diff(np.r_[starts, len(keys)])
        found, waiting, held = np.array([], dtype=np.uint64), [], 0
        for size in range(2, CROWD + 1):
            first = starts[sizes == size]
            for one in range(size):
                for two in range(one + 1, size):
                    left, right = of[first + one], of[first + two]
                    waiting.append((np.minimum(left, right) << np.uint64(32)) | np.maximum(left, right))
                    held += len(first)
            if held > _BLOCK:
                found, waiting, held = np.unique(np.concatenate([found, *waiting])), [], 0
        return np.unique(np.concatenate([found, *waiting])) if waiting else found

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


async def find(
    database: Database, entity: str, sources: Collection[str] | None = None, step: Step = lambda *_: None
) -> list[Proposal]:
    """Return the pairs of services or organizations to be proposed; with `sources` those with a listing of one of them.

    What takes long is done beside the event loop and after the transaction: pages are answered meanwhile.
    """
    pool = Pool()
    try:
        async with database.transaction(write=False) as db:
            async for some in gather(db, entity):
                await asyncio.to_thread(pool.add_all, some)
                step("Reading", len(some), 0)
        return await asyncio.to_thread(lambda: list(judge(pool, sources, step)))
    finally:
        pool.close()


def judge(
    pool: Pool, sources: Collection[str] | None = None, step: Step = lambda *_: None
) -> Iterator[Proposal]:
    """Yield the pairs of a pool that have points enough."""
    codes = pool.candidates()
    last, one = -1, None
    for done, code in enumerate(codes.tolist(), 1):
        left, right = code >> 32, code & 0xFFFFFFFF
        if done % 1000 == 0:
            step("Comparing", 1000, len(codes))
        if sources is not None and not {pool.sources[left], pool.sources[right]} & {*sources}:
            continue
        if left != last or one is None:
            last, one = left, pool.get(left)
        two = pool.get(right)
        score, reasons = compare(one, two, pool.shared, PROPOSE)
        if score >= PROPOSE:
            ids = sorted((uuid.UUID(bytes=one.id), uuid.UUID(bytes=two.id)))
            yield Proposal(ids[0], ids[1], score, reasons)


def _hashed(key: str) -> int:
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "little")
