"""Listings of another directory, pulled by its address: what comes, what goes, and what stays as it is here."""

import asyncio
import base64
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
import time_machine
from click.testing import CliRunner, Result
from sqlalchemy import select

from core import clock
from core.database import Database
from core.settings import Settings
from directory.cli import group
from directory.hsds.nested import documents
from directory.models import Organization, Phone, Service
from directory.sources import actions, driving, pulling, queries, remote
from directory.sources import cli as source_cli
from directory.sources.models import Pull, Source
from tests.support.cast import Cast
from tests.support.hsds_api import HsdsApi, an_id, service
from tests.support.server import clean_environment
from tests.support.tools import ROOT

assert source_cli  # adds its commands to the group

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
    assert {path.suffix for path in pulling.folder(settings).iterdir()} <= {".pages"}


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


async def test_what_is_asked_for_again_is_sent_only_when_it_has_changed(
    database: Database, settings: Settings, api: HsdsApi
) -> None:
    source_id = await add(database, api)
    await pull(database, settings, source_id)
    assert api.unsent == 0
    await pull(database, settings, source_id)
    assert api.unsent == 3  # the pages of the list of ids
    api.take(0)
    done = await pull(database, settings, source_id)
    assert done.counts["service"]["gone"] == 1 and api.unsent == 3


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


async def test_slice_by_slice_it_ends_like_the_source(
    database: Database, settings: Settings, api: HsdsApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "SLICE_S", 0.0)
    done = await pull(database, settings, await add(database, api))
    assert done.state == "applied"
    assert await told(database, api) == api.services
    assert len(api.asked) == len(set(api.asked)), "something was asked for twice"


async def test_pages_that_shift_while_they_are_read(
    database: Database, settings: Settings, api: HsdsApi
) -> None:
    """A new first row moves all others on, a row that goes moves one onto a page that was read already."""

    def shift(path: str, query: dict[str, str]) -> None:
        if (
            path == "/services"
            and query.get("full")
            and query["page"] == "2"
            and "modified_after" not in query
        ):
            api.take(1)
            fresh = service(90)
            rest = dict(api.services)
            api.services.clear()
            api.put(fresh)
            api.services |= rest
            api.take(2)
            api.take(3)

    api.before = shift
    done = await pull(database, settings, await add(database, api))
    assert done.state == "applied"
    assert await told(database, api) == api.services
    async with database.transaction(write=False) as db:
        active = await db.scalars(select(Service.id).where(Service.status == "active"))
        assert {str(key) for key in active} == set(api.services)


async def test_what_changes_while_it_is_read_is_read_again(
    database: Database, settings: Settings, api: HsdsApi
) -> None:
    def change(path: str, query: dict[str, str]) -> None:
        if query.get("minimal") and query["page"] == "1":
            api.change(0, description="Changed meanwhile.", phones=[])

    api.before = change
    await pull(database, settings, await add(database, api))
    assert (await one(database, 0)).description == "Changed meanwhile."
    assert await told(database, api) == api.services


async def test_a_server_that_lists_no_whole_documents_is_asked_for_each(
    database: Database, settings: Settings, api: HsdsApi
) -> None:
    api.full = False
    source_id = await add(database, api)
    await pull(database, settings, source_id)
    assert await told(database, api) == api.services
    api.asked.clear()
    api.change(3, description="Said better.")
    await pull(database, settings, source_id)
    assert await told(database, api) == api.services
    assert len([path for path in api.asked if path.startswith("/services/")]) == 1


async def test_a_server_that_knows_neither_changes_nor_ids(
    database: Database, settings: Settings, api: HsdsApi
) -> None:
    api.since, api.minimal = False, False
    source_id = await add(database, api)
    await pull(database, settings, source_id)
    api.take(4)
    api.change(5, description="Said better.")
    await pull(database, settings, source_id)
    assert await told(database, api) == api.services
    assert (await one(database, 4)).status == "inactive"


