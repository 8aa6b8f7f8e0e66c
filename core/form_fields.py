"""One typed text to one value: the conversions behind `core.forms`, each mistake a sentence."""

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from msgspec import inspect

from core.i18n import gettext as _
from core.i18n import ngettext

#: What a field without `max_length` takes at most, so that nothing unbounded is ever stored.
LONGEST = 10_000
_DROPPED = re.compile(
    "[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]"
)
_TRUE, _FALSE = {"on", "true", "1", "yes"}, {"", "off", "false", "0", "no"}
_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


class Wrong(Exception):
    """A typed text does not fit its field; the message is a translated sentence."""


def clean(text: str) -> str:
    """Return typed text as it is stored: one Unicode form, no invisible control characters, no blank ends.

    Raises `Wrong` for what no keyboard sends and no database takes (NUL, half characters). Line ends become LF.
    """
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise Wrong(_("This contains characters that cannot be stored."))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _DROPPED.sub("", text)).strip()


def core_type(kind: inspect.Type) -> inspect.Type:
    """Return the type itself, without annotations and without `| None`."""
    if isinstance(kind, inspect.Metadata):
        return core_type(kind.type)
    if isinstance(kind, inspect.UnionType):
        real = [member for member in kind.types if not isinstance(member, inspect.NoneType)]
        if len(real) == 1:
            return core_type(real[0])
    return kind


def is_list(kind: inspect.Type) -> bool:
    """Tell whether a field takes several values."""
    return isinstance(
        core_type(kind), inspect.ListType | inspect.VarTupleType | inspect.SetType | inspect.FrozenSetType
    )


def extra(kind: inspect.Type) -> dict[str, Any]:
    """Return what `Meta(extra={…})` says about a field."""
    if isinstance(kind, inspect.Metadata):
        return extra(kind.type) | (kind.extra or {})
    if isinstance(kind, inspect.UnionType):
        return {key: value for member in kind.types for key, value in extra(member).items()}
    return {}


def is_verbatim(kind: inspect.Type) -> bool:
    """Tell whether a text is taken exactly as typed and never shown again (`Meta(extra={"verbatim": True})`)."""
    return bool(extra(kind).get("verbatim"))


def convert(kind: inspect.Type, text: str) -> Any:
    """Return the value that `text`, cleaned and not blank, stands for; raises `Wrong`."""
    kind = core_type(kind)
    for known, function in _CONVERSIONS.items():
        if isinstance(kind, known):
            return function(kind, text)
    raise TypeError(f"core.forms cannot read a field of {kind}")


def convert_all(kind: inspect.Type, texts: list[str]) -> Any:
    """Return the list, tuple or set that `texts` stand for; raises `Wrong`."""
    kind = core_type(kind)
    assert isinstance(kind, inspect.ListType | inspect.VarTupleType | inspect.SetType | inspect.FrozenSetType)
    least, most = kind.min_length or 0, kind.max_length if kind.max_length is not None else 1000
    if len(texts) < least:
        raise Wrong(ngettext("Choose at least %(num)s.", "Choose at least %(num)s.", least) % {"num": least})
    if len(texts) > most:
        raise Wrong(ngettext("Choose at most %(num)s.", "Choose at most %(num)s.", most) % {"num": most})
    values = [convert(kind.item_type, text) for text in texts]
    if isinstance(kind, inspect.VarTupleType):
        return tuple(values)
    if isinstance(kind, inspect.SetType):
        return set(values)
    return frozenset(values) if isinstance(kind, inspect.FrozenSetType) else values


