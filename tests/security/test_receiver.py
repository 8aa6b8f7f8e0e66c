"""What the receiving side sees: what was agreed to, for as long as it holds, and nothing of the sender's own."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from care.models import Client, Consent
from core import clock, jobs
from core.database import Database
from core.settings import Settings
from referrals import letter, links
from referrals.models import LINK_LIFE, Referral, ReferralEvent, ReferralLink
from tests.support.http import Http, post_form, sign_in
from tests.support.letters import body, received
from tests.support.world import BIRTH_DATE, FAMILY_NAME, GIVEN_NAME, NOTE, PHONE, SECRETS, World, make_world

STREET = "17 Weeping Willow Lane, Harlow"
CANCEL_NOTE = "her brother came for her"


@pytest.fixture
async def world(database: Database) -> World:
    """Zephyrine, referred to Omar's pantry, with a whole address where a town was asked for."""
    made = await make_world(database)
    async with database.transaction() as db:
        client = await db.get_one(Client, made.client_id)
        client.place = STREET
    return made


async def mailed(database: Database, world: World) -> str:
    async with database.transaction() as db:
        referral = await db.get_one(Referral, world.referral_id)
        _link, token = await links.make(db, referral, "hello@pantry.example", "answer")
    return token


async def opened(http: Http, database: Database, settings: Settings, token: str) -> None:
    """Type the code that was mailed, as the receiver does."""
    await post_form(http, f"/act/{token}/code", {}, page="/sign-in")
    await jobs.run_due(database, settings)
    code = next(
        word for word in body(received(settings.data_dir)[-1]).split() if word.isdigit() and len(word) == 6
    )
    assert (await post_form(http, f"/act/{token}/open", {"code": code})).status_code == 303


async def consents(database: Database, **values: object) -> None:
    async with database.transaction() as db:
        await db.execute(update(Consent).values(**values))


def told(text: str) -> list[str]:
    plain = text.replace("&#39;", "'")
    return [secret for secret in (*SECRETS, STREET, "Weeping", CANCEL_NOTE) if secret in plain]


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("69812", "69812"), ("Harlow", "Harlow"), (STREET, ""), (f"{STREET} 69812", "69812"), ("Apt 4", ""),
        ("12345 Elm St, 69812-1234", "69812"), ("", ""),
    ],
)  # fmt: skip
def test_an_area_is_a_zip_code_or_a_town(place: str, shown: str):
    assert letter.area(place) == shown


async def test_before_the_code_a_link_tells_nobody(http: Http, database: Database, world: World):
    token = await mailed(database, world)
    assert told((await http.get(f"/act/{token}")).text) == []


async def test_a_link_that_is_too_old_or_used_up_tells_and_does_nothing(
    http: Http, database: Database, settings: Settings, world: World
):
    token = await mailed(database, world)
    await opened(http, database, settings, token)
    assert GIVEN_NAME in (await http.get(f"/act/{token}")).text
    with time_machine.travel(clock.now() + LINK_LIFE + timedelta(minutes=1), tick=False):
        assert told((await http.get(f"/act/{token}")).text) == []
        for verb in ("accept", "decline", "code", "open", "move", "appointment"):
            form = {"reason": "other", "note": "x", "code": "1", "to": "completed", "version": "1"}
            assert (await post_form(http, f"/act/{token}/{verb}", form)).status_code == 409
    assert (await post_form(http, f"/act/{token}/decline", {"reason": "no-funds"})).status_code == 303
    assert told((await http.get(f"/act/{token}")).text) == []
    async with database.transaction(write=False) as db:
        assert await db.scalar(select(Referral.state)) == "rejected"


async def test_details_stay_in_the_browser_that_typed_the_code(
    http: Http, app, database: Database, settings: Settings, world: World
):
    token, other = await mailed(database, world), await mailed(database, world)
    await opened(http, database, settings, token)
    assert told((await http.get(f"/act/{other}")).text) == []
    async with Http(settings, app) as stranger:
        assert told((await stranger.get(f"/act/{token}")).text) == []
        form = {"to": "completed", "outcome": "no-help", "version": "1"}
        assert (await post_form(stranger, f"/act/{token}/move", form)).status_code == 404
    with time_machine.travel(clock.now() + timedelta(minutes=31), tick=False):
        assert told((await http.get(f"/act/{token}")).text) == []


