"""What filters of `/hsds/` would tell of a confidential place that its documents do not."""

from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import update

from core.database import Database
from directory.models import Location
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
