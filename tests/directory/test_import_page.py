"""The page on which staff import a table: what is drafted, tried out, put right and imported, and for whom."""

import csv
import io
import re
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from accounts.models import AuditEntry
from core import clock
from core.database import Database
from core.i18n import in_language
from core.jobs import Job, enqueue, run_due
from core.settings import Settings
from directory import importing
from directory.importing.drafting import draft_mapping
from directory.intake import jobs, looking, owner, words
from directory.intake.actions import MOST_UNDER_WAY
from directory.intake.desk import forget_old
from directory.models import Phone, Service
from tests.support.cast import Cast
from tests.support.http import Http, post_form, sign_in

HEADER = ["Program name", "What they do", "Street", "Town", "ZIP", "Telephone", "Open", "Internal note"]


def rows(number: int) -> list[list[str]]:
    """Return invented services."""
    return [
        [
            f"Cupboard {index}",
            "Groceries for a week, once a month, for whoever asks.",
            f"{index} Lantern Street",
            "Harlow",
            "69812",
            f"(698) 555-01{index:02}",
            "Mon-Fri 9am-5pm",
            f"ask for box {index}",
        ]
        for index in range(1, number + 1)
    ]


def table(lines: list[list[str]], header: list[str] = HEADER) -> bytes:
    """Return a table as CSV."""
    stream = io.StringIO()
    csv.writer(stream).writerows([header, *lines])
    return stream.getvalue().encode()


async def bring(http: Http, data: bytes, name: str = "list.csv") -> httpx.Response:
    """Upload a file as the form of the page does."""
    return await http.post("/listings/import", data=http.guard(), files={"file": (name, data)})


async def begun(http: Http, data: bytes, name: str = "list.csv") -> str:
    """Upload a file that is taken, and return the address of its import."""
    answer = await bring(http, data, name)
    assert answer.status_code == 303, answer.text
    return re.sub(r"/preview$", "", answer.headers["location"])


def chosen(html: str) -> dict[str, list[str]]:
    """Return what the form about columns would send, as it was drafted."""
    form: dict[str, list[str]] = {}
    for name, options in re.findall(
        r'<select id="[^"]*" name="(f-[^"]*)"[^>]*>(.*?)</select>', html, re.DOTALL
    ):
        form.setdefault(name, []).extend(re.findall(r'<option value="(\d+)" selected>', options))
    version = re.search(r'name="version" value="(\d+)"', html)
    return form | {"version": [version[1]]} if version else form


async def tried(http: Http, database: Database, at: str, **changed: Any) -> str:
    """Send the columns as drafted but for what is changed, let the job run, and return the page of the trial."""
    form = chosen((await http.get(at)).text) | changed
    answer = await post_form(http, at, form)
    assert answer.status_code == 303, answer.text
    await run_due(database, http.settings)
    return (await http.get(f"{at}/preview")).text


async def imported(http: Http, database: Database, at: str, version: str = "1") -> str:
    """Have a version imported, and return the page of what came of it."""
    answer = await post_form(http, f"{at}/run", {"version": version})
    assert answer.status_code == 303, answer.text
    await run_due(database, http.settings)
    return (await http.get(f"{at}/done")).text


async def services(database: Database) -> list[Service]:
    async with database.transaction(write=False) as db:
        return list(await db.scalars(select(Service).order_by(Service.name)))


async def test_it_works(http: Http, database: Database, settings: Settings) -> None:
    await sign_in(http, Cast.omar)
    assert "/listings/import" in (await http.get("/listings")).text
    at = await begun(http, table(rows(3)))
    offered = (await http.get(at)).text
    assert "Which column holds what" in offered
    assert "Cupboard 1" in offered
    assert "ask for box 2" in offered.partition("Kept, but not shown")[2]
    preview = await tried(http, database, at)
    assert "What would change" in preview
    assert await services(database) == []
    done = await imported(http, database, at)
    assert "The table is imported." in done
    found = await services(database)
    assert [one.name for one in found] == ["Cupboard 1", "Cupboard 2", "Cupboard 3"]
    assert {one.organization_id for one in found} == {Cast.pantry.id}
    assert {one.source for one in found} == {"import Harlow Food Shelf"}
    assert all(f"/services/{one.id}" in done for one in found)
    assert not list((settings.data_dir / "imports" / at.rpartition("/")[2]).glob("table.csv"))


