"""Roles and permissions."""

import pytest

from accounts import today
from accounts.rules import PERMISSIONS, ROLES
from accounts.today import TodaySection, greeting, sections, today_section
from tests.support.cast import Cast


def test_it_works():
    assert Cast.nina.actor.can("client.read")
    assert not Cast.omar.actor.can("client.read")
    assert Cast.ada.actor.can("admin") and not Cast.cora.actor.can("admin")


@pytest.mark.parametrize("permission", ["", "public", "everything", "client"])
def test_a_permission_that_does_not_exist_is_nobodys(permission: str):
    assert not any(member.actor.can(permission) for member in Cast.members)


def test_permissions_name_roles_that_exist():
    assert all(roles and roles <= set(ROLES) for roles in PERMISSIONS.values())


async def test_a_home_is_made_of_what_concerns_its_person(db, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(today, "_makers", [])

    @today_section(order=20)
    async def second(db, actor) -> TodaySection | None:
        return TodaySection("b.html", {}, waiting=2)

    @today_section(order=10)
    async def first(db, actor) -> TodaySection | None:
        return TodaySection("a.html", {}, waiting=1) if actor.role == "navigator" else None

    assert [part.template for part in await sections(db, Cast.nina.actor)] == ["a.html", "b.html"]
    assert [part.template for part in await sections(db, Cast.omar.actor)] == ["b.html"]


def test_the_greeting_says_how_much_waits():
    assert greeting(8, "Nina Larkin", 0) == "Good morning, Nina. Nothing needs you now."
    assert greeting(13, "Nina Larkin", 1) == "Good afternoon, Nina. One thing needs you."
    assert greeting(22, "Nina", 5) == "Good evening, Nina. 5 things need you."
