"""What a process keeps of the index: the words it has, how many services, and which build of it that is.

Spelling, completions and which stems exist must be the same as on any engine, so they come from a small second index,
`-words`, that is swapped together with the large one: its document `about` says by whom both were written, the others
hold words. Every process looks at `about` now and then; words of later edits lie in documents of their own.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from search.engines.meilisearch.layout import fingerprint
from search.engines.meilisearch.link import documents_fetched
from search.engines.vocabulary import WIDTH, Vocabulary
from search.engines.words import vocabulary_of
from search.text import stem

if TYPE_CHECKING:
    from meilisearch import Client

ABOUT = "about"
_CHUNK = 5_000
_PAGE = 1_000


class Knowledge:
    """The words of one build of the index, and of the edits since."""

    def __init__(self, build: str, vocabulary: Vocabulary, stems: set[str]) -> None:
        """Take what was read; `build` names the build."""
        self.build = build
        self.vocabulary = vocabulary
        self.changed = ""
        """Names the last edit that brought new words."""
        self.count = 0
        """Distinct services."""
        self._stems = stems

    def has_stem(self, one: str) -> bool:
        """Whether a word with this stem stands, or has stood, in a document."""
        return one in self._stems

    def unknown(self, words: set[str]) -> list[str]:
        """Those of some words that no document has had so far, in order."""
        return sorted(word for word in words if stem(word) not in self._stems or not self._spelled(word))

    def _spelled(self, word: str) -> bool:
        # What the vocabulary never holds (other scripts, endless words) is known by its stem alone.
        return not word.isascii() or len(word) > WIDTH or word in self.vocabulary

    def learn(self, words: list[str]) -> None:
        """Take in words of edited documents."""
        self.vocabulary.add(words)
        self._stems.update(map(stem, words))


def about(client: Client, index: str) -> dict[str, Any] | None:
    """What the index says of itself; None when another version wrote it. Raises `Missing` without one."""
    said: dict[str, Any] = client.http.get(f"indexes/{index}/documents/{ABOUT}")
    return said if said.get("fingerprint") == fingerprint() else None


def serves(client: Client, index: str, build: str) -> bool:
    """Whether an index is that of a build."""
    found, _total = documents_fetched(client, index, ids=[ABOUT], fields=["build"], limit=1)
    return bool(found) and found[0]["build"] == build


def load(client: Client, index: str, build: str) -> Knowledge:
    """Read all words of a build."""
    counts = {word: count for kept in _all(client, index, "built") for word, count in kept}
    knowledge = Knowledge(build, vocabulary_of(counts.items()), set(map(stem, counts)))
    catch_up(client, index, knowledge)
    return knowledge


def catch_up(client: Client, index: str, knowledge: Knowledge) -> None:
    """Learn the words of edits since the build."""
    for words in _all(client, index, "edit"):
        knowledge.learn(knowledge.unknown(set(words)))


def built_documents(counts: dict[str, int], build: str) -> list[dict[str, Any]]:
    """The documents of the index of words, from how many documents have each."""
    pairs = sorted(counts.items())
    kept: list[dict[str, Any]] = [
        {"id": f"built-{start}", "kind": "built", "words": json.dumps(pairs[start : start + _CHUNK])}
        for start in range(0, len(pairs), _CHUNK)
    ]
    return [*kept, {"id": ABOUT, "kind": ABOUT, "fingerprint": fingerprint(), "build": build, "changed": ""}]


def edit_documents(words: list[str], build: str) -> list[dict[str, Any]]:
    """The documents that tell other processes of new words."""
    changed = uuid4().hex
    told = {"id": f"edit-{changed}", "kind": "edit", "words": json.dumps(words)}
    return [
        told,
        {"id": ABOUT, "kind": ABOUT, "fingerprint": fingerprint(), "build": build, "changed": changed},
    ]


def _all(client: Client, index: str, kind: str) -> list[Any]:
    found: list[Any] = []
    total = 1
    while len(found) < total:
        page, total = documents_fetched(
            client, index, filter=f"kind = {kind}", fields=["words"], limit=_PAGE, offset=len(found)
        )
        if not page:
            break
        found += (json.loads(one["words"]) for one in page)
    return found