async def test_an_unknown_table_is_drafted_and_can_be_corrected(http: Http, database: Database) -> None:
    await sign_in(http, Cast.omar)
    at = await begun(http, table(rows(5)))
    drafted = chosen((await http.get(at)).text)
    named = {name: [HEADER[int(one)] for one in drafted[name]] for name in drafted if name != "version"}
    assert named["f-name"] == ["Program name"]
    assert named["f-address_1"] == ["Street"]
    assert named["f-postal_code"] == ["ZIP"]
    assert named["f-phone"] == ["Telephone"]
    looked = await post_form(http, at, drafted | {"f-alert": "7", "only_look": "yes"})
    assert looked.status_code == 200
    assert chosen(looked.text)["f-alert"] == ["7"]
    assert "ask for box 1" in looked.text.partition("Kept, but not shown")[0]
    preview = await tried(http, database, at, **{"f-alert": "7", "f-description": []})
    assert "What would change" in preview
    await imported(http, database, at)
    assert {one.alert for one in await services(database)} == {
        f"ask for box {index}" for index in range(1, 6)
    }
    assert {one.description for one in await services(database)} == {None}


async def test_without_a_name_the_form_comes_back_as_it_was_filled_in(http: Http) -> None:
    await sign_in(http, Cast.omar)
    at = await begun(http, table(rows(3)))
    answer = await post_form(http, at, chosen((await http.get(at)).text) | {"f-name": "", "f-alert": "7"})
    assert answer.status_code == 422
    assert "Say which column holds the name" in answer.text
    assert chosen(answer.text)["f-alert"] == ["7"]


async def test_columns_that_do_not_exist_are_not_taken(http: Http, database: Database) -> None:
    await sign_in(http, Cast.omar)
    at = await begun(http, table(rows(2)))
    preview = await tried(
        http, database, at, **{"f-name": ["0", "999999", "-1", "9" * 9, "½", "x"], "f-nothing": "1"}
    )
    assert "What would change" in preview


async def test_what_is_wrong_is_told_with_line_and_value_the_worst_first(
    http: Http, database: Database
) -> None:
    lines = rows(6)
    lines[1][5], lines[3][0] = "=HYPERLINK(1)", ""
    await sign_in(http, Cast.omar)
    at = await begun(http, table(lines))
    preview = await tried(http, database, at)
    listed = preview.partition("Look at these rows")[2]
    assert listed.index("Line 5") < listed.index("no name") < listed.index("Line 3")
    assert "=HYPERLINK(1)" in listed
    report = await http.get(f"{at}/report.csv")
    assert report.headers["content-type"].startswith("text/csv")
    told = list(csv.reader(io.StringIO(report.text.removeprefix("\ufeff"))))
    assert [told[1][at] for at in (0, 2, 3, 4)] == ["5", "Not taken", "no name", ""]
    assert told[2][4] == "'=HYPERLINK(1)"


async def test_fifty_to_a_page(http: Http, database: Database) -> None:
    lines = rows(60)
    for line in lines:
        line[5] = "ask inside"
    await sign_in(http, Cast.omar)
    at = await begun(http, table(lines))
    preview = await tried(http, database, at, **{"f-phone": "5"})
    assert preview.count("ask inside") == 50
    assert (await http.get(f"{at}/preview?page=2")).text.count("ask inside") == 10
    assert (await http.get(f"{at}/preview?page=99")).text.count("ask inside") == 10
    assert (await http.get(f"{at}/preview?page=x")).status_code == 400


async def test_a_cell_is_put_right_and_the_upload_stays_as_it_is(
    http: Http, database: Database, settings: Settings
) -> None:
    lines = rows(4)
    lines[1][0], lines[2][5] = "", "ask inside"
    data = table(lines)
    await sign_in(http, Cast.omar)
    at = await begun(http, data)
    preview = await tried(http, database, at)
    assert f"{at}/rows?line=3&amp;line=4" in preview.replace("&line", "&amp;line")
    form = (await http.get(f"{at}/rows?line=3&line=4&line=4000")).text
    assert 'name="cell-3-0"' in form
    assert 'name="cell-4-5"' in form
    assert "cell-4000" not in form
    filled = {
        "version": "1",
        "cell-3-0": "Cupboard two\u200e",
        "cell-4-5": "(698) 555-0199",
        "cell-99-0": "Nowhere",
    }
    assert (await post_form(http, f"{at}/rows", filled)).status_code == 303
    await run_due(database, http.settings)
    preview = (await http.get(f"{at}/preview")).text
    assert "Look at these rows" not in preview
    folder = settings.data_dir / "imports" / at.rpartition("/")[2]
    assert (folder / "table.csv").read_bytes() == data
    await imported(http, database, at, "2")
    assert "Cupboard two" in [one.name for one in await services(database)]
    async with database.transaction(write=False) as db:
        assert "+16985550199" in set(await db.scalars(select(Phone.e164)))


