"""The checks of the rules in prose: an API that keeps to them passes, and each single flaw is found."""

import json
import math
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from tests.hsds import rules

ROWS = [
    {
        "id": f"{at:03}",
        "last_modified": f"2026-03-{at % 28 + 1:02}T10:00:00Z",
        "organization_id": str(at % 3),
        "kind": str(at % 4),
        "name": "a\u2028b\x85c",
    }
    for at in range(23)
]
MODIFIED = "2026-03-05T10:00:00Z"


def small_api(flaw: str) -> Callable[[httpx.Request], httpx.Response]:
    """Return an API of one list, with one flaw or none."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked = dict(request.url.params)
        if request.method == "POST" and flaw != "deaf to forms":
            kind = request.headers.get("content-type", "")
            body = request.content.decode()
            asked |= (
                {k: str(v) for k, v in json.loads(body).items()} if "json" in kind else dict(parse_qsl(body))
            )
        size, number = asked.get("per_page", "10"), asked.get("page", "1")
        for name, value in (("per_page", size), ("page", number)):
            if not value.isdecimal() or not 0 < int(value) <= 1000:
                title = "Wrong" if flaw == "nameless" else f"Wrong {name}"
                kind = "application/json" if flaw == "no problem" else "application/problem+json"
                problem = json.dumps({"status": 400, "title": title}).encode()
                return httpx.Response(400, content=problem, headers={"content-type": kind})
        found = [
            row
            for row in ROWS
            if all(row[name] == asked.get(name, row[name]) for name in ("organization_id", "kind"))
        ]
        if flaw == "any filter" and {"organization_id", "kind"} <= asked.keys():
            found = ROWS
        if "modified_after" in asked:
            after, late = asked["modified_after"], flaw == "later only"
            found = [
                row
                for row in found
                if row["last_modified"] > after or row["last_modified"] == after and not late
            ]
        if asked.get("format") == "ndjson":
            lines = found[:-1] if flaw == "short stream" else found
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in lines)
            return httpx.Response(
                200, content=text.encode(), headers={"content-type": "application/x-ndjson"}
            )
        if asked.get("minimal") == "true":
            found = [{"id": row["id"], "modified_date": row["last_modified"]} for row in found]
            found = [row | {"name": ""} for row in found] if flaw == "not minimal" else found
            size = "1000" if flaw != "minimal in pages" else size
        return httpx.Response(200, json=_page(found, int(size), int(number), flaw))

    return answer


def _page(found: list[dict[str, Any]], size: int, number: int, flaw: str) -> dict[str, Any]:
    start = (number - 1) * size - (1 if flaw == "overlap" and number > 1 else 0)
    contents = found[start : start + size]
    total = math.ceil(len(found) / size)
    return {
        "total_items": len(found) + (flaw == "one too many"),
        "total_pages": total + (1 if flaw == "a page too many" else 0),
        "page_number": number,
        "size": size if flaw == "size asked for" else len(contents),
        "first_page": number == 1,
        "last_page": number == total if flaw == "no last page beyond" else number >= total,
        "empty": False if flaw == "never empty" else not contents,
        "contents": contents,
    }


async def _all(http: httpx.AsyncClient) -> None:
    assert len(await rules.check_pages(http, "/list")) == len(ROWS)
    for at in (4, 23):
        await rules.check_post(http, "/list", per_page=at, page=1)
    assert await rules.check_filters(http, "/list", organization_id="1", kind="1") == {"001", "013"}
    assert await rules.check_modified_after(http, "/list", MODIFIED) == 19
    await rules.check_minimal(http, "/list")
    for name, value in rules.WRONG:
        if name in {"page", "per_page"}:
            await rules.check_wrong(http, "/list", name, value)


def _asking(flaw: str, check: Callable[[httpx.AsyncClient], Awaitable[None]]) -> Awaitable[None]:
    client = httpx.AsyncClient(transport=httpx.MockTransport(small_api(flaw)), base_url="http://api.example")
    return check(client)


async def test_an_api_that_keeps_to_the_rules_passes() -> None:
    await _asking("", _all)


@pytest.mark.parametrize(
    "flaw",
    [
        "deaf to forms", "nameless", "no problem", "any filter", "later only", "short stream", "not minimal",
        "minimal in pages", "overlap", "one too many", "a page too many", "size asked for",
        "no last page beyond", "never empty",
    ],
)  # fmt: skip
async def test_a_single_flaw_is_found(flaw: str) -> None:
    with pytest.raises(AssertionError):
        await _asking(flaw, _all)
