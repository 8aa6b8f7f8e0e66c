"""What an administrator looks after, and that nobody else does."""

import pytest
from sqlalchemy import select

from accounts.audit import audit
from accounts.models import AuditEntry, LoginSession, User
from core import clock
from core.database import Database
from core.jobs import Job
from core.mail import Mail, send_mail
from tests.support.cast import Cast, Member
from tests.support.http import Http, post_form, sign_in

PAGES = ("/admin", "/admin/stuck", "/admin/audit")


async def user(database: Database, member: Member) -> User:
    async with database.transaction(write=False) as db:
        return await db.get_one(User, member.user_id)


async def denials(database: Database, member: Member) -> list[AuditEntry]:
    async with database.transaction(write=False) as db:
        wanted = select(AuditEntry).where(AuditEntry.action == "denied", AuditEntry.user_id == member.user_id)
        return list(await db.scalars(wanted))


async def test_ada_sees_her_own_people_only(http: Http):
    await sign_in(http, Cast.ada)
    page = (await http.get("/admin")).text
    assert Cast.nina.email in page and Cast.cora.name in page
    assert Cast.sam.email not in page and Cast.omar.email not in page


@pytest.mark.parametrize(
    "member", [Cast.nina, Cast.cora, Cast.omar], ids=lambda member: member.name.split()[0]
)
async def test_others_are_refused_and_it_is_recorded(http: Http, database: Database, member: Member):
    await sign_in(http, member)
    for path in PAGES:
        assert (await http.get(path)).status_code == 403
    answer = await post_form(http, f"/admin/people/{Cast.sam.user_id}/disable", {})
    assert answer.status_code == 403
    assert (await user(database, Cast.sam)).disabled_at is None
    assert [entry.details for entry in await denials(database, member)] == [{"permission": "admin"}] * 4


@pytest.mark.parametrize("verb", ["disable", "enable", "sign-out"])
async def test_a_stranger_cannot_touch_our_people(http: Http, database: Database, verb: str):
    await sign_in(http, Cast.nina)
    await sign_in(http, Cast.sam)
    answer = await post_form(http, f"/admin/people/{Cast.nina.user_id}/{verb}", {})
    assert answer.status_code == 404
    nina = await user(database, Cast.nina)
    assert nina.disabled_at is None
    async with database.transaction(write=False) as db:
        assert (await db.scalars(select(LoginSession).where(LoginSession.user_id == nina.id))).all()
    (denied,) = await denials(database, Cast.sam)
    assert denied.subject_id == nina.id


async def test_closing_an_account_and_opening_it_again(http: Http, database: Database):
    await sign_in(http, Cast.nina)
    await sign_in(http, Cast.ada)
    await post_form(http, f"/admin/people/{Cast.nina.user_id}/disable", {})
    assert (await user(database, Cast.nina)).disabled_at is not None
    async with database.transaction(write=False) as db:
        owners = (await db.scalars(select(LoginSession.user_id))).all()
    assert owners == [Cast.ada.user_id]
    await post_form(http, f"/admin/people/{Cast.nina.user_id}/enable", {})
    assert (await user(database, Cast.nina)).disabled_at is None
    await sign_in(http, Cast.nina)


async def test_nobody_locks_themselves_out(http: Http, database: Database):
    await sign_in(http, Cast.ada)
    assert (await post_form(http, f"/admin/people/{Cast.ada.user_id}/disable", {})).status_code == 409
    assert (await user(database, Cast.ada)).disabled_at is None


async def test_stuck_work_is_seen_and_sent_again(http: Http, database: Database):
    async with database.transaction() as db:
        id = await send_mail(db, to="omar@pantry.example", subject="A question", text="…")
        (await db.get_one(Mail, id)).state = "uncertain"
        job = (await db.scalars(select(Job).where(Job.kind == "core.send_mail"))).one()
        job.died_at, job.error = clock.now(), "SMTPConnectError at core/mail.py:1"
    await sign_in(http, Cast.ada)
    page = (await http.get("/admin/stuck")).text
    assert "core.send_mail" in page and "SMTPConnectError" in page
    assert "o…@pantry.example" in page and "omar@" not in page
    assert (await post_form(http, f"/admin/stuck/jobs/{job.id}/again", {})).status_code == 303
    assert (await post_form(http, f"/admin/stuck/mails/{id}/again", {})).status_code == 303
    assert (await post_form(http, f"/admin/stuck/mails/{id}/again", {})).status_code == 404
    async with database.transaction(write=False) as db:
        assert (await db.get_one(Mail, id)).state == "waiting"
        assert all(job.died_at is None for job in await db.scalars(select(Job)))
    assert "Nothing is stuck" in (await http.get("/admin/stuck")).text


async def test_the_trail_is_read_in_pages_and_reading_is_recorded(http: Http, database: Database):
    await sign_in(http, Cast.ada)
    async with database.transaction() as db:
        for _ in range(52):
            await audit(db, Cast.ada.actor, action="audit.read", subject_type="audit")
    page = (await http.get("/admin/audit")).text
    assert "/admin/audit?before=4" in page and Cast.ada.name in page
    older = (await http.get("/admin/audit?before=3")).text
    assert "sign-in" in older and "/admin/audit?before=" not in older
    assert (await http.get("/admin/audit?before=x")).status_code == 400


async def test_trails_do_not_mix(http: Http):
    await sign_in(http, Cast.sam)
    await http.get("/admin/audit")
    await sign_in(http, Cast.ada)
    page = (await http.get("/admin/audit")).text
    assert Cast.sam.name not in page and "audit.read" not in page
