"""Writing the index: edits, and builds that take the place of the old index without a gap.

An edit has happened only when its tasks have *succeeded*; until then whoever asked for it keeps its job. A build goes
into an index of another name. While it lasts, `rebuilding` in the index of words tells writers to note their edits
there too, in order, so that they can be repeated on the new index before the two change names.
"""

from __future__ import annotations

import base64
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import msgspec

from search.engines import Document, DocumentsRefused, EngineAway
from search.engines.meilisearch.knowledge import Knowledge, built_documents, edit_documents, serves
from search.engines.meilisearch.layout import (
    SETTINGS,
    WORDS_SETTINGS,
    key_of,
    settings_differ,
    spellings,
    to_stored,
)
from search.engines.meilisearch.link import (
    REBUILD_S,
    TASK_S,
    Missing,
    add_documents,
    delete_documents,
    documents_fetched,
    succeeded,
)
from search.engines.words import vocabulary_of
from search.text import stem

if TYPE_CHECKING:
    from meilisearch import Client

_LOG = logging.getLogger(__name__)
_IN_FLIGHT = 3
"""Tasks of a build that are waiting at once: the server is never idle, and never drowned."""
_PAGE = 5_000
_LOOK_S = 0.02


class Names:
    """The two indexes of an installation, or of a build that is to take their place."""

    def __init__(self, name: str) -> None:
        self.listings = name
        self.words = f"{name}-words"

    @property
    def both(self) -> tuple[str, str]:
        """The names of both."""
        return self.listings, self.words


class Edit(msgspec.Struct, frozen=True):
    """One batch: every document of these services goes, these documents come."""

    service_ids: list[str]
    documents: list[Document]


def create(client: Client, names: Names) -> None:
    """Make both indexes with their settings. Where they are already, only settings that differ are changed."""
    for index, settings in ((names.listings, SETTINGS), (names.words, WORDS_SETTINGS)):
        try:
            has: Any = client.index(index).get_settings() if exists(client, index) else None
        except Missing:
            has = None
        if has is None:
            succeeded(client, [client.create_index(index, {"primaryKey": "id"}).task_uid])
        if has is None or settings_differ(has, settings):
            succeeded(client, [client.index(index).update_settings(settings).task_uid], within_s=REBUILD_S)


def exists(client: Client, index: str) -> bool:
    """Whether there is an index of this name."""
    from meilisearch.errors import MeilisearchApiError

    try:
        client.get_raw_index(index)
    except MeilisearchApiError as problem:
        if problem.status_code == 404:
            return False
        raise
    return True


def drop(client: Client, names: Iterable[str]) -> None:
    """Delete indexes, and wait until they are gone; one that is not there is gone already."""
    tasks = [client.delete_index(name).task_uid for name in names if exists(client, name)]
    succeeded(client, tasks, within_s=REBUILD_S)


def settle(client: Client, names: Names) -> None:
    """Wait for tasks that a writer left behind when it was killed: what they bring counts as being there."""
    waiting = client.get_tasks({"indexUids": list(names.both), "statuses": ["enqueued", "processing"]})
    for task in waiting.results:
        try:
            succeeded(client, [task.uid])
        except EngineAway:
            raise
        except Exception:
            # It failed its own writer, who will do the same again; nobody else minds.
            continue


def apply(client: Client, names: Names, edit: Edit, knowledge: Knowledge) -> None:
    """Replace all documents of some services; returns when that has succeeded. Needs the writers' turn."""
    settle(client, names)
    tasks = []
    words = knowledge.unknown(set().union(*map(spellings, edit.documents)))
    if words:
        # First, so that nobody sees a listing whose words cannot be found.
        tasks.append(add_documents(client, names.words, edit_documents(words, knowledge.build)))
    gone = stale_keys(client, names.listings, edit)
    if edit.documents:
        tasks.append(add_documents(client, names.listings, stored(edit.documents)))
    if gone:
        tasks.append(delete_documents(client, names.listings, gone))
    succeeded(client, tasks)


def repeat(client: Client, names: Names, edit: Edit, knowledge: Knowledge) -> None:
    """Apply an edit once more; what was refused then is refused again, and holds up nothing else."""
    try:
        apply(client, names, edit, knowledge)
    except DocumentsRefused:
        if len(edit.service_ids) == 1:
            return
        for id_ in edit.service_ids:
            mine = [document for document in edit.documents if document.service_id == id_]
            repeat(client, names, Edit([id_], mine), knowledge)


def stale_keys(client: Client, index: str, edit: Edit) -> list[str]:
    """Ids of documents of these services that none of the new ones takes the place of."""
    kept = {key_of(document) for document in edit.documents}
    quoted = ", ".join(msgspec.json.encode(one).decode() for one in edit.service_ids)
    found: list[dict[str, Any]] = []
    total = 1
    while len(found) < total:
        page, total = documents_fetched(
            client, index, filter=f"service IN [{quoted}]", fields=["id"], limit=_PAGE, offset=len(found)
        )
        if not page:
            break
        found += page
    return [one["id"] for one in found if one["id"] not in kept]


def stored(documents: Sequence[Document]) -> list[dict[str, Any]]:
    """Documents as Meilisearch takes them, numbered within each service."""
    places: Counter[str] = Counter()
    result = []
    for document in documents:
        result.append(to_stored(document, places[document.service_id]))
        places[document.service_id] += 1
    return result


