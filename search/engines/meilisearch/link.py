"""The link to one Meilisearch: clients, what can go wrong with them, tasks waited for until they have succeeded."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import local
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import msgspec

from search.engines import DocumentsRefused, EngineAway, EngineUnavailable

if TYPE_CHECKING:
    from meilisearch import Client

_LOG = logging.getLogger(__name__)

ANSWER_S = 0.5
"""How long a search may take in all before it is given to the SQL engine."""

WRITE_S = 30.0
"""How long one request of a writer may take; what it asks for is a task that may take longer."""

TASK_S = 180.0
"""How long a writer waits for a task of an edit; a rebuild has `REBUILD_S` for each of its tasks."""

REBUILD_S = 3_600.0
_LOOK_S = (0.005, 0.25)
"""How often a task is looked at: at first, and at most."""


class Missing(EngineUnavailable):
    """The server answers, but what was asked for is not there."""


class TaskFailed(Exception):
    """A task did not succeed for a reason that may pass: a full disk, a fault of the server."""


class Link:
    """Clients of this process, each for one thread. The key is in none of the messages that it raises or logs."""

    def __init__(self, url: str, key: str = "", *, answer_s: float = ANSWER_S) -> None:
        self._url = url.rstrip("/")
        self._key = key
        self._answer_s = answer_s
        self._clients = local()
        self._every: list[Client] = []

    def within(self, seconds: float | None = None) -> Client:
        """This thread's client, all of whose requests must end within so many seconds from now."""
        client = self._client()
        client.http.deadline = monotonic() + (seconds or self._answer_s)  # type: ignore[attr-defined]
        return client

    def patient(self) -> Client:
        """This thread's client, each of whose requests may take `WRITE_S`."""
        client = self._client()
        client.http.deadline = None  # type: ignore[attr-defined]
        client.http.patience = WRITE_S  # type: ignore[attr-defined]
        return client

    def _client(self) -> Client:
        client: Client | None = getattr(self._clients, "client", None)
        if client is None:
            from search.engines.meilisearch.transport import connect

            client = self._clients.client = connect(self._url, self._key, self._answer_s)
            self._every.append(client)
        return client

    def close(self) -> None:
        """Close the connections of all threads."""
        for client in self._every:
            client.http.close()  # type: ignore[attr-defined]


def documents_fetched(client: Client, index: str, **asked: Any) -> tuple[list[dict[str, Any]], int]:
    """Documents of an index by filter, and how many there are in all: `filter`, `limit`, `offset`, `fields`, `sort`."""
    answer = client.http.post(f"indexes/{index}/documents/fetch", asked)
    return answer["results"], answer["total"]


def add_documents(client: Client, index: str, documents: Sequence[Mapping[str, Any]]) -> int:
    """Ask for documents to be added or replaced; returns the number of the task."""
    lines = msgspec.json.Encoder().encode_lines(documents)
    task = client.index(index).add_documents_raw(lines, "id", content_type="application/x-ndjson")
    return int(task.task_uid)


def delete_documents(client: Client, index: str, keys: Sequence[str]) -> int:
    """Ask for documents to be deleted; returns the number of the task.

    By id, not by filter: the server does this in the same step as an addition that was asked for just before.
    """
    return int(client.http.post(f"indexes/{index}/documents/delete-batch", list(keys))["taskUid"])


def succeeded(client: Client, tasks: Sequence[int], *, within_s: float = TASK_S) -> None:
    """Wait until all tasks have succeeded. Raises `DocumentsRefused`, `TaskFailed`, after too long `EngineAway`."""
    until = monotonic() + within_s
    for task in tasks:
        pause = _LOOK_S[0]
        while (found := client.get_task(task)).status in ("enqueued", "processing"):
            if monotonic() > until:
                raise EngineAway("Meilisearch has not done a task in time")
            sleep(pause)
            pause = min(pause * 1.5, _LOOK_S[1])
        if found.status != "succeeded":
            problem = found.error or {}
            if problem.get("code") == "index_not_found":
                raise Missing("Meilisearch has no such index")
            # The code only: the message may quote what was in the documents.
            what = f"{found.type} {found.status}: {problem.get('code', 'no reason given')}"
            if problem.get("type") == "invalid_request":
                raise DocumentsRefused(f"Meilisearch refuses what it was given ({what})")
            raise TaskFailed(what)


@contextmanager
def told() -> Iterator[None]:
    """Turn what the client raises into `EngineAway`, `Missing` or `EngineUnavailable`."""
    from meilisearch.errors import MeilisearchApiError, MeilisearchError
    from requests import RequestException

    try:
        yield
    except MeilisearchApiError as problem:
        if problem.status_code == 404:
            raise Missing("Meilisearch has no such index") from None
        if problem.status_code in (401, 403):
            raise EngineAway(f"Meilisearch refuses the key of HANDRAIL_SEARCH_KEY ({problem.code})") from None
        if problem.status_code >= 500 or problem.status_code in (408, 429):
            raise EngineAway(f"Meilisearch answers {problem.status_code}") from None
        _LOG.error("Meilisearch did not understand: %s", problem.code)
        raise EngineUnavailable(f"Meilisearch did not understand: {problem.code}") from problem
    except (MeilisearchError, RequestException) as problem:
        raise EngineAway(f"Meilisearch does not answer ({type(problem).__name__})") from None
