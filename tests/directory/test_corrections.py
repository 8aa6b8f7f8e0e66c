"""What is corrected here stays, whatever the source of a listing says next, until it is taken back."""

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from core import clock
from core.database import Database
from core.jobs import Job
from directory.corrections import correct, withdraw
from directory.importing import ImportOptions, import_directory
from directory.models import Funding, Location, Metadata, Organization, Phone, Service, ServiceAtLocation
from tests.support.packages import MODERN, changed, package

HERE = "Cora Whitfield"


async def bring(database: Database, tmp_path: Path, tables: dict[str, Any] | None = None) -> None:
    await import_directory(database, package(tmp_path, tables), ImportOptions())


async def the(db: Any, model: Any, source_id: str) -> Any:
    column = model.imported_from if model is Funding else model.source
    return (await db.scalars(select(model).where(column == "harbor", model.source_id == source_id))).one()


async def told(database: Database) -> set[str]:
    async with database.transaction() as db:
        payloads = list(await db.scalars(select(Job.payload).where(Job.kind == "search.index")))
        for job in await db.scalars(select(Job)):
            await db.delete(job)
    return {one for payload in payloads for one in payload["service_ids"]}


async def test_it_works(database: Database, tmp_path: Path) -> None:
    await bring(database, tmp_path)
    await told(database)
    async with database.transaction() as db:
        service = await the(db, Service, "s1")
        before = service.last_modified
        assert await correct(db, service, HERE, {"name": "Warm supper", "minimum_age": 18})
        assert not await correct(db, service, HERE, {"name": "Warm supper"})
        assert service.corrected == {"name": "Hot supper", "minimum_age": None}
        rows = await db.scalars(select(Metadata).where(Metadata.resource_id == service.id))
        found = {(row.field_name, row.previous_value, row.replacement_value, row.updated_by) for row in rows}
        assert found == {("name", "Hot supper", "Warm supper", HERE), ("minimum_age", "", "18", HERE)}
    assert await told(database) == {str(service.id)}
    async with database.transaction(write=False) as db:
        service = await the(db, Service, "s1")
        assert service.last_modified > before

    await bring(database, tmp_path, changed(MODERN, "services", 0, name="Supper", alternate_name="Tea"))
    async with database.transaction() as db:
        service = await the(db, Service, "s1")
        assert (service.name, service.alternate_name) == ("Warm supper", "Tea")
        assert service.corrected == {"name": "Supper", "minimum_age": None}
        assert await withdraw(db, service, "name", HERE)
        assert not await withdraw(db, service, "name", HERE)
        assert (service.name, service.corrected) == ("Supper", {"minimum_age": None})


async def test_what_is_corrected_twice_keeps_what_the_source_says(database: Database, tmp_path: Path) -> None:
    await bring(database, tmp_path)
    async with database.transaction() as db:
        service = await the(db, Service, "s1")
        for name in ("Second", "Third"):
            await correct(db, service, HERE, {"name": name})
        assert service.corrected == {"name": "Hot supper"}
        await correct(db, service, HERE, {"name": "Hot supper"})
        assert service.corrected is None


async def test_a_source_that_comes_to_say_the_same_ends_the_correction(
    database: Database, tmp_path: Path
) -> None:
    await bring(database, tmp_path)
    async with database.transaction() as db:
        await correct(db, await the(db, Service, "s1"), HERE, {"name": "Warm supper"})
    await bring(database, tmp_path, changed(MODERN, "services", 0, name="Warm supper"))
    async with database.transaction(write=False) as db:
        service = await the(db, Service, "s1")
        assert (service.name, service.corrected) == ("Warm supper", None)
    await bring(database, tmp_path, changed(MODERN, "services", 0, name="Late supper"))
    async with database.transaction(write=False) as db:
        assert (await the(db, Service, "s1")).name == "Late supper"


async def test_references_survive_and_come_back(database: Database, tmp_path: Path) -> None:
    """A service that was given to another organization stays there."""
    await bring(database, tmp_path)
    async with database.transaction() as db:
        first, second = await the(db, Organization, "o1"), await the(db, Organization, "o2")
        await correct(
            db, await the(db, Service, "s1"), HERE, {"organization_id": second.id, "status": "inactive"}
        )
    await bring(database, tmp_path, changed(MODERN, "services", 0, name="Supper"))
    async with database.transaction() as db:
        service = await the(db, Service, "s1")
        assert (service.organization_id, service.status, service.name) == (second.id, "inactive", "Supper")
        assert uuid.UUID(service.corrected["organization_id"]) == first.id
        await withdraw(db, service, "organization_id", HERE)
        await withdraw(db, service, "status", HERE)
        assert (service.organization_id, service.status, service.corrected) == (first.id, "active", None)


async def test_what_was_made_here_has_no_source_to_differ_from(database: Database) -> None:
    async with database.transaction() as db:
        service = Service(name="Ours")
        db.add(service)
        await db.flush()
        assert await correct(db, service, HERE, {"name": "Ours indeed"})
        assert service.corrected is None
        assert not await withdraw(db, service, "name", HERE)


async def test_fields_with_rules_of_their_own_keep_them(database: Database, tmp_path: Path) -> None:
    """Whether there is room, and when somebody checked: there the newer word counts, whoever says it."""
    await bring(database, tmp_path)
    today = clock.now().date()
    async with database.transaction() as db:
        service = await the(db, Service, "s1")
        await correct(db, service, HERE, {"capacity": "full", "assured_date": today})
        assert service.corrected is None
    newer = today + timedelta(days=1)
    rows = changed(MODERN, "services", 0, capacity="room", assured_date=newer.isoformat())
    await bring(database, tmp_path, rows)
    async with database.transaction(write=False) as db:
        service = await the(db, Service, "s1")
        assert (service.capacity, service.assured_date) == ("room", newer)


async def test_any_row_can_be_corrected_and_its_services_follow(database: Database, tmp_path: Path) -> None:
    funding = [{"id": "f1", "organization_id": "o1", "source": "County"}]
    await bring(database, tmp_path, MODERN | {"funding": funding})
    await told(database)
    cases: list[tuple[Any, str, str, Any]] = [
        (Phone, "p1", "number", "(698) 555-0199"),
        (Location, "l1", "name", "Pier house"),
        (Organization, "o1", "name", "Harbour Table"),
        (ServiceAtLocation, "sl1", "description", "Front door"),
        (Funding, "f1", "source", "State"),
    ]
    for model, source_id, field, value in cases:
        async with database.transaction() as db:
            row = await the(db, model, source_id)
            before = getattr(row, field)
            assert await correct(db, row, HERE, {field: value})
            assert row.corrected == {field: before}
            service = await the(db, Service, "s1")
        assert str(service.id) in await told(database), model


async def test_the_documents_own_words_are_not_told_against_a_correction(
    database: Database, tmp_path: Path
) -> None:
    await bring(database, tmp_path)
    async with database.transaction() as db:
        service = await the(db, Service, "s1")
        service.given = {"says": {"name": " Hot supper ", "fees": " none"}, "lacks": ["alert"]}
        await db.flush()
        await correct(db, service, HERE, {"name": "Warm supper", "alert": "New door"})
        assert service.given == {"says": {"fees": " none"}}
