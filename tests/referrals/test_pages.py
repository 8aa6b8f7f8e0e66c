"""The pages of referrals over HTTP: the loop from need to closed, signed in and by a mailed link."""

import re
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import func, select

from care.models import Need
from core.database import Database
from core.jobs import run_due
from core.mail import Mail
from core.settings import Settings
from directory.models import Service
from referrals.models import Referral
from tests.support.casework import FAMILY, GIVEN, PHONE, a_referral, add_client, add_need, add_service
from tests.support.cast import Cast
from tests.support.http import Http, post_form, sign_in


async def newest_mail(database: Database, pattern: str) -> str:
    async with database.transaction(write=False) as db:
        for mail in await db.scalars(select(Mail).order_by(Mail.created_at.desc())):
            found = re.search(pattern, mail.text or "")
            if found:
                return found.group(1)
    raise AssertionError(f"no mail has {pattern}")


async def a_need(database: Database) -> tuple[Need, Service]:
    async with database.transaction() as db:
        service = await add_service(db)
        need = await add_need(db, Cast.nina.actor, await add_client(db, Cast.nina.actor))
    return need, service


async def the_referral(database: Database) -> Referral:
    async with database.transaction(write=False) as db:
        return (await db.scalars(select(Referral))).one()


async def a_sent_referral(database: Database, settings: Settings) -> str:
    async with database.transaction() as db:
        await a_referral(db, settings)
    return await newest_mail(database, r"/act/([\w-]+)")


