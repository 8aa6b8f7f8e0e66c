"""How results are ordered by "best": every part and its weight in one place, each between 0 and 1.

The text part is the engine's own score against the best one found; the others mean the same on every engine.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

WEIGHTS = {
    # (text, place) asked for: weights of text, nearness, freshness, popularity
    (True, True): (0.55, 0.35, 0.07, 0.03),
    (True, False): (0.90, 0.0, 0.07, 0.03),
    (False, True): (0.0, 0.85, 0.10, 0.05),
    (False, False): (0.0, 0.0, 0.70, 0.30),
}
HALF_NEAR_M = 5_000.0
"""At this distance nearness is one half."""
AREA_NEARNESS = 0.25
"""Nearness of a service without a place of its own that serves the area asked for."""
HALF_FRESH_DAYS = 365.0
"""What was last checked this long ago is half as fresh as what was checked today."""


def nearness(distances: Array) -> Array:
    """From metres (NaN for served areas) to 1 here, 0.5 at `HALF_NEAR_M`, towards 0 far away."""
    return np.where(np.isnan(distances), AREA_NEARNESS, HALF_NEAR_M / (HALF_NEAR_M + distances))


def freshness(updated: Array, verified: Array, now_s: float) -> Array:
    """From the later of seconds updated and days verified (-1 for never) to 1 today, halving every year."""
    last_s = np.maximum(updated, verified.astype(np.int64) * 86_400)
    days = np.maximum(now_s - last_s, 0.0) / 86_400
    return np.exp2(-days / HALF_FRESH_DAYS)


def blend(text: Array | None, distances: Array | None, fresh: Array, popularity: Array) -> Array:
    """The "best" score of each row; `text` raw engine scores or None, `distances` metres or None."""
    by_text, by_place, by_freshness, by_popularity = WEIGHTS[text is not None, distances is not None]
    score = by_freshness * fresh + by_popularity * np.clip(popularity, 0.0, 1.0)
    if text is not None and len(text):
        score = score + by_text * text / max(float(text.max()), 1e-9)
    if distances is not None:
        score = score + by_place * nearness(distances)
    # Rounded so that two ways of adding the same parts cannot disagree about a tie.
    result: Array = np.round(score, 9)
    return result
