"""The places that fit a client's need: what matching is told of the client, and what the pages show."""

import re
from html import unescape

import pytest
from litestar import Litestar
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.database import Database
from core.settings import Settings
from directory.models import Language, RequiredDocument, Service
from referrals import actions
from referrals.matches import seeker_of
from referrals.models import Answer
from search.matching.seeker import Seeker
from search.places import gazetteer
from search.state import Search
from tests.search.listings import build
from tests.support.casework import add_client, add_need, add_service, send
from tests.support.cast import Cast
from tests.support.http import Http, sign_in

NINA = Cast.nina.actor


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.fixture
async def search(app: Litestar) -> Search:
    found: Search = app.state.search
    return found


async def test_matching_is_told_no_name_and_no_birth_date(db: AsyncSession) -> None:
    client = await add_client(db, NINA)
    need = await add_need(db, NINA, client)
    place = gazetteer().by_zip("94110")
    told = seeker_of(client, need, place)
    assert told == Seeker(needs=("food-insecurity",), place=place, age_band=told.age_band, languages=("es",))
    first, last = told.ages or (0, 0)
    assert first <= client.age_on(clock.today("UTC")) <= last
    for word in (client.given_name, client.family_name, client.birth_date, client.phone, str(client.id)):
        assert word not in repr(told)


async def test_the_client_page_says_why_a_place_fits_and_what_to_ask(
    http: Http, database: Database, search: Search
) -> None:
    async with database.transaction() as db:
        service = await add_service(db)
        db.add(Language(service_id=service.id, code="es"))
        db.add(RequiredDocument(service_id=service.id, document="Photo ID"))
        adults = await add_service(db, "Supper for elders", Cast.sam.organization_id)
        adults.minimum_age = 65
        full = await add_service(db, "Full kitchen", Cast.sam.organization_id)
        full.capacity = "full"
        need = await add_need(db, NINA, await add_client(db, NINA))
    await build(search)
    await sign_in(http, Cast.nina)
    said = text_of((await http.get(f"/clients/{need.client_id}")).text)
    assert "One place that fits" in said
    assert "Weekly groceries" in said
    assert "Spanish spoken" in said
    assert "Needs photo ID: not on file" in said
    assert "Supper for elders" not in said
    assert "Full kitchen" not in said


async def test_a_decline_opens_the_next_best_of_another_organization(
    http: Http, database: Database, search: Search, settings: Settings
) -> None:
    async with database.transaction() as db:
        service = await add_service(db)
        await add_service(db, "Second table")
        await add_service(db, "Sister's kitchen", Cast.sam.organization_id)
        need = await add_need(db, NINA, await add_client(db, NINA))
        referral = await send(db, settings, NINA, need, service)
        by = actions.By("receiver", None, "mail")
        await actions.move(
            db, settings, referral, "rejected", by, Answer(reason="no-funds"), referral.version
        )
    await build(search)
    await sign_in(http, Cast.nina)
    said = text_of((await http.get(f"/referrals/{referral.id}")).text)
    assert "Sister's kitchen" in said
    assert "Second table" not in said


async def test_a_service_that_is_gone_is_not_offered(http: Http, database: Database, search: Search) -> None:
    """The index may lag behind: what the database no longer shows is left out."""
    async with database.transaction() as db:
        service = await add_service(db)
        await add_service(db, "Sister's kitchen", Cast.sam.organization_id)
        need = await add_need(db, NINA, await add_client(db, NINA))
    await build(search)
    async with database.transaction() as db:
        await db.execute(delete(Service).where(Service.id == service.id))
    await sign_in(http, Cast.nina)
    said = text_of((await http.get(f"/clients/{need.client_id}")).text)
    assert "Sister's kitchen" in said
    assert "Weekly groceries" not in said