def text_of(answer: httpx.Response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


async def test_it_works(http: Http, database: Database) -> None:
    need, service = await a_need(database)
    await sign_in(http, Cast.nina)
    page = f"/referrals/new?need={need.id}&service={service.id}"
    form = await http.get(page)
    assert form.status_code == 200
    assert "Food today" in form.text
    fields = {
        "need_id": str(need.id), "service_id": str(service.id), "consent": "spoken", "note": "Two adults",
        "categories": ["name", "contact", "note"],
    }  # fmt: skip
    sent = await post_form(http, "/referrals/new", fields, page=page)
    assert sent.status_code == 303
    shown = await http.get(sent.headers["location"])
    assert shown.status_code == 200
    assert GIVEN in shown.text
    assert (await http.get("/worklist")).status_code == 200


async def test_sending_without_consent_asks_for_it(http: Http, database: Database) -> None:
    need, service = await a_need(database)
    await sign_in(http, Cast.nina)
    fields = {"need_id": str(need.id), "service_id": str(service.id), "note": "Kept text"}
    answer = await post_form(http, "/referrals/new", fields)
    assert answer.status_code == 422
    assert "Ask the person first" in answer.text
    assert "Kept text" in answer.text


async def test_the_same_form_twice_sends_once(http: Http, database: Database) -> None:
    need, service = await a_need(database)
    await sign_in(http, Cast.nina)
    fields = http.guard() | {
        "need_id": str(need.id), "service_id": str(service.id), "consent": "spoken", "categories": ["name"],
    }  # fmt: skip
    first = await http.post("/referrals/new", data=fields)
    second = await http.post("/referrals/new", data=fields)
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    async with database.transaction(write=False) as db:
        assert await db.scalar(select(func.count()).select_from(Referral)) == 1


async def test_a_mailed_link_acts_only_by_a_form(http: Http, database: Database, settings: Settings) -> None:
    token = await a_sent_referral(database, settings)
    for _visit in range(3):
        looked = await http.get(f"/act/{token}")
        assert looked.status_code == 200
        assert (await http.head(f"/act/{token}")).status_code in {200, 404, 405}
    assert (await the_referral(database)).state == "requested"
    for secret in (GIVEN, FAMILY, PHONE, "698-555-0177", "Two adults"):
        assert secret not in looked.text


async def test_accepting_by_mail_takes_one_button_and_details_take_a_code(
    http: Http, database: Database, settings: Settings
) -> None:
    token = await a_sent_referral(database, settings)
    accepted = await post_form(http, f"/act/{token}/accept", {}, page=f"/act/{token}")
    assert accepted.status_code == 303
    following = accepted.headers["location"]
    waiting = await http.get(following)
    assert GIVEN not in waiting.text
    code = await newest_mail(database, r"\b(\d{6})\b")
    wrong = await post_form(http, f"{following}/open", {"code": "12"}, page=following)
    assert wrong.status_code == 422
    assert "4 tries left" in wrong.text
    opened = await post_form(http, f"{following}/open", {"code": code}, page=following)
    assert opened.status_code == 303
    details = await http.get(following)
    assert GIVEN in details.text
    assert PHONE in details.text
    assert "1991" not in text_of(details)  # the tokens of its forms may hold any digits
    closing = {
        "to": "completed", "version": str((await the_referral(database)).version), "outcome": "got-help",
        "provided": "A week of groceries",
    }  # fmt: skip
    closed = await post_form(http, f"{following}/move", closing, page=following)
    assert closed.status_code == 303
    assert (await the_referral(database)).got_help
    assert GIVEN not in (await http.get(following)).text


async def test_details_cannot_be_moved_without_the_code(
    http: Http, database: Database, settings: Settings
) -> None:
    token = await a_sent_referral(database, settings)
    accepted = await post_form(http, f"/act/{token}/accept", {}, page=f"/act/{token}")
    following = accepted.headers["location"]
    form = {"to": "completed", "version": "3", "outcome": "got-help", "provided": "Nothing at all"}
    assert (await post_form(http, f"{following}/move", form)).status_code == 404
    assert (await the_referral(database)).state == "accepted"


async def test_declining_by_mail_needs_a_reason(http: Http, database: Database, settings: Settings) -> None:
    token = await a_sent_referral(database, settings)
    without = await post_form(http, f"/act/{token}/decline", {"reason": ""}, page=f"/act/{token}")
    assert without.status_code == 422
    assert "Choose a reason" in without.text
    declined = await post_form(http, f"/act/{token}/decline", {"reason": "no-funds"}, page=f"/act/{token}")
    assert declined.status_code == 303
    assert "You said no" in (await http.get(f"/act/{token}")).text
    again = await post_form(http, f"/act/{token}/accept", {})
    assert again.status_code == 409


async def test_an_unknown_link_is_nothing(http: Http) -> None:
    assert (await http.get("/act/" + "A" * 43)).status_code == 404
    assert (await http.get("/act/x%00y")).status_code == 404


async def test_the_provider_answers_from_the_inbox(
    http: Http, database: Database, settings: Settings
) -> None:
    await a_sent_referral(database, settings)
    await sign_in(http, Cast.omar)
    inbox = await http.get("/inbox")
    assert "Weekly groceries" in inbox.text
    assert GIVEN not in inbox.text
    referral = await the_referral(database)
    path = f"/referrals/{referral.id}"
    answer = await post_form(
        http, f"{path}/move", {"to": "accepted", "version": str(referral.version)}, page=path
    )
    assert answer.status_code == 303
    shown = await http.get(path)
    assert GIVEN in shown.text
    assert "How did it end?" in shown.text


async def test_two_people_moving_at_once_meet(http: Http, database: Database, settings: Settings) -> None:
    await a_sent_referral(database, settings)
    referral = await the_referral(database)
    await sign_in(http, Cast.omar)
    path, form = f"/referrals/{referral.id}/move", {"to": "accepted", "version": str(referral.version)}
    assert (await post_form(http, path, form)).status_code == 303
    late = await post_form(
        http, path, {"to": "rejected", "version": str(referral.version), "reason": "no-funds"}
    )
    assert late.status_code == 409
    assert (await the_referral(database)).state == "accepted"


@pytest.mark.parametrize(
    ("member", "paths"),
    [
        (Cast.nina, ["/today", "/clients", "/clients/new", "/referrals", "/referrals?show=closed", "/worklist"]),
        (Cast.cora, ["/today", "/worklist?tab=declined", "/reports", "/inbox", "/referrals/new"]),
        (Cast.omar, ["/today", "/inbox", "/inbox?show=closed", "/inbox?show=under-way"]),
    ],
)  # fmt: skip
async def test_every_page_shows_with_and_without_rows(
    http: Http, database: Database, settings: Settings, member: object, paths: list[str]
) -> None:
    for filled in (False, True):
        if filled:
            await a_sent_referral(database, settings)
        await sign_in(http, member)  # type: ignore[arg-type]
        for path in paths:
            assert (await http.get(path)).status_code == 200, path


async def test_the_report_tells_closed_from_helped(
    http: Http, database: Database, settings: Settings
) -> None:
    token = await a_sent_referral(database, settings)
    await post_form(http, f"/act/{token}/decline", {"reason": "no-funds"}, page=f"/act/{token}")
    await sign_in(http, Cast.cora)
    report = text_of(await http.get("/reports"))
    assert "0 of 1 got help" in report
    assert "No funds at the moment" in report
    csv = await http.get("/reports/referrals.csv")
    assert csv.headers["content-type"].startswith("text/csv")
    assert "no-funds" in csv.text
    assert GIVEN not in csv.text


async def test_lists_go_on_from_nonsense_with_a_clear_message(http: Http) -> None:
    await sign_in(http, Cast.cora)
    for path in ("/worklist?after=x", "/clients?after=2026-01-01~x", "/inbox?after=%00", "/reports?since=x"):
        assert (await http.get(path)).status_code == 400, path


async def test_an_overdue_referral_is_nudged_by_the_job(
    http: Http, database: Database, settings: Settings, time_machine: object
) -> None:
    await a_sent_referral(database, settings)
    due = (await the_referral(database)).respond_by
    assert due is not None
    await run_due(database, settings)
    assert (await the_referral(database)).nudged_at is None
    time_machine.move_to(due + timedelta(minutes=1), tick=True)  # type: ignore[attr-defined]
    await run_due(database, settings)
    nudged = (await the_referral(database)).nudged_at
    assert nudged is not None
    time_machine.move_to(due + timedelta(days=3), tick=True)  # type: ignore[attr-defined]
    await run_due(database, settings)
    assert (await the_referral(database)).nudged_at == nudged


async def test_several_places_are_asked_with_one_form(http: Http, database: Database) -> None:
    need, service = await a_need(database)
    async with database.transaction() as db:
        other = await add_service(db, "Hot meals", Cast.sam.organization_id, email="meals@elsewhere.example")
    await sign_in(http, Cast.nina)
    page = f"/referrals/together?need={need.id}"
    assert (await http.get(page)).status_code == 200
    fields = {
        "need_id": str(need.id), "places": [f"{service.id}|", f"{other.id}|"], "note": "Two adults",
        "categories": ["name", "contact", "note"],
    }  # fmt: skip
    unasked = await post_form(http, "/referrals/together", fields)
    assert unasked.status_code == 422
    assert "Ask the person first" in unasked.text
    sent = await post_form(http, "/referrals/together", fields | {"consent": "spoken"})
    assert sent.status_code == 303
    client = await http.get(sent.headers["location"])
    assert "2 places were asked together" in client.text
    async with database.transaction(write=False) as db:
        referrals = list(await db.scalars(select(Referral)))
    assert len(referrals) == 2
    shown = text_of(await http.get(f"/referrals/{referrals[0].id}"))
    assert "Asked together with" in shown
    assert referrals[1].service_name in shown