async def test_organizations_without_services_and_terms_come_along(
    database: Database, settings: Settings, api: HsdsApi
) -> None:
    lone = {
        "id": an_id("lone"),
        "name": "Lone Lantern",
        "description": "",
        "phones": [{"id": an_id("x"), "number": "1"}],
    }
    api.others["/organizations"] = [api.services[an_id("service 0")]["organization"], lone]
    api.others["/taxonomy_terms"] = [
        {"id": an_id("term"), "code": "BD", "name": "Food", "description": "Food"}
    ]
    done = await pull(database, settings, await add(database, api))
    assert done.counts["taxonomy_term"] == {"added": 1}
    async with database.transaction(write=False) as db:
        names = set(await db.scalars(select(Organization.name)))
    assert "Lone Lantern" in names and await told(database, api) == api.services


async def test_the_source_is_left_alone_as_long_as_it_asks(
    database: Database, settings: Settings, api: HsdsApi
) -> None:
    api.before = lambda _path, query: (429, {"Retry-After": "120"}, b"") if query.get("page") == "2" else None
    source_id = await add(database, api)
    async with database.transaction() as db:
        begun = await actions.begin_pull(db, await queries.source(db, source_id), by_job=False, at_once=True)
    rest = await pulling.advance(database, settings, begun.id)
    assert rest is not None and rest >= 120
    asked = len(api.asked)
    again = await pulling.advance(database, settings, begun.id)
    assert again is not None and again > 100 and len(api.asked) == asked
    api.before = lambda _path, _query: None
    with time_machine.travel(clock.now() + timedelta(seconds=125), tick=True):
        done = await driving.drive(database, settings, begun, lambda *_told: None)
    assert done.state == "applied" and await told(database, api) == api.services
    assert sum("full=true&page=1&" in path and "modified" not in path for path in api.asked) == 1


