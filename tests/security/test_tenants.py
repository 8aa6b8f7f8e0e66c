"""Nobody reaches another organization's client, referral or key, by any address, in any role, in any form of answer.

The addresses are read off the app, so that a page added tomorrow is tried tomorrow. An address with an id in it that
this file does not know makes it fail.
"""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from litestar import Litestar
from sqlalchemy import select, true, update

from accounts.keys.models import ApiKey
from accounts.models import AuditEntry, User
from accounts.rules import PERMISSIONS, ROLES
from care.models import Client, Consent, Need
from core import web
from core.database import EVERYTHING, Database
from referrals.models import Referral, ReferralEvent, ReferralLink
from tests.support.cast import Cast, Member
from tests.support.http import Http, post_form, sign_in
from tests.support.world import PARTNER, PREFIX, SECRETS, World, make_world

CONFIDENTIAL = {"client_id", "need_id", "consent_id", "referral_id", "key_id"}
# Ids of what is no secret between organizations, or is tried by tests of its own package.
ELSEWHERE = {
    "session_id", "user_id", "job_id", "mail_id", "service_id", "pair_id", "merge_id", "source_id", "pull_id",
    "import_id",
}  # fmt: skip
ASKED_BY = {
    "a browser": {"accept": "text/html"},
    "htmx": {"accept": "text/html", "hx-request": "true"},
    "a program": {"accept": "application/json"},
}
# Enough for every form: what is asked for is refused for whose it is, not for what is missing.
FILLED_IN: dict[str, str | list[str]] = {
    "version": "1",
    "given_name": "Somebody",
    "family_name": "Else",
    "birth_date": "1990-01-01",
    "place": "Harlow",
    "language": "en",
    "contact_way": "none",
    "code": "food-insecurity",
    "urgency": "week",
    "wants_help": "no",
    "state": "no-longer-wanted",
    "recipient_id": str(Cast.elsewhere.id),
    "form": "spoken",
    "expires_on": "2999-01-01",
    "categories": ["name"],
    "to": "accepted",
    "reason": "other",
    "note": "none of my business",
    "business_state": "no-show",
}


@dataclass(frozen=True)
class Address:
    """One route and method; `parameters` are the names of the ids in its path."""

    method: str
    path: str
    permission: str
    parameters: tuple[str, ...]

    def filled(self, ids: dict[str, uuid.UUID]) -> str:
        return re.sub(r"\{(\w+):\w+\}", lambda match: str(ids[match[1]]), self.path)


def addresses(app: Litestar) -> Iterator[Address]:
    """Yield every address of the app that is not public and has ids in it."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            permission = handler.opt.get("permission")
            parameters = tuple(re.findall(r"\{(\w+):\w+\}", route.path))
            if permission in {None, web.PUBLIC} or not parameters:
                continue
            for method in handler.http_methods - {"OPTIONS", "HEAD"}:
                yield Address(method, route.path, permission, parameters)


def confidential_addresses(app: Litestar) -> list[Address]:
    found = [address for address in addresses(app) if CONFIDENTIAL & set(address.parameters)]
    assert len(found) >= 10, "hardly any address was found; this test no longer sees the app"
    return found


def test_every_id_in_an_address_is_known(app: Litestar):
    names = {name for address in addresses(app) for name in address.parameters}
    assert names <= CONFIDENTIAL | ELSEWHERE


async def rows_of(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Return all confidential rows as they are stored."""
    stored: dict[str, list[tuple[Any, ...]]] = {}
    async with database.transaction(write=False) as db:
        for model in (Client, Need, Consent, Referral, ReferralEvent, ReferralLink, ApiKey):
            table = model.__table__
            rows = await db.execute(select(table).order_by(table.c.id))
            stored[model.__tablename__] = [tuple(map(str, row)) for row in rows]
    return stored


async def denials(database: Database, member: Member) -> int:
    async with database.transaction(write=False) as db:
        entries = await db.scalars(
            select(AuditEntry.action).where(
                AuditEntry.organization_id == member.organization_id, AuditEntry.action == "denied"
            )
        )
        return len(entries.all())


async def ask(
    http: Http, address: Address, ids: dict[str, uuid.UUID], headers: dict[str, str]
) -> tuple[int, str]:
    """Return status and text of one try, without what differs between any two answers."""
    url = address.filled(ids)
    if address.method == "GET":
        answer = await http.get(url, headers=headers)
    else:
        answer = await post_form(http, url, FILLED_IN, headers=headers)
    text = re.sub(r'name="_(csrf|key)" value="[^"]*"', "", answer.text)
    for value in ids.values():
        text = text.replace(str(value), "ID")
    return answer.status_code, text


