"""Whether two documents say the same."""

from collections.abc import Iterable, Iterator
from typing import Any

Row = dict[str, Any]


def same(a: Any, b: Any) -> list[str]:
    """Return where two documents differ, as readable paths; none if they say the same.

    The order of keys does not matter, nor that of rows in an array (they are known by their ids), nor whether a number
    is written 1 or 1.0. Other arrays are values: their order is part of them.
    """
    return list(_differences("$", a, b))


def _differences(path: str, a: Any, b: Any) -> Iterator[str]:
    if isinstance(a, dict) and isinstance(b, dict):
        for name in dict.fromkeys([*a, *b]):
            where = f"{path}.{name}"
            if name not in b:
                yield f"{where}: {_short(a[name])} is missing"
            elif name not in a:
                yield f"{where}: {_short(b[name])} was added"
            else:
                yield from _differences(where, a[name], b[name])
    elif isinstance(a, list) and isinstance(b, list):
        yield from _differences_of_lists(path, a, b)
    elif isinstance(a, bool) or isinstance(b, bool) or not _both_numbers(a, b):
        if type(a) is not type(b) or a != b:
            yield f"{path}: {_short(a)} became {_short(b)}"
    elif a != b:
        yield f"{path}: {_short(a)} became {_short(b)}"


def _differences_of_lists(path: str, a: list[Any], b: list[Any]) -> Iterator[str]:
    if not (_all_rows(a) and _all_rows(b)):
        if len(a) != len(b):
            yield f"{path}: {_short(a)} became {_short(b)}"
        for at, (one, other) in enumerate(zip(a, b, strict=False)):
            yield from _differences(f"{path}[{at}]", one, other)
        return
    ours, theirs = _by_id(a), _by_id(b)
    for key in dict.fromkeys([*ours, *theirs]):
        where = f"{path}[{key}]"
        mine, yours = ours.get(key, []), theirs.get(key, [])
        if len(mine) != len(yours):
            yield f"{where}: stands {len(mine)} times, then {len(yours)}"
        for one, other in zip(mine, yours, strict=False):
            yield from _differences(where, one, other)


def _all_rows(found: Iterable[Any]) -> bool:
    return all(isinstance(one, dict) and isinstance(one.get("id"), str) for one in found)


def _by_id(rows: list[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["id"], []).append(row)
    return found


def _both_numbers(a: Any, b: Any) -> bool:
    return isinstance(a, int | float) and isinstance(b, int | float)


def _short(value: Any) -> str:
    shown = ascii(value)
    return shown if len(shown) <= 120 else f"{shown[:117]}..."
