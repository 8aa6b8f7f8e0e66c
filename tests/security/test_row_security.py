"""The second line on PostgreSQL: without the code's own filters the database still withholds other people's rows."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update

from care.models import Client, Consent, Need
from core.database import EVERYTHING, NOTHING, Database
from core.settings import Settings
from referrals.models import Referral, ReferralEvent
from tests.support.casework import a_referral, add_client
from tests.support.cast import Cast
from tests.support.postgres import Postgres

TABLES = (Client, Need, Consent, Referral, ReferralEvent)


@pytest.fixture
def database_url(postgres: Postgres, postgres_template: str) -> Iterator[str]:
    """A PostgreSQL database, whichever the other tests run on."""
    name = postgres.create(postgres_template)
    yield postgres.url(name)
    postgres.drop(name)


async def seen(database: Database, sees: str) -> dict[str, int]:
    async with database.transaction(write=False, sees=sees) as db:
        return {
            table.__tablename__: await db.scalar(select(func.count()).select_from(table)) or 0
            for table in TABLES
        }


async def test_it_works(database: Database, settings: Settings) -> None:
    async with database.transaction() as db:
        await a_referral(db, settings)
        await add_client(db, Cast.nina.actor, given_name="Somebody", family_name="Else")
    everything = await seen(database, EVERYTHING)
    assert everything["client"] == 2
    assert await seen(database, str(Cast.county.id)) == everything
    assert (await seen(database, str(Cast.pantry.id)))["client"] == 1
    for sees in (str(Cast.elsewhere.id), NOTHING, "", str(UUID(int=0))):
        assert set((await seen(database, sees)).values()) == {0}


async def test_a_receiver_sees_no_draft(database: Database, settings: Settings) -> None:
    async with database.transaction() as db:
        referral = await a_referral(db, settings)
        await db.execute(update(Referral).where(Referral.id == referral.id).values(state="draft"))
    assert set((await seen(database, str(Cast.pantry.id))).values()) == {0}


async def test_a_stranger_changes_nothing(database: Database, settings: Settings) -> None:
    async with database.transaction() as db:
        await a_referral(db, settings)
    async with database.transaction(sees=str(Cast.elsewhere.id)) as db:
        for table in TABLES:
            result = await db.execute(text(f"DELETE FROM {table.__tablename__}"))  # a name of ours
            assert result.rowcount == 0  # type: ignore[attr-defined]


async def test_the_next_transaction_starts_anew(database: Database, settings: Settings) -> None:
    async with database.transaction() as db:
        await a_referral(db, settings)
    for _round in range(8):
        assert (await seen(database, str(Cast.county.id)))["client"] == 1
        assert (await seen(database, NOTHING))["client"] == 0


async def test_the_app_refuses_a_role_that_sees_through(database: Database, postgres: Postgres) -> None:
    await database.check_role()
    superuser = Database(postgres.superuser_url("postgres"))
    with pytest.raises(RuntimeError, match="plain role"):
        await superuser.check_role()
    await superuser.dispose()
