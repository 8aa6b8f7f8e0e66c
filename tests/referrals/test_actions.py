"""What follows from sending, answering and reminding: consent, mail, events, needs, listings."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.models import AuditEntry
from care import actions as care_actions
from care import queries as care_queries
from core import clock
from core.errors import NotVisible, Stale, WrongState
from core.forms import FormErrors
from core.jobs import Job
from core.mail import Mail
from core.settings import Settings
from directory.models import Service
from referrals import actions, letter, links, queries
from referrals.actions import BY_LINK, By
from referrals.forms import AppointmentForm
from referrals.models import CODE_TRIES, Answer, Referral, ReferralLink
from tests.support.casework import FAMILY, GIVEN, PHONE, a_referral, add_client, add_need, add_service, send
from tests.support.cast import Cast

NINA, CORA, OMAR, SAM = Cast.nina.actor, Cast.cora.actor, Cast.omar.actor, Cast.sam.actor


async def mails(db: AsyncSession) -> list[Mail]:
    return list(await db.scalars(select(Mail).order_by(Mail.created_at)))


def token_in(mail: Mail) -> str:
    found = re.search(r"/act/([\w-]+)", mail.text or "")
    assert found is not None
    return found.group(1)


async def test_it_works(db: AsyncSession, settings: Settings) -> None:
    referral = await a_referral(db, settings)
    assert referral.state == "requested"
    assert [mail.to for mail in await mails(db)] == [Cast.pantry.mail]
    assert await queries.inbox(db, OMAR, frozenset({"requested"})) == [referral]
    jobs = set(await db.scalars(select(Job.kind)))
    assert {"core.send_mail", "referrals.nudge"} <= jobs
    actions_done = set(await db.scalars(select(AuditEntry.action)))
    assert {"client.add", "need.add", "consent.give", "referral.requested"} <= actions_done


async def test_nothing_is_sent_without_consent(db: AsyncSession, settings: Settings) -> None:
    service = await add_service(db)
    need = await add_need(db, NINA, await add_client(db, NINA))
    with pytest.raises(FormErrors) as wrong:
        await send(db, settings, NINA, need, service, consent="")
    assert "consent" in wrong.value.errors
    assert await db.scalar(select(func.count()).select_from(Referral)) == 0


async def test_no_mail_says_who_it_is(db: AsyncSession, settings: Settings) -> None:
    referral = await a_referral(db, settings)
    await actions.move(db, settings, referral, "accepted", BY_LINK, Answer(), referral.version)
    for mail in await mails(db):
        for secret in (GIVEN, FAMILY, PHONE, "698-555-0177", "1991", "Two adults"):
            assert secret not in (mail.text or "") + mail.subject


async def test_the_receiver_reads_only_what_was_agreed(db: AsyncSession, settings: Settings) -> None:
    service = await add_service(db)
    client = await add_client(db, NINA)
    need = await add_need(db, NINA, client)
    referral = await send(db, settings, NINA, need, service, categories=["name", "note"])
    told = await letter.letter_for(
        db, client, referral.note, frozenset(referral.categories), OMAR.organization_id, clock.now().date()
    )
    assert {code for code, _label, _value in told.told} == {"name", "note"}
    assert PHONE not in str(told.told)


async def test_taking_consent_back_counts_at_once(db: AsyncSession, settings: Settings) -> None:
    referral = await a_referral(db, settings)
    client = await care_queries.client(db, NINA, referral.client_id)
    await care_actions.revoke_consent(db, NINA, client.consents[0])
    await db.flush()
    told = await letter.letter_for(
        db, client, referral.note, frozenset(referral.categories), referral.receiver_id, clock.now().date()
    )
    assert not told.consented
    assert told.told == ()


async def test_do_not_contact_travels_along(db: AsyncSession, settings: Settings) -> None:
    service = await add_service(db)
    client = await add_client(db, NINA, contact_way="none", phone="")
    need = await add_need(db, NINA, client)
    referral = await send(db, settings, NINA, need, service, categories=["name"])
    told = await letter.letter_for(
        db, client, "", frozenset(referral.categories), referral.receiver_id, clock.now().date()
    )
    assert told.value("contact") == "Do not contact the person"


async def test_the_same_referral_twice_is_asked_about(db: AsyncSession, settings: Settings) -> None:
    service = await add_service(db)
    need = await add_need(db, NINA, await add_client(db, NINA))
    await send(db, settings, NINA, need, service)
    with pytest.raises(FormErrors) as wrong:
        await send(db, settings, NINA, need, service)
    assert "anyway" in wrong.value.errors
    assert (await send(db, settings, NINA, need, service, anyway=True)).state == "requested"


async def test_a_stale_move_changes_nothing(db: AsyncSession, settings: Settings) -> None:
    referral = await a_referral(db, settings)
    by = actions.by_actor(referral, OMAR)
    with pytest.raises(Stale):
        await actions.move(db, settings, referral, "accepted", by, Answer(), referral.version - 1)
    assert referral.state == "requested"


async def test_help_that_was_given_meets_the_need(db: AsyncSession, settings: Settings) -> None:
    referral = await a_referral(db, settings)
    by = actions.by_actor(referral, OMAR)
    await actions.move(db, settings, referral, "accepted", by, Answer(), referral.version)
    done = Answer(outcome="got-help", provided="groceries")
    await actions.move(db, settings, referral, "completed", by, done, referral.version)
    need = await care_queries.need(db, NINA, referral.need_id)
    assert need.state == "met"
    assert need.closed_at is not None


async def test_some_help_leaves_the_need_open(db: AsyncSession, settings: Settings) -> None:
    referral = await a_referral(db, settings)
    by = actions.by_actor(referral, OMAR)
    await actions.move(db, settings, referral, "accepted", by, Answer(), referral.version)
    done = Answer(outcome="partly", provided="one bag")
    await actions.move(db, settings, referral, "completed", by, done, referral.version)
    assert (await care_queries.need(db, NINA, referral.need_id)).state == "open"


async def test_no_room_marks_the_listing_full(db: AsyncSession, settings: Settings) -> None:
    referral = await a_referral(db, settings)
    no = Answer(reason="no-capacity")
    await actions.move(db, settings, referral, "rejected", BY_LINK, no, referral.version)
    assert await db.scalar(select(Service.capacity).where(Service.id == referral.service_id)) == "full"


async def test_does_not_want_it_parks_the_need(db: AsyncSession, settings: Settings) -> None:
    referral = await a_referral(db, settings)
    no = Answer(reason="client-declined")
    await actions.move(db, settings, referral, "rejected", BY_LINK, no, referral.version)
    need = await care_queries.need(db, NINA, referral.need_id)
    assert (need.state, need.wants_help) == ("open", "no")


async def test_declined_waits_on_the_worklist_until_another_is_asked(
    db: AsyncSession, settings: Settings
) -> None:
    referral = await a_referral(db, settings)
    no = Answer(reason="no-funds")
    await actions.move(db, settings, referral, "rejected", BY_LINK, no, referral.version)
    assert [row for row, _client in await queries.worklist(db, CORA, "declined")] == [referral]
    other = await add_service(db, "Hot meals", organization=UUID(int=7))
    need = await care_queries.need(db, NINA, referral.need_id)
    following = await send(db, settings, NINA, need, other, previous_id=str(referral.id))
    assert following.previous_id == referral.id
    assert list(await queries.worklist(db, CORA, "declined")) == []


async def test_a_reminder_goes_out_once(db: AsyncSession, settings: Settings) -> None:
    referral = await a_referral(db, settings)
    by = By("sender", NINA, "app")
    assert await actions.nudge(db, settings, referral, by, NINA.time_zone)
    assert not await actions.nudge(db, settings, referral, by, NINA.time_zone)
    assert len(await mails(db)) == 2


async def test_remind_all_takes_the_overdue_ones(db: AsyncSession, settings: Settings) -> None:
    referral = await a_referral(db, settings)
    assert await actions.nudge_all(db, settings, CORA) == 0
    referral.respond_by = clock.now() - timedelta(hours=1)
    await db.flush()
    assert await actions.nudge_all(db, settings, CORA) == 1
    assert await actions.nudge_all(db, settings, CORA) == 0
    assert referral.nudged_at is not None


async def test_the_link_dies_with_the_answer(db: AsyncSession, settings: Settings) -> None:
    referral = await a_referral(db, settings)
    token = token_in((await mails(db))[0])
    link, found = await queries.link(db, token)
    assert found is referral
    assert link.works(clock.now())
    following = await actions.move(db, settings, referral, "accepted", BY_LINK, Answer(), referral.version)
    await db.refresh(link)
    assert not link.works(clock.now())
    assert following is not None
    assert (await queries.link(db, following))[0].works(clock.now())
    with pytest.raises(NotVisible):
        await queries.link(db, "x" * 43)


async def test_a_code_has_five_tries(db: AsyncSession, settings: Settings) -> None:
    await a_referral(db, settings)
    link, _referral = await queries.link(db, token_in((await mails(db))[0]))
    await links.mail_code(db, link)
    right = re.findall(r"\b\d{6}\b", (await mails(db))[-1].text or "")[0]
    wrong = "000000" if right != "000000" else "111111"
    for _try in range(CODE_TRIES):
        assert await links.check_code(db, link, wrong) is None
    with pytest.raises(WrongState):
        await links.check_code(db, link, right)


async def test_the_right_code_opens_it_for_one_browser(db: AsyncSession, settings: Settings) -> None:
    await a_referral(db, settings)
    link, _referral = await queries.link(db, token_in((await mails(db))[0]))
    await links.mail_code(db, link)
    right = re.findall(r"\b\d{6}\b", (await mails(db))[-1].text or "")[0]
    viewer = await links.check_code(db, link, f"{right[:3]} {right[3:]}")
    assert viewer is not None
    assert links.may_view(link, viewer)
    assert not links.may_view(link, "another browser")
    with pytest.raises(WrongState):
        await links.check_code(db, link, right)


async def test_an_appointment_starts_the_work(db: AsyncSession, settings: Settings) -> None:
    referral = await a_referral(db, settings)
    by = actions.by_actor(referral, OMAR)
    await actions.move(db, settings, referral, "accepted", by, Answer(), referral.version)
    tomorrow = (clock.now() + timedelta(days=1)).replace(tzinfo=None, hour=10, minute=0)
    form = AppointmentForm(version=referral.version, business_state="scheduled", appointment_at=tomorrow)
    await actions.set_appointment(db, referral, by, form, OMAR.time_zone)
    assert (referral.state, referral.business_state) == ("in-progress", "scheduled")
    assert referral.appointment_at == clock.localize(tomorrow, OMAR.time_zone)


async def test_a_stranger_sees_no_referral(db: AsyncSession, settings: Settings) -> None:
    referral = await a_referral(db, settings)
    with pytest.raises(NotVisible):
        await queries.referral(db, SAM, referral.id)
    assert await queries.inbox(db, SAM, frozenset({"requested"})) == []
    assert await queries.sent(db, SAM, frozenset({"requested"})) == []


async def test_what_was_entered_by_mistake_vanishes_for_the_receiver(
    db: AsyncSession, settings: Settings
) -> None:
    referral = await a_referral(db, settings)
    by = actions.by_actor(referral, NINA)
    await actions.move(db, settings, referral, "entered-in-error", by, Answer(), referral.version)
    with pytest.raises(NotVisible):
        await queries.referral(db, OMAR, referral.id)
    assert (await queries.referral(db, NINA, referral.id)).state == "entered-in-error"


async def test_links_are_hashed(db: AsyncSession, settings: Settings) -> None:
    await a_referral(db, settings)
    token = token_in((await mails(db))[0])
    stored = (await db.scalars(select(ReferralLink))).one()
    assert token not in stored.token_hash
    assert len(stored.token_hash) == 64
