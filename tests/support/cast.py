"""The people of all tests, always the same: what each may do is told by what happens to them.

Nina, Cora and Ada work at a county agency; Omar at an organization that helps people; Sam at an agency of another
county, who must never see anything of the other two.
"""

from dataclasses import dataclass
from uuid import UUID, uuid5

from accounts.models import Agency, User, email_index
from accounts.passwords import hash_password
from accounts.rules import Actor, Role
from core.database import Database

PASSWORD = "four slow lanterns hum"
_NAMESPACE = UUID("6f3c2c1e-58c1-4a57-9d0c-2b7a2f0f6a10")
TIME_ZONE = "America/Chicago"


@dataclass(frozen=True)
class Organization:
    """An agency of the cast."""

    id: UUID
    name: str
    mail: str


@dataclass(frozen=True)
class Member:
    """One of the cast: `actor` is who they are to an action, `email` how they sign in."""

    user_id: UUID
    name: str
    email: str
    role: Role
    organization: Organization

    @property
    def organization_id(self) -> UUID:
        """The tenant they belong to."""
        return self.organization.id

    @property
    def actor(self) -> Actor:
        """Who they are in a login session."""
        return Actor(
            user_id=self.user_id,
            organization_id=self.organization.id,
            organization_name=self.organization.name,
            role=self.role,
            name=self.name,
            time_zone=TIME_ZONE,
            session_id=uuid5(_NAMESPACE, f"session of {self.name}"),
        )


def _organization(name: str, mail: str) -> Organization:
    return Organization(uuid5(_NAMESPACE, name), name, mail)


def _member(name: str, role: Role, organization: Organization) -> Member:
    email = f"{name.split()[0].lower()}@{organization.mail.partition('@')[2]}"
    return Member(uuid5(_NAMESPACE, name), name, email, role, organization)


class Cast:
    """Nina (navigator), Cora (coordinator), Ada (admin), Omar (provider), Sam (stranger)."""

    county = _organization("Alder County Family Services", "office@county.example")
    pantry = _organization("Harlow Food Shelf", "hello@pantry.example")
    elsewhere = _organization("Birch County Outreach", "office@elsewhere.example")

    nina = _member("Nina Larkin", "navigator", county)
    cora = _member("Cora Whitfield", "coordinator", county)
    ada = _member("Ada Bergstrom", "admin", county)
    omar = _member("Omar Haddad", "provider", pantry)
    sam = _member("Sam Tully", "admin", elsewhere)

    organizations = (county, pantry, elsewhere)
    members = (nina, cora, ada, omar, sam)


async def invite(database: Database) -> None:
    """Write the cast into an empty database; `core.crypto` must be configured."""
    password = await hash_password(PASSWORD)
    async with database.transaction() as db:
        for organization in Cast.organizations:
            db.add(
                Agency(
                    id=organization.id, name=organization.name, mail=organization.mail, time_zone=TIME_ZONE
                )
            )
        await db.flush()
        for member in Cast.members:
            db.add(
                User(
                    id=member.user_id,
                    organization_id=member.organization_id,
                    email=member.email,
                    email_index=email_index(member.email),
                    name=member.name,
                    role=member.role,
                    password_hash=password,
                )
            )
