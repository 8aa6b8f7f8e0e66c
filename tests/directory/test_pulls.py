"""Listings of another directory, pulled by its address: what comes, what goes, and what stays as it is here."""

from collections.abc import Iterator
from ipaddress import ip_network
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select

from core.database import Database
from core.settings import Settings
from directory.hsds.nested import documents
from directory.models import Organization, Phone, Service
from directory.sources import actions, driving, pulling, queries, remote
from directory.sources.models import Pull, Source
from tests.support.hsds_api import HsdsApi, an_id

LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for politeness."""
    monkeypatch.setattr(remote, "PAUSE_S", 0.0)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, near_networks=LOOPBACK)


@pytest.fixture
def api() -> Iterator[HsdsApi]:
    with HsdsApi(25).running() as running:
        yield running


async def add(database: Database, api: HsdsApi, **options) -> UUID:
    async with database.transaction() as db:
        source = await actions.add_source(db, None, name="neighbours", address=api.url, **options)
        assert source is not None
        return source.id


async def pull(database: Database, settings: Settings, source_id: UUID, **options) -> Pull:
    """Pull to where it needs nobody."""
    async with database.transaction() as db:
        begun = await actions.begin_pull(
            db, await queries.source(db, source_id), by_job=False, **({"at_once": True} | options)
        )
    return await driving.drive(database, settings, begun, lambda *_told: None)


async def of_source(database: Database, source_id: UUID) -> Source:
    async with database.transaction(write=False) as db:
        return await queries.source(db, source_id)


async def told(database: Database, api: HsdsApi) -> dict[str, object]:
    """Return the documents that we have now of the services of the source, by id."""
    async with database.transaction(write=False) as db:
        found = await documents(db, "service", [UUID(key) for key in api.services])
    return {str(one["id"]): one for one in found}


async def one(database: Database, number: int) -> Service:
    async with database.transaction(write=False) as db:
        return await db.get_one(Service, UUID(an_id(f"service {number}")))


async def test_it_works(database: Database, settings: Settings, api: HsdsApi) -> None:
    source_id = await add(database, api)
    done = await pull(database, settings, source_id)
    assert done.state == "applied", done.error
    assert done.counts["service"] == {"added": 25}
    assert await told(database, api) == api.services
    source = await of_source(database, source_id)
    assert (source.version, source.publisher) == ("3.2", "Alder Information Line")
    assert source.modified_since is not None and source.failures == 0
    assert api.agents == {"Handrail/0.1 (+http://127.0.0.1:8000)"}
    assert not list(pulling.folder(settings).iterdir())


async def test_every_row_knows_its_source(database: Database, settings: Settings, api: HsdsApi) -> None:
    await pull(database, settings, await add(database, api))
    async with database.transaction(write=False) as db:
        for model in (Service, Organization, Phone):
            assert set(await db.scalars(select(model.source))) == {"neighbours"}


async def test_the_next_pull_asks_for_what_has_changed_only(
    database: Database, settings: Settings, api: HsdsApi
) -> None:
    source_id = await add(database, api)
    await pull(database, settings, source_id)
    api.asked.clear()
    api.change(
        4, description="Said better.", phones=[{"id": an_id("other phone"), "number": "(698) 557-0001"}]
    )
    again = await pull(database, settings, source_id)
    assert again.modified_after is not None
    assert again.counts["service"]["updated"] == 1 and again.counts["phone"]["removed"] == 1
    assert await told(database, api) == api.services
    assert not [path for path in api.asked if "full=true" in path and "modified_after" not in path]


async def test_a_preview_tells_field_by_field_and_changes_nothing(
    database: Database, settings: Settings, api: HsdsApi
) -> None:
    source_id = await add(database, api)
    await pull(database, settings, source_id)
    api.change(
        4, description="Said better.", phones=[{"id": an_id("other phone"), "number": "(698) 557-0001"}]
    )
    api.take(7)
    before = await told(database, api)
    waiting = await pull(database, settings, source_id, at_once=False)
    assert waiting.state == "ready"
    gone, changed = waiting.changes
    assert (gone["name"], gone["what"]) == ("Service 007", "gone")
    assert (changed["name"], changed["what"]) == ("Service 004", "updated")
    fields = {
        (field["table"], field["field"], field["before"], field["after"]) for field in changed["fields"]
    }
    assert ("service", "description", "What number 4 does.", "Said better.") in fields
    assert ("phone", "", "(698) 556-0004", "") in fields and ("phone", "", "", "(698) 557-0001") in fields
    assert await told(database, api) == before


async def test_what_is_no_longer_listed_becomes_inactive_and_comes_back(
    database: Database, settings: Settings, api: HsdsApi
) -> None:
    source_id = await add(database, api)
    await pull(database, settings, source_id)
    kept = api.services[an_id("service 7")]
    api.take(7)
    done = await pull(database, settings, source_id)
    assert done.counts["service"]["gone"] == 1
    assert (await one(database, 7)).status == "inactive"
    assert (await pull(database, settings, source_id)).counts.get("service", {}).get("gone") is None
    api.services[str(kept["id"])] = kept  # the source does not call that a change
    await pull(database, settings, source_id)
    assert (await one(database, 7)).status == "active"
    assert await told(database, api) == api.services
