"""What is particular to a serving process: several of them under one, and what it holds for good."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping
from typing import Any

_PATIENCE_S = 60
"""A worker that says nothing for so long is taken for dead; reading a large index keeps one busy for seconds."""


def several(options: Mapping[str, Any]) -> list[str] | None:
    """The command line of uvicorn's own supervisor for the options of `litestar run`; None for a single worker."""
    if options.get("wc", 1) < 2 or options.get("reload"):
        return None
    told = {
        "host": options.get("host"),
        "port": options.get("port"),
        "fd": options.get("fd"),
        "uds": options.get("uds"),
        "ssl-certfile": options.get("ssl_certfile"),
        "ssl-keyfile": options.get("ssl_keyfile"),
        "workers": options["wc"],
        "timeout-worker-healthcheck": _PATIENCE_S,
    }
    words = [f"--{name}={value}" for name, value in told.items() if value is not None]
    return [sys.executable, "-m", "uvicorn", "app:create_app", "--factory", *words]


def become(command: list[str]) -> None:
    """Turn this process into another: whoever ends it ends what it has become, and no copy of the app lies idle.

    `litestar run` itself would wait for the supervisor and leave it behind when it is told to end.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(command[0], command)


def settle() -> None:
    """Leave what has been loaded by now out of every later search for garbage: it stays, and there is a lot of it.

    Otherwise an answer waits now and then for a quarter of a second while a million objects are looked through. What an
    answer leaves behind is no garbage of that kind, so that looking a tenth as often is often enough.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
