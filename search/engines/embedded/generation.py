"""One built index in its folder: tantivy, the columns, the names, and the journal of edits since.

Its files: `index/` (tantivy), `facts.npz`, `names.npz`, `journal`. All but the journal and tantivy's own are
written once.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import tantivy

from search.engines import Document
from search.engines.embedded.columns import Array, write_arrays
from search.engines.embedded.facts import Facts
from search.engines.embedded.grid import Grid, spots_of
from search.engines.embedded.journal import Edit, append_edit, read_edits
from search.engines.embedded.names import Names
from search.engines.embedded.schema import (
    CURSOR,
    CURSOR_AT,
    CURSOR_KEY,
    SERVICE,
    SPELLINGS,
    cursor_document,
    index_document,
    register,
    schema,
    searchable_text,
)
from search.engines.embedded.snapshot import Snapshot
from search.engines.embedded.suggesting import Suggester, stored
from search.engines.words import vocabulary_of
from search.text import words

_EDIT_HEAP = 24_000_000
_BUILD_HEAP = 96_000_000
_REGRID_AFTER = 2_000


class Generation:
    """An index open for reading, and for edits by whoever holds the write lock."""

    def __init__(self, folder: Path) -> None:
        """Open it. Raises whatever a damaged one raises (ValueError, OSError, JournalDamaged)."""
        self.folder = folder
        self._index = tantivy.Index.open(str(folder / "index"))
        register(self._index)
        self._index.config_reader("manual")
        self._facts = Facts.load(folder / "facts.npz")
        self.suggester = Suggester.load(folder / "names.npz")
        self._index.reload()
        searcher = self._index.searcher()
        self._vocabulary = vocabulary_of(searcher.terms_with_prefix(SPELLINGS, ""))
        self._grid = Grid(self._facts["lat"], self._facts["lon"])
        self.applied = 0
        """Bytes of the journal that the columns hold."""
        self.snapshot = self._take(searcher)

    def refresh(self) -> Snapshot:
        """Catch up with what was committed, by this process or another."""
        self._index.reload()
        self.snapshot = self._take(self._index.searcher())
        return self.snapshot

    def apply(self, edit: Edit) -> None:
        """Write one batch: journal first, then deletes, adds and cursor in one commit. Needs the write lock."""
        self.refresh()
        size = append_edit(self.folder / "journal", self.applied, edit)
        _drop_unfinished_deletes(self.folder / "index")
        writer = self._index.writer(_EDIT_HEAP, 1)
        for service_id in edit.service_ids:
            writer.delete_documents_by_term(SERVICE, service_id)
        first = len(self._facts)
        for row, (document, spots) in enumerate(
            zip(edit.documents, spots_of(edit.documents), strict=True), first
        ):
            writer.add_document(index_document(document, row, spots))
        writer.delete_documents_by_term(CURSOR, CURSOR_KEY)
        writer.add_document(cursor_document(size))
        writer.commit()
        self.refresh()
        writer.wait_merging_threads()

    def newest_by_service(self) -> dict[str, int]:
        """The newest `updated` of every service in the index."""
        snapshot = self.refresh()
        service = snapshot["service"][snapshot.living]
        newest = np.full(len(snapshot.service_ids), -1, np.int64)
        np.maximum.at(newest, service, snapshot["updated"][snapshot.living])
        numbers = np.unique(service)
        ids = snapshot.service_ids[numbers].tolist()
        return {one.decode(): int(when) for one, when in zip(ids, newest[numbers].tolist(), strict=True)}

    def _take(self, searcher: tantivy.Searcher) -> Snapshot:
        committed = _cursor(searcher)
        if committed > self.applied:
            for edit in read_edits(self.folder / "journal", self.applied, committed):
                buried = self._facts.rows_of(edit.service_ids)
                self._facts.bury(buried)
                self.suggester.bury(buried)
                self._facts.append(edit.documents)
                self._vocabulary.add(
                    w for d in edit.documents for text in searchable_text(d) for w in words(text)
                )
                self.suggester.add(edit.documents)
            self.applied = committed
            if len(self._facts) - self._grid.size > max(_REGRID_AFTER, len(self._facts) // 20):
                self._grid = Grid(self._facts["lat"], self._facts["lon"])
        return Snapshot(searcher, self._facts, self._vocabulary, self._grid)


class Builder:
    """Builds a generation in an empty folder; it counts only after `finish`."""

    def __init__(self, folder: Path) -> None:
        """Make the folder and start the index."""
        self.folder = folder
        self.count = 0
        (folder / "index").mkdir(parents=True)
        self._index = tantivy.Index(schema(), str(folder / "index"))
        register(self._index)
        self._writer = self._index.writer(_BUILD_HEAP, 2)
        self._facts = Facts()
        self._names = Names()
        self._name_numbers: list[Array] = [np.zeros((0, 2), np.int32)]

    def add(self, documents: list[Document]) -> None:
        """Add documents."""
        rows = self._facts.append(documents)
        self._name_numbers.append(self._names.add(documents))
        for row, document, spots in zip(rows, documents, spots_of(documents), strict=True):
            self._writer.add_document(index_document(document, row, spots))
        self.count += len(documents)

    def finish(self) -> None:
        """Write everything down, so that the folder can be opened as a `Generation` after any crash."""
        self._writer.add_document(cursor_document(0))
        self._writer.commit()
        self._writer.wait_merging_threads()
        self._facts.save(self.folder / "facts.npz")
        write_arrays(self.folder / "names.npz", stored(self._names, np.concatenate(self._name_numbers)))
        (self.folder / "journal").touch()
        for name in ("facts.npz", "names.npz", "journal", "index", "."):
            sync(self.folder / name)


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _drop_unfinished_deletes(folder: Path) -> None:
    """Remove the lists of deleted rows that a killed writer left behind. Needs the write lock.

    They are named after the segment and the number of the operation, which goes on from the last commit: the next
    writer comes to the very same name, and tantivy refuses to write a file that exists.
    """
    segments = json.loads((folder / "meta.json").read_bytes())["segments"]
    counted = {
        f"{segment['segment_id'].replace('-', '')}.{segment['deletes']['opstamp']}.del"
        for segment in segments
        if segment["deletes"]
    }
    for path in folder.glob("*.del"):
        if path.name not in counted:
            path.unlink()


def _cursor(searcher: tantivy.Searcher) -> int:
    query = tantivy.Query.term_query(schema(), CURSOR, CURSOR_KEY)
    hits = searcher.search(query, limit=1, count=False).hits
    if not hits:
        raise ValueError("the index has no cursor document")
    return int(searcher.doc(hits[0][1]).get_first(CURSOR_AT) or 0)
