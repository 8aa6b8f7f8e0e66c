"""The tables of the directory: those of the published schemas, and what holds for them."""

import json
import uuid

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import class_mapper

from core.database import Base
from directory.models import HSDS_TABLES, Location, Phone, Schedule, Service, ServiceAtLocation
from tests.support.tools import shared_data


@pytest.mark.shared_data
def test_every_column_of_the_published_schemas_is_there() -> None:
    schemas = [
        path for path in sorted((shared_data("hsds") / "schema").glob("*.json")) if path.stem != "openapi"
    ]
    assert {path.stem for path in schemas} == set(HSDS_TABLES)
    for path in schemas:
        properties = json.loads(path.read_text())["properties"]
        nested = {
            name for name, value in properties.items() if value.get("type") == "array" or "$ref" in value
        }
        assert set(properties) - nested <= set(HSDS_TABLES[path.stem].__table__.columns.keys()), path.stem


def test_owners_stand_before_what_belongs_to_them() -> None:
    order = list(HSDS_TABLES)
    for name, model in HSDS_TABLES.items():
        for key in model.__table__.foreign_keys:
            other = key.column.table.name
            assert other == name or order.index(other) < order.index(name)


def test_references_have_an_index_and_relationships_never_load_by_accident() -> None:
    for model in HSDS_TABLES.values():
        indexed = {index.columns.keys()[0] for index in model.__table__.indexes}  # type: ignore[attr-defined]
        assert {key.parent.name for key in model.__table__.foreign_keys} <= indexed, model
        assert {relation.lazy for relation in class_mapper(model).relationships} <= {"raise"}, model


async def test_service_with_all_that_belongs_to_it_goes_together(db: AsyncSession) -> None:
    service, location = Service(name="Supper"), Location(name="Pier hall")
    db.add_all([service, location])
    await db.flush()
    link = ServiceAtLocation(service_id=service.id, location_id=location.id)
    db.add(link)
    await db.flush()
    db.add_all(
        [Phone(service_id=service.id, number="698-555-0101"), Schedule(service_at_location_id=link.id)]
    )
    await db.flush()
    await db.delete(service)
    await db.flush()
    owned = select(Phone.id).where(Phone.service_id == service.id)
    assert (await db.scalars(owned)).all() == []
    assert (
        await db.scalars(select(Schedule.id).where(Schedule.service_at_location_id == link.id))
    ).all() == []
    assert await db.get(Location, location.id) is not None


async def test_verified_on_is_the_assured_date(db: AsyncSession) -> None:
    service = Service(name="Supper")
    db.add(service)
    await db.flush()
    with pytest.raises(InvalidRequestError, match="raise"):
        _ = service.phones
    assert (
        await db.scalars(select(Service.id).where(Service.verified_on.is_(None), Service.id == service.id))
    ).one()


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("service", {"name": "Supper", "status": "perhaps"}),
        ("service", {"name": "Supper", "status": "active", "capacity": "lots"}),
        ("location", {"location_type": "physical", "confidential": False, "latitude": 4_689_967.6}),
        ("schedule", {"freq": "YEARLY"}),
    ],
    ids=["status", "capacity", "metres", "frequency"],
)
async def test_values_out_of_their_range_are_refused(
    db: AsyncSession, table: str, values: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError):
        async with db.begin_nested():
            await db.execute(Base.metadata.tables[table].insert().values(id=uuid.uuid4(), **values))
    assert await db.scalar(text("SELECT 1")) == 1
