"""The HTTP of the official client over kept connections, within a deadline. Imported only where Meilisearch is used."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

import msgspec
import requests
from meilisearch import Client
from meilisearch._httprequests import HttpRequests
from meilisearch.config import Config
from meilisearch.errors import MeilisearchCommunicationError, MeilisearchTimeoutError

_SHORTEST_S = 0.001
_ASK_AGAIN_S = 2.0


class Transport(HttpRequests):
    """Sends what the client sends, through one `requests.Session`: a connection for each call would double its time."""

    def __init__(self, config: Config, session: requests.Session) -> None:
        super().__init__(config)
        self._session = session
        self.deadline: float | None = None
        """On the clock of `monotonic`; a request that has not been answered by then fails as one that timed out."""
        self.patience = 0.0
        """Where there is no deadline, how long one request may take, in seconds."""

    def close(self) -> None:
        """Close the connections; a later request opens new ones."""
        self._session.close()

    def send_request(self, http_method: Callable[..., Any], path: str, *args: Any, **kwargs: Any) -> Any:
        """Send one request with what time there is left.

        A busy server now and then reads a request from a kept connection and never answers it, though it answers others.
        What can be asked twice is therefore asked again after a while, over a new connection.
        """
        method = getattr(self._session, http_method.__name__)
        until = self.deadline if self.deadline is not None else monotonic() + self.patience
        patience = _ASK_AGAIN_S
        while True:
            began = monotonic()
            left = max(until - began, _SHORTEST_S)
            wait = min(left, patience) if _repeatable(http_method.__name__, path) else left
            self.config.timeout = wait  # type: ignore[assignment]
            try:
                return super().send_request(method, path, *args, **kwargs)
            except (MeilisearchTimeoutError, MeilisearchCommunicationError):
                # An answer that stops in its middle is told as a failure of the connection.
                if monotonic() - began < wait or wait == left:
                    raise
            patience *= 2  # it may be slow indeed


def _repeatable(method: str, path: str) -> bool:
    """Tell whether a request does the same when it is sent twice: all but making, deleting and swapping indexes."""
    return method in ("get", "patch") or "/documents" in path or path.endswith("/search")


def connect(url: str, key: str, timeout_s: float) -> Client:
    """A client for one thread (the official one keeps its headers in itself, and threads would mix them up)."""
    client = Client(url, key or None, timeout=timeout_s)  # type: ignore[arg-type]
    session = requests.Session()
    # Neither proxies nor passwords of the environment are meant for this server.
    session.trust_env = False
    # It never leads anywhere else, and its key is for nobody else.
    session.max_redirects = 0
    session.hooks["response"].append(_decode_fast)
    client.http = Transport(client.config, session)
    client.task_handler.http = client.http
    return client


def _decode_fast(response: requests.Response, *_args: Any, **_kwargs: Any) -> None:
    """Read JSON by msgspec: a thousand documents are decoded in a tenth of the time."""

    def json(**_options: Any) -> Any:
        try:
            return msgspec.json.decode(response.content)
        except (msgspec.DecodeError, RecursionError) as error:
            raise requests.exceptions.ConnectionError("the answer is no JSON") from error

    response.json = json  # type: ignore[method-assign]
