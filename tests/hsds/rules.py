"""What the standard says about its API in prose, as checks: pages, filters, streams, forms and wrong questions.

Each check asks the API under an address and fails with what was asked. Documents themselves are for `official`.
"""

import json
import math
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import httpx

Row = dict[str, Any]

JSON = {"accept": "application/json"}
ENOUGH = 500
"""How many pages a harvest turns at most: a list that never ends fails."""

WRONG: tuple[tuple[str, str], ...] = (
    ("page", "0"), ("page", "-1"), ("page", "x"), ("page", "1.5"), ("page", "9" * 30), ("per_page", "0"),
    ("per_page", "-5"), ("per_page", "x"), ("per_page", "1000000000"), ("per_page", "9" * 30), ("format", "xml"),
    ("full", "maybe"),
)  # fmt: skip
"""Values of parameters of every list that are none."""


async def ask(http: httpx.AsyncClient, path: str, **params: Any) -> httpx.Response:
    """Get an address as a program does."""
    return await http.get(path, params=params, headers=JSON)


async def page(http: httpx.AsyncClient, path: str, **params: Any) -> Row:
    """Return one page of a list; its envelope must be true to itself."""
    answer = await ask(http, path, **params)
    assert answer.status_code == 200, (path, params, answer.status_code, answer.text[:500])
    assert answer.headers["content-type"].partition(";")[0] == "application/json", (path, params)
    found: Row = answer.json()
    contents = found["contents"]
    assert found["size"] == len(contents), (path, params)
    assert found["empty"] == (not contents), (path, params)
    assert found["first_page"] == (found["page_number"] == 1), (path, params)
    assert found["last_page"] == (found["page_number"] >= found["total_pages"]), (path, params)
    assert found["page_number"] == int(params.get("page", 1)), (path, params)
    if "per_page" in params:
        assert len(contents) <= int(params["per_page"]), (path, params)
        assert found["total_pages"] == math.ceil(found["total_items"] / int(params["per_page"])), (
            path,
            params,
        )
    return found


async def harvest(http: httpx.AsyncClient, path: str, **params: Any) -> list[Row]:
    """Return the contents of all pages of a list; no row may come twice, and all pages must speak of the same total."""
    params = {"per_page": 100} | params
    rows: list[Row] = []
    number, pages = 1, 1
    while number <= pages <= ENOUGH:
        found = await page(http, path, page=number, **params)
        rows += found["contents"]
        assert number == 1 or pages == found["total_pages"], (path, params)
        pages = found["total_pages"]
        total = found["total_items"]
        assert found["size"] == min(params["per_page"], total - (number - 1) * params["per_page"]), (
            path,
            params,
        )
        number += 1
    assert pages <= ENOUGH, (path, params, pages)
    ids = [row["id"] for row in rows]
    assert len(ids) == len(set(ids)) == total, (path, params)
    return rows


async def streamed(http: httpx.AsyncClient, path: str, **params: Any) -> list[Row]:
    """Return the lines of a list's stream."""
    answer = await http.get(path, params={"format": "ndjson"} | params, headers={"accept": "*/*"})
    assert answer.status_code == 200, (path, params, answer.text[:500])
    assert "ndjson" in answer.headers["content-type"], (path, params, answer.headers["content-type"])
    text = answer.content.decode("utf-8")
    assert not text or text.endswith("\n"), (path, params)
    # Only a line feed ends a line: texts may hold what Python takes for the end of one.
    return [json.loads(line) for line in text.split("\n")[:-1]]


async def check_pages(
    http: httpx.AsyncClient, path: str, *, sizes: tuple[int, ...] = (7, 50), **params: Any
) -> list[Row]:
    """Pages of any size joined are the stream, in its order; beyond the last page is an empty one."""
    lines = await streamed(http, path, **params)
    for size in sizes:
        assert await harvest(http, path, per_page=size, **params) == lines, (path, params, size)
    last = math.ceil(len(lines) / 50)
    beyond = await page(http, path, per_page=50, page=last + 1 + (last == 0), **params)
    assert (beyond["contents"], beyond["empty"], beyond["total_items"]) == ([], True, len(lines)), (
        path,
        params,
    )
    assert not beyond["first_page"] and beyond["last_page"], (path, params)
    return lines


