"""The demo in a database: everybody can sign in, every state is there, and loading again changes nothing."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from accounts.actions import sign_in
from accounts.models import AuditEntry
from care.models import Client, Consent, Need
from core import clock, crypto
from core.database import Database
from core.jobs.table import Job
from core.settings import Settings
from directory.models import HSDS_TABLES, Service
from referrals.models import REASONS, STATES, TAKEN, Referral, ReferralEvent, ReferralLink
from seeds import demo
from seeds.county.places import TIME_ZONE
from seeds.people.cast import PEOPLE
from seeds.people.story import people
from tests.support.databases import settings_for


@pytest.fixture(scope="module")
def loaded_file(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the demo in it, loaded once for the tests that only read."""
    folder = tmp_path_factory.mktemp("demo")
    path = folder / "handrail.db"
    shutil.copy(sqlite_template, path)
    settings = settings_for(f"sqlite+aiosqlite:///{path}", folder)

    async def load() -> None:
        crypto.configure(settings)
        database = Database(settings.database_url)
        assert await demo.load(database, settings) is True
        await database.dispose()

    asyncio.run(load())
    return path


@pytest.fixture
async def loaded(loaded_file: Path) -> AsyncIterator[Database]:
    """The database with the demo in it."""
    settings = settings_for(f"sqlite+aiosqlite:///{loaded_file}", loaded_file.parent)
    crypto.configure(settings)
    database = Database(settings.database_url)
    yield database
    await database.dispose()


async def counts(database: Database) -> dict[str, int]:
    """Rows by table, of everything the demo writes."""
    models = [
        *HSDS_TABLES.values(),
        Client,
        Need,
        Consent,
        Referral,
        ReferralEvent,
        ReferralLink,
        AuditEntry,
        Job,
    ]
    async with database.transaction(write=False) as db:
        return {
            model.__tablename__: await db.scalar(select(func.count()).select_from(model)) or 0
            for model in models
        }


async def test_everybody_signs_in(loaded: Database) -> None:
    for person in PEOPLE:
        entry = await sign_in(loaded, person.email, "handrail-demo", demo=True)
        assert entry is not None, person.email
        assert (entry.actor.name, entry.actor.role) == (person.name, person.role)


async def test_loading_again_changes_nothing(database: Database, settings: Settings) -> None:
    assert await demo.load(database, settings) is True
    before = await counts(database)
    assert await demo.load(database, settings) is False
    assert await counts(database) == before
    assert before["service"] > 350 and before["referral"] > 140


async def test_listings_wait_for_the_index(loaded: Database) -> None:
    async with loaded.transaction(write=False) as db:
        listed = {str(row) for row in await db.scalars(select(Service.id))}
        jobs = await db.scalars(select(Job.payload).where(Job.kind == "search.index"))
        assert {one for payload in jobs for one in payload["service_ids"]} == listed


async def test_every_state_and_reason_is_there(loaded: Database) -> None:
    async with loaded.transaction(write=False) as db:
        referrals = (await db.scalars(select(Referral))).all()
        needs = set(await db.scalars(select(Need.state)))
    assert len(referrals) >= 140
    assert {referral.state for referral in referrals} == set(STATES)
    assert {referral.reason for referral in referrals if referral.state == "rejected"} == set(REASONS) - {
        TAKEN
    }
    assert {referral.business_state for referral in referrals} >= {"scheduled", "no-show", "appointment-done"}
    assert {referral.outcome for referral in referrals} >= {"got-help", "partly", "no-help"}
    assert any(referral.previous_id for referral in referrals)
    assert any(referral.is_overdue(clock.now()) and referral.nudged_at for referral in referrals)
    assert any(referral.is_overdue(clock.now()) and not referral.nudged_at for referral in referrals)
    assert any(
        referral.state == "requested" and not referral.is_overdue(clock.now()) for referral in referrals
    )
    assert needs == {"open", "met", "no-longer-wanted", "unmet"}


async def test_each_course_is_told_in_order(loaded: Database) -> None:
    now = clock.now()
    async with loaded.transaction(write=False) as db:
        referrals = (await db.scalars(select(Referral))).all()
        events: dict[object, list[ReferralEvent]] = {}
        for event in await db.scalars(select(ReferralEvent).order_by(ReferralEvent.at)):
            events.setdefault(event.referral_id, []).append(event)
    for referral in referrals:
        course = events.get(referral.id, [])
        moves = [event for event in course if event.kind == "moved"]
        states = ["draft", *(move.to_state for move in moves)]
        assert [move.from_state for move in moves] == states[:-1]
        assert states[-1] == referral.state
        assert all(event.at <= now for event in course)
        if referral.sent_at and referral.closed_at:
            assert referral.sent_at < referral.closed_at
        assert referral.created_at > now - timedelta(days=200)


async def test_open_referrals_have_consent(loaded: Database) -> None:
    today = clock.today(TIME_ZONE)
    async with loaded.transaction(write=False) as db:
        consents = (await db.scalars(select(Consent))).all()
        waiting = await db.scalars(
            select(Referral).where(Referral.state.in_(("requested", "accepted", "in-progress")))
        )
        told = {(consent.client_id, consent.recipient_id) for consent in consents if consent.in_force(today)}
        assert all((referral.client_id, referral.receiver_id) in told for referral in waiting)


async def test_fresh_ones_were_mailed(loaded: Database) -> None:
    async with loaded.transaction(write=False) as db:
        mails = await db.scalar(select(func.count()).select_from(Job).where(Job.kind.like("%mail%")))
        reminders = (await db.scalars(select(Job).where(Job.kind == "referrals.nudge"))).all()
    assert mails and mails >= 3
    assert reminders


def test_notes_name_people_that_exist() -> None:
    assert len(people()) >= 60
    assert {person.by for person in people()} <= {person.key for person in PEOPLE}
