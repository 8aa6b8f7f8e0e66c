"""Clients, needs and consents: what is recorded, what is refused, and what a receiver may be told on which day."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.models import AuditEntry
from care import actions, queries
from care.forms import ConsentForm, NeedChangeForm, NeedCloseForm, NeedForm
from care.models import Client, Consent
from core import clock
from core.errors import NotVisible, Stale, WrongState
from core.forms import FormErrors
from tests.support.casework import BORN, FAMILY, GIVEN, add_client, add_need, client_form
from tests.support.cast import Cast

NINA, CORA, OMAR, SAM = Cast.nina.actor, Cast.cora.actor, Cast.omar.actor, Cast.sam.actor
TODAY = clock.today(NINA.time_zone)


def consent_form(**changes: object) -> ConsentForm:
    facts: dict[str, object] = {
        "recipient_id": str(Cast.pantry.id), "form": "spoken", "expires_on": TODAY + timedelta(days=30),
        "categories": ["name", "place"],
    }  # fmt: skip
    return ConsentForm(**(facts | changes))  # type: ignore[arg-type]


async def give(db: AsyncSession, client: Client, **changes: object) -> Consent:
    return await actions.give_consent(db, NINA, client, consent_form(**changes), Cast.pantry.name)


async def test_it_works(db: AsyncSession) -> None:
    client = await add_client(db, NINA)
    need = await add_need(db, NINA, client)
    await give(db, client)
    found = await queries.client(db, CORA, client.id)
    assert (found.name, [one.code for one in found.needs]) == (f"{GIVEN} {FAMILY}", [need.code])
    done = set(await db.scalars(select(AuditEntry.action)))
    assert {"client.add", "need.add", "consent.give"} <= done


@pytest.mark.parametrize("actor", [SAM, OMAR])
async def test_others_see_nobody(db: AsyncSession, actor: object) -> None:
    client = await add_client(db, NINA)
    need = await add_need(db, NINA, client)
    consent = await give(db, client)
    for look in (queries.client(db, actor, client.id), queries.need(db, actor, need.id)):  # type: ignore[arg-type]
        with pytest.raises(NotVisible):
            await look
    with pytest.raises(NotVisible):
        await queries.consent(db, actor, consent.id)  # type: ignore[arg-type]
    assert list(await queries.same_person(db, actor, GIVEN, FAMILY, BORN)) == []  # type: ignore[arg-type]


async def test_somebody_is_found_again_however_the_name_is_typed(db: AsyncSession) -> None:
    client = await add_client(db, NINA)
    assert list(await queries.same_person(db, CORA, GIVEN.upper(), f" {FAMILY} ", BORN)) == [client]
    assert list(await queries.same_person(db, CORA, GIVEN, FAMILY, BORN + timedelta(days=1))) == []
    assert list(await queries.same_person(db, CORA, FAMILY, GIVEN, BORN)) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"birth_date": TODAY + timedelta(days=2)}, "birth_date"),
        ({"contact_way": "phone", "phone": " "}, "phone"),
        ({"contact_way": "email", "email": "nobody"}, "email"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    db: AsyncSession, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(FormErrors) as wrong:
        await add_client(db, NINA, **changes)
    assert set(wrong.value.errors) == {field}


async def test_two_editors_never_overwrite_each_other(db: AsyncSession) -> None:
    client = await add_client(db, NINA)
    seen = client.version
    await actions.edit_client(db, NINA, client, client_form(place="Millbrook", version=seen))
    await db.flush()
    with pytest.raises(Stale) as stale:
        await actions.edit_client(db, CORA, client, client_form(place="Harlow", version=seen))
    assert "Millbrook" in stale.value.theirs.values()
    assert "Harlow" in stale.value.yours.values()
    assert client.place == "Millbrook"


async def test_a_need_is_open_once(db: AsyncSession) -> None:
    client = await add_client(db, NINA)
    await add_need(db, NINA, client)
    again = await queries.client(db, NINA, client.id)
    with pytest.raises(FormErrors):
        await actions.add_need(db, NINA, again, NeedForm(code="food-insecurity"))
    with pytest.raises(FormErrors):
        await actions.add_need(db, NINA, again, NeedForm(code="no-such-need"))


async def test_a_need_ends_with_what_became_of_it(db: AsyncSession) -> None:
    need = await add_need(db, NINA, await add_client(db, NINA))
    with pytest.raises(WrongState):
        await actions.close_need(db, NINA, need, NeedCloseForm(state="unmet", reason=" "))
    assert need.state == "open"
    await actions.close_need(db, NINA, need, NeedCloseForm(state="unmet", reason="No bed in the county"))
    ended = need.closed_at
    assert ended is not None
    with pytest.raises(WrongState):
        await actions.close_need(db, NINA, need, NeedCloseForm(state="met"))
    await actions.reopen_need(db, NINA, need)
    assert [need.state, need.closed_at, need.closing_reason] == ["open", None, ""]


async def test_a_stale_change_of_a_need_is_refused(db: AsyncSession) -> None:
    need = await add_need(db, NINA, await add_client(db, NINA))
    change = NeedChangeForm(version=need.version, urgency="today", wants_help="yes", note="First")
    await actions.change_need(db, NINA, need, change)
    await db.flush()
    with pytest.raises(Stale):
        await actions.change_need(db, CORA, need, change)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"expires_on": TODAY - timedelta(days=1)}, "expires_on"),
        ({"expires_on": TODAY + timedelta(days=400)}, "expires_on"),
        ({"categories": []}, "categories"),
    ],
)
async def test_a_consent_names_what_and_until_when(
    db: AsyncSession, changes: dict[str, object], field: str
) -> None:
    client = await add_client(db, NINA)
    with pytest.raises(FormErrors) as wrong:
        await give(db, client, **changes)
    assert set(wrong.value.errors) == {field}


async def test_consent_is_for_one_organization_until_its_last_day(db: AsyncSession) -> None:
    client = await add_client(db, NINA)
    consent = await give(db, client)
    last = consent.expires_on

    async def told(recipient: object, day: object) -> frozenset[str]:
        return await queries.allowed_categories(db, client.id, recipient, day)  # type: ignore[arg-type]

    assert await told(Cast.pantry.id, last) == {"name", "place"}
    assert await told(Cast.pantry.id, last + timedelta(days=1)) == frozenset()
    assert await told(Cast.pantry.id, TODAY - timedelta(days=1)) == frozenset()
    assert await told(Cast.elsewhere.id, TODAY) == frozenset()
    assert [consent.in_force(last), consent.in_force(last + timedelta(days=1))] == [True, False]


async def test_consent_taken_back_counts_at_once_and_once(db: AsyncSession) -> None:
    client = await add_client(db, NINA)
    consent = await give(db, client)
    await actions.revoke_consent(db, NINA, consent)
    await db.flush()
    assert await queries.allowed_categories(db, client.id, Cast.pantry.id, TODAY) == frozenset()
    assert consent.state(TODAY) == "revoked"
    with pytest.raises(WrongState):
        await actions.revoke_consent(db, NINA, consent)


async def test_consents_add_up(db: AsyncSession) -> None:
    client = await add_client(db, NINA)
    await give(db, client)
    more = await give(db, client, categories=["contact"])
    assert await queries.allowed_categories(db, client.id, Cast.pantry.id, TODAY) == {
        "name",
        "place",
        "contact",
    }
    await actions.revoke_consent(db, NINA, more)
    await db.flush()
    assert await queries.allowed_categories(db, client.id, Cast.pantry.id, TODAY) == {"name", "place"}
