"""Splits JSON files into their documents without holding the whole: lists, one object after another, one to a line."""

import re
from collections.abc import Iterator
from typing import IO

from directory.importing.errors import ImportRefused

MAX_DOCUMENT = 64 * 1024**2
"""In bytes. A service with everything nested in it takes some kilobytes."""

_CHUNK = 256 * 1024
_TOKEN = re.compile(rb'["{}\[\]]')
_REST_OF_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)


def split(stream: IO[bytes], name: str) -> Iterator[bytes]:
    """Yield the text of each document: the items of a list, or objects that follow each other.

    Raises `ImportRefused` for what is no JSON of that form, is cut off, or has a document larger than `MAX_DOCUMENT`.
    """
    data = stream.read(_CHUNK).removeprefix(b"\xef\xbb\xbf")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ImportRefused(f"{name} is UTF-16 text; JSON has to be UTF-8.")
    beginning = data.lstrip(b" \t\r\n")
    base = 1 if beginning.startswith(b"[") else 0
    if not beginning.startswith((b"[", b"{")):
        raise ImportRefused(f"{name} does not begin like JSON: a list or an object is wanted.")
    depth, at, start = 0, 0, -1  # start: where the present document begins in `data`, if one does
    while True:
        found = _TOKEN.search(data, at)
        string = found and found[0] == b'"' and _REST_OF_STRING.match(data, found.end())
        if not found or (found[0] == b'"' and not string):
            rest = len(data) if not found else found.start()
            kept = start if start >= 0 else rest
            if rest - kept > MAX_DOCUMENT or len(data) - kept > MAX_DOCUMENT:
                raise ImportRefused(
                    f"{name} holds a document or text of more than {MAX_DOCUMENT // 1024**2} MB."
                )
            more = stream.read(max(_CHUNK, len(data) - kept))  # ever more of a long one: it is looked at anew
            if not more:
                break
            data, at = data[kept:] + more, rest - kept
            start = 0 if start >= 0 else -1
            continue
        at = string.end() if string else found.end()
        if string:
            if depth <= base and start < 0:
                raise ImportRefused(f"{name} holds a text where a document is wanted.")
            continue
        if found[0] in b"{[":
            depth += 1
            if depth == base + 1:
                start = found.start()
                if found[0] == b"[":
                    raise ImportRefused(f"{name} holds a list where a document is wanted.")
        else:
            depth -= 1
            if depth < 0:
                raise ImportRefused(f"{name} closes more brackets than it opens.")
            if depth == base and start >= 0:
                yield data[start:at]
                start = -1
    if depth != 0:
        raise ImportRefused(f"{name} ends within a document: it may have been cut off.")
