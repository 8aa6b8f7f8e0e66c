"""Looks through the parts of a workbook before they are read: nothing in them may be without end.

Reading a workbook builds rows, texts and styles in memory. Here every part is first run through a parser that builds
nothing, and refused where it declares entities, nests deeply, or holds more than any spreadsheet program would write.
"""

import re
from typing import IO, Any
from xml.parsers import expat

from directory.importing.errors import ImportRefused
from directory.importing.limits import MAX_CELL

MAX_ROWS = 1_048_576
MAX_CELLS = 16_384
"""In a row; what spreadsheet programs allow."""

MAX_WORKBOOK = 512 * 1024**2
"""In bytes, all parts unpacked."""

_MAX_OTHER = 500_000
"""Elements that are neither rows nor cells nor texts: styles, links, rules."""

_MAX_FORMULAS = 100_000
_MAX_DEPTH = 60
_STEP = 256 * 1024
_TEXTS = {"c", "si", "v", "t", "r", "f", "is", "rPr"}
_REFERENCE = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")

Formulas = dict[tuple[int, int], str]
"""Formulas without a value, by row and column, both counted from 1."""


class Guard:
    """Looks at the parts of one workbook, one after another, and counts them together."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._bytes = 0

    def look(self, part: str, stream: IO[bytes]) -> Formulas:
        """Read a part to its end and return the formulas in it that have no value."""
        watch = _Watch(self._name, part)
        data = stream.read(_STEP)
        if data[:1] not in (b"<", b"\xef", b"\xff", b"\xfe", b" ", b"\n", b"\r", b"\t", b"\0"):
            return {}  # a picture or the like: nothing reads it
        try:
            while data:
                self._bytes += len(data)
                if self._bytes > MAX_WORKBOOK:
                    raise ImportRefused(
                        f"{self._name} would unpack to more than {MAX_WORKBOOK // 1024**2} MB; save its sheets as CSV."
                    )
                watch.parser.Parse(data, False)
                data = stream.read(_STEP)
            watch.parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise ImportRefused(f"{self._name} is damaged: {ascii(part[:80])} is not XML.") from error
        return watch.formulas


class _Watch:
    """What is counted while one part is parsed."""

    def __init__(self, name: str, part: str) -> None:
        self.formulas: Formulas = {}
        self._name = name
        self._part = ascii(part[:80])
        self._depth = self._others = self._row = self._rows = self._column = self._text = 0
        self._formula: list[str] | None = None
        self._in_formula = self._valued = False
        self._tags: dict[str, str] = {}
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def _refuse(self, why: str) -> ImportRefused:
        return ImportRefused(f"{self._name} is not read: {why} in {self._part}.")

    def _doctype(self, *_: Any) -> None:
        raise self._refuse("a document type with entities of its own")

    def _plain(self, tag: str) -> str:
        known = self._tags.get(tag)
        if known is None:
            known = tag.rpartition(":")[2]
            if len(self._tags) < 1000:
                self._tags[tag] = known
        return known

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise self._refuse("elements nested without end")
        tag = self._plain(tag)
        if tag == "c":
            self._column += 1
            if self._column > MAX_CELLS:
                raise self._refuse(f"a row of more than {MAX_CELLS:,} cells")
            self._text, self._valued, self._formula = 0, False, None
            self._reference = attributes.get("r", "")
        elif tag == "row":
            self._rows += 1
            number = attributes.get("r", "")
            if number and not (number.isascii() and number.isdecimal() and len(number) < 10):
                raise self._refuse(f"a row that does not exist, or more than {MAX_ROWS:,} rows")
            self._row = int(number) if number else self._row + 1
            self._column = 0
            if max(self._row, self._rows) > MAX_ROWS:
                raise self._refuse(f"more than {MAX_ROWS:,} rows")
        elif tag == "si":
            self._text = 0
        elif tag == "f":
            self._formula, self._in_formula = [], True
        elif tag not in _TEXTS:
            self._others += 1
            if self._others > _MAX_OTHER:
                raise self._refuse("far more than a table needs")

    def _end(self, tag: str) -> None:
        self._depth -= 1
        tag = self._plain(tag)
        if tag == "f":
            self._in_formula = False
        elif tag == "c" and self._formula is not None and not self._valued:
            if len(self.formulas) >= _MAX_FORMULAS:
                raise self._refuse("formulas without their values; calculate and save it once more")
            self.formulas[self._row, self._at()] = "=" + "".join(self._formula)[:2000]

    def _characters(self, text: str) -> None:
        self._text += len(text)
        if self._text > MAX_CELL and not text.isspace():
            raise self._refuse("a cell of more than a million characters")
        if self._in_formula and self._formula is not None:
            self._formula.append(text)
        elif self._formula is not None and not text.isspace():
            self._valued = True

    def _at(self) -> int:
        found = _REFERENCE.fullmatch(self._reference)
        if not found:
            return self._column
        column = 0
        for letter in found[1]:
            column = column * 26 + ord(letter) - 64
        return column
