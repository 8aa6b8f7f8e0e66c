"""The documents of a corpus in a file, so that a build is measured and not the making of what is built."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec

from bench.corpus import documents
from search.engines import Document

_PER_BLOCK = 500


def write(path: Path, size: int) -> int:
    """Write the documents of `size` services; returns how many there are."""
    encoder, block, count = msgspec.msgpack.Encoder(), [], 0
    with path.open("wb") as file:
        for document in documents(size):
            block.append(document)
            if len(block) == _PER_BLOCK:
                count += _write(file, encoder.encode(block), len(block))
                block = []
        return count + _write(file, encoder.encode(block), len(block))


def read(path: Path) -> Iterator[list[Document]]:
    """The documents, some hundred at a time."""
    decoder = msgspec.msgpack.Decoder(list[Document])
    with path.open("rb") as file:
        while length := file.read(4):
            yield decoder.decode(file.read(int.from_bytes(length, "big")))


async def stream(path: Path) -> AsyncIterator[Document]:
    """The documents one after another, as a rebuild takes them."""
    for block in read(path):
        for document in block:
            yield document


def _write(file: object, content: bytes, count: int) -> int:
    file.write(len(content).to_bytes(4, "big"))  # type: ignore[attr-defined]
    file.write(content)  # type: ignore[attr-defined]
    return count
