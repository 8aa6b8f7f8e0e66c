"""Tells whether a value of ours, written as HSDS CSV, gives back the text it was read from.

Where it does not, an import keeps the text: nothing of a file is lost.
"""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any


def is_verbatim(value: Any, text: str) -> bool:
    """Tell whether `value` is told as `text`: days the ISO way, times as HH:MM, plain numbers, yes and no."""
    kind = type(value)
    if kind is str:
        return bool(value == text)
    if kind is float and repr(value) == text:
        return True
    if kind is bool:
        text = text.lower()
    return text in _written(value)


class Told:
    """What some rows of ours say, to look up whether a text is among it as it stands."""

    def __init__(self, values: Iterable[Any]) -> None:
        self._texts: set[str] = set()
        long = []
        for value in values:
            for text in _written(value):
                self._texts.add(text)
                if "\n" in text:
                    self._texts.update(text.split("\n"))
                    long.append(text)
        self._long = "\n".join(long)

    def tells(self, text: str) -> bool:
        """Tell whether a text is the whole of a value, or of some of its lines."""
        return text in self._texts or ("\n" in text and text in self._long)


def _written(value: Any) -> tuple[str, ...]:
    kind = type(value)
    if kind is str:
        return (value,)
    if kind is float:
        return (repr(value), str(int(value))) if value.is_integer() else (repr(value),)
    if kind is time:
        return (value.isoformat("minutes"), value.isoformat("seconds"))
    if kind is date:
        return (value.isoformat(),)
    if kind is datetime:
        iso = value.isoformat()
        return (iso, iso.removesuffix("+00:00") + "Z")
    if kind is bool:
        return ("yes", "true") if value else ("no", "false")
    return (str(value),)
