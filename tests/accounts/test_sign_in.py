"""Signing in and out, and what a session is worth."""

import asyncio
import time
from contextlib import suppress
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from accounts import actions, passwords
from accounts.models import ABSOLUTE, IDLE, AuditEntry, LoginSession, User
from accounts.sessions import describe_agent
from core import clock
from core.attempts import Attempt
from core.database import Database
from core.errors import TooMany
from core.security import cookie_name
from tests.support.cast import PASSWORD, Cast, Member
from tests.support.http import Http, post_form, sign_in


def cookie(http: Http, name: str = "session") -> str | None:
    return http.cookies.get(cookie_name(http.settings, name))


async def try_to_sign_in(http: Http, email: str, password: str = PASSWORD, **more: str):
    return await post_form(http, "/sign-in", {"email": email, "password": password, **more}, page="/sign-in")


async def audited(database: Database) -> list[str]:
    async with database.transaction(write=False) as db:
        return list(await db.scalars(select(AuditEntry.action).order_by(AuditEntry.at, AuditEntry.sequence)))


async def test_it_works(http: Http, database: Database):
    await sign_in(http, Cast.nina)
    page = await http.get("/today")
    assert page.status_code == 200 and "Nina" in page.text
    assert (await http.get("/sign-in?next=/account")).headers["location"] == "/account"
    assert "sign-in" in await audited(database)


async def test_capital_letters_in_the_address_do_not_count(http: Http):
    assert (await try_to_sign_in(http, Cast.nina.email.upper())).status_code == 303


async def test_nobody_signed_in_is_led_to_the_form_and_back(http: Http):
    answer = await http.get("/account")
    assert answer.headers["location"] == "/sign-in?next=/account"
    answer = await try_to_sign_in(http, Cast.nina.email, next="/account")
    assert answer.headers["location"] == "/account"


async def test_signing_in_never_leads_away(http: Http):
    for away in (
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/a\tb",
        "evil",
        "",
        "/sign-in",
    ):
        http.cookies.clear()
        answer = await try_to_sign_in(http, Cast.nina.email, next=away)
        assert answer.headers["location"] == "/today", away


async def test_wrong_password_and_unknown_address_look_alike(http: Http, database: Database):
    wrong = await try_to_sign_in(http, Cast.nina.email, "not her password")
    unknown = await try_to_sign_in(http, "nobody@county.example", "not her password")
    assert wrong.status_code == unknown.status_code == 422
    assert cookie(http) is None

    def told(page: str) -> str:
        return page.partition('role="alert"')[2].partition("</div>")[0]

    assert told(wrong.text) == told(unknown.text) != ""
    assert "not her password" not in wrong.text, "a password is never shown again"
    assert Cast.nina.email in wrong.text, "the address is"
    assert (await audited(database)).count("sign-in.failed") == 2


async def test_it_takes_as_long_to_say_that_there_is_no_such_person(database: Database):
    async def seconds(email: str) -> float:
        began = time.perf_counter()
        assert await actions.sign_in(database, email, "not the password", address=email) is None
        return time.perf_counter() - began

    rounds = [(await seconds(Cast.nina.email), await seconds(f"nobody{n}@county.example")) for n in range(6)]
    known, unknown = (min(times) for times in zip(*rounds, strict=True))
    assert 0.4 < unknown / known < 2.5


async def test_blank_fields_are_named(http: Http):
    answer = await try_to_sign_in(http, "", "")
    assert answer.status_code == 422
    assert "Enter your work mail address." in answer.text and "Enter your password." in answer.text


async def test_too_many_guesses_at_one_account(http: Http, database: Database):
    for _ in range(actions.ACCOUNT_LIMIT.most):
        assert (await try_to_sign_in(http, Cast.nina.email, "wrong password")).status_code == 422
    refused = await try_to_sign_in(http, Cast.nina.email)
    assert refused.status_code == 429 and int(refused.headers["retry-after"]) > 0
    assert "Too many tries" in refused.text and cookie(http) is None
    assert "sign-in.refused" in await audited(database)
    assert (await try_to_sign_in(http, Cast.omar.email)).status_code == 303, "others are not kept out"
    http.cookies.clear()
    with time_machine.travel(clock.now() + timedelta(minutes=40)):
        assert (await try_to_sign_in(http, Cast.nina.email)).status_code == 303


async def test_an_unknown_account_is_counted_alike(database: Database):
    for _ in range(actions.ACCOUNT_LIMIT.most):
        await actions.sign_in(database, "nobody@county.example", "wrong password", address="a")
    with pytest.raises(TooMany):
        await actions.sign_in(database, "nobody@county.example", "wrong password", address="a")


async def test_too_many_guesses_from_one_address(database: Database):
    async with database.transaction() as db:
        await actions.attempts.attempt(db, actions.ADDRESS_LIMIT, "sign-in from", "198.51.100.7")
        await db.execute(update(Attempt).values(count=actions.ADDRESS_LIMIT.most))
    with pytest.raises(TooMany):
        await actions.sign_in(database, Cast.nina.email, PASSWORD, address="198.51.100.7")
    assert await actions.sign_in(database, Cast.nina.email, PASSWORD, address="198.51.100.8")


async def test_addresses_of_one_household_count_together(database: Database):
    """Of IPv6 anybody has more addresses than there are guesses to make."""
    async with database.transaction() as db:
        await actions.attempts.attempt(db, actions.ADDRESS_LIMIT, "sign-in from", "2001:db8:1:2::/64")
        await db.execute(update(Attempt).values(count=actions.ADDRESS_LIMIT.most))
    with pytest.raises(TooMany):
        await actions.sign_in(database, Cast.nina.email, PASSWORD, address="2001:db8:1:2:dead:beef:0:1")
    assert await actions.sign_in(database, Cast.nina.email, PASSWORD, address="2001:db8:1:3::1")


