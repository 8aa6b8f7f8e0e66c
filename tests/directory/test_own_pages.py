"""An organization keeps its own listings right, and nobody else's."""

from datetime import timedelta

from sqlalchemy import select, update

from core import clock
from core.database import Database
from directory.models import Metadata, Service
from tests.support.casework import add_service
from tests.support.cast import Cast
from tests.support.http import Http, post_form, sign_in


async def stale_service(database: Database) -> Service:
    async with database.transaction() as db:
        service = await add_service(db)
        old = clock.now().date() - timedelta(days=300)
        await db.execute(update(Service).where(Service.id == service.id).values(assured_date=old))
    return service


async def stored(database: Database, service: Service) -> Service:
    async with database.transaction(write=False) as db:
        return (await db.scalars(select(Service).where(Service.id == service.id))).one()


async def test_it_works(http: Http, database: Database) -> None:
    service = await stale_service(database)
    await sign_in(http, Cast.omar)
    assert "Weekly groceries" in (await http.get("/listings")).text
    answer = await post_form(http, f"/listings/{service.id}/verified", {}, page="/listings")
    assert answer.status_code == 303
    assert (await stored(database, service)).assured_date == clock.today("America/Chicago")
    answer = await post_form(
        http, f"/listings/{service.id}/capacity", {"capacity": "waiting"}, page="/listings"
    )
    assert answer.status_code == 303
    assert (await stored(database, service)).capacity == "waiting"
    async with database.transaction(write=False) as db:
        assert set(await db.scalars(select(Metadata.field_name))) == {"assured_date", "capacity"}


async def test_nobody_keeps_the_listing_of_others(http: Http, database: Database) -> None:
    service = await stale_service(database)
    for member, expected in ((Cast.sam, 404), (Cast.ada, 404), (Cast.nina, 403)):
        await sign_in(http, member)
        for path, form in (("verified", {}), ("capacity", {"capacity": "full"})):
            answer = await post_form(http, f"/listings/{service.id}/{path}", form)
            assert answer.status_code == expected
    assert (await stored(database, service)).capacity is None


async def test_nonsense_is_refused(http: Http, database: Database) -> None:
    service = await stale_service(database)
    await sign_in(http, Cast.omar)
    answer = await post_form(http, f"/listings/{service.id}/capacity", {"capacity": "lots"})
    assert answer.status_code == 422
    assert (await stored(database, service)).capacity is None
