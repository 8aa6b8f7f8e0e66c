"""What the embedded engine writes down of its columns comes back as it was, whatever is in them."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from search.engines.embedded.columns import Array, read_arrays, write_arrays
from search.engines.embedded.packing import pack, unpack

NUMBERS = st.one_of(
    arrays.arrays(np.int64, st.integers(0, 20)),
    arrays.arrays(np.int32, st.tuples(st.integers(0, 9), st.just(3))),
    arrays.arrays(np.float64, st.integers(0, 20)),
    arrays.arrays(np.int64, st.integers(0, 20), elements=st.integers(-200, 200)),
    arrays.arrays(np.bool_, st.integers(0, 20)),
)
TEXTS = st.one_of(
    st.lists(st.one_of(st.uuids().map(lambda one: str(one).encode()), st.just(b"")), max_size=12),
    st.lists(st.one_of(st.uuids().map(lambda one: str(one).upper().encode()), st.binary(max_size=36))),
).map(lambda some: np.array(some, "S36"))


@given(st.one_of(NUMBERS, TEXTS))
def test_what_is_packed_is_unpacked(array: Array) -> None:
    found = unpack(pack({"some": array}))["some"]
    assert (found.dtype, found.shape) == (array.dtype, array.shape)
    assert np.array_equal(found, array, equal_nan=array.dtype.kind == "f")


def test_ids_and_small_numbers_are_written_small(tmp_path: Path) -> None:
    ids = np.array([f"{number:08x}-0000-4000-8000-000000000000".encode() for number in range(10_000)], "S36")
    write_arrays(tmp_path / "file", {"ids": ids, "few": np.zeros(10_000, np.int64)})
    assert (tmp_path / "file").stat().st_size < 10_000 * 18
    assert np.array_equal(read_arrays(tmp_path / "file")["ids"], ids)


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"PK nothing")
    with pytest.raises(ValueError):
        read_arrays(tmp_path / "file")
