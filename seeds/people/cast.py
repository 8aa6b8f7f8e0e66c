"""Who can sign in to the demo. All have the same password, and only in demo mode."""

from typing import NamedTuple

from accounts.rules import Role
from seeds.county.rows import row_id


class Person(NamedTuple):
    """A person with an account: `agency` is the key of their organization in the county's content."""

    key: str
    name: str
    email: str
    role: Role
    agency: str


PEOPLE = (
    Person("nina", "Nina Halloran", "navigator@demo.example", "navigator", "carelink"),
    Person("cora", "Cora Whitfield", "coordinator@demo.example", "coordinator", "carelink"),
    Person("ada", "Ada Lindqvist", "admin@demo.example", "admin", "carelink"),
    Person("jonah", "Jonah Eze", "jonah@demo.example", "navigator", "carelink"),
    Person("omar", "Omar Haddad", "provider@demo.example", "provider", "millrace"),
    Person("sam", "Sam Ostrander", "sam@demo.example", "navigator", "sandfam"),
)

AGENCIES = {key: row_id("organization", key) for key in ("carelink", "sandfam", "millrace")}
"""Organizations whose people sign in; all others answer from their mail."""

ANSWERS = {AGENCIES["millrace"]: "omar", AGENCIES["carelink"]: "cora"}
"""Who answers referrals signed in, by receiving organization."""
