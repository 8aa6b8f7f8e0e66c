"""A circuit breaker: after several failures in a row nobody waits for the server; now and then one caller probes."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from time import monotonic

FAILURES = 3
"""Failures in a row that open the breaker."""

FIRST_REST_S, LONGEST_REST_S = 1.0, 30.0
"""How long it stays open at first, and at most: each probe that fails doubles it."""


class Breaker:
    """Counts failures. Open, it lets nobody through; half open, one caller at a time, whose luck decides."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._failures = 0
        self._rest = FIRST_REST_S
        self._until = 0.0
        self._probing = False

    @property
    def open(self) -> bool:
        """Whether callers are to go elsewhere just now, one that may probe apart."""
        return self._failures >= FAILURES and (self._probing or self._clock() < self._until)

    def enter(self) -> bool:
        """Ask to go through; who is let through must tell `succeeded`, `failed` or `left`."""
        with self._lock:
            if self._failures < FAILURES:
                return True
            if self._probing or self._clock() < self._until:
                return False
            self._probing = True
            return True

    def succeeded(self) -> None:
        """The server answered."""
        with self._lock:
            self._failures, self._probing, self._rest = 0, False, FIRST_REST_S

    def failed(self) -> None:
        """The server did not answer, or not in time."""
        with self._lock:
            self._failures += 1
            if self._failures >= FAILURES:
                self._until = self._clock() + self._rest
                self._rest = min(2 * self._rest, LONGEST_REST_S)
            self._probing = False

    def left(self) -> None:
        """The caller went away before the server had a chance."""
        with self._lock:
            self._probing = False
