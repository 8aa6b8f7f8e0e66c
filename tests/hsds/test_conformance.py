"""Every answer of the API, over every set of listings, held against the official schemas and the rules in prose."""

import re
import uuid
from typing import Any

import httpx
import pytest

from tests.hsds import rules
from tests.hsds.listings import EXTENDED, LISTS, WHOLE, hidden_services, read_back
from tests.hsds.official import complaints, official_openapi, page_validator, validator
from tests.hsds.sameness import same

pytestmark = pytest.mark.shared_data

Row = dict[str, Any]

NESTED = ("service", "organization", "service_at_location")
"""Tables whose lists can hold whole documents too."""


@pytest.fixture
def database_url(filled_url: str) -> str:
    """In place of an empty database of its own for each test."""
    return filled_url


@pytest.fixture
def strict(listings: str) -> bool:
    """Whether no field may be there that the standard does not know."""
    return listings != EXTENDED


@pytest.mark.parametrize("table", LISTS)
async def test_lists_conform_and_their_pages_are_the_stream(
    http: httpx.AsyncClient, table: str, strict: bool
) -> None:
    path = LISTS[table]
    lines = await rules.check_pages(http, path)
    assert lines or table.startswith("taxonomy")
    for number in (1, 2):
        found = await rules.page(http, path, page=number)
        assert complaints(page_validator(table, strict=strict), found) == []
    shape: Any = "full" if table.startswith("taxonomy") else "list"
    for line in lines:
        assert complaints(validator(table, shape=shape, strict=strict), line) == [], line["id"]


