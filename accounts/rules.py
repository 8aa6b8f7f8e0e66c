"""Who may do what: one table of permissions by role, and the signed-in person who carries it."""

from typing import Literal
from uuid import UUID

import msgspec

from core.i18n import N_

Role = Literal["navigator", "coordinator", "provider", "admin"]

ROLES = {
    "navigator": N_("Social worker"),
    "coordinator": N_("Coordinator"),
    "provider": N_("Community organization"),
    "admin": N_("Administrator"),
}

_CARE = frozenset({"navigator", "coordinator", "admin"})
_ALL = frozenset(ROLES)

#: Each permission a route can declare, and the roles that have it in their own organization.
PERMISSIONS: dict[str, frozenset[str]] = {
    "self": _ALL,
    "client.read": _CARE,
    "client.write": _CARE,
    "need.write": _CARE,
    "consent.write": _CARE,
    "referral.read": _ALL,
    "referral.send": _CARE,
    "referral.answer": frozenset({"provider", "coordinator", "admin"}),
    "inbox.read": frozenset({"provider", "coordinator", "admin"}),
    "worklist.read": _CARE,
    "report.read": frozenset({"coordinator", "admin"}),
    "listing.write": frozenset({"provider", "admin"}),
    "listing.needs": frozenset({"provider", "coordinator", "admin"}),
    "listing.quality": frozenset({"provider", "coordinator", "admin"}),
    "listing.import": frozenset({"provider", "admin"}),
    "listing.merge": frozenset({"coordinator", "admin"}),
    "admin": frozenset({"admin"}),
}


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in person during one request: who, for which organization, in which role.

    `organization_id` is also the id of the organization's listing when it has one. `time_zone` is an IANA name.
    """

    user_id: UUID
    organization_id: UUID
    organization_name: str
    role: Role
    name: str
    time_zone: str
    session_id: UUID

    def can(self, permission: str) -> bool:
        """Tell whether the role has a permission; an unknown permission is nobody's."""
        return self.role in PERMISSIONS.get(permission, frozenset())
