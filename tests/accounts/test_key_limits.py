"""How much the open data may be asked, with a key and without."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from litestar import Litestar
from sqlalchemy import select

from accounts.keys import actions, counting, queries
from accounts.keys.counting import Asking, count_request
from accounts.keys.models import ApiKey, ApiKeyUse
from core.attempts import Limit
from core.database import Database
from core.settings import Settings
from tests.support.cast import Cast
from tests.support.http import Http, sign_in
from tests.support.open_data import app_with_open_data, bearer, make_key, told

START = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)


@pytest.fixture
def built() -> Litestar:
    """An application that has an open-data API to try limits on."""
    return app_with_open_data()


async def uses(database: Database) -> dict[date, int]:
    async with database.transaction(write=False) as db:
        return {row.day: row.count for row in await db.scalars(select(ApiKeyUse))}


async def test_it_works(http: Http, database: Database):
    made = await make_key(database, per_10_minutes=100)
    with time_machine.travel(START, tick=False):
        for headers in (bearer(made.key), {"x-api-key": made.key}, {"authorization": f"bearer  {made.key}"}):
            answer = await http.get("/hsds/tried", headers=headers)
            assert answer.status_code == 200
        assert told(answer) == {"limit": 100, "remaining": 97, "reset": 600}
        assert await uses(database) == {date(2026, 11, 23): 3}
    async with database.transaction(write=False) as db:
        assert (await db.get_one(ApiKey, made.row.id)).last_used_on == date(2026, 11, 23)


async def test_without_a_key_the_address_counts(http: Http, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(counting, "WITHOUT_KEY", Limit(3, counting.WINDOW))
    with time_machine.travel(START, tick=False) as time:
        left = [told(await http.get("/hsds/tried"))["remaining"] for _ in range(3)]
        refused = await http.get("/hsds/tried")
        assert left == [2, 1, 0]
        assert refused.status_code == 429
        assert refused.headers["content-type"] == "application/problem+json"
        assert told(refused)["remaining"] == 0
        wait = int(refused.headers["retry-after"])
        assert told(refused)["reset"] == wait
        time.shift(timedelta(seconds=wait - 1))
        assert (await http.get("/hsds/tried")).status_code == 429
        time.shift(timedelta(seconds=1))
        assert (await http.get("/hsds/tried")).status_code == 200


async def test_a_household_of_ipv6_counts_as_one_address(database: Database):
    with time_machine.travel(START, tick=False):
        left = [
            (await count_request(database, Asking(None, address))).headers["ratelimit-remaining"]
            for address in (
                "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1", "192.0.2.1", "::ffff:192.0.2.1",
            )
        ]  # fmt: skip
    assert left == ["5999", "5998", "5999", "5999", "5998"]


async def test_a_key_counts_by_itself_wherever_it_comes_from(database: Database):
    one, other = await make_key(database), await make_key(database, name="Birch 211")
    with time_machine.travel(START, tick=False):
        left = [
            (await count_request(database, Asking(key, address))).headers["ratelimit-remaining"]
            for key, address in ((one.key, "192.0.2.1"), (one.key, "192.0.2.2"), (other.key, "192.0.2.1"))
        ]
    assert left == ["59999", "59998", "59999"]


async def test_what_weighs_more_counts_more(http: Http, database: Database):
    made = await make_key(database, per_10_minutes=100)
    headers = bearer(made.key)
    with time_machine.travel(START, tick=False):
        answers = [await http.get("/hsds/everything", headers=headers) for _ in range(5)]
        assert [told(answer)["remaining"] for answer in answers] == [80, 60, 40, 20, 0]
        refused = await http.get("/hsds/everything", headers=headers)
    assert refused.status_code == 429
    assert await uses(database) == {date(2026, 11, 23): 5}


@pytest.mark.parametrize("wrong", ["", "0" * 64, "x" * 100_000, "ключ", "a b", "' OR 1=1 --"])
async def test_a_wrong_key_is_refused_and_told_nothing_else(http: Http, database: Database, wrong: str):
    await make_key(database)
    for name, value in ((b"authorization", f"Bearer {wrong}"), (b"x-api-key", wrong)):
        answer = await http.get("/hsds/tried", headers={name: value.encode()})
        assert answer.status_code == 401
        assert answer.json()["title"] == "This key is not valid"
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert not wrong or wrong not in answer.text
        assert told(answer)["limit"] == counting.WRONG_KEYS.most


async def test_another_kind_of_authorization_is_no_key(http: Http, database: Database):
    made = await make_key(database)
    basic = {"authorization": "Basic aGFuZDpyYWls"}
    assert told(await http.get("/hsds/tried", headers=basic))["limit"] == counting.WITHOUT_KEY.most
    both = await http.get("/hsds/tried", headers=basic | {"x-api-key": made.key})
    assert told(both)["limit"] == made.row.per_10_minutes


async def test_a_key_in_the_address_opens_nothing(http: Http, database: Database):
    made = await make_key(database)
    answer = await http.get(f"/hsds/tried?key={made.key}&access_token={made.key}")
    assert told(answer)["limit"] == counting.WITHOUT_KEY.most


async def test_wrong_keys_are_limited_and_right_ones_are_not_shut_out(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(counting, "WRONG_KEYS", Limit(3, counting.WINDOW))
    made = await make_key(database)
    with time_machine.travel(START, tick=False):
        tries = [await count_request(database, Asking(f"wrong {n}", "192.0.2.1")) for n in range(4)]
        right = await count_request(database, Asking(made.key, "192.0.2.1"))
        elsewhere = await count_request(database, Asking("wrong", "192.0.2.2"))
    assert [one.status for one in tries] == [401, 401, 401, 429]
    assert (right.status, elsewhere.status) == (200, 401)


async def test_a_key_expires_at_the_end_of_its_day_where_the_agency_is(database: Database):
    with time_machine.travel(START, tick=False) as time:
        made = await make_key(database, expires_on=date(2026, 11, 24))
        time.move_to(datetime(2026, 11, 25, 5, 59, tzinfo=UTC))
        assert (await count_request(database, Asking(made.key, ""))).status == 200
        time.move_to(datetime(2026, 11, 25, 6, 0, tzinfo=UTC))
        assert (await count_request(database, Asking(made.key, ""))).status == 401


async def test_revoking_and_limits_hold_at_once_in_every_process(database: Database, settings: Settings):
    other = Database(settings.database_url, pool_size=2)
    try:
        made = await make_key(database)
        assert (await count_request(other, Asking(made.key, ""))).status == 200
        async with database.transaction() as db:
            await actions.change_limit(
                db, Cast.ada.actor, await queries.key(db, Cast.ada.actor, made.row.id), 100
            )
        assert (await count_request(other, Asking(made.key, ""))).headers["ratelimit-limit"] == "100"
        async with database.transaction() as db:
            await actions.revoke(db, Cast.ada.actor, await queries.key(db, Cast.ada.actor, made.row.id))
        assert (await count_request(other, Asking(made.key, ""))).status == 401
    finally:
        await other.dispose()


async def test_fifty_at_once_in_two_processes_count_exactly(database: Database, settings: Settings):
    made = await make_key(database, per_10_minutes=100)
    other = Database(settings.database_url, pool_size=5)
    try:
        with time_machine.travel(START, tick=False):
            asked = [
                count_request(one, Asking(made.key, ""), 3) for _ in range(25) for one in (database, other)
            ]
            verdicts = await asyncio.gather(*asked)
    finally:
        await other.dispose()
    granted = sorted(int(one.headers["ratelimit-remaining"]) for one in verdicts if one.status == 200)
    assert granted == [100 - 3 * n for n in range(33, 0, -1)]
    assert {one.status for one in verdicts} == {200, 429}
    assert await uses(database) == {date(2026, 11, 23): 33}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_crowd_is_counted_and_not_let_through(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(counting, "WITHOUT_KEY", Limit(40, counting.WINDOW))
    made = await make_key(database, per_10_minutes=100)
    asked = [Asking(None, "192.0.2.1"), Asking(made.key, "192.0.2.1"), Asking("wrong", "192.0.2.1")]
    with time_machine.travel(START, tick=False):
        verdicts = await asyncio.gather(*[count_request(database, asked[n % 3]) for n in range(600)])
    statuses = [[one.status for one in verdicts[n::3]].count for n in range(3)]
    assert [count(200) for count in statuses] == [40, 100, 0]
    assert statuses[2](401) == counting.WRONG_KEYS.most
    assert await uses(database) == {date(2026, 11, 23): 100}


async def test_errors_say_how_much_is_left(http: Http):
    for path, status in (("/hsds/gone", 404), ("/hsds/broken", 500)):
        answer = await http.get(path)
        assert answer.status_code == status
        assert told(answer)["limit"] == counting.WITHOUT_KEY.most


async def test_other_pages_are_not_counted(http: Http):
    assert told(await http.get("/search?q=food")) == {}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_long_import_turns_no_reader_away(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(counting, "PATIENCE_S", 0.1)
    made = await make_key(database)
    elsewhere = Database(settings.database_url)
    try:
        for writer in (database, elsewhere):
            async with writer.transaction():
                answers = [
                    await count_request(database, Asking(key, "")) for key in (made.key, None, "wrong")
                ]
            assert [one.status for one in answers] == [200, 200, 401]
            assert answers[0].headers == {}
    finally:
        await elsewhere.dispose()
    assert (await count_request(database, Asking(made.key, ""))).headers["ratelimit-remaining"] == "59999"


async def test_counts_of_long_ago_are_forgotten(database: Database):
    made = await make_key(database)
    with time_machine.travel(START, tick=False) as time:
        await count_request(database, Asking(made.key, ""))
        time.shift(timedelta(days=60))
        await count_request(database, Asking(made.key, ""))
        async with database.transaction() as db:
            await actions.forget_old(db, (START + timedelta(days=100)).date())
    assert list(await uses(database)) == [date(2027, 1, 22)]


async def test_a_question_is_sent_as_json_or_as_a_form(http: Http):
    as_json = await http.post("/hsds/tried", json={"q": "food"})
    as_form = await http.post("/hsds/tried", data={"q": "food"})
    assert as_json.json() == {"asked": {"q": "food"}, "one": 1}
    assert as_form.json() == {"asked": {"q": "food"}, "one": 1, "user": None}
    again = await http.post("/hsds/tried", data={"q": "food"})
    assert again.json() == as_form.json()
    assert (await http.post("/hsds/tried?q=food")).json()["asked"] == {}


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "text/xml"])
async def test_other_content_is_no_question(http: Http, kind: str):
    answer = await http.post("/hsds/tried", content=b"q=food", headers={"content-type": kind})
    assert answer.status_code == 400
    assert answer.json()["detail"] == "Send JSON or a form here."


async def test_cookies_are_not_looked_at(http: Http):
    await sign_in(http, Cast.ada)
    assert (await http.get("/hsds/tried")).json() == {"user": None}
    assert (await http.post("/hsds/tried", data={"q": "x"})).json()["user"] is None