async def test_an_account_closed_while_the_password_is_checked_stays_closed(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    checked = passwords.verify_password

    async def slowly(stored: str | None, password: str) -> bool:
        right = await checked(stored, password)
        async with database.transaction() as db:
            await db.execute(
                update(User).where(User.id == Cast.nina.user_id).values(disabled_at=User.created_at)
            )
        return right

    monkeypatch.setattr(passwords, "verify_password", slowly)
    assert await actions.sign_in(database, Cast.nina.email, PASSWORD) is None


async def test_parallel_guesses_all_count(database: Database):
    guesses = (actions.sign_in(database, Cast.nina.email, f"guess {n}", address="a") for n in range(20))
    results = await asyncio.gather(*guesses, return_exceptions=True)
    assert sum(result is None for result in results) <= actions.ACCOUNT_LIMIT.most


async def test_guessing_cannot_keep_a_person_out_of_their_own_browser(http: Http, database: Database):
    await sign_in(http, Cast.nina)
    await post_form(http, "/sign-out", {}, page="/account")
    for _ in range(actions.ACCOUNT_LIMIT.most + 1):
        with suppress(TooMany):
            await actions.sign_in(database, Cast.nina.email, "a stranger's guess", address="198.51.100.7")
    assert (await try_to_sign_in(http, Cast.nina.email)).status_code == 303
    stolen = cookie(http, "known")
    http.cookies.clear()
    http.cookies.set(cookie_name(http.settings, "known"), str(stolen).replace(".", "0.", 1))
    assert (await try_to_sign_in(http, Cast.nina.email)).status_code == 429, (
        "a forged mark counts for nothing"
    )


async def test_the_session_is_always_a_new_one(http: Http, database: Database):
    """Whoever plants a cookie in somebody's browser must not end up in their session."""
    name = cookie_name(http.settings, "session")
    http.cookies.set(name, "planted-by-an-attacker-0123456789", domain="127.0.0.1")
    assert (await try_to_sign_in(http, Cast.nina.email)).status_code == 303
    assert cookie(http) not in {None, "planted-by-an-attacker-0123456789"}
    first = cookie(http)
    await http.get("/today")
    async with database.transaction(write=False) as db:
        stored = await db.scalars(select(LoginSession.token_hash))
        assert first not in stored.all(), "the token itself is stored nowhere"


async def test_a_session_ends_when_idle(http: Http):
    with time_machine.travel(clock.now()) as moment:
        await sign_in(http, Cast.nina)
        for _ in range(3):
            moment.shift(IDLE - timedelta(minutes=1))
            assert (await http.get("/today")).status_code == 200, "use keeps it"
        moment.shift(IDLE + timedelta(seconds=1))
        assert (await http.get("/today")).status_code == 303


async def test_a_session_ends_after_a_day_whatever_happens(http: Http):
    with time_machine.travel(clock.now()) as moment:
        await sign_in(http, Cast.nina)
        for _ in range(int(ABSOLUTE / timedelta(minutes=20))):
            moment.shift(timedelta(minutes=20))
            last = await http.get("/today")
        assert last.status_code == 303


async def test_signing_out_ends_it_for_good(http: Http):
    await sign_in(http, Cast.nina)
    kept = cookie(http)
    answer = await post_form(http, "/sign-out", {}, page="/account")
    assert answer.headers["location"] == "/" and "cache" in answer.headers["clear-site-data"]
    http.cookies.set(cookie_name(http.settings, "session"), str(kept))
    assert (await http.get("/today")).status_code == 303


async def test_a_closed_account_is_out_at_once(http: Http, database: Database):
    await sign_in(http, Cast.nina)
    async with database.transaction() as db:
        await db.execute(update(User).where(User.id == Cast.nina.user_id).values(disabled_at=clock.now()))
    assert (await http.get("/today")).status_code == 303
    http.cookies.clear()
    assert (await try_to_sign_in(http, Cast.nina.email)).status_code == 422


async def test_old_hashes_are_made_anew(database: Database):
    weak = passwords.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    async with database.transaction() as db:
        await db.execute(update(User).where(User.id == Cast.nina.user_id).values(password_hash=weak))
    assert await actions.sign_in(database, Cast.nina.email, PASSWORD)
    async with database.transaction(write=False) as db:
        stored = (await db.get_one(User, Cast.nina.user_id)).password_hash
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_somebody_has_at_most_ten_browsers(database: Database):
    for _ in range(12):
        await actions.sign_in(database, Cast.nina.email, PASSWORD)
    async with database.transaction(write=False) as db:
        assert len((await db.scalars(select(LoginSession))).all()) == actions.MOST_SESSIONS


@pytest.mark.parametrize("member", Cast.members, ids=lambda member: member.name.split()[0])
async def test_everyone_has_a_home(http: Http, member: Member):
    await sign_in(http, member)
    page = await http.get("/today")
    assert page.status_code == 200 and member.name.split()[0] in page.text
    assert "/sign-out" in page.text


def test_browsers_are_told_as_people_say_it():
    firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
    safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Safari/604.1"
    assert describe_agent(firefox) == "Firefox, Windows"
    assert describe_agent(safari) == "Safari, iPhone"
    assert describe_agent("") == describe_agent("\x00<script>") == ""
