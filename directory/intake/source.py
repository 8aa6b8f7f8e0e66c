"""The name of the source under which an organization's own imports stand in the directory."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.models import Agency
from accounts.rules import Actor
from core.errors import NotVisible

_SETTING = "import_source"
_LONGEST = 80


async def source_of(db: AsyncSession, actor: Actor) -> str:
    """Return the source of the actor's organization: "import" and its name, chosen once, and no other's.

    It stays when the organization is renamed, so that a later import finds the listings of the earlier ones.
    """
    agencies = {agency.id: agency for agency in await db.scalars(select(Agency))}
    mine = agencies.pop(actor.organization_id, None)
    if mine is None:
        raise NotVisible("organization", actor.organization_id)
    if _SETTING in mine.settings:
        return str(mine.settings[_SETTING])
    name = f"import {mine.name[:_LONGEST]}"
    others = {
        agency.settings.get(_SETTING, f"import {agency.name[:_LONGEST]}") for agency in agencies.values()
    }
    if name in others:
        name = f"{name} {str(mine.id)[:8]}"
    mine.settings = mine.settings | {_SETTING: name}
    return name
