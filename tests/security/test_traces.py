"""Whoever sees a client leaves a trace: no page tells who somebody is without an entry in the audit trail."""

import re

import pytest
from litestar import Litestar
from sqlalchemy import func, select

from accounts.models import AuditEntry
from core import jobs
from core.database import Database
from core.settings import Settings
from referrals import links
from referrals.models import Referral
from tests.security.test_tenants import FILLED_IN, addresses
from tests.support.http import Http, post_form, sign_in
from tests.support.letters import body, received
from tests.support.world import FAMILY_NAME, GIVEN_NAME, World, make_world

LISTS = ("/today", "/clients", "/referrals", "/worklist", "/inbox", "/referrals/new")


async def entries(database: Database) -> int:
    async with database.transaction(write=False) as db:
        return await db.scalar(select(func.count()).select_from(AuditEntry)) or 0


def tells(text: str) -> bool:
    return GIVEN_NAME in text or FAMILY_NAME in text


def ids_of(world: World) -> dict[str, str]:
    return {name: str(getattr(world, name)) for name in ("client_id", "need_id", "consent_id", "referral_id")}


def forms_with_mistakes(world: World) -> dict[str, dict[str, str]]:
    """Return forms that come back with what is wrong with them, on a page that shows the client again."""
    client, need, referral = (
        f"/clients/{world.client_id}",
        f"/needs/{world.need_id}",
        f"/referrals/{world.referral_id}",
    )
    return {
        f"{client}/needs": {"code": "nonsense"},
        f"{client}/edit": {"given_name": ""},
        f"{client}/consents/new": {"recipient_id": "x"},
        f"{need}/close": {"state": "unmet", "reason": ""},
        f"{referral}/move": {"to": "cancelled", "version": "1", "reason": ""},
        "/clients/find": {"given_name": GIVEN_NAME, "family_name": FAMILY_NAME, "birth_date": "1987-03-29"},
    }


async def test_every_page_that_tells_who_somebody_is_leaves_an_entry(
    app: Litestar, http: Http, database: Database, cast
):
    world = await make_world(database)
    ids = ids_of(world)
    pages = [re.sub(r"\{(\w+):\w+\}", lambda match: ids[match[1]], one.path) for one in addresses(app)
             if one.method == "GET" and set(one.parameters) <= set(ids)]  # fmt: skip
    pages += [*LISTS, f"/referrals/new?need={world.need_id}", f"/referrals/new?need={world.need_id}&every=1"]
    told, untraced = [], []
    for member in (cast.ada, cast.omar):
        await sign_in(http, member)
        for page in pages:
            before = await entries(database)
            answer = await http.get(page)
            if answer.status_code == 200 and tells(answer.text):
                told.append(page)
                if await entries(database) == before:
                    untraced.append(f"{page} as {member.name}")
    assert len(set(told)) >= 8, "hardly any page told who the client is; this test no longer sees the app"
    assert untraced == []


async def test_a_form_that_comes_back_leaves_an_entry_too(http: Http, database: Database, cast):
    world = await make_world(database)
    await sign_in(http, cast.nina)
    untraced = []
    for path, mistakes in forms_with_mistakes(world).items():
        before = await entries(database)
        answer = await post_form(http, path, {**FILLED_IN, **mistakes})
        assert answer.status_code in {200, 422}, path
        assert tells(answer.text), path
        if await entries(database) == before:
            untraced.append(path)
    assert untraced == []


@pytest.fixture
async def link(database: Database) -> tuple[World, str]:
    """A client who was referred, and the token of the link that was mailed about her."""
    world = await make_world(database)
    async with database.transaction() as db:
        referral = await db.get_one(Referral, world.referral_id)
        _link, token = await links.make(db, referral, "hello@pantry.example", "answer")
    return world, token


async def test_each_look_by_a_mailed_link_leaves_an_entry(
    http: Http, database: Database, settings: Settings, link: tuple[World, str]
):
    world, token = link
    before = await entries(database)
    assert not tells((await http.get(f"/act/{token}")).text)
    assert await entries(database) == before
    await post_form(http, f"/act/{token}/code", {}, page="/sign-in")
    await jobs.run_due(database, settings)
    code = re.findall(r"\b\d{6}\b", body(received(settings.data_dir)[-1]))[-1]
    assert (await post_form(http, f"/act/{token}/open", {"code": code})).status_code == 303
    for _look in range(2):
        before = await entries(database)
        assert tells((await http.get(f"/act/{token}")).text)
        assert await entries(database) == before + 1
    async with database.transaction(write=False) as db:
        last = (await db.scalars(select(AuditEntry).order_by(AuditEntry.sequence.desc()).limit(1))).one()
    assert (last.action, last.details["client_id"]) == ("client.read", str(world.client_id))
