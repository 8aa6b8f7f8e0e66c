"""Turns the bytes of a file into text: UTF-8, UTF-16 with its mark, and lines in Windows-1252."""

import codecs
import re

from directory.importing.errors import ImportRefused

UTF16 = (b"\xff\xfe", b"\xfe\xff")

_NO_TABLE = (
    b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"{\\rtf", b"<!DOCTYPE",
    b"<!doctype", b"<html", b"<HTML", b"SQLite format",
)  # fmt: skip
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_UNDEFINED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")

# UTF-8 that somebody read as Windows-1252: a character for each byte. The bytes that Windows-1252 leaves undefined come
# as control characters.
_FOLLOWS = "".join(
    bytes([byte]).decode("cp1252") if byte not in b"\x81\x8d\x8f\x90\x9d" else chr(byte)
    for byte in range(0x80, 0xC0)
)
_FOLLOWS = f"[{re.escape(_FOLLOWS)}]"
_GARBLED = re.compile(f"Ã{_FOLLOWS}|Â[\xa0-\xbf]|[âï]{_FOLLOWS}{{2}}|ð{_FOLLOWS}{{3}}")


class FromUtf16:
    """Turns the pieces of a UTF-16 stream into UTF-8 as they come."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._decoder = codecs.getincrementaldecoder("utf-16")()

    def turned(self, data: bytes) -> bytes:
        """Return a piece as UTF-8; an empty piece ends the stream."""
        try:
            return self._decoder.decode(data, final=not data).encode("utf-8")
        except UnicodeError as error:
            raise ImportRefused(f"{self._name} begins as UTF-16 text and does not go on as such.") from error


def decoded(name: str, line: int, data: bytes) -> tuple[str, bool]:
    """Return a line as text, and whether it was read as Windows-1252 because it is not UTF-8.

    Raises `ImportRefused`, naming the line, for what is not text.
    """
    if line == 1 and data.startswith(_NO_TABLE):
        raise ImportRefused(
            f"{name} is no table: it begins like a picture, an archive, a document or a page."
        )
    if b"\0" in data:
        raise ImportRefused(
            f"{name}, line {line}: NUL bytes, so this is not plain text (or it is UTF-16 without its mark)."
        )
    try:
        return data.decode("utf-8"), False
    except UnicodeDecodeError as error:
        wrong = data[error.start : error.start + 1].hex()
    if _CONTROLS.search(data):
        raise ImportRefused(f"{name}, line {line}: byte 0x{wrong} is not UTF-8, and this is no text.")
    if found := _UNDEFINED.search(data):
        raise ImportRefused(
            f"{name}, line {line}: byte 0x{found[0].hex()} is neither UTF-8 nor Windows-1252; save the file as UTF-8."
        )
    return data.decode("cp1252"), True


def is_garbled(text: str) -> bool:
    """Tell whether a text holds UTF-8 that was read as Windows-1252, such as "CafÃ©"."""
    return not text.isascii() and _GARBLED.search(text) is not None


def mended(text: str) -> str:
    """Return a text with every such piece put right that certainly is one; the rest stays as it is."""
    for _ in range(2):  # some files went through it twice
        if not is_garbled(text):
            break
        text = _GARBLED.sub(_put_right, text)
    return text


def _put_right(found: re.Match[str]) -> str:
    data = b"".join(
        chr(ord(character)).encode("latin-1") if ord(character) < 0x100 else character.encode("cp1252")
        for character in found[0]
    )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return found[0]
