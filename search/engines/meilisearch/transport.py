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

_SHORTEST_S = 0.001


class Transport(HttpRequests):
    """Sends what the client sends, through one `requests.Session`: a connection for each call would double its time."""

    def __init__(self, config: Config, session: requests.Session) -> None:
        super().__init__(config)
        self._session = session
        self.deadline: float | None = None
        """On the clock of `monotonic`; a request that has not been answered by then fails as one that timed out."""

    def close(self) -> None:
        """Close the connections; a later request opens new ones."""
        self._session.close()

    def send_request(self, http_method: Callable[..., Any], path: str, *args: Any, **kwargs: Any) -> Any:
        """Send one request with what time there is left."""
        if self.deadline is not None:
            self.config.timeout = max(self.deadline - monotonic(), _SHORTEST_S)  # type: ignore[assignment]
        return super().send_request(getattr(self._session, http_method.__name__), path, *args, **kwargs)


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
