"""What people type, read into a Struct: every mistake at once, each as a sentence a person can act on.

    class NewClient(msgspec.Struct):
        given_name: Annotated[str, Meta(max_length=80)]
        born: date | None = None
        needs: list[Literal["food", "ride"]] = []

    form = read_form(NewClient, await request.form())      # raises FormErrors

A field without a default has to be filled in (`Meta(extra={"missing": N_("Enter a name.")})` says so in words of its
own); a blank one with a default takes it. Ticked boxes of one name become a
list, however many were ticked. Unknown fields are ignored. Rules over several fields go into `__post_init__` of the
Struct, which raises `FormErrors({field: sentence})`; it runs only when each field is right by itself.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from enum import Enum
from functools import lru_cache
from typing import Any, Protocol, TypeVar

import msgspec
from msgspec import NODEFAULT, inspect

from core import form_fields
from core.errors import BadRequest
from core.form_fields import Wrong
from core.i18n import gettext as _

S = TypeVar("S", bound=msgspec.Struct)
#: What was typed, for showing the form again: a text for each field, a list of texts where several may be chosen.
Typed = dict[str, Any]


class Values(Protocol):
    """A form or a query as Litestar gives it."""

    def getall(self, key: str, default: list[Any], /) -> list[Any]:
        """Return all values of a name, in order."""


class FormErrors(Exception):
    """What was typed cannot be taken: `errors` has a sentence for each field, `typed` the texts to show again."""

    def __init__(self, errors: Mapping[str, str], typed: Typed | None = None) -> None:
        super().__init__("; ".join(errors))
        self.errors = dict(errors)
        self.typed = typed or {}


class QueryErrors(BadRequest):
    """A query that makes no sense: a 400 whose message names each parameter; `errors` and `typed` as in FormErrors."""

    def __init__(self, errors: Mapping[str, str], typed: Typed) -> None:
        super().__init__(" ".join(f"{name}: {sentence}" for name, sentence in errors.items()))
        self.errors = dict(errors)
        self.typed = typed


def read_form(struct: type[S], form: Values) -> S:
    """Return the form as `struct`, or raise `FormErrors` with every field's mistake."""
    values, errors, typed = _read(struct, form)
    if errors:
        raise FormErrors(errors, typed)
    try:
        return struct(**values)
    except FormErrors as error:
        raise FormErrors(error.errors, typed) from None


def read_query(struct: type[S], query: Values) -> S:
    """Return the query parameters as `struct`, or raise `QueryErrors`."""
    values, errors, typed = _read(struct, query)
    if not errors:
        try:
            return struct(**values)
        except FormErrors as error:
            errors = error.errors
    raise QueryErrors(errors, typed)


def as_typed(struct: msgspec.Struct) -> Typed:
    """Return a Struct as the texts a form shows, for a form that begins with what is stored."""
    return {field: _as_text(getattr(struct, field)) for field in struct.__struct_fields__}


def _as_text(value: Any) -> Any:
    if isinstance(value, list | tuple | set | frozenset):
        return [_as_text(member) for member in value]
    if value is None or value is False:
        return ""
    if value is True:
        return "on"
    if isinstance(value, Enum):
        return str(value.value)
    return value.isoformat() if isinstance(value, date | time | datetime) else str(value)


@lru_cache(maxsize=200)
def _fields(struct: type[msgspec.Struct]) -> tuple[inspect.Field, ...]:
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    return info.fields


def _read(struct: type[msgspec.Struct], form: Values) -> tuple[dict[str, Any], dict[str, str], Typed]:
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    typed: Typed = {}
    for field in _fields(struct):
        name, kind = field.encode_name, field.type
        raw = [value for value in form.getall(name, []) if isinstance(value, str)]
        try:
            if form_fields.is_verbatim(kind):
                texts = [text for text in raw if text]
            else:
                typed[name] = raw if form_fields.is_list(kind) else "".join(raw[-1:])
                texts = [text for text in map(form_fields.clean, raw) if text]
                typed[name] = texts if form_fields.is_list(kind) else "".join(texts[-1:])
            value = _value(field, texts)
        except Wrong as wrong:
            errors[name] = str(wrong)
        else:
            if value is not NODEFAULT:
                values[field.name] = value
    return values, errors, typed


def _value(field: inspect.Field, texts: list[str]) -> Any:
    """Return the field's value, or NODEFAULT when it is blank and its default shall stand."""
    kind = form_fields.core_type(field.type)
    if form_fields.is_list(kind):
        if texts:
            return form_fields.convert_all(kind, texts)
        if field.required:
            raise Wrong(_missing(field, _("Choose at least one.")))
        return NODEFAULT
    if isinstance(kind, inspect.BoolType):
        # An unticked box is not sent at all, so absence says no where nothing else is declared.
        return form_fields.boolean(texts[-1]) if texts else (False if field.required else NODEFAULT)
    if not texts:
        if field.required:
            raise Wrong(_missing(field, _("Choose one.") if _is_choice(kind) else _("Fill this in.")))
        return NODEFAULT
    return form_fields.convert(kind, texts[-1])


def _missing(field: inspect.Field, usual: str) -> str:
    own = form_fields.extra(field.type).get("missing")
    return _(own) if own else usual


def _is_choice(kind: inspect.Type) -> bool:
    return isinstance(kind, inspect.LiteralType | inspect.EnumType | inspect.UUIDType)
