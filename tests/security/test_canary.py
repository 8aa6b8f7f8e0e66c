"""A client's name, phone, birth date and story are looked for where they must not be: stored, mailed, logged, indexed."""

from pathlib import Path

import pytest
from sqlalchemy import text

from core import jobs
from core.database import Database
from core.settings import Settings
from tests.support.http import Http, post_form, sign_in
from tests.support.world import BIRTH_DATE, FAMILY_NAME, GIVEN_NAME, NOTE, PHONE, SECRETS, make_world


def told_in(content: bytes) -> list[str]:
    lowered = content.lower()
    return [secret for secret in SECRETS if secret.lower().encode() in lowered]


async def everything_stored(database: Database) -> bytes:
    """Return all rows of all tables as the database itself holds them."""
    async with database.transaction(write=False) as db:
        if database.dialect == "sqlite":
            tables = list(await db.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")))
        else:
            tables = list(
                await db.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
            )
        rows = [row for table in tables for row in await db.execute(text(f'SELECT * FROM "{table}"'))]
    return "\n".join(map(str, rows)).encode()


def everything_in(folder: Path) -> dict[str, list[str]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): told for path in files if (told := told_in(path.read_bytes()))}


async def test_no_client_is_told_outside_the_pages(
    http: Http, database: Database, settings: Settings, cast, capfd: pytest.CaptureFixture[str]
):
    world = await make_world(database)
    await sign_in(http, cast.nina)
    added = await post_form(
        http,
        "/clients/new",
        {
            "given_name": GIVEN_NAME,
            "family_name": FAMILY_NAME + "-Ames",
            "birth_date": BIRTH_DATE,
            "place": "Harlow",
            "language": "en",
            "contact_way": "phone",
            "phone": PHONE,
            "safe_contact": NOTE,
        },
    )
    assert added.status_code == 303
    client = added.headers["location"]
    assert GIVEN_NAME in (await http.get(client)).text
    needed = await post_form(http, f"{client}/needs", {"code": "food-insecurity", "note": NOTE})
    assert needed.status_code == 303
    assert NOTE in (await http.get(f"/referrals/{world.referral_id}")).text.replace("&#39;", "'")
    await post_form(http, f"/referrals/{world.referral_id}/nudge", {})
    await sign_in(http, cast.omar)
    moved = await post_form(
        http, f"/referrals/{world.referral_id}/move", {"to": "accepted", "version": "2", "note": NOTE}
    )
    assert moved.status_code in {303, 409}
    await http.get("/search", params={"q": "food", "near": "69812"})
    await jobs.run_due(database, settings)

    logged = capfd.readouterr()
    assert told_in((logged.out + logged.err).encode()) == []
    assert told_in(await everything_stored(database)) == []
    assert everything_in(settings.data_dir) == {}


async def test_titles_and_addresses_of_pages_tell_no_name(http: Http, database: Database, cast):
    """They stay in the browser's history and on shared screens."""
    world = await make_world(database)
    await sign_in(http, cast.nina)
    for path in (
        f"/clients/{world.client_id}",
        f"/referrals/{world.referral_id}",
        f"/referrals/new?need={world.need_id}",
    ):
        html = (await http.get(path)).text
        title = html.partition("<title>")[2].partition("</title>")[0]
        assert title
        assert told_in(title.encode()) == []