class Build:
    """A build in indexes of its own; `finish` waits until all of it has succeeded."""

    def __init__(self, client: Client, live: Names) -> None:
        self.id = uuid4().hex
        self.names = Names(f"{live.listings}-build-{self.id[:12]}")
        self.count = 0
        self._words: Counter[str] = Counter()
        self._under_way: list[tuple[int, list[dict[str, Any]]]] = []
        self._last = ("", -1)
        self._seen: set[int] = set()
        create(client, self.names)

    def add(self, client: Client, documents: Sequence[Document]) -> None:
        """Add documents; waits while too many tasks are under way."""
        if not documents:
            return
        rows = []
        for document in documents:
            rows.append(to_stored(document, self._place(document.service_id)))
            self._words.update(spellings(document))
            self.count += 1
        self._settle(client, _IN_FLIGHT - 1)
        self._under_way.append((add_documents(client, self.names.listings, rows), rows))

    def knowledge(self) -> Knowledge:
        """What there is to know of this build."""
        counts = dict(self._words)
        return Knowledge(self.id, vocabulary_of(counts.items()), set(map(stem, counts)))

    def finish(self, client: Client) -> None:
        """Write the words and wait for everything."""
        self._settle(client, 0)
        told = add_documents(client, self.names.words, built_documents(dict(self._words), self.id))
        succeeded(client, [told], within_s=REBUILD_S)

    def _place(self, service_id: str) -> int:
        """Where the next document of a service stands; they come together, or at least in their order."""
        last, place = self._last
        if service_id != last:
            # Numbers instead of ids: a tenth of the memory, and a clash would only leave a service uncounted.
            place = self.count if hash(service_id) in self._seen else -1
            self._seen.add(hash(service_id))
        self._last = (service_id, place + 1)
        return place + 1

    def _settle(self, client: Client, left: int) -> None:
        """Wait until at most so many tasks are under way. Of documents that are refused the others are given again."""
        while len(self._under_way) > left:
            task, rows = self._under_way.pop(0)
            try:
                succeeded(client, [task], within_s=REBUILD_S)
            except DocumentsRefused as problem:
                if len(rows) == 1:
                    _LOG.error("service %s is left out of the search index: %s", rows[0]["service"], problem)
                    self.count -= 1
                    continue
                middle = len(rows) // 2
                for part in (rows[:middle], rows[middle:]):
                    self._under_way.append((add_documents(client, self.names.listings, part), part))


def swap(client: Client, live: Names, build: Build) -> None:
    """Give the indexes of a build the names of the live ones, both at the same moment, and delete the old ones."""
    fresh = build.names
    there = {old: exists(client, old) for old in live.both}
    pairs = [
        {"indexes": [new, old], **({} if there[old] else {"rename": True})}
        for new, old in zip(fresh.both, live.both, strict=True)
    ]
    client.swap_indexes(pairs)  # type: ignore[arg-type]
    # Not by its task: one of several indexes is shown to no key that is limited to some.
    until = monotonic() + TASK_S
    while not _serves(client, live, build):
        cleared = not all(exists(client, new) for new in fresh.both)
        taken = any(exists(client, old) for old in live.both if not there[old])
        if (cleared or taken) and not _serves(client, live, build):
            raise EngineAway("another process has put its own build there meanwhile")
        if monotonic() > until:
            raise EngineAway("Meilisearch has not swapped the indexes in time")
        sleep(_LOOK_S)
    drop(client, fresh.both)


def _serves(client: Client, live: Names, build: Build) -> bool:
    return exists(client, live.words) and serves(client, live.words, build.id)


JOURNAL, REBUILDING = "journal", "rebuilding"


def begin_journal(client: Client, names: Names, build: str) -> None:
    """Tell writers that a build has begun; what an earlier one left behind is forgotten."""
    settle(client, names)
    tasks = [client.index(names.words).delete_documents(filter=f"kind = {JOURNAL}").task_uid]
    tasks.append(
        add_documents(
            client, names.words, [{"id": REBUILDING, "kind": REBUILDING, "build": build, "next": 0}]
        )
    )
    succeeded(client, tasks)


def note(client: Client, names: Names, edit: Edit) -> None:
    """Note an edit while a build is going on. Needs the writers' turn."""
    found, _total = documents_fetched(
        client, names.words, filter=f"kind = {REBUILDING}", fields=["build", "next"], limit=1
    )
    if not found:
        return
    number = int(found[0]["next"])
    content = base64.b64encode(msgspec.msgpack.encode(edit)).decode()
    entries = [
        {"id": f"journal-{number}", "kind": JOURNAL, "number": number, "edit": content},
        {"id": REBUILDING, "kind": REBUILDING, "build": found[0]["build"], "next": number + 1},
    ]
    succeeded(client, [add_documents(client, names.words, entries)])


def journal(client: Client, names: Names) -> list[Edit]:
    """The edits noted since the build began, in order."""
    entries: list[dict[str, Any]] = []
    total = 1
    while len(entries) < total:
        page, total = documents_fetched(
            client,
            names.words,
            filter=f"kind = {JOURNAL}",
            fields=["number", "edit"],
            limit=100,
            offset=len(entries),
        )
        if not page:
            break
        entries += page
    ordered = sorted(entries, key=lambda one: int(one["number"]))
    return [msgspec.msgpack.decode(base64.b64decode(one["edit"]), type=Edit) for one in ordered]


def newest_by_service(client: Client, names: Names) -> dict[str, int]:
    """The newest `updated` of every service in the index."""
    newest: dict[str, int] = {}
    seen, total = 0, 1
    while seen < total:
        page, total = documents_fetched(
            client, names.listings, fields=["service", "updated"], limit=_PAGE, offset=seen
        )
        if not page:
            break
        seen += len(page)
        for one in page:
            newest[one["service"]] = max(newest.get(one["service"], -1), int(one["updated"]))
    return newest
