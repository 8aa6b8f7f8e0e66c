"""Several places asked at once: the first yes takes it, the others are let go, and nobody learns of each other."""

import asyncio

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import referrals.jobs  # noqa: F401 - what lets the others go is registered there
from care import queries as care_queries
from care.models import Need
from core.database import Database
from core.errors import NotVisible, WrongState
from core.forms import FormErrors
from core.jobs import run_due
from core.mail import Mail
from core.settings import Settings
from directory.models import Service
from referrals import actions, queries, reports, rounds
from referrals.forms import RoundForm
from referrals.models import Answer, Referral
from referrals.steps import step_of
from tests.support.casework import FAMILY, GIVEN, add_client, add_need, add_service, send
from tests.support.cast import Cast

NINA, OMAR, SAM = Cast.nina.actor, Cast.omar.actor, Cast.sam.actor
ELSEWHERE = Cast.sam.actor.organization_id


def round_form(need: Need, services: list[Service], **changes: object) -> RoundForm:
    facts: dict[str, object] = {
        "need_id": str(need.id), "places": [f"{service.id}|" for service in services], "consent": "spoken",
        "categories": ["name", "contact", "place"], "note": "Two adults",
    }  # fmt: skip
    return RoundForm(**(facts | changes))  # type: ignore[arg-type]


async def a_round(db: AsyncSession, settings: Settings) -> tuple[Need, list[Referral]]:
    """Ask the pantry and an organization elsewhere for the same need."""
    services = [
        await add_service(db),
        await add_service(db, "Hot meals", ELSEWHERE, email="meals@elsewhere.example"),
    ]
    need = await add_need(db, NINA, await add_client(db, NINA))
    return need, await rounds.ask_together(db, settings, NINA, need, round_form(need, services))


async def take(db: AsyncSession, settings: Settings, referral: Referral) -> None:
    await actions.move(db, settings, referral, "accepted", actions.BY_LINK, Answer(), referral.version)


async def test_each_place_is_asked_on_its_own(db: AsyncSession, settings: Settings) -> None:
    need, sent = await a_round(db, settings)
    assert [referral.state for referral in sent] == ["requested", "requested"]
    assert len({referral.round_id for referral in sent}) == 1
    mails = list(await db.scalars(select(Mail)))
    assert {mail.to for mail in mails} == {Cast.pantry.mail, "meals@elsewhere.example"}
    for mail in mails:
        text = mail.text or ""
        assert "the first to say yes takes it" in text
        assert not any(secret in text for secret in (GIVEN, FAMILY))
        other = "Hot meals" if mail.to == Cast.pantry.mail else "Weekly groceries"
        assert other not in text
    assert [row.id for row in await rounds.mates(db, NINA, sent[0])] == [sent[1].id]


async def test_a_receiver_sees_neither_the_others_nor_their_referrals(
    db: AsyncSession, settings: Settings
) -> None:
    _need, (mine, other) = await a_round(db, settings)
    assert await rounds.mates(db, OMAR, mine) == []
    with pytest.raises(NotVisible):
        await queries.referral(db, OMAR, other.id)


async def test_the_first_yes_lets_the_others_go(database: Database, settings: Settings) -> None:
    async with database.transaction() as db:
        _need, (first, second) = await a_round(db, settings)
    async with database.transaction() as db:
        referral = await queries.referral(db, NINA, first.id)
        await take(db, settings, referral)
    await run_due(database, settings)
    async with database.transaction(write=False) as db:
        other = await queries.referral(db, NINA, second.id)
        assert (other.state, other.reason) == ("cancelled", "taken")
        thanks = [
            mail for mail in await db.scalars(select(Mail)) if "No answer needed" in (mail.subject or "")
        ]
        assert len(thanks) == 1
        assert not other.waits
        report = await reports.report(db, NINA, *reports.span(NINA, None, None))
        assert report.all.total == 1
        assert report.all.accepted == 1