@pytest.mark.parametrize("table", LISTS)
async def test_whole_documents_conform_alone_and_in_lists(
    http: httpx.AsyncClient, table: str, strict: bool
) -> None:
    """What a full list holds is what is told of each alone."""
    full = {"full": "true"} if table in NESTED else {}
    lines = await rules.streamed(http, LISTS[table], **full, **WHOLE.get(table, {}))
    assert {line["id"] for line in lines} == {row["id"] for row in await rules.streamed(http, LISTS[table])}
    for line in lines:
        assert complaints(validator(table, strict=strict), line) == [], line["id"]
    for line in lines[:: max(1, len(lines) // 60)]:
        assert same(line, await read_back(http, table, line["id"])) == []
    if table in NESTED:
        found = await rules.page(http, LISTS[table], per_page=20, page=2, full="true")
        assert complaints(page_validator(table, shape="full", strict=strict), found) == []
        assert await rules.harvest(http, LISTS[table], full="true") == await rules.streamed(
            http, LISTS[table], full="true"
        )


async def test_organizations_name_their_services_alone_and_in_full(
    http: httpx.AsyncClient, strict: bool
) -> None:
    services = {row["id"]: row for row in await rules.streamed(http, "/hsds/services", full="true")}
    listed: set[str] = set()
    for row in (await rules.streamed(http, "/hsds/organizations", full_service="true"))[:80]:
        plain = (await rules.ask(http, f"/hsds/organizations/{row['id']}")).json()
        assert complaints(validator("organization", strict=strict), plain) == []
        named = {one["id"] for one in plain.get("services", [])}
        assert named == {one["id"] for one in row.get("services", [])}
        for one in row.get("services", []):
            whole = {name: value for name, value in services[one["id"]].items() if name != "organization"}
            assert same(whole, {name: value for name, value in one.items() if name != "organization"}) == []
        listed |= named
    assert listed


async def test_one_filter_narrows_and_two_narrow_further(http: httpx.AsyncClient, listings: str) -> None:
    lines = await rules.streamed(http, "/hsds/services", full="true")
    by_organization: dict[str, set[str]] = {}
    by_term: dict[str, set[str]] = {}
    by_taxonomy: dict[str, set[str]] = {}
    for row in lines:
        owner = row.get("organization", {}).get("id")
        if owner:
            by_organization.setdefault(owner, set()).add(row["id"])
        for attribute in row.get("attributes", []):
            term = attribute.get("taxonomy_term", {})
            if term:
                by_term.setdefault(term["id"], set()).add(row["id"])
            if "taxonomy_detail" in term:
                by_taxonomy.setdefault(term["taxonomy_detail"]["id"], set()).add(row["id"])
    kinds = {"organization_id": by_organization, "taxonomy_term_id": by_term, "taxonomy_id": by_taxonomy}
    for name, known in kinds.items():
        for value, expected in sorted(known.items(), key=lambda one: (-len(one[1]), one[0]))[:4]:
            found = {row["id"] for row in await rules.harvest(http, "/hsds/services", **{name: value})}
            assert found == expected, (listings, name, value)
        assert await rules.harvest(http, "/hsds/services", **{name: str(uuid.uuid4())}) == []
    assert by_organization
    for row in lines[:: max(1, len(lines) // 12)]:
        filters = {"search": row["name"].split()[0]} if row["name"].split() else {}
        if row.get("organization"):
            filters["organization_id"] = row["organization"]["id"]
        terms = [one["taxonomy_term"]["id"] for one in row.get("attributes", []) if "taxonomy_term" in one]
        if terms:
            filters["taxonomy_term_id"] = terms[0]
        for path in ("/hsds/services", "/hsds/service_at_locations"):
            await rules.check_filters(http, path, **filters)


async def test_filters_of_other_lists(http: httpx.AsyncClient) -> None:
    terms = await rules.streamed(http, "/hsds/taxonomy_terms")
    for row in terms[:: max(1, len(terms) // 5)]:
        filters = {name: row[name] for name in ("taxonomy_id", "parent_id") if name in row}
        await rules.check_filters(http, "/hsds/taxonomy_terms", search=row["name"][:40], **filters)
    parents = {row["parent_id"] for row in terms if "parent_id" in row}
    known = {row["id"] for row in terms}
    for parent in sorted(parents & known)[:3]:
        found = {row["id"] for row in await rules.harvest(http, "/hsds/taxonomy_terms", parent_id=parent)}
        assert found == {row["id"] for row in terms if row.get("parent_id") == parent}
    organizations = await rules.streamed(http, "/hsds/organizations")
    for row in organizations[:: max(1, len(organizations) // 5)]:
        await rules.check_filters(http, "/hsds/organizations", search=row["name"][:40])


async def test_modified_after_is_on_or_after(http: httpx.AsyncClient) -> None:
    lines = await rules.streamed(http, "/hsds/services")
    known = sorted({text for row in lines if rules.in_utc(text := row.get("last_modified", ""))})
    fixed = ("0001-01-01T00:00:00Z", "2026-03-15T10:30:45.123Z", "2999-01-01T00:00:00+05:30")
    moments = {*fixed, *known[:: max(1, len(known) // 6)]}
    for moment in sorted(moments):
        await rules.check_modified_after(http, "/hsds/services", moment)
        await rules.check_modified_after(http, "/hsds/service_at_locations", moment)


async def test_a_minimal_list_is_all_ids_in_one_page(http: httpx.AsyncClient) -> None:
    await rules.check_minimal(http, "/hsds/services")


@pytest.mark.parametrize("table", LISTS)
async def test_a_question_may_be_posted(http: httpx.AsyncClient, table: str) -> None:
    some = {"full": "true"} if table in NESTED else {}
    await rules.check_post(http, LISTS[table])
    await rules.check_post(http, LISTS[table], page=2, per_page=7, search="a", **some)
    await rules.check_post(http, LISTS[table], format="ndjson")


@pytest.mark.parametrize("table", LISTS)
async def test_wrong_questions_are_told_what_is_wrong(http: httpx.AsyncClient, table: str) -> None:
    for name, value in rules.WRONG:
        if name != "full" or table in NESTED:
            await rules.check_wrong(http, LISTS[table], name, value)
    if table in {"service", "service_at_location"}:
        for moment in ("yesterday", "2026-13-01", "2026-02-30T00:00:00Z", "1"):
            await rules.check_wrong(http, LISTS[table], "modified_after", moment)
    if table == "service_at_location":
        await rules.check_wrong(http, LISTS[table], "proximity", "1000")
        for distance in ("far", "-1", "nan", "inf"):
            await rules.check_wrong(http, LISTS[table], "proximity", distance, postcode="69812")


@pytest.mark.parametrize("table", LISTS)
async def test_what_is_not_there_is_a_problem(http: httpx.AsyncClient, table: str) -> None:
    for name in (str(uuid.uuid4()), "0", "x", "a b", "%00", "%2e%2e", "é", "9" * 200):
        rules.check_problem(await rules.ask(http, f"{LISTS[table]}/{name}"), 404)


async def test_what_is_not_public_is_not_there(http: httpx.AsyncClient, listings: str) -> None:
    for row in await rules.streamed(http, "/hsds/services"):
        assert row["status"] in {"active", "temporarily closed"}
    for row in await rules.streamed(http, "/hsds/organizations", full_service="true"):
        assert all(one["status"] in {"active", "temporarily closed"} for one in row.get("services", []))
    for hidden in hidden_services(listings):
        rules.check_problem(await rules.ask(http, f"/hsds/services/{hidden['id']}"), 404)
        for linked in hidden.get("service_at_locations", []):
            rules.check_problem(await rules.ask(http, f"/hsds/service_at_locations/{linked['id']}"), 404)


async def test_the_root_tells_what_this_is(http: httpx.AsyncClient) -> None:
    root = await rules.ask(http, "/hsds/")
    assert root.status_code == 200
    told = root.json()
    assert told["version"].split()[-1] == "3.2"
    assert httpx.URL(told["profile"]).is_absolute_url
    description = await rules.ask(http, httpx.URL(told["openapi_url"]).path)
    assert description.status_code == 200
    ours, official = description.json(), official_openapi()
    known = {_unnamed(path.removeprefix("/hsds")): methods for path, methods in ours["paths"].items()}
    for path, methods in official["paths"].items():
        for method in methods.keys() & {"get", "post"}:
            assert method in known[_unnamed(path)], (method, path)
            named = {one["name"] for one in _parameters(ours, known[_unnamed(path)], method)}
            wanted = {one["name"] for one in _parameters(official, methods, method)}
            assert wanted - {"id"} <= named, (method, path)


def _unnamed(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path).rstrip("/")


def _parameters(document: Row, path: Row, method: str) -> list[Row]:
    found = [*path.get("parameters", []), *path[method].get("parameters", [])]
    return [_followed(document, one) for one in found]


def _followed(document: Row, one: Row) -> Row:
    reference = one.get("$ref")
    if reference is None:
        return one
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found
