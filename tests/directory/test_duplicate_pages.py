"""A coordinator compares two listings, merges them and takes it back, in the browser's words."""

import re
import uuid

import pytest
from sqlalchemy import select

from core.database import Database
from directory.duplicates.models import DuplicatePair
from directory.models import Organization, Phone, Service
from search.basket import pack
from tests.support.casework import add_service
from tests.support.cast import Cast
from tests.support.http import Http, hidden_fields, post_form, sign_in

HOME = "/listings/duplicates"


@pytest.fixture
async def pair(database: Database) -> DuplicatePair:
    async with database.transaction() as db:
        organizations = [Organization(name="Harbor Table"), Organization(name="Harbour Tables")]
        db.add_all(organizations)
        await db.flush()
        one = await add_service(db, "Hot supper", organizations[0].id)
        two = await add_service(db, "Hot suppers", organizations[1].id)
        one.assured_date = None
        two.alert = "New door"
        db.add(Phone(service_id=two.id, number="(698) 555-0133", e164="+16985550133"))
        ids = sorted([one.id, two.id])
        reasons = [["names", 94, 30], ["same-phone", None, 25], ["other-site", None, -4]]
        pair = DuplicatePair(entity="service", left_id=ids[0], right_id=ids[1], score=90, reasons=reasons)
        owners = sorted(one.id for one in organizations)
        db.add(
            DuplicatePair(entity="organization", left_id=owners[0], right_id=owners[1], score=80, reasons=[])
        )
        db.add(pair)
    return pair


def fields(html: str) -> dict[str, str]:
    """What the form would send as the page proposes it."""
    hidden = dict(re.findall(r'<input type="hidden" name="(keep|seen)" value="([^"]*)"', html))
    chosen = dict(re.findall(r'<input type="radio" name="([^"]+)" value="([^"]+)"[^>]* checked', html))
    return hidden | chosen


async def merged(http: Http, pair: DuplicatePair, **more: str | list[str]) -> tuple[str, str, str]:
    """Merge as the page proposes; returns where it led, which listing stayed and which went."""
    page = await http.get(f"{HOME}/{pair.id}")
    proposed = fields(page.text)
    sent: dict[str, str | list[str]] = {**proposed, **hidden_fields(page.text), **more}
    answer = await post_form(http, f"{HOME}/{pair.id}/merge", sent)
    assert answer.status_code == 303, answer.text
    kept = proposed["keep"]
    return answer.headers["location"], kept, str(pair.right_id if kept == str(pair.left_id) else pair.left_id)


async def test_it_works(http: Http, pair: DuplicatePair) -> None:
    await sign_in(http, Cast.cora)
    listed = (await http.get(HOME)).text
    assert "names alike 94 %" in listed and "same telephone" in listed and f"{HOME}/{pair.id}" in listed
    page = (await http.get(f"{HOME}/{pair.id}")).text
    assert "different websites" in page
    tokens = re.findall(r'name="take" value="([^"]+)"[^>]* checked', page)
    where, kept, other = await merged(http, pair, take=tokens)
    shown = (await http.get(where)).text
    assert "leads to" in shown and "Undo" in shown
    gone = await http.get(f"/services/{other}?near=69812")
    assert (gone.status_code, gone.headers["location"]) == (301, f"/services/{kept}?near=69812")
    listing = (await http.get(f"/services/{kept}")).text
    assert "New door" in listing and "555-0133" in listing
    assert f"{HOME}/{pair.id}" not in (await http.get(HOME)).text
    assert (await http.get(f"{HOME}/{pair.id}")).status_code == 409

    merge_id = where.partition("made=")[2]
    answer = await post_form(http, f"{HOME}/merges/{merge_id}/undo", {}, page=where)
    assert answer.status_code == 303
    assert "stand for themselves again" in (await http.get(answer.headers["location"])).text
    assert (await http.get(f"/services/{other}")).status_code == 200
    again = await post_form(http, f"{HOME}/merges/{merge_id}/undo", {})
    assert again.status_code == 409


async def test_a_double_tap_merges_once(http: Http, pair: DuplicatePair) -> None:
    await sign_in(http, Cast.ada)
    page = (await http.get(f"{HOME}/{pair.id}")).text
    sent = fields(page) | hidden_fields(page)
    first = await http.post(f"{HOME}/{pair.id}/merge", data=sent)
    second = await http.post(f"{HOME}/{pair.id}/merge", data=sent)
    assert first.headers["location"] == second.headers["location"]
    other = await http.post(f"{HOME}/{pair.id}/merge", data=sent | http.guard())
    assert other.status_code == 409
    assert "has already merged" in other.text


async def test_saved_lists_and_referrals_lead_on(http: Http, pair: DuplicatePair) -> None:
    await sign_in(http, Cast.cora)
    _where, kept, other = await merged(http, pair)
    handout = await http.get(f"/handout?s={pack([uuid.UUID(other), uuid.UUID(kept)])}")
    assert (
        handout.text.count(f'id="leaf-{kept}"') == 1
        or f"/services/{kept}" in handout.text
        or "Hot supper" in handout.text
    )
    assert "1 place" in handout.text
    asked = await http.get(f"/referrals/new?service={other}")
    assert asked.status_code == 200 and "Hot supper" in asked.text


