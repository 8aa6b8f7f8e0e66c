"""The four questions and `POST /api/match`: what they answer, what they refuse, and that nothing of a seeker stays."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from core import attempts
from core.database import Database
from search.matching import limits
from search.state import Search
from tests.search.listings import id_of
from tests.support.http import Http, post_form

PANTRY, TALK = "Millrace Community Pantry", "Talk Line"
TELLING = {
    "is_true": ["survivors", "immigrants"],
    "age_band": "65+",
    "languages": ["am"],
    "mobility": ["home-bound"],
}
"""Facts that stand nowhere else in the tests, so that each could be found again."""


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


async def ask(http: Http, **body: object) -> httpx.Response:
    return await http.post("/api/match", json={"needs": ["food-insecurity"], **body})


async def test_a_program_is_told_what_fits_and_why(http: Http, search: Search) -> None:
    answer = await ask(http, place="69812", languages=["es"], has_papers=["photo-id"])
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert told["place"]["label"] == "69812"
    (need,) = told["needs"]
    assert (need["need"], need["label"], need["related"]) == ("food-insecurity", "Food today", False)
    first = need["matches"][0]
    assert first["service_id"] == str(id_of(PANTRY))
    assert first["organization"] == "Millrace Neighbors"
    assert first["reasons"][0].endswith(" mi")
    assert {"Spanish spoken", "Needs photo ID: at hand"} <= set(first["reasons"])
    assert first["doubts"] == []
    assert "excluded" not in need


async def test_several_needs_are_answered_in_their_order(http: Http, search: Search) -> None:
    answer = await ask(http, needs=["housing-instability", "food-insecurity"], place="69812")
    assert [one["need"] for one in answer.json()["needs"]] == ["housing-instability", "food-insecurity"]
    assert answer.json()["needs"][0]["matches"][0]["name"] == "Rent Desk"


async def test_what_does_not_fit_is_told_on_request(http: Http, search: Search) -> None:
    answer = await ask(http, needs=["mental-health"], place="69812", age_band="13-17", excluded=True)
    (need,) = answer.json()["needs"]
    assert TALK not in [one["name"] for one in need["matches"]]
    assert [(one["name"], one["code"], one["why"]) for one in need["excluded"]] == [
        (TALK, "age", "Age 18 and older")
    ]


async def test_without_a_place_everything_is_as_near(http: Http, search: Search) -> None:
    need = (await ask(http)).json()["needs"][0]
    assert need["looked_within_m"] is None
    assert {"Quarry Point Food Shelf", PANTRY} <= {one["name"] for one in need["matches"]}


async def test_a_point_is_rounded_until_no_house_can_be_told(http: Http, search: Search) -> None:
    near = await ask(http, place={"latitude": 42.05004321, "longitude": -101.40004321})
    assert near.status_code == 200
    assert "4321" not in near.text


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"name": "Ana"}, "name", "“name” is not taken"),
        ({"birth_date": "1990-01-01"}, "birth_date", "without anything that tells who somebody is"),
        ({"place": {"latitude": 42, "longitude": -101, "address": "x"}}, "place", "cannot be read"),
        ({"place": "40 Mill Lane, Alder Falls"}, "place", "not an address"),
        ({"place": "Nowhereville"}, "place", "do not know that place"),
        ({"place": "Springfield"}, "place", "Which do you mean"),
        ({"needs": ["gold"]}, "needs", "no need called “gold”"),
        ({"needs": []}, "needs", "cannot be read"),
        ({"needs": ["food", "housing", "money", "legal", "health", "safety", "more"]}, "needs", "at most 6"),
        ({"age_band": "36"}, "age_band", "Choose one of the ages"),
        ({"is_true": ["rich"]}, "is_true", "no “rich”"),
        ({"mobility": ["flying"]}, "mobility", "cannot be read"),
        ({"at": "2026-11-23T10:00:00"}, "at", "time zone"),
        ({"languages": "es"}, "languages", "cannot be read"),
    ],
)
async def test_what_cannot_be_taken_is_refused_with_a_sentence(
    http: Http, search: Search, body: dict, field: str, words: str
) -> None:
    answer = await ask(http, **body)
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert words in answer.json()["errors"][field]


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{", b"\xff", b'"food"', b"{" + b" " * 20_000 + b"}", b"[" * 9_000, b'{"a":' * 1_500],
)
async def test_what_is_no_question_is_refused(http: Http, search: Search, content: bytes) -> None:
    answer = await http.post("/api/match", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["errors"]["form"]


@pytest.mark.parametrize(
    "at", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "1879-12-31T00:00Z"]
)
async def test_no_moment_is_taken_that_calendars_cannot_count_to(http: Http, search: Search, at: str) -> None:
    """The engine would fail on it, and each such question be read from all rows instead."""
    answer = await ask(http, at=at)
    assert answer.status_code == 422
    assert answer.json()["errors"]["at"]


async def test_another_site_cannot_make_a_browser_ask(http: Http, search: Search) -> None:
    """Only JSON is taken, which a browser asks permission for before it sends it to another site."""
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        answer = await http.post("/api/match", content=b'{"needs":["food"]}', headers={"content-type": kind})
        assert answer.status_code == 400
    assert (await http.get("/api/match")).status_code in {404, 405}


async def test_who_asks_very_often_waits(http: Http, search: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ASKING", attempts.Limit(2, limits.ASKING.window))
    assert [(await ask(http)).status_code for _ in range(3)] == [200, 200, 429]
    answer = await post_form(http, "/match", {"need": "food-insecurity"}, page="/match")
    assert answer.status_code == 429


async def test_the_page_answers_four_questions(http: Http, search: Search) -> None:
    form = {
        "need": ["food-insecurity", "mental-health"],
        "near": "69812",
        "age": "13-17",
        "person": "women",
        "household": ["families"],
        "language": "es",
        "papers": ["no-others"],
    }
    answer = await post_form(http, "/match", form, page="/match")
    assert answer.status_code == 200
    said = text_of(answer.text)
    assert "Near 69812" in said
    assert "There is not enough to eat" in said
    assert "Spanish spoken" in said
    assert "Asks for photo ID: talk to them first" in said
    assert "One was left out" in said
    assert "Age 18 and older" in said
    # What was answered stands in the form, to be changed.
    assert 'value="69812"' in answer.text
    assert re.search(r'value="food-insecurity"[^>]* checked', answer.text)


async def test_only_the_first_question_has_to_be_answered(http: Http, search: Search) -> None:
    empty = await post_form(http, "/match", {"near": "69812"}, page="/match")
    assert empty.status_code == 422
    assert "Choose at least one thing." in text_of(empty.text)
    assert 'value="69812"' in empty.text
    enough = await post_form(http, "/match", {"need": "food-insecurity"}, page="/match")
    assert enough.status_code == 200
    assert PANTRY in text_of(enough.text)


async def test_an_ambiguous_town_is_asked_back(http: Http, search: Search) -> None:
    form = {"need": "food-insecurity", "near": "Springfield"}
    answer = await post_form(http, "/match", form, page="/match")
    assert answer.status_code == 422
    assert "Several places fit “Springfield”" in text_of(answer.text)
    choice = re.search(r'name="near" value="(Springfield, [A-Z]{2})"', answer.text)
    assert choice
    chosen = await post_form(
        http, "/match", form | {"near": ["Springfield", unescape(choice[1])]}, page="/match"
    )
    assert chosen.status_code == 200


async def test_the_same_question_can_be_sent_again(http: Http, search: Search) -> None:
    """Reloading the answer sends the same form with the same key."""
    await http.get("/match")
    form = http.guard() | {"need": "food-insecurity"}
    answers = [await http.post("/match", data=form) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]


async def test_a_forged_form_is_refused(http: Http, search: Search) -> None:
    answer = await http.post("/match", data={"need": "food-insecurity", "_csrf": "x", "_key": "12345678"})
    assert answer.status_code == 400


async def test_the_home_page_leads_there(http: Http, search: Search) -> None:
    assert 'href="/match"' in (await http.get("/")).text


async def test_nothing_of_a_seeker_stays(http: Http, search: Search, database: Database) -> None:
    """Neither the tables, nor the log, nor an address tell anything of who asked for what."""
    await http.get("/match")
    before = await everything(database)
    form = {
        "need": "elder-abuse",
        "near": "69813",
        "household": ["survivors"],
        "age": "65+",
        "language": "am",
    }
    with capture_logs() as lines:
        assert (await ask(http, place="69813", needs=["elder-abuse"], **TELLING)).status_code == 200
        assert (await ask(http, place="69813", needs=["elder-abuse"], is_true=["69813"])).status_code == 422
        answer = await post_form(http, "/match", form, page="/match")
    assert answer.status_code == 200
    assert "location" not in answer.headers
    assert len([line for line in lines if line.get("route") in {"/match", "/api/match"}]) >= 3
    for word in ("elder-abuse", "69813", "survivors", "immigrants", "home-bound", "65+"):
        assert word not in str(lines)
    after = await everything(database)
    assert after == before
    links = re.findall(r'(?:href|action|hx-get)="([^"]*)"', answer.text)
    assert links
    assert not [link for link in links if "survivors" in link or "65%2B" in link or "=am" in link]


async def everything(database: Database) -> dict[str, int]:
    """The number of rows of every table but the counts of attempts, which are keyed hashes."""
    from core.database import Base

    async with database.transaction(write=False) as db:
        return {
            name: (await db.scalar(text(f'SELECT count(*) FROM "{name}"'))) or 0
            for name in Base.metadata.tables
            if name != "attempt"
        }


def test_a_seeker_has_no_field_for_who_somebody_is() -> None:
    from search.matching.forms import MatchForm, MatchRequest
    from search.matching.seeker import Seeker

    fields = {name for one in (Seeker, MatchForm, MatchRequest) for name in one.__struct_fields__}
    assert not fields & {
        "name",
        "given_name",
        "family_name",
        "id",
        "client_id",
        "birth_date",
        "phone",
        "email",
        "address",
    }
