"""Alder County, which does not exist: invented organizations and services as plain HSDS rows.

`content/*.toml` holds what people read, written by hand; the modules turn it into rows. `build(today)` is
deterministic: the same day and seed give the same rows, ids never change, and only dates move with the day.
"""

from seeds.county.build import build
from seeds.county.rows import County

__all__ = ["County", "build"]