async def test_large_tables_are_not_put_right_here(http: Http, database: Database) -> None:
    lines = [[f"{cell}" for cell in line] for line in rows(99)] + [
        [f"x{cell}" for cell in line] for line in rows(99)
    ]
    lines += [["", *line[1:]] for line in rows(9)]
    await sign_in(http, Cast.omar)
    at = await begun(http, table(lines))
    assert "/rows?line=" not in await tried(http, database, at)
    assert (await http.get(f"{at}/rows?line=2")).status_code == 404
    assert (await post_form(http, f"{at}/rows", {"version": "1", "cell-2-0": "x"})).status_code == 404


async def test_two_people_do_not_overwrite_each_other(http: Http, database: Database) -> None:
    await sign_in(http, Cast.omar)
    at = await begun(http, table(rows(3)))
    form = chosen((await http.get(at)).text)
    await tried(http, database, at)
    assert (await post_form(http, at, form)).status_code == 409, "a second first version"
    await tried(http, database, at)
    for path in ("rows", "run"):
        answer = await post_form(http, f"{at}/{path}", {"version": "1", "cell-2-0": "x"})
        assert answer.status_code == 409, path
    assert await services(database) == []


async def test_what_was_not_tried_out_or_cannot_be_taken_is_not_imported(
    http: Http, database: Database
) -> None:
    await sign_in(http, Cast.omar)
    at = await begun(http, table(rows(3)))
    assert (await post_form(http, f"{at}/run", {"version": "0"})).status_code == 409
    await post_form(http, at, chosen((await http.get(at)).text))
    assert (await post_form(http, f"{at}/run", {"version": "1"})).status_code == 409
    lines = [["", *line[1:]] for line in rows(3)]
    at = await begun(http, table(lines))
    preview = await tried(http, database, at, **{"f-name": "0"})
    assert "This table cannot be imported." in preview
    assert (await post_form(http, f"{at}/run", {"version": "1"})).status_code == 409
    assert await services(database) == []


async def entries(database: Database, action: str) -> list[AuditEntry]:
    async with database.transaction(write=False) as db:
        return list(await db.scalars(select(AuditEntry).where(AuditEntry.action == action)))


async def test_importing_twice_imports_once(http: Http, database: Database) -> None:
    await sign_in(http, Cast.omar)
    at = await begun(http, table(rows(3)))
    await tried(http, database, at)
    for _ in range(2):
        assert (await post_form(http, f"{at}/run", {"version": "1"})).status_code == 303
    assert "It is being imported" in (await http.get(f"{at}/done")).text
    assert (await post_form(http, at, {"f-name": "0", "version": "1"})).status_code == 409
    assert (await post_form(http, f"{at}/drop", {})).status_code == 409
    await run_due(database, http.settings)
    assert (await post_form(http, f"{at}/run", {"version": "1"})).status_code == 303
    await run_due(database, http.settings)
    assert [one.user_id for one in await entries(database, "listing.import")] == [Cast.omar.user_id]
    (done,) = await entries(database, "listing.imported")
    assert done.details == {"added": "3", "updated": "0", "refused": "0", "user": str(Cast.omar.user_id)}
    assert "The table is imported." in (await http.get(f"{at}/preview", follow_redirects=True)).text