async def leaks(
    app: Litestar, http: Http, database: Database, member: Member, world: World, role: str
) -> list[str]:
    """Try every confidential address as `member`, and return a line for each answer that tells or does something."""
    await sign_in(http, member)
    theirs = {name: getattr(world, name) for name in CONFIDENTIAL}
    nobodys = {name: uuid.uuid4() for name in CONFIDENTIAL}
    before = await rows_of(database)
    faults = []
    for address in confidential_addresses(app):
        expected = 404 if role in PERMISSIONS[address.permission] else 403
        for who, headers in ASKED_BY.items():
            name = f"{address.method} {address.path} as {role}, asked by {who}"
            counted = await denials(database, member)
            status, text = await ask(http, address, theirs, headers)
            if status != expected:
                faults.append(f"{name}: answered {status}, not {expected}")
            if any(secret in text for secret in (*SECRETS, PARTNER, PREFIX)):
                faults.append(f"{name}: tells who the client or the partner is")
            if await denials(database, member) != counted + 1:
                faults.append(f"{name}: left no trace in the audit trail")
            if (status, text) != await ask(http, address, nobodys, headers):
                faults.append(f"{name}: answers differently than for an id that does not exist")
    if await rows_of(database) != before:
        faults.append(f"as {role}: something was changed")
    return faults


async def with_role(database: Database, member: Member, role: str) -> None:
    async with database.transaction() as db:
        await db.execute(update(User).where(User.id == member.user_id).values(role=role))


@pytest.mark.parametrize("role", ROLES)
async def test_a_stranger_reaches_nothing_by_any_address(
    app: Litestar, http: Http, database: Database, cast, role: str
):
    world = await make_world(database)
    await with_role(database, cast.sam, role)
    assert await leaks(app, http, database, cast.sam, world, role) == []


async def test_a_receiver_reaches_no_referral_to_somebody_else(
    app: Litestar, http: Http, database: Database, cast
):
    world = await make_world(database, receiver=cast.elsewhere)
    assert await leaks(app, http, database, cast.omar, world, "provider") == []


async def test_the_owner_does_reach_them(app: Litestar, http: Http, database: Database, cast):
    """Otherwise the tests above would pass on an app that answers 404 to everybody."""
    world = await make_world(database)
    await sign_in(http, cast.ada)
    pages = [a for a in confidential_addresses(app) if a.method == "GET"]
    ids = {name: getattr(world, name) for name in CONFIDENTIAL}
    answers = {a.path: (await http.get(a.filled(ids))).status_code for a in pages}
    assert answers == {a.path: 200 for a in pages}


@pytest.mark.parametrize(
    "filter_taken_away", ["care.queries.visible_to", "referrals.queries.visible_to"], ids=lambda name: name
)
async def test_taking_one_filter_away_is_noticed(
    app: Litestar,
    http: Http,
    database: Database,
    cast,
    filter_taken_away: str,
    monkeypatch: pytest.MonkeyPatch,
):
    world = await make_world(database)
    monkeypatch.setattr(filter_taken_away, lambda _actor: true())
    # On PostgreSQL the database would still withhold the rows: that is tested in test_row_security.
    monkeypatch.setattr("core.web.see_as", lambda _actor: EVERYTHING)
    faults = await leaks(app, http, database, cast.sam, world, cast.sam.role)
    assert any("tells who the client or" in fault or "answered 200" in fault for fault in faults)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_postgresql_stands_behind_a_forgotten_filter(
    app: Litestar, http: Http, database: Database, cast, monkeypatch: pytest.MonkeyPatch
):
    world = await make_world(database)
    for name in ("care.queries.visible_to", "referrals.queries.visible_to"):
        monkeypatch.setattr(name, lambda _actor: true())
    assert await leaks(app, http, database, cast.sam, world, cast.sam.role) == []


async def test_ids_in_questions_and_forms_open_nothing(http: Http, database: Database, cast):
    """The same ids, given where no address has them: in a query, and in the fields of a form."""
    world = await make_world(database)
    await sign_in(http, cast.sam)
    before = await rows_of(database)
    asked = await http.get(f"/referrals/new?need={world.need_id}")
    sent = await post_form(
        http, "/referrals/new", {"need_id": str(world.need_id), "service_id": str(uuid.uuid4())}
    )
    assert (asked.status_code, sent.status_code) == (404, 404)
    assert await rows_of(database) == before


LISTS = [
    "/today",
    "/clients",
    "/referrals",
    "/inbox",
    "/worklist",
    "/reports",
    "/reports/referrals.csv",
    "/admin/keys",
]


@pytest.mark.parametrize("path", LISTS)
async def test_lists_of_a_stranger_hold_nothing_of_others(http: Http, database: Database, cast, path: str):
    world = await make_world(database)
    await sign_in(http, cast.sam)
    answer = await http.get(path)
    assert answer.status_code == 200
    confidential = (*SECRETS, PARTNER, PREFIX, str(world.referral_id), str(world.client_id))
    told = [secret for secret in confidential if secret in answer.text]
    assert told == []


async def test_a_session_dies_with_the_account(http: Http, database: Database, cast):
    await sign_in(http, cast.nina)
    assert (await http.get("/clients")).status_code == 200
    async with database.transaction() as db:
        disabled = update(User).where(User.id == cast.nina.user_id).values(disabled_at=User.created_at)
        await db.execute(disabled)
    assert (await http.get("/clients")).status_code == 303
