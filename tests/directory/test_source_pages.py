"""`/admin/sources` and the jobs behind it: from a new source to changes that somebody took over."""

import re
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_network
from uuid import UUID

import msgspec
import pytest
import time_machine
from sqlalchemy import func, select

from accounts.models import AuditEntry
from core import clock
from core.database import Database
from core.jobs import run_due
from core.settings import Settings
from directory.models import Service
from directory.sources import jobs, pulling, queries, remote
from directory.sources.models import Pull, Source
from tests.support.cast import Cast, Member
from tests.support.hsds_api import HsdsApi
from tests.support.http import Http, post_form, sign_in

assert jobs  # registers what the worker can do


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "PAUSE_S", 0.0)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, near_networks=(ip_network("127.0.0.0/8"),))


@pytest.fixture
def api() -> Iterator[HsdsApi]:
    with HsdsApi(12).running() as running:
        yield running


async def add(http: Http, api: HsdsApi, **changes: str) -> str:
    """Add a source through the page, and return its address there."""
    form = {"name": "Neighbours", "address": f"{api.url}/", "every_hours": "24", "approve": "true"}
    answer = await post_form(http, "/admin/sources/new", form | changes, page="/admin/sources/new")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def pull_of(database: Database) -> Pull:
    async with database.transaction(write=False) as db:
        found = await db.scalar(select(Pull.id).order_by(Pull.started_at.desc()).limit(1))
        assert found
        return await queries.pull(db, found)


async def services(database: Database) -> int:
    async with database.transaction(write=False) as db:
        return int(await db.scalar(select(func.count()).select_from(Service)) or 0)


async def drain(database: Database, settings: Settings) -> None:
    """Run the jobs of sources; those of the search are not this test's."""
    for _ in range(20):
        await run_due(database, settings, limit=5)


async def test_from_a_new_source_to_its_listings(
    http: Http, database: Database, settings: Settings, api: HsdsApi
) -> None:
    await sign_in(http, Cast.ada)
    assert "No source yet" in (await http.get("/admin/sources")).text
    source = await add(http, api)
    await drain(database, settings)
    assert "Alder Information Line" in (await http.get(source)).text
    begun = await post_form(http, f"{source}/pull", {}, page=source)
    pull = begun.headers["location"]
    assert "How far it is" in (await http.get(pull)).text
    await drain(database, settings)
    page = (await http.get(pull)).text
    assert "waits for a decision" in page and "Service 011" in page
    assert await services(database) == 0
    assert "Look at the changes" in (await http.get("/admin/sources")).text
    assert (await post_form(http, f"{pull}/approve", {}, page=pull)).status_code == 303
    await drain(database, settings)
    assert await services(database) == 12
    assert "What has changed" in (await http.get(pull)).text
    async with database.transaction(write=False) as db:
        done = set(await db.scalars(select(AuditEntry.action).where(AuditEntry.subject_type == "source")))
    assert done == {"source.add", "pull.begin", "pull.approve"}
    for verb in ("approve", "discard"):
        assert (await post_form(http, f"{pull}/{verb}", {})).status_code == 409


async def test_the_schedule_pulls_when_its_time_has_come(
    http: Http, database: Database, settings: Settings, api: HsdsApi
) -> None:
    await sign_in(http, Cast.ada)
    source = await add(http, api, approve="", every_hours="6")
    async with database.transaction() as db:
        await jobs.due(db, {})
    await drain(database, settings)
    assert (await pull_of(database)).state == "applied" and await services(database) == 12
    async with database.transaction() as db:
        assert await queries.due(db, clock.now()) == []
        assert len(await queries.due(db, clock.now() + timedelta(hours=6, minutes=1))) == 1
    await post_form(http, f"{source}/pause", {}, page=source)
    async with database.transaction() as db:
        assert await queries.due(db, clock.now() + timedelta(hours=7)) == []
    assert (await post_form(http, f"{source}/pull", {})).status_code == 409
    await post_form(http, f"{source}/resume", {}, page=source)
    assert (await post_form(http, f"{source}/pull", {})).status_code == 303


async def test_a_paused_source_is_not_read_on(
    http: Http, database: Database, settings: Settings, api: HsdsApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "SLICE_S", 0.0)
    await sign_in(http, Cast.ada)
    source = await add(http, api)
    await post_form(http, f"{source}/pull", {}, page=source)
    await run_due(database, settings, limit=2)
    await post_form(http, f"{source}/pause", {}, page=source)
    await drain(database, settings)
    assert (await pull_of(database)).state == "reading"
    await post_form(http, f"{source}/resume", {}, page=source)
    await drain(database, settings)
    assert (await pull_of(database)).state == "ready"


async def test_discarded_changes_come_again(
    http: Http, database: Database, settings: Settings, api: HsdsApi
) -> None:
    await sign_in(http, Cast.ada)
    source = await add(http, api)
    for _ in range(2):
        begun = await post_form(http, f"{source}/pull", {}, page=source)
        await drain(database, settings)
        pull = await pull_of(database)
        assert pull.state == "ready" and pull.counts["service"] == {"added": 12}
        await post_form(http, f"{begun.headers['location']}/discard", {})
        assert (await pull_of(database)).state == "discarded"
    assert await services(database) == 0
    await pulling.tidy(database, settings)
    assert {path.suffix for path in pulling.folder(settings).iterdir()} <= {".pages"}