async def check_post(http: httpx.AsyncClient, path: str, **params: Any) -> None:
    """A question that is posted, as a form, as JSON or in the address, is answered as one that is got."""
    asked = {name: str(value) for name, value in params.items()}
    expected = await ask(http, path, **asked)
    answers = {
        "form": await http.post(path, data=asked, headers=JSON),
        "json": await http.post(path, json=params, headers=JSON),
        "query": await http.post(f"{path}?{urlencode(asked)}", headers=JSON),
    }
    for how, answer in answers.items():
        assert (answer.status_code, answer.headers["content-type"], answer.content) == (
            expected.status_code,
            expected.headers["content-type"],
            expected.content,
        ), (path, params, how)


async def check_filters(http: httpx.AsyncClient, path: str, **filters: Any) -> set[str]:
    """All filters together find what each of them finds; each alone finds no more than none. Return what was found."""
    everything = {row["id"] for row in await harvest(http, path)}
    alone = []
    for name, value in filters.items():
        found = {row["id"] for row in await harvest(http, path, **{name: value})}
        assert found <= everything, (path, name, value)
        alone.append(found)
    together = {row["id"] for row in await harvest(http, path, **filters)}
    assert together == everything.intersection(*alone), (path, filters)
    return together


async def check_modified_after(http: httpx.AsyncClient, path: str, moment: str) -> int:
    """The list holds exactly what was modified at that moment or later. Return how many that are."""
    after = in_utc(moment)
    assert after, moment
    told = {row["id"]: _modified(row) for row in await streamed(http, path)}
    expected = {identity for identity, known in told.items() if known and known >= after}
    found = {row["id"] for row in await streamed(http, path, modified_after=moment)}
    # When something was modified in an hour that UTC does not have, nobody can say whether that was before.
    found -= {identity for identity, known in told.items() if known is None}
    assert found == expected, (path, moment, [(one, told[one]) for one in found ^ expected][:5])
    return len(found)


async def check_minimal(http: httpx.AsyncClient, path: str) -> None:
    """A minimal list has nothing but ids and moments of change, as far as they are told, all of them in one page."""
    found = await page(http, path, minimal="true")
    rows = {row["id"]: row for row in await streamed(http, path)}
    assert found["total_items"] == found["size"] == len(rows), path
    assert found["total_pages"] <= 1, path
    for line in found["contents"]:
        assert line.keys() <= {"id", "modified_date"}, line
        told = line.get("modified_date")
        assert told == rows[line["id"]].get("last_modified", told), line
    assert {line["id"] for line in found["contents"]} == rows.keys(), path


async def check_wrong(http: httpx.AsyncClient, path: str, name: str, value: str, **others: Any) -> None:
    """A wrong parameter is told as a problem that names it, however it is asked."""
    params = {name: value, **others}
    for answer in (
        await ask(http, path, **params),
        await http.get(path, params=params),
        await http.post(path, data=params, headers=JSON),
        await http.post(path, json=params, headers=JSON),
        await ask(http, path, format="ndjson", **params)
        if name != "format"
        else await ask(http, path, **params),
    ):
        check_problem(answer, 400)
        assert name in answer.text, (path, params, answer.text)


def check_problem(answer: httpx.Response, status: int) -> None:
    """An error is a problem document of RFC 9457 that agrees with its own answer."""
    asked = str(answer.request.url)
    assert answer.status_code == status, (asked, answer.status_code, answer.text[:500])
    assert answer.headers["content-type"].partition(";")[0] == "application/problem+json", (
        asked,
        answer.headers,
    )
    problem = answer.json()
    assert problem["status"] == status, (asked, problem)
    assert isinstance(problem["title"], str) and problem["title"], (asked, problem)


def _modified(row: Row) -> datetime | None:
    return in_utc(row.get("last_modified", row.get("service", {}).get("last_modified", "")))


def in_utc(text: str) -> datetime | None:
    """Return a moment in UTC; None for no text, and for one that UTC has no year for."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if text else None
    except OverflowError:
        return None