async def test_killed_in_the_middle_nothing_is_there_and_the_next_time_all(
    http: Http, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sign_in(http, Cast.omar)
    at = await begun(http, table(rows(3)))
    await tried(http, database, at)
    await post_form(http, f"{at}/run", {"version": "1"})

    def killed(*_anything: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "write", killed)
        await run_due(database, http.settings)
    assert await services(database) == []
    assert await entries(database, "listing.imported") == []
    async with database.transaction() as db:
        await db.execute(update(Job).where(Job.kind == jobs.IMPORT).values(run_at=clock.now()))
    await run_due(database, http.settings)
    assert len(await services(database)) == 3
    assert "The table is imported." in (await http.get(f"{at}/done")).text


async def test_killed_after_the_end_it_is_not_done_again(http: Http, database: Database) -> None:
    await sign_in(http, Cast.omar)
    at = await begun(http, table(rows(3)))
    await tried(http, database, at)
    done = await imported(http, database, at)
    import_id = at.rpartition("/")[2]
    async with database.transaction() as db:
        await db.execute(update(Service).values(name="Renamed meanwhile"))
        await enqueue(db, jobs.IMPORT, {"import_id": import_id, "version": 1}, key=import_id)
    await run_due(database, http.settings)
    assert {one.name for one in await services(database)} == {"Renamed meanwhile"}
    assert len(await entries(database, "listing.imported")) == 1
    assert done.count("Cupboard") == 3


async def test_a_later_table_tells_what_it_removes(http: Http, database: Database) -> None:
    await sign_in(http, Cast.omar)
    at = await begun(http, table(rows(3)))
    await tried(http, database, at)
    await imported(http, database, at)
    lines = rows(3)
    lines[0][5], lines[1][1] = "", "Something else now."
    at = await begun(http, table(lines))
    preview = await tried(http, database, at)
    figures = {
        name: [int(one) for one in re.findall(r'<td class="end">(\d+)</td>', cells)]
        for name, cells in re.findall(r'<tr><th scope="row">([^<]+)</th>(.*?)</tr>', preview)
    }
    assert figures["Telephones"] == [0, 0, 1, 2]
    assert figures["Services"] == [0, 1, 0, 2]
    async with database.transaction(write=False) as db:
        assert len((await db.scalars(select(Phone))).all()) == 3
    await imported(http, database, at)
    async with database.transaction(write=False) as db:
        assert len((await db.scalars(select(Phone))).all()) == 2


async def test_uploads_go_after_a_day(
    http: Http, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sign_in(http, Cast.omar)
    at = await begun(http, table(rows(3)))
    folder = settings.data_dir / "imports"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (mine,) = folder.iterdir()
    assert stat.S_IMODE(mine.stat().st_mode) == 0o700
    assert {stat.S_IMODE(one.stat().st_mode) for one in mine.iterdir()} == {0o600}
    assert forget_old(settings) == 0
    later = clock.now() + timedelta(days=1, minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert forget_old(settings) == 1
    assert list(folder.iterdir()) == []
    monkeypatch.undo()
    assert (await http.get(at)).status_code == 404


async def test_thrown_away_is_gone(http: Http, settings: Settings) -> None:
    await sign_in(http, Cast.omar)
    at = await begun(http, table(rows(3)), "a <b>list.csv")
    assert "a &lt;b&gt;list.csv" in (await http.get("/listings/import")).text
    assert (await post_form(http, f"{at}/drop", {})).status_code == 303
    assert (await http.get(at)).status_code == 404
    assert list((settings.data_dir / "imports").iterdir()) == []


async def test_an_organization_has_so_many_tables_here(http: Http) -> None:
    await sign_in(http, Cast.omar)
    for _ in range(MOST_UNDER_WAY):
        await begun(http, table(rows(1)))
    answer = await bring(http, table(rows(1)))
    assert answer.status_code == 422
    assert "Throw one of them away first" in answer.text
    await sign_in(http, Cast.ada)
    await begun(http, table(rows(1)))


def test_the_reasons_that_are_translated_are_those_that_the_importer_gives() -> None:
    sources = "\n".join(path.read_text() for path in Path(importing.__file__).parent.glob("*.py"))
    sources += Path(owner.__file__).read_text()
    further_up = [reason for reason in words.REASONS if reason.endswith("stands further up")]
    gone = [reason for reason in words.REASONS if reason not in sources and reason not in further_up]
    assert gone == []
    assert all(ending.removesuffix(", kept aside") in sources for ending in words.ENDINGS)
    refusals = sources + Path(looking.__file__).read_text()
    assert all(refusal in refusals for refusal in words.REFUSALS)


def test_why_a_column_was_drafted_is_said_in_the_readers_language() -> None:
    header = ["Nombre del programa", "Phone", "Zip cod", "Main agency phone", "X1", "Notes", "Web"]
    lines = [
        [
            f"Taller {n}",
            "ask",
            "69812",
            f"(698) 555-01{n:02}",
            f"n{n}@example.org",
            "A sentence. And one more of them.",
            "?",
        ]
        for n in range(10, 30)
    ]
    draft = draft_mapping(header, [dict(zip(header, line, strict=True)) for line in lines])
    with in_language("es"):
        said = {guess.why: words.why_words(guess.why) for guess in draft.guesses}
    assert len(said) >= 4
    assert all(english != spanish for english, spanish in said.items()), said
    with in_language("es"):
        assert words.reason_words("postal_code: not a ZIP code, kept aside") == (
            "Código postal: no es un código postal, se guarda aparte"
        )
        assert words.reason_words("something new") == "something new"
