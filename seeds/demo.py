"""Fills an empty installation with Alder County: its listings, the people who sign in, and their caseload.

Everything goes in in one transaction, so that a start that was cut short leaves nothing behind; a second load finds the
county and changes nothing.
"""

import uuid

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.actions import add_agency, add_user
from accounts.passwords import DEMO_PASSWORD, hash_password
from core import clock
from core.database import Database
from core.jobs import enqueue_many
from core.settings import Settings
from directory.models import HSDS_TABLES, Organization
from search.models import EDITOR, ServiceNeed
from seeds.county import County, build
from seeds.county.places import TIME_ZONE
from seeds.county.rows import row_id
from seeds.people.caseload import Caseload, actors
from seeds.people.cast import AGENCIES, PEOPLE

SOURCE = "alder-county-demo"
#: How many services one job of the index is told of.
SERVICES_PER_JOB = 200


async def load(database: Database, settings: Settings) -> bool:
    """Load the demo unless it is there; return whether it was loaded. `core.crypto` must be configured."""
    async with database.transaction(write=False) as db:
        if await _loaded(db):
            return False
    password_hash = await hash_password(DEMO_PASSWORD)
    now = clock.now()
    county = build(clock.today(TIME_ZONE))
    async with database.transaction() as db:
        if await _loaded(db):
            return False
        await write_listings(db, county)
        user_ids = await _people(db, county, password_hash)
        names = {row["id"]: row["name"] for row in county.tables["organization"]}
        await Caseload(db, settings, county, actors(user_ids, names), now).write()
    return True


async def _loaded(db: AsyncSession) -> bool:
    query = select(Organization.id).where(Organization.id == AGENCIES["carelink"])
    return await db.scalar(query) is not None


async def write_listings(db: AsyncSession, county: County) -> None:
    """Insert the rows of the county and have its services indexed."""
    for table, model in HSDS_TABLES.items():
        rows = county.tables.get(table, [])
        if not rows:
            continue
        names = {name for row in rows for name in row}
        # one statement for a whole table needs the same columns in every row
        blank = dict.fromkeys(names) | {"source": SOURCE}
        await db.execute(insert(model), [blank | row for row in rows])
    corrected = [
        {"id": row_id("need", service, need), "service_id": service, "need": need, "denied": denied}
        for service, need, denied in county.corrections
    ]
    await db.execute(insert(ServiceNeed), [row | {"origin": EDITOR, "evidence": []} for row in corrected])
    ids = [str(row["id"]) for row in county.tables["service"]]
    parts = [ids[at : at + SERVICES_PER_JOB] for at in range(0, len(ids), SERVICES_PER_JOB)]
    await enqueue_many(db, "search.index", [{"service_ids": part} for part in parts])


async def _people(db: AsyncSession, county: County, password_hash: str) -> dict[str, uuid.UUID]:
    """Add the agencies and the people who sign in; return user ids by the people's keys."""
    organizations = {row["id"]: row for row in county.tables["organization"]}
    for organization_id in AGENCIES.values():
        row = organizations[organization_id]
        await add_agency(
            db, row["name"], organization_id=organization_id, mail=row["email"], time_zone=TIME_ZONE
        )
    return {
        person.key: (
            await add_user(
                db,
                organization_id=AGENCIES[person.agency],
                email=person.email,
                name=person.name,
                role=person.role,
                password_hash=password_hash,
            )
        ).id
        for person in PEOPLE
    }
