"""What filters of `/hsds/` would tell of a confidential place that its documents do not."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import select, update

from core.database import Database
from directory.corrections import correct
from directory.models import Contact, Location, Service
from tests.hsds.test_answers import at, ids, link, take
from tests.support.http import Http


async def hide(database: Database) -> None:
    async with database.transaction() as db:
        await db.execute(update(Location).values(confidential=True))


async def test_terms_of_a_confidential_place_are_not_found_by_asking_for_them(
    database: Database, http: Http, tmp_path: Path
):
    taxonomy = {"id": str(uuid4()), "name": "Kinds", "description": "Kinds"}
    term = {
        "id": str(uuid4()), "code": "R", "name": "Refuge", "description": "Refuge", "taxonomy_detail": taxonomy,
    }  # fmt: skip
    one = at(41.2586, -95.9378)
    one["service_at_locations"][0]["attributes"] = [
        {
            "id": str(uuid4()),
            "link_id": link(one),
            "link_entity": "service_at_location",
            "taxonomy_term": term,
        }
    ]
    await take(database, tmp_path, one)
    asked: list[dict[str, Any]] = [{"taxonomy_term_id": term["id"]}, {"taxonomy_id": taxonomy["id"]}]
    for params in asked:
        assert await ids(http, **params) == {link(one)}
    await hide(database)
    for params in asked:
        assert await ids(http, **params) == set()


async def test_the_state_of_a_confidential_place_is_not_found_by_asking_for_postcodes(
    database: Database, http: Http, tmp_path: Path
):
    one = at(41.2586, -95.9378, "Douglas County")
    await take(database, tmp_path, one)
    assert await ids(http, postcode="68102") == {link(one)}
    await hide(database)
    here, there = await ids(http, postcode="68102"), await ids(http, postcode="66044")
    assert here == there


async def test_a_contact_at_a_confidential_place_stays_here_whoevers_it_is(
    database: Database, http: Http, tmp_path: Path
):
    contact = {"id": str(uuid4()), "name": "CANARY"}
    house = {"id": str(uuid4()), "name": "House", "description": "", "contacts": [contact]}
    one = at(41.2, -95.9) | {"organization": house}
    await take(database, tmp_path, one)
    paths = (
        f"/hsds/organizations/{house['id']}",
        "/hsds/services?full=true",
        "/hsds/organizations?full=true",
    )
    for path in paths:
        assert "CANARY" in (await http.get(path)).text
    async with database.transaction() as db:
        await db.execute(update(Location).values(confidential=True))
        place = await db.scalar(select(Location.id))
        await db.execute(update(Contact).values(location_id=place))
    for path in paths:
        assert "CANARY" not in (await http.get(path)).text


async def test_what_was_taken_out_of_a_listing_here_is_told_nobody(
    database: Database, http: Http, tmp_path: Path
):
    one = at(41.2, -95.9)
    await take(database, tmp_path, one)
    async with database.transaction() as db:
        service = await db.scalar(select(Service))
        assert service is not None
        await correct(db, service, "CANARY Street 5", {"description": "CANARY, behind the church"})
        await correct(db, service, "CANARY Street 5", {"description": "Ask for the way."})
    told = (await http.get(f"/hsds/services/{one['id']}")).json()
    assert told["description"] == "Ask for the way."
    assert [row["field_name"] for row in told["metadata"]] == ["description"] * 2
    assert "CANARY" not in json.dumps(told)
