"""Several people at one thing at the same moment: one of them wins, the others are told, and nobody waits for ever."""

import asyncio
import re
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
from litestar import Litestar
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from accounts.audit import verify
from care.models import Need
from core.database import Database
from core.settings import Settings
from referrals import links
from referrals.models import CODE_TRIES, Referral, ReferralEvent, ReferralLink
from tests.support.casework import add_client, add_need, add_service, send
from tests.support.cast import Member
from tests.support.http import Http, post_form, sign_in
from tests.support.world import World, make_world


@asynccontextmanager
async def browser(app: Litestar, member: Member | None = None) -> AsyncIterator[Http]:
    """Open a browser of its own, signed in as `member`."""
    async with Http(app.state.settings, app) as http:
        if member is not None:
            await sign_in(http, member)
        else:
            await http.get("/sign-in")
        yield http


async def mailed_link(database: Database, referral_id: uuid.UUID) -> str:
    """Return the token of a link that was mailed for a referral."""
    async with database.transaction() as db:
        referral = await db.get_one(Referral, referral_id)
        _link, token = await links.make(db, referral, "hello@pantry.example", "answer")
    return token


def answers(world: World, token: str) -> dict[str, dict[str, str]]:
    """Return four answers to one referral: yes and no, from the inbox and from the mail."""
    inbox = f"/referrals/{world.referral_id}/move"
    return {
        f"{inbox}?yes": {"to": "accepted", "version": "1"},
        f"{inbox}?no": {"to": "rejected", "reason": "no-funds", "version": "1"},
        f"/act/{token}/accept": {},
        f"/act/{token}/decline": {"reason": "no-funds"},
    }


async def test_of_several_answers_at_once_one_counts(app: Litestar, database: Database, cast):
    world = await make_world(database)
    token = await mailed_link(database, world.referral_id)
    async with browser(app, cast.omar) as omar, browser(app) as somebody:
        sent = [
            post_form(omar if path.startswith("/referrals") else somebody, path, form)
            for path, form in answers(world, token).items()
        ]
        statuses = Counter(answer.status_code for answer in await asyncio.gather(*sent))
    assert statuses == {303: 1, 409: 3}
    async with database.transaction(write=False) as db:
        moved = list(
            await db.scalars(select(ReferralEvent.to_state).where(ReferralEvent.from_state == "requested"))
        )
        state = await db.scalar(select(Referral.state))
        faults = [fault async for fault in verify(db)]
    assert moved == [state]
    assert faults == []


async def test_wrong_codes_sent_at_once_all_count(app: Litestar, database: Database):
    world = await make_world(database)
    token = await mailed_link(database, world.referral_id)
    async with browser(app) as somebody:
        assert (await post_form(somebody, f"/act/{token}/code", {})).status_code == 303
        tried = [
            post_form(somebody, f"/act/{token}/open", {"code": f"{n:06d}"}) for n in range(CODE_TRIES + 4)
        ]
        statuses = Counter(answer.status_code for answer in await asyncio.gather(*tried))
    async with database.transaction(write=False) as db:
        link = (await db.scalars(select(ReferralLink))).one()
    assert link.code_tries == CODE_TRIES
    assert statuses == {422: CODE_TRIES, 409: 4}


async def test_codes_asked_for_at_once_do_not_flood_a_mailbox(app: Litestar, database: Database):
    world = await make_world(database)
    token = await mailed_link(database, world.referral_id)
    async with browser(app) as somebody:
        asked = [post_form(somebody, f"/act/{token}/code", {}) for _ in range(links.CODES_PER_LINK + 5)]
        statuses = Counter(answer.status_code for answer in await asyncio.gather(*asked))
    assert statuses == {303: links.CODES_PER_LINK, 429: 5}


async def test_colleagues_who_do_different_things_at_once_do_not_lock_each_other_out(
    app: Litestar, database: Database, settings: Settings, cast
):
    """Each of these writes the same organization's audit trail, and rows that the others write too."""
    people = 6
    async with database.transaction() as db:
        service = await add_service(db)
        client = await add_client(db, cast.nina.actor)
        needs = [
            await add_need(db, cast.nina.actor, client, code)
            for code in ("food-insecurity", "homelessness", "utility-insecurity")
        ]
        referrals = [await send(db, settings, cast.nina.actor, need, service) for need in needs]
        for referral in referrals:
            referral.respond_by = referral.sent_at
    tokens = [await mailed_link(database, referral.id) for referral in referrals]

    async def work(http: Http, turn: int) -> list[httpx.Response]:
        need, referral, token = needs[turn % 3], referrals[turn % 3], tokens[turn % 3]
        sending = {
            "need_id": str(need.id), "service_id": str(service.id), "categories": "name", "consent": "spoken",
            "anyway": "on",
        }  # fmt: skip
        changing = {"version": "1", "urgency": "today", "wants_help": "yes"}
        doing = [
            post_form(http, "/referrals/new", sending),
            post_form(http, "/worklist/nudge-all", {}),
            post_form(http, f"/needs/{need.id}/change", changing),
            post_form(http, f"/act/{token}/code", {}),
            post_form(
                http,
                f"/referrals/{referral.id}/move",
                {"to": "cancelled", "reason": "safety", "version": "1"},
            ),
            post_form(http, f"/act/{token}/accept", {}),
        ]
        return await asyncio.gather(*doing)

    async with AsyncExitStack() as stack:
        browsers = [await stack.enter_async_context(browser(app, cast.cora)) for _ in range(people)]
        done = await asyncio.gather(*(work(http, turn) for turn, http in enumerate(browsers)))
    statuses = Counter(answer.status_code for several in done for answer in several)
    assert set(statuses) <= {303, 409, 422}, statuses
    async with database.transaction(write=False) as db:
        sent = await db.scalar(select(func.count()).select_from(Referral))
        urgencies = set(await db.scalars(select(Need.urgency)))
        faults = [fault async for fault in verify(db)]
    assert sent == len(referrals) + people
    assert urgencies == {"today"}
    assert faults == []


async def test_a_database_that_is_locked_too_long_says_so(
    app: Litestar, database: Database, cast, monkeypatch
):
    world = await make_world(database)

    async def locked(*_args: object, **_more: object) -> None:
        raise OperationalError("UPDATE need SET note = 'secret'", {}, Exception("database is locked"))

    monkeypatch.setattr("care.actions.change_need", locked)
    async with browser(app, cast.nina) as http:
        form = {"version": "1", "urgency": "today", "wants_help": "yes"}
        answer = await post_form(http, f"/needs/{world.need_id}/change", form)
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert "try again" in answer.text and not re.search("secret|UPDATE|locked", answer.text)


async def test_a_form_sent_by_an_impatient_crowd_acts_once_and_holds_nobody_up(
    app: Litestar, database: Database, cast
):
    """More sendings at once than there are connections: each is led to what came of the first."""
    async with browser(app, cast.nina) as http:
        person = {
            "given_name": "Ott", "family_name": "Er", "birth_date": "1990-05-06", "place": "69812", "language": "en",
            "contact_way": "none",
        }  # fmt: skip
        form = person | http.guard()
        async with asyncio.timeout(20):
            answers = await asyncio.gather(*(http.post("/clients/new", data=form) for _ in range(24)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