async def test_organizations_lead_on_with_their_services(
    http: Http, database: Database, pair: DuplicatePair
) -> None:
    await sign_in(http, Cast.cora)
    listed = (await http.get(f"{HOME}?tab=organization")).text
    found = re.search(rf"{HOME}/([0-9a-f-]{{36}})", listed)
    assert found
    async with database.transaction(write=False) as db:
        organizations = await db.get(DuplicatePair, uuid.UUID(found[1]))
    assert organizations is not None
    _where, kept, other = await merged(http, organizations)
    gone = await http.get(f"/organizations/{other}")
    assert (gone.status_code, gone.headers["location"]) == (301, f"/organizations/{kept}")
    page = (await http.get(f"/organizations/{kept}")).text
    assert "Hot suppers" in page and "2 services" in page


async def test_the_open_data_leads_on(http: Http, database: Database, pair: DuplicatePair) -> None:
    await sign_in(http, Cast.cora)
    async with database.transaction(write=False) as db:
        query = select(DuplicatePair).where(DuplicatePair.entity == "organization")
        organizations = (await db.scalars(query)).one()
    for one, path in ((pair, "services"), (organizations, "organizations")):
        _where, kept, other = await merged(http, one)
        gone = await http.get(f"/hsds/{path}/{other}?format=json")
        assert (gone.status_code, gone.headers["location"]) == (301, f"/hsds/{path}/{kept}?format=json")
        listed = (await http.get(f"/hsds/{path}")).json()["contents"]
        assert kept in {row["id"] for row in listed} and other not in {row["id"] for row in listed}
    unknown = await http.get(f"/hsds/services/{uuid.uuid4()}")
    assert unknown.status_code == 404


async def test_a_pair_is_put_aside(http: Http, pair: DuplicatePair) -> None:
    await sign_in(http, Cast.cora)
    for decision in ("later", "different"):
        answer = await post_form(
            http, f"{HOME}/{pair.id}/decide", {"decision": decision}, page=f"{HOME}/{pair.id}"
        )
        assert answer.status_code == 303
        assert str(pair.id) not in (await http.get(HOME)).text
        listed = (await http.get(f"{HOME}?show={decision}")).text
        assert str(pair.id) in listed and Cast.cora.name in listed


async def test_only_coordinators_and_administrators_merge(
    http: Http, database: Database, pair: DuplicatePair
) -> None:
    for member in (Cast.nina, Cast.omar):
        await sign_in(http, member)
        for path in (HOME, f"{HOME}/merges", f"{HOME}/{pair.id}"):
            assert (await http.get(path)).status_code == 403
        for path in ("merge", "decide"):
            assert (
                await post_form(http, f"{HOME}/{pair.id}/{path}", {"decision": "later"})
            ).status_code == 403


async def test_nonsense_is_refused(http: Http, pair: DuplicatePair) -> None:
    await sign_in(http, Cast.cora)
    assert (await http.get(f"{HOME}/{uuid.uuid4()}")).status_code == 404
    assert (await http.get(f"{HOME}?tab=%00&show=x")).status_code == 200
    assert (await http.get(f"{HOME}/{pair.id}?keep=x")).status_code == 200
    assert (await http.get(f"{HOME}/merges?made='&undone=%3Cb%3E")).status_code == 200
    page = (await http.get(f"{HOME}/{pair.id}")).text
    good = fields(page)
    for bad, expected in (
        ({"keep": "x"}, 422), ({"keep": str(uuid.uuid4())}, 404), ({"seen": "x"}, 409), ({"seen": ""}, 422),
        ({"take": "phone:1"}, 409), ({"field-name": "both"}, 422),
    ):  # fmt: skip
        answer = await post_form(http, f"{HOME}/{pair.id}/merge", good | bad)
        assert answer.status_code == expected, bad
    assert (await post_form(http, f"{HOME}/{pair.id}/decide", {"decision": "merged"})).status_code == 422
    assert (await post_form(http, f"{HOME}/merges/{uuid.uuid4()}/undo", {})).status_code == 404


async def test_what_listings_say_is_text(http: Http, database: Database, pair: DuplicatePair) -> None:
    evil = "<script>alert(1)</script>\u202e{{ 7*7 }}"
    async with database.transaction() as db:
        for service in await db.scalars(select(Service).where(Service.id.in_([pair.left_id, pair.right_id]))):
            service.name, service.url = f"{evil} {service.id}", "javascript:alert(1)"
            db.add(Phone(service_id=service.id, number=f"{evil} 1"))
    await sign_in(http, Cast.cora)
    told = (await http.get(HOME)).text + (await http.get(f"{HOME}/{pair.id}")).text
    where, _kept, _other = await merged(http, pair)
    told += (await http.get(where)).text
    assert "&lt;script&gt;alert(1)" in told
    assert "<script>alert" not in told and 'href="javascript:' not in told


async def test_an_unknown_listing_is_still_not_there(http: Http, database: Database) -> None:
    for path in ("services", "organizations"):
        assert (await http.get(f"/{path}/{uuid.uuid4()}")).status_code == 404
    async with database.transaction() as db:
        service = Service(name="Closed for good", status="defunct")
        db.add(service)
    assert (await http.get(f"/services/{service.id}")).status_code == 404