def check_length(kind: inspect.Type, text: str) -> str:
    """Return `text` when it has an allowed length and pattern; raises `Wrong`."""
    kind = core_type(kind)
    assert isinstance(kind, inspect.StrType)
    most = kind.max_length if kind.max_length is not None else LONGEST
    if len(text) > most:
        raise Wrong(
            _("This is too long: at most %(most)s characters, you have %(have)s.")
            % {"most": most, "have": len(text)}
        )
    if kind.min_length and len(text) < kind.min_length:
        raise Wrong(_("This is too short: at least %(least)s characters.") % {"least": kind.min_length})
    if kind.pattern and not re.search(kind.pattern, text):
        raise Wrong(_("This does not look right."))
    return text


def _integer(kind: Any, text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,15}", text):
        raise Wrong(_("Enter a whole number, such as 12."))
    return int(_in_range(kind, int(text)))


def _float(kind: Any, text: str) -> float:
    try:
        value = float(text) if re.fullmatch(r"[+-]?[0-9.]{1,30}", text) else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Wrong(_("Enter a number, such as 2.5."))
    return float(_in_range(kind, value))


def _decimal(_kind: Any, text: str) -> Decimal:
    try:
        value = Decimal(text.replace(",", "").removeprefix("$")) if len(text) <= 30 else Decimal("nan")
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite():
        raise Wrong(_("Enter a number, such as 2.5."))
    return value


def _in_range(kind: Any, value: float) -> float:
    if kind.ge is not None and value < kind.ge:
        raise Wrong(_("Enter at least %(least)s.") % {"least": kind.ge})
    if kind.gt is not None and value <= kind.gt:
        raise Wrong(_("Enter more than %(least)s.") % {"least": kind.gt})
    if kind.le is not None and value > kind.le:
        raise Wrong(_("Enter at most %(most)s.") % {"most": kind.le})
    if kind.lt is not None and value >= kind.lt:
        raise Wrong(_("Enter less than %(most)s.") % {"most": kind.lt})
    return value


def _date(_kind: Any, text: str) -> date:
    american = _US_DATE.fullmatch(text)
    try:
        if american:
            month, day, year = map(int, american.groups())
            value = date(year, month, day)
        else:
            value = date.fromisoformat(text)
    except ValueError:
        value = date.min
    if not 1880 <= value.year <= 2200:
        raise Wrong(_("Enter a date that exists, such as 11/23/2026."))
    return value


def _time(_kind: Any, text: str) -> time:
    padded = text.zfill(5)
    try:
        if re.fullmatch(r"\d\d:\d\d(:\d\d)?", padded):
            return time.fromisoformat(padded)
    except ValueError:
        pass
    raise Wrong(_("Enter a time, such as 14:30."))


def _datetime(_kind: Any, text: str) -> datetime:
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise Wrong(_("Enter a date and a time.")) from None
    if not 1880 <= value.year <= 2200:
        raise Wrong(_("Enter a date and a time."))
    return value


def _uuid(_kind: Any, text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Wrong(_("Choose one from the list.")) from None


def _literal(kind: Any, text: str) -> Any:
    for value in kind.values:
        if str(value) == text:
            return value
    raise Wrong(_("Choose one from the list."))


def _enum(kind: Any, text: str) -> Any:
    for member in kind.cls:
        if str(member.value) == text:
            return member
    raise Wrong(_("Choose one from the list."))


def boolean(text: str) -> bool:
    """Return what a tick box or a yes/no parameter says; raises `Wrong`."""
    folded = text.strip().lower()
    if folded in _TRUE:
        return True
    if folded in _FALSE:
        return False
    raise Wrong(_("Choose yes or no."))


_CONVERSIONS: dict[type[inspect.Type], Callable[[Any, str], Any]] = {
    inspect.StrType: check_length,
    inspect.BoolType: lambda _kind, text: boolean(text),
    inspect.IntType: _integer,
    inspect.FloatType: _float,
    inspect.DecimalType: _decimal,
    inspect.DateTimeType: _datetime,
    inspect.DateType: _date,
    inspect.TimeType: _time,
    inspect.UUIDType: _uuid,
    inspect.LiteralType: _literal,
    inspect.EnumType: _enum,
}