@pytest.mark.parametrize("ending", ["revoked", "ended", "narrowed"])
async def test_consent_counts_when_it_is_read_and_not_when_it_was_sent(
    http: Http, database: Database, settings: Settings, cast, world: World, ending: str
):
    token = await mailed(database, world)
    await opened(http, database, settings, token)
    today = clock.today("America/Chicago")
    if ending == "revoked":
        await consents(database, revoked_at=clock.now())
    elif ending == "ended":
        await consents(database, expires_on=today - timedelta(days=1))
    else:
        await consents(database, categories=["language"])
    assert told((await http.get(f"/act/{token}")).text) == []
    await sign_in(http, cast.omar)
    for page in (f"/referrals/{world.referral_id}", "/inbox", "/today"):
        assert told((await http.get(page)).text) == [], page


async def test_fewer_categories_than_were_agreed_to_show_only_those(
    http: Http, database: Database, cast, world: World
):
    async with database.transaction() as db:
        await db.execute(update(Referral).values(categories=["name"]))
    await sign_in(http, cast.omar)
    shown = (await http.get(f"/referrals/{world.referral_id}")).text
    assert GIVEN_NAME in shown and FAMILY_NAME in shown
    assert not any(secret in shown.replace("&#39;", "'") for secret in (BIRTH_DATE, PHONE, NOTE, STREET))


async def test_the_senders_own_steps_and_words_stay_with_the_sender(
    http: Http, database: Database, cast, world: World
):
    """Which other place was asked, and what is noted after the consent has ended, is not the receiver's business."""
    async with database.transaction() as db:
        for kind, note in (("rerouted", ""), ("moved", CANCEL_NOTE)):
            event = ReferralEvent(
                referral_id=world.referral_id, kind=kind, party="sender", via="app", note=note
            )
            event.to_state, event.reason = ("cancelled", "safety") if kind == "moved" else ("", "")
            db.add(event)
    await consents(database, revoked_at=clock.now())
    await sign_in(http, cast.omar)
    page = (await http.get(f"/referrals/{world.referral_id}")).text
    assert CANCEL_NOTE not in page and "Another place was asked" not in page
    await sign_in(http, cast.cora)
    page = (await http.get(f"/referrals/{world.referral_id}")).text
    assert CANCEL_NOTE in page and "Another place was asked" in page


async def test_what_was_entered_by_mistake_is_gone_for_the_receiver(
    http: Http, database: Database, cast, world: World
):
    token = await mailed(database, world)
    await sign_in(http, cast.nina)
    form = {"to": "entered-in-error", "version": "1"}
    assert (await post_form(http, f"/referrals/{world.referral_id}/move", form)).status_code == 303
    assert (await http.get(f"/act/{token}")).status_code == 404
    assert (await post_form(http, f"/act/{token}/accept", {})).status_code == 404
    await sign_in(http, cast.omar)
    assert (await http.get(f"/referrals/{world.referral_id}")).status_code == 404
    assert str(world.referral_id) not in (await http.get("/inbox")).text


async def test_a_receiver_moves_only_what_is_the_receivers(
    http: Http, database: Database, cast, world: World
):
    await sign_in(http, cast.omar)
    for to in ("entered-in-error", "requested", "draft"):
        answer = await post_form(http, f"/referrals/{world.referral_id}/move", {"to": to, "version": "1"})
        assert answer.status_code in {409, 422}, to
    assert (await post_form(http, f"/referrals/{world.referral_id}/nudge", {})).status_code == 403
    for path in ("/clients", f"/clients/{world.client_id}", "/worklist", "/referrals", "/reports"):
        assert (await http.get(path)).status_code == 403, path
    async with database.transaction(write=False) as db:
        assert await db.scalar(select(Referral.state)) == "requested"


async def test_a_code_opens_the_link_it_was_mailed_for_alone(
    http: Http, database: Database, settings: Settings, world: World
):
    """Not even when somebody who can write to the database copies what is stored of it."""
    one, other = await mailed(database, world), await mailed(database, world)
    await post_form(http, f"/act/{one}/code", {}, page="/sign-in")
    await jobs.run_due(database, settings)
    code = next(
        word for word in body(received(settings.data_dir)[-1]).split() if word.isdigit() and len(word) == 6
    )
    assert (await post_form(http, f"/act/{other}/open", {"code": code})).status_code == 409
    async with database.transaction() as db:
        found = {bool(link.code_hash): link for link in await db.scalars(select(ReferralLink))}
        found[False].code_hash, found[False].code_expires_at = (
            found[True].code_hash,
            found[True].code_expires_at,
        )
    assert (await post_form(http, f"/act/{other}/open", {"code": code})).status_code == 422
    assert (await post_form(http, f"/act/{one}/open", {"code": code})).status_code == 303
