"""Rows that wait to be written, in temporary files."""

import pickle
import tempfile
from collections.abc import Iterator
from typing import IO, Any


class Spool:
    """Rows of one table, waiting in a temporary file to be written."""

    def __init__(self) -> None:
        self.count = 0
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the stage

    def add(self, rows: list[Any]) -> None:
        """Put rows aside."""
        if rows:
            self.count += len(rows)
            pickle.dump(rows, self._file, protocol=pickle.HIGHEST_PROTOCOL)

    def batches(self) -> Iterator[list[Any]]:
        """Give the rows back in the order and the lists they came in."""
        self._file.seek(0)
        while True:
            try:
                # Only this process wrote the file, which has no name.
                yield pickle.load(self._file)
            except EOFError:
                return

    def close(self) -> None:
        """Drop the rows."""
        self._file.close()
