"""What a coordinator says of a pair."""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from directory.duplicates.comparing import FIELDS

Side = Literal["kept", "other"]


class DecisionForm(msgspec.Struct, kw_only=True):
    """Not merged: they are different, or somebody decides later, or the pair waits again."""

    decision: Literal["different", "later", "open"]


class MergeForm(msgspec.Struct, kw_only=True):
    """Which listing stays, what was looked at, and what comes along from the other one."""

    keep: UUID
    seen: Annotated[str, Meta(max_length=64)]
    take: Annotated[list[Annotated[str, Meta(max_length=80)]], Meta(max_length=5000)] = []


CHOICES: dict[str, Any] = {
    entity: msgspec.defstruct(
        f"Choices_{entity}",
        [(field, Side, "kept") for field in fields],
        rename=lambda field: f"field-{field}",
        kw_only=True,
    )
    for entity, fields in FIELDS.items()
}
"""By entity, the form that says for each field whose word counts."""