async def test_only_one_can_say_yes(database: Database, settings: Settings) -> None:
    """Both answer before anything was taken back: the database decides, as each receiver sees only its own."""
    async with database.transaction() as db:
        _need, sent = await a_round(db, settings)

    async def answer(referral: Referral) -> str:
        try:
            async with database.transaction(sees=str(referral.receiver_id)) as db:
                found = await db.scalar(select(Referral).where(Referral.id == referral.id))
                assert found is not None
                await take(db, settings, found)
        except WrongState as wrong:
            return str(wrong)
        return "taken"

    told = await asyncio.gather(*map(answer, sent))
    assert sorted(told) == ["Another organization said yes first. Thank you all the same.", "taken"]
    async with database.transaction(write=False) as db:
        states = sorted(await db.scalars(select(Referral.state)))
    assert states == ["accepted", "requested"]


async def test_one_waits_for_all_when_all_decline(db: AsyncSession, settings: Settings) -> None:
    need, sent = await a_round(db, settings)
    for referral in sent:
        no = Answer("no-funds")
        await actions.move(db, settings, referral, "rejected", actions.BY_LINK, no, referral.version)
        await db.flush()
        waiting = [row for row in sent if await _waits(db, row)]
        assert len(waiting) == (1 if referral is sent[-1] else 0)
    again = await add_service(db, "Second helping", ELSEWHERE)
    need = await care_queries.need(db, NINA, need.id)
    await send(db, settings, NINA, need, again, previous_id=str(waiting[0].id))
    assert not [row for row in sent if await _waits(db, row)]


async def test_who_declines_sees_nothing_of_the_others_and_still_one_waits_for_all(
    database: Database, settings: Settings
) -> None:
    """PostgreSQL shows each receiver only its own referral, also to what works out which one waits."""
    async with database.transaction() as db:
        _need, sent = await a_round(db, settings)
    waiting = []
    for referral in sent:
        async with database.transaction(sees=str(referral.receiver_id)) as db:
            found = await db.scalar(select(Referral).where(Referral.id == referral.id))
            assert found is not None
            no = Answer("no-funds")
            await actions.move(db, settings, found, "rejected", actions.BY_LINK, no, found.version)
        async with database.transaction(write=False) as db:
            waiting.append([await _waits(db, one) for one in sent].count(True))
    assert waiting == [0, 1]


async def _waits(db: AsyncSession, referral: Referral) -> bool:
    return bool(await db.scalar(select(Referral.waits).where(Referral.id == referral.id)))


async def test_nothing_is_sent_when_one_cannot_be(db: AsyncSession, settings: Settings) -> None:
    need, sent = await a_round(db, settings)
    third = await add_service(db, "Third", Cast.county.id)
    first = await db.get_one(Service, sent[0].service_id)
    before = len(list(await db.scalars(select(Referral.id))))
    wrong_ones: list[tuple[list[Service], dict[str, object], str]] = [
        ([first, third], {}, "places"),
        ([third], {}, "places"),
        ([third, first], {"categories": []}, "categories"),
    ]
    for services, changes, field in wrong_ones:
        with pytest.raises(FormErrors) as wrong:
            await rounds.ask_together(db, settings, NINA, need, round_form(need, services, **changes))
        assert field in wrong.value.errors
    assert len(list(await db.scalars(select(Referral.id)))) == before


async def test_without_a_yes_of_the_person_nothing_is_sent(db: AsyncSession, settings: Settings) -> None:
    services = [await add_service(db), await add_service(db, "Hot meals", ELSEWHERE)]
    need = await add_need(db, NINA, await add_client(db, NINA))
    with pytest.raises(FormErrors) as wrong:
        await rounds.ask_together(db, settings, NINA, need, round_form(need, services, consent=""))
    assert "consent" in wrong.value.errors
    assert list(await db.scalars(select(Referral.id))) == []


async def test_a_need_stands_where_the_farthest_of_a_round_stands(
    db: AsyncSession, settings: Settings
) -> None:
    need, (first, second) = await a_round(db, settings)
    assert "2 places were asked together" in step_of(need, [second, first], "UTC").sentence
    await actions.move(db, settings, second, "rejected", actions.BY_LINK, Answer("no-funds"), second.version)
    step = step_of(need, [second, first], "UTC")
    assert not step.broken
    await take(db, settings, first)
    assert "said yes" in step_of(need, [second, first], "UTC").sentence
