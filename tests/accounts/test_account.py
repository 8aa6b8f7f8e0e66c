"""One's own account: devices and password."""

from sqlalchemy import select

from accounts.models import AuditEntry, LoginSession
from core.database import Database
from core.jobs import run_due
from core.security import cookie_name
from tests.support.cast import PASSWORD, Cast
from tests.support.http import Http, post_form, sign_in

NEW = "purple turtle lamp"


async def sessions_of(database: Database, member) -> list[LoginSession]:
    async with database.transaction(write=False) as db:
        mine = (
            select(LoginSession)
            .where(LoginSession.user_id == member.user_id)
            .order_by(LoginSession.created_at)
        )
        return list(await db.scalars(mine))


def session_cookie(http: Http) -> str | None:
    return http.cookies.get(cookie_name(http.settings, "session"))


async def test_it_works(http: Http):
    http.headers["user-agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    await sign_in(http, Cast.nina)
    page = (await http.get("/account")).text
    assert Cast.nina.email in page and "Firefox, Linux" in page and "Alder County Family Services" in page


async def test_a_lost_phone_is_signed_out(http: Http, database: Database):
    await sign_in(http, Cast.nina)
    phone = session_cookie(http)
    await sign_in(http, Cast.nina)
    (lost, _here) = await sessions_of(database, Cast.nina)
    answer = await post_form(http, f"/account/sessions/{lost.id}/end", {})
    assert answer.status_code == 303
    assert (await http.get("/account")).status_code == 200
    http.cookies.clear()
    http.cookies.set(cookie_name(http.settings, "session"), str(phone))
    assert (await http.get("/account")).status_code == 303


async def test_all_others_are_signed_out_at_once(http: Http, database: Database):
    for _ in range(3):
        await sign_in(http, Cast.nina)
    assert (await post_form(http, "/account/sessions/end-others", {})).status_code == 303
    assert len(await sessions_of(database, Cast.nina)) == 1
    assert (await http.get("/account")).status_code == 200


async def test_a_stranger_cannot_end_my_session(http: Http, database: Database):
    await sign_in(http, Cast.nina)
    await sign_in(http, Cast.sam)
    (hers,) = await sessions_of(database, Cast.nina)
    answer = await post_form(http, f"/account/sessions/{hers.id}/end", {})
    assert answer.status_code == 404
    assert await sessions_of(database, Cast.nina)
    async with database.transaction(write=False) as db:
        denied = (await db.scalars(select(AuditEntry).where(AuditEntry.action == "denied"))).one()
    assert (denied.user_id, denied.subject_id) == (Cast.sam.user_id, hers.id)
    assert denied.organization_id == Cast.sam.organization_id


async def test_a_new_password_signs_all_other_devices_out_and_is_told_by_mail(
    http: Http, database: Database, settings
):
    await sign_in(http, Cast.nina)
    elsewhere = session_cookie(http)
    await sign_in(http, Cast.nina)
    before = session_cookie(http)
    answer = await post_form(http, "/account/password", {"current": PASSWORD, "new": NEW})
    assert answer.headers["location"] == "/account?done=password"
    assert session_cookie(http) not in {before, elsewhere}
    page = await http.get("/account?done=password")
    assert page.status_code == 200 and "The password is changed" in page.text
    assert len(await sessions_of(database, Cast.nina)) == 1
    await run_due(database, settings)
    (mail,) = settings.mail_dir.iterdir()
    assert Cast.nina.email in mail.read_text()
    http.cookies.clear()
    fields = {"email": Cast.nina.email, "password": NEW}
    assert (await post_form(http, "/sign-in", fields, page="/sign-in")).status_code == 303


async def test_both_mistakes_are_told_at_once(http: Http):
    await sign_in(http, Cast.nina)
    answer = await post_form(http, "/account/password", {"current": "wrong", "new": "short"})
    assert answer.status_code == 422
    assert "not your present password" in answer.text and "at least 12 characters" in answer.text
    assert "2 things are missing or wrong" in answer.text


async def test_the_present_password_cannot_be_guessed_here(http: Http):
    await sign_in(http, Cast.nina)
    for _ in range(8):
        await post_form(http, "/account/password", {"current": "wrong", "new": NEW})
    answer = await post_form(http, "/account/password", {"current": PASSWORD, "new": NEW})
    assert answer.status_code == 429


async def test_the_forms_work_with_password_managers(http: Http):
    page = (await http.get("/sign-in")).text
    assert 'autocomplete="username"' in page and 'autocomplete="current-password"' in page
    assert page.count('type="password"') == 1 and "onpaste" not in page
    await sign_in(http, Cast.nina)
    assert 'autocomplete="new-password"' in (await http.get("/account")).text
