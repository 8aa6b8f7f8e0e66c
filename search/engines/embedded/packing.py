"""Arrays in a file that is half as large as they are in memory: narrow numbers, ids as bytes, texts without padding.

Nothing is compressed: it would have to be undone at each start of each process, and ids do not compress.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.generic]

_DASHES = (8, 13, 18, 23)
_LETTERS = np.array([at for at in range(36) if at not in _DASHES])
_NARROWER = {
    np.dtype(np.int64): (np.int8, np.int16, np.int32),
    np.dtype(np.int32): (np.int8, np.int16),
    np.dtype(np.float64): (np.float16, np.float32),
}


def pack(arrays: dict[str, Array]) -> dict[str, Array]:
    """The arrays as they are written; `unpack` gives the very same ones back."""
    result: dict[str, Array] = {}
    for name, array in arrays.items():
        parts = _texts(array) if array.dtype.kind == "S" and len(array) else {"": _narrowed(array)}
        result |= {f"{part}>{array.dtype.str}>{name}": packed for part, packed in parts.items()}
    return result


def unpack(packed: dict[str, Array]) -> dict[str, Array]:
    """The arrays that `pack` was given. Raises ValueError, KeyError or IndexError for others."""
    parts: dict[tuple[str, str], dict[str, Array]] = {}
    for key, array in packed.items():
        part, kind, name = key.split(">", 2)
        parts.setdefault((name, kind), {})[part] = array
    return {name: _widened(found, np.dtype(kind)) for (name, kind), found in parts.items()}


def _widened(parts: dict[str, Array], kind: np.dtype[np.generic]) -> Array:
    if "" in parts:
        return parts[""].astype(kind, copy=False)
    if "ids" in parts:
        return _ids_of(parts["ids"], parts["blank"]).astype(kind, copy=False)
    lengths = parts["lengths"].astype(np.int64)
    letters = np.zeros((len(lengths), kind.itemsize), np.uint8)
    letters[np.arange(kind.itemsize) < lengths[:, None]] = parts["letters"]
    return letters.view(kind).reshape(len(lengths))


def _narrowed(array: Array) -> Array:
    """Numbers in the narrowest type that holds every one of them exactly."""
    if not array.size:
        return array
    with np.errstate(over="ignore", invalid="ignore"):
        for kind in _NARROWER.get(array.dtype, ()):
            narrow = array.astype(kind)
            if np.array_equal(narrow.astype(array.dtype), array, equal_nan=array.dtype.kind == "f"):
                return narrow
    return array


def _texts(array: Array) -> dict[str, Array]:
    """Ids as 16 bytes each; other texts one behind the other with their lengths."""
    letters = np.ascontiguousarray(array).view(np.uint8).reshape(len(array), -1)
    blank = letters[:, 0] == 0
    if letters.shape[1] == 36 and (ids := _ids(letters[~blank])) is not None:
        return {"ids": ids, "blank": _narrowed(np.flatnonzero(blank))}
    # Only the end is padded: a zero byte inside of a text is part of it.
    lengths = letters.shape[1] - np.argmax(letters[:, ::-1] != 0, axis=1)
    lengths[~letters.any(axis=1)] = 0
    return {"lengths": _narrowed(lengths), "letters": letters[np.arange(letters.shape[1]) < lengths[:, None]]}


def _ids(letters: NDArray[np.uint8]) -> Array | None:
    """The bytes of ids as they are usually written, lower-case with dashes; None when one is written otherwise."""
    digits = letters[:, _LETTERS]
    number, letter = digits - ord("0"), digits - ord("a")
    if np.any(letters[:, _DASHES] != ord("-")) or not np.all((number < 10) | (letter < 6)):
        return None
    values = np.where(number < 10, number, letter + 10).astype(np.uint8)
    return np.asarray(values[:, ::2] << 4 | values[:, 1::2], np.uint8)


def _ids_of(ids: Array, blank: Array) -> Array:
    values = np.empty((len(ids), 32), np.uint8)
    whole = np.asarray(ids, np.uint8)
    values[:, ::2], values[:, 1::2] = whole >> 4, whole & 15
    letters = np.full((len(ids), 36), ord("-"), np.uint8)
    letters[:, _LETTERS] = np.where(values < 10, values + ord("0"), values - 10 + ord("a"))
    result = np.zeros(len(ids) + len(blank), "S36")
    filled = np.ones(len(result), np.bool_)
    filled[blank.astype(np.int64)] = False
    result[filled] = letters.view("S36").reshape(len(ids))
    return result