@pytest.mark.parametrize(
    "field, value, sentence",
    [
        ("address", "http://169.254.169.254/latest", "private network"),
        ("address", "http://[::1]/hsds", "private network"),
        ("address", "ftp://directory.example.org", "https://"),
        ("address", "https://me:secret@directory.example.org", "name or a password"),
        ("address", "https://directory.example.org/hsds?page=1", "before any ?"),
        ("address", "", "Fill this in."),
        ("name", "", "Fill this in."),
        ("every_hours", "2", "Choose one"),
        ("api_key", "sign-in\u00e9", "plain letters"),
    ],
)
async def test_what_is_wrong_is_told_at_its_field(
    http: Http, database: Database, field: str, value: str, sentence: str
) -> None:
    await sign_in(http, Cast.ada)
    form = {"name": "Neighbours", "address": "https://directory.example.org/hsds", "every_hours": "24"}
    answer = await post_form(http, "/admin/sources/new", form | {field: value}, page="/admin/sources/new")
    assert answer.status_code == 422
    wrong = re.search(rf'id="{field}-error">.*?</p>', answer.text, re.DOTALL)
    assert wrong and sentence in wrong[0]
    async with database.transaction(write=False) as db:
        assert await db.scalar(select(Source.id)) is None


async def test_a_key_is_kept_shown_nowhere_and_can_be_forgotten(
    http: Http, database: Database, settings: Settings, api: HsdsApi
) -> None:
    await sign_in(http, Cast.ada)
    api.key = "lantern-key-of-the-neighbours"
    source = await add(http, api, api_key=api.key)
    await drain(database, settings)
    page = (await http.get(source)).text
    assert api.key not in page and "Alder Information Line" in page
    schedule = {"every_hours": "0", "approve": "true"}
    await post_form(http, f"{source}/schedule", schedule, page=source)
    async with database.transaction(write=False) as db:
        kept = await queries.source(db, UUID(source.rpartition("/")[2]))
    assert (kept.api_key, kept.every_hours, kept.next_pull) == (api.key, 0, None)
    await post_form(http, f"{source}/schedule", schedule | {"forget_key": "true"}, page=source)
    async with database.transaction(write=False) as db:
        assert (await queries.source(db, kept.id)).api_key is None


async def test_a_name_stands_for_one_source(http: Http, api: HsdsApi) -> None:
    await sign_in(http, Cast.ada)
    await add(http, api)
    form = {"name": "Neighbours", "address": "https://other.example.org", "every_hours": "24"}
    answer = await post_form(http, "/admin/sources/new", form)
    assert answer.status_code == 422 and "of this name already" in answer.text


async def test_what_the_source_says_is_text_on_the_page(
    http: Http, database: Database, settings: Settings, api: HsdsApi
) -> None:
    evil = '<script>alert(1)</script>"><img src=x>'
    api.change(3, name=evil, description=evil)
    api.before = lambda path, _query: (
        (200, {}, msgspec.json.encode({"version": evil, "publisher": evil, "profile": evil}))
        if path == "/"
        else None
    )
    await sign_in(http, Cast.ada)
    source = await add(http, api)
    begun = await post_form(http, f"{source}/pull", {}, page=source)
    await drain(database, settings)
    for address in (source, begun.headers["location"]):
        page = (await http.get(address)).text
        assert "<script>alert" not in page and "<img" not in page


@pytest.mark.parametrize(
    "member", [Cast.nina, Cast.cora, Cast.omar], ids=lambda member: member.name.split()[0]
)
async def test_others_are_refused(
    http: Http, database: Database, settings: Settings, api: HsdsApi, member: Member
) -> None:
    await sign_in(http, Cast.ada)
    source = await add(http, api)
    begun = await post_form(http, f"{source}/pull", {}, page=source)
    await drain(database, settings)
    pull = begun.headers["location"]
    await sign_in(http, member)
    for path in ("/admin/sources", "/admin/sources/new", source, pull):
        assert (await http.get(path)).status_code == 403
    for path in (
        f"{pull}/approve",
        f"{pull}/discard",
        f"{source}/pause",
        f"{source}/pull",
        "/admin/sources/new",
    ):
        assert (await post_form(http, path, {})).status_code == 403
    assert (await pull_of(database)).state == "ready"


async def test_a_pull_of_another_source_is_not_found(
    http: Http, database: Database, settings: Settings, api: HsdsApi
) -> None:
    await sign_in(http, Cast.ada)
    source = await add(http, api)
    other = await add(http, api, name="Others")
    begun = await post_form(http, f"{source}/pull", {}, page=source)
    pull = begun.headers["location"].rpartition("/")[2]
    assert (await http.get(f"{other}/pulls/{pull}")).status_code == 404
    assert (await post_form(http, f"{other}/pulls/{pull}/approve", {})).status_code == 404


async def test_a_source_that_is_not_one_says_so(
    http: Http, database: Database, settings: Settings, api: HsdsApi
) -> None:
    api.before = lambda _path, _query: (200, {"Content-Type": "text/html"}, b"<html></html>")
    await sign_in(http, Cast.ada)
    source = await add(http, api)
    await drain(database, settings)
    assert "The server answers with text/html, not with JSON." in (await http.get(source)).text
    with time_machine.travel(clock.now(), tick=True):
        await post_form(http, f"{source}/pull", {}, page=source)
        await drain(database, settings)
    assert (await pull_of(database)).failures >= 1
