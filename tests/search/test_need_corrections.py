"""An editor sees why a listing is found for a need, and what they say about it stays."""

from pathlib import Path
from uuid import UUID

import pytest
from litestar import Litestar
from sqlalchemy import select

from core.database import Database
from directory.importing import ImportOptions, import_directory
from directory.models import Organization, Service
from search.models import EDITOR, RULE, ServiceNeed
from search.state import Search
from tests.search.listings import build, listing
from tests.support.casework import add_service
from tests.support.cast import Cast
from tests.support.http import Http, post_form, sign_in

SHEET = """id,name,description,phone,address,city,state,zip,categories
7,Millrace Center,{description},698-555-0142,40 Mill Lane,Alder Falls,NE,69812,{terms}
"""


async def needs_of(http: Http, service_id: UUID) -> dict[str, dict]:
    answer = await http.get(f"/api/services/{service_id}/needs", headers={"accept": "application/json"})
    assert answer.status_code == 200
    return {one["need"]: one for one in answer.json()["needs"]}


async def say(http: Http, service_id: UUID, need: str, verdict: str) -> int:
    address = f"/services/{service_id}/needs"
    answer = await post_form(http, address, {"need": need, "verdict": verdict})
    return answer.status_code


@pytest.fixture
async def search(app: Litestar) -> Search:
    found: Search = app.state.search
    return found


async def pantry(database: Database) -> Service:
    async with database.transaction() as db:
        return await add_service(db)


async def test_it_works(http: Http, database: Database, search: Search) -> None:
    service = await pantry(database)
    await build(search)
    assert (await needs_of(http, service.id))["food-insecurity"]["evidence"][0]["words"]
    await sign_in(http, Cast.omar)
    page = await http.get(f"/services/{service.id}/needs")
    assert "The name says “groceries”" in page.text
    assert await say(http, service.id, "transportation-insecurity", "yes") == 303
    assert await say(http, service.id, "food-insecurity", "no") == 303
    await build(search)
    assert set(await needs_of(http, service.id)) == {"transportation-insecurity"}
    page = await http.get(f"/services/{service.id}/needs")
    assert page.text.count(f"Said by {Cast.omar.name} on") == 2
    hits = (await http.get("/api/search?need=transportation-insecurity")).json()["hits"]
    assert [hit["service_id"] for hit in hits] == [str(service.id)]
    assert (await http.get("/api/search?need=food-insecurity")).json()["total"] == 0

    assert await say(http, service.id, "food-insecurity", "rules") == 303
    assert await say(http, service.id, "transportation-insecurity", "rules") == 303
    await build(search)
    assert set(await needs_of(http, service.id)) == {"food-insecurity"}


async def test_corrections_survive_changed_rules(
    http: Http, database: Database, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = await pantry(database)
    await build(search)
    await sign_in(http, Cast.omar)
    assert await say(http, service.id, "food-insecurity", "no") == 303
    assert await say(http, service.id, "stress", "yes") == 303
    monkeypatch.setattr("search.tagging.tag", lambda *_: {"food-insecurity": [], "depression": []})
    await build(search)
    assert set(await needs_of(http, service.id)) == {"depression", "stress"}
    monkeypatch.setattr("search.tagging.tag", lambda *_: {})
    await build(search)
    assert set(await needs_of(http, service.id)) == {"stress"}


async def test_corrections_survive_imports(
    http: Http, database: Database, search: Search, tmp_path: Path
) -> None:
    async def bring(description: str, terms: str) -> None:
        path = tmp_path / "sheet.csv"
        path.write_text(SHEET.format(description=description, terms=terms), encoding="utf-8")
        await import_directory(database, path, ImportOptions(source="sheet"))
        await build(search)

    await bring("Bus passes on Mondays.", "Food pantry")
    async with database.transaction(write=False) as db:
        service_id = (await db.scalars(select(Service.id))).one()
    assert set(await needs_of(http, service_id)) == {"food-insecurity", "transportation-insecurity"}
    await sign_in(http, Cast.cora)  # nobody of that organization signs in here
    assert await say(http, service_id, "food-insecurity", "no") == 303
    assert await say(http, service_id, "stress", "yes") == 303
    await bring("A food pantry with groceries and an emergency shelter.", "Food pantry")
    assert set(await needs_of(http, service_id)) == {"homelessness", "stress"}
    async with database.transaction(write=False) as db:
        rows = {
            row.need: (row.origin, row.denied)
            for row in await db.scalars(select(ServiceNeed).where(ServiceNeed.service_id == service_id))
        }
    assert rows == {
        "food-insecurity": (EDITOR, True),
        "stress": (EDITOR, False),
        "homelessness": (RULE, False),
    }


async def test_only_who_keeps_a_listing_corrects_it(http: Http, database: Database) -> None:
    service = await pantry(database)
    async with database.transaction() as db:
        db.add(Organization(id=Cast.sam.user_id, name="Nobody Signs In Here"))
        await db.flush()
        orphan = await add_service(db, "Rides", Cast.sam.user_id)
    allowed = {Cast.omar: {service.id}, Cast.nina: set(), Cast.cora: {orphan.id}, Cast.ada: {orphan.id}}
    for member, own in allowed.items():
        await sign_in(http, member)
        for one in (service, orphan):
            page = await http.get(f"/services/{one.id}/needs")
            assert page.status_code == 200
            assert ("It also helps with" in page.text) is (one.id in own)
            status = await say(http, one.id, "stress", "yes")
            assert status == (303 if one.id in own else 403 if member is Cast.nina else 404)
    async with database.transaction(write=False) as db:
        corrected = set(await db.scalars(select(ServiceNeed.service_id).where(ServiceNeed.origin == EDITOR)))
    assert corrected == {service.id, orphan.id}


async def test_what_the_public_is_not_shown_is_not_told(http: Http, database: Database) -> None:
    async with database.transaction() as db:
        closed = await listing(db, "Closed Pantry", status="inactive")
    for address in (
        f"/api/services/{closed}/needs",
        "/api/services/00000000-0000-0000-0000-000000000000/needs",
    ):
        assert (await http.get(address)).status_code == 404
    assert (await http.get(f"/services/{closed}/needs")).status_code == 303  # to the door, signed out
    await sign_in(http, Cast.ada)
    assert (await http.get(f"/services/{closed}/needs")).status_code == 404
    assert await say(http, closed, "stress", "yes") == 404


async def test_nonsense_is_refused(http: Http, database: Database) -> None:
    service = await pantry(database)
    await sign_in(http, Cast.omar)
    assert await say(http, service.id, "wealth", "yes") == 422
    assert await say(http, service.id, "stress", "maybe") == 422