BAD_ANSWERS = {
    "broken JSON": (200, {}, b'{"contents": [{"id"'),
    "no HSDS": (200, {}, b'{"hello": 1}'),
    "no list": (200, {}, b'{"contents": {"id": 1}}'),
    "a page for people": (200, {"Content-Type": "text/html"}, b"<html>Sign in first</html>"),
    "cut off": (200, {"Content-Length": "5000"}, b'{"contents": ['),
    "nested beyond reason": (200, {}, b'{"contents": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}"),
    "an error": (503, {}, b""),
}


@pytest.mark.parametrize("answer", BAD_ANSWERS.values(), ids=list(BAD_ANSWERS))
async def test_a_bad_answer_is_told_and_tried_again(
    database: Database, settings: Settings, api: HsdsApi, answer: tuple
) -> None:
    api.before = lambda _path, query: answer if query.get("page") == "2" else None
    source_id = await add(database, api)
    async with database.transaction() as db:
        begun = await actions.begin_pull(db, await queries.source(db, source_id), by_job=False, at_once=True)
    assert await pulling.advance(database, settings, begun.id)
    async with database.transaction(write=False) as db:
        here = await queries.pull(db, begun.id)
    assert here.state == "reading" and here.error and here.failures == 1
    api.before = lambda _path, _query: None
    with time_machine.travel(clock.now() + timedelta(seconds=10), tick=True):
        await driving.drive(database, settings, begun, lambda *_told: None)
    assert await told(database, api) == api.services


async def test_after_many_failures_a_pull_is_given_up(
    database: Database, settings: Settings, api: HsdsApi
) -> None:
    api.before = lambda _path, _query: (500, {}, b"")
    source_id = await add(database, api)
    async with database.transaction() as db:
        begun = await actions.begin_pull(db, await queries.source(db, source_id), by_job=False)
    now, tries = clock.now(), 0
    while tries < 30:
        with time_machine.travel(now, tick=True):
            rest = await pulling.advance(database, settings, begun.id)
        if rest is None:
            break
        now, tries = now + timedelta(seconds=rest + 1), tries + 1
    source = await of_source(database, source_id)
    assert (
        tries == 11
        and source.failures == 1
        and source.trouble == ["The server answers %(status)s.", {"status": 500}]
    )


async def test_odd_documents_do_not_stop_the_others(
    database: Database, settings: Settings, api: HsdsApi
) -> None:
    api.services["odd"] = {"id": None, "name": "Nobody"}
    api.services["number"] = {"id": "A-17", "name": "Known by a number", "status": "active", "phones": "none"}
    for key in ("A-17", None):
        api.modified[key] = clock.now()  # type: ignore[index]
    done = await pull(database, settings, await add(database, api))
    assert done.state == "applied" and done.counts["service"]["added"] == 26
    assert any("no id of use" in sentence for sentence, _ in done.remarks)


async def test_a_source_that_loses_much_waits_for_a_person(database: Database, settings: Settings) -> None:
    with HsdsApi(60).running() as api:
        source_id = await add(database, api, approve=False)
        assert (await pull(database, settings, source_id, at_once=None)).state == "applied"
        api.take(59)
        assert (await pull(database, settings, source_id, at_once=None)).state == "applied"
        for number in range(30):
            api.take(number)
        waiting = await pull(database, settings, source_id, at_once=None)
        assert waiting.state == "ready" and waiting.counts["service"]["gone"] == 30
        assert (await one(database, 0)).status == "active"


async def test_two_that_begin_at_once_read_once(database: Database, settings: Settings, api: HsdsApi) -> None:
    source_id = await add(database, api)

    async def begin() -> UUID:
        async with database.transaction() as db:
            return (await actions.begin_pull(db, await queries.source(db, source_id), by_job=False)).id

    assert len(set(await asyncio.gather(*(begin() for _ in range(5))))) == 1


async def test_a_later_pull_takes_the_place_of_one_that_waits(
    database: Database, settings: Settings, api: HsdsApi
) -> None:
    source_id = await add(database, api)
    first = await pull(database, settings, source_id, at_once=None)
    second = await pull(database, settings, source_id, at_once=None)
    assert first.state == second.state == "ready"
    async with database.transaction(write=False) as db:
        assert (await queries.pull(db, first.id)).state == "discarded"


async def test_corrections_survive_and_are_shown(
    database: Database, settings: Settings, api: HsdsApi
) -> None:
    source_id = await add(database, api)
    await pull(database, settings, source_id)
    async with database.transaction() as db:
        here = await db.get_one(Service, UUID(an_id("service 3")))
        here.corrected = {"description": here.description}
        here.description = "Corrected here."
    api.change(3, description="Said anew.", name="Named anew")
    waiting = await pull(database, settings, source_id, at_once=False)
    (listing,) = waiting.changes
    kept = {field["field"]: field["kept"] for field in listing["fields"]}
    assert kept == {"description": True, "name": False}
    async with database.transaction() as db:
        await actions.approve(db, Cast.ada.actor, await queries.pull(db, waiting.id))
    assert await pulling.advance(database, settings, waiting.id) is None
    here = await one(database, 3)
    assert (here.name, here.description) == ("Named anew", "Corrected here.")
    assert here.corrected == {"description": "Said anew."}


async def test_a_corrected_state_is_kept_when_the_source_lists_it_no_more(
    database: Database, settings: Settings, api: HsdsApi
) -> None:
    source_id = await add(database, api)
    await pull(database, settings, source_id)
    async with database.transaction() as db:
        here = await db.get_one(Service, UUID(an_id("service 3")))
        here.corrected, here.status = {"status": "active"}, "temporarily closed"
    api.take(3)
    await pull(database, settings, source_id)
    here = await one(database, 3)
    assert here.status == "temporarily closed" and here.corrected == {"status": "inactive"}


async def test_what_belongs_to_others_is_left_alone_and_told(
    database: Database, settings: Settings, api: HsdsApi
) -> None:
    async with database.transaction() as db:
        db.add(Organization(id=UUID(an_id("organization 0")), name="Made here", description="By us"))
        db.add(
            Service(
                id=UUID(an_id("service 1")), organization_id=UUID(an_id("organization 0")), name="Ours",
                status="active", source="another", source_id="1",
            )
        )  # fmt: skip
    done = await pull(database, settings, await add(database, api))
    assert (await one(database, 1)).name == "Ours"
    said = {values["source"]: values["n"] for sentence, values in done.remarks if "source" in values}
    assert set(said) == {"another", "made here"}


async def test_the_key_goes_along_and_is_stored_encrypted(
    database: Database, settings: Settings, api: HsdsApi
) -> None:
    api.key = "a-key-of-the-neighbours"
    source_id = await add(database, api, api_key="wrong")
    with pytest.raises(driving.ImportRefused, match="wants a key"):
        await pull(database, settings, source_id)
    async with database.transaction() as db:
        (await queries.source(db, source_id)).api_key = api.key
    assert (await pull(database, settings, source_id)).state == "applied"
    async with database.transaction(write=False) as db:
        stored = (await (await db.connection()).exec_driver_sql("SELECT api_key FROM source")).scalar_one()
    assert stored.startswith("v1.") and api.key not in stored


async def test_a_list_that_never_ends_is_left(database: Database, settings: Settings, api: HsdsApi) -> None:
    def endless(path: str, query: dict[str, str]) -> None:
        if path == "/services" and "page" in query:
            query["page"] = "1"

    api.before = endless
    done = await pull(database, settings, await add(database, api))
    assert done.state == "applied" and len(api.asked) < 50


def holding(api: HsdsApi, point: str, held: threading.Event, reached: threading.Event) -> Callable:
    """Return what makes the API fall silent at the first request that holds `point`."""

    def hold(_path: str, _query: dict[str, str]) -> None:
        if point in api.asked[-1] and not held.is_set():
            reached.set()
            held.wait(60)

    return hold


def environment_of(settings: Settings, folder: Path) -> dict[str, str]:
    """Return the settings of a command that works on the database of a test."""
    return clean_environment() | {
        "HANDRAIL_DATA_DIR": str(folder),
        "HANDRAIL_DATABASE_URL": settings.database_url,
        "HANDRAIL_SECRET_KEY": settings.secret_key,
        "HANDRAIL_ENCRYPTION_KEYS": base64.urlsafe_b64encode(settings.encryption_keys[0]).decode(),
        "HANDRAIL_NEAR_NETWORKS": "127.0.0.0/8",
    }


async def test_sources_by_command(
    database: Database, settings: Settings, api: HsdsApi, tmp_path: Path
) -> None:
    api.key = "lantern-key"
    (tmp_path / "key").write_text("lantern-key\n")

    async def run(*words: str) -> Result:
        environment = environment_of(settings, tmp_path)
        return await asyncio.to_thread(CliRunner().invoke, group, words, env=environment)

    added = await run(
        "source", "add", "Neighbours", api.url, "--every", "0", "--key-file", str(tmp_path / "key")
    )
    assert added.exit_code == 0, added.stderr
    assert (await run("source", "add", "Neighbours", api.url)).exit_code == 1
    private = await run("source", "add", "Inside", "http://169.254.169.254/")
    assert private.exit_code == 1 and "private network" in private.stderr
    shown = await run("pull", "Neighbours", "--preview")
    assert shown.exit_code == 0 and "added: Service 000" in shown.stdout, shown.stderr
    assert await told(database, api) == {}
    done = await run("pull", "Neighbours", "--apply")
    assert done.exit_code == 0 and "service: 25 added" in done.stdout, done.stderr
    assert await told(database, api) == api.services
    assert "25 services\tlast pull applied" in (await run("source", "list")).stdout
    nobody = await run("pull", "Nobody")
    assert nobody.exit_code == 1 and "There is no source named Nobody." in nobody.stderr


async def test_a_killed_import_goes_on_and_ends_like_the_source(
    database: Database, settings: Settings, api: HsdsApi, tmp_path: Path
) -> None:
    """Killed on the second page, while the ids are read, and at the very end; each time the same command goes on."""
    environment = environment_of(settings, tmp_path)
    command = [sys.executable, "-m", "litestar", "directory", "import", api.url, "--source", "neighbours"]
    api.change(20, description="Changed just now, so that there is something to read at the end.")
    api.modified[an_id("service 20")] += timedelta(hours=1)
    for point in ("full=true&page=2&", "minimal=true&page=3&", "modified_after"):
        held, reached = threading.Event(), threading.Event()
        api.before = holding(api, point, held, reached)
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        assert await asyncio.to_thread(reached.wait, 60), point
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        held.set()
    ended = await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 0, ended.stderr
    assert "service: 25 added" in ended.stdout
    assert await told(database, api) == api.services
    assert sum("full=true&page=1&" in path and "modified" not in path for path in api.asked) == 1
