"""Ids inside a form: those of other organizations, and those of the own one that do not belong together."""

import uuid
from typing import Any

import pytest

from care.models import Need
from core import clock
from core.database import Database
from directory.models import Service
from referrals.models import Referral
from tests.security.test_tenants import rows_of
from tests.support.casework import add_client, add_need, add_service
from tests.support.cast import Cast
from tests.support.http import Http, post_form, sign_in
from tests.support.world import World, make_world


class Scene:
    """What Nina's form can name: her own need, and ids that are none of it."""

    world: World
    need: Need
    service: Service
    foreign_need: Need
    #: By whose it is: a draft of another organization, and one of the own that is about another need.
    drafts: dict[str, uuid.UUID]


async def draft(db: Any, need: Need, sender: uuid.UUID, state: str = "draft") -> uuid.UUID:
    referral = Referral(
        client_id=need.client_id, need_id=need.id, need_code=need.code, urgency="week", categories=[]
    )
    referral.sender_id, referral.sender_name, referral.sender_user_id = sender, "Somebody", uuid.uuid4()
    referral.state, referral.note, referral.sent_at = state, "words of a draft", clock.now()
    db.add(referral)
    await db.flush()
    return referral.id


@pytest.fixture
async def scene(database: Database) -> Scene:
    """Two organizations with a client each; Nina's has two needs."""
    made = Scene()
    made.world = await make_world(database)
    async with database.transaction() as db:
        made.service = await add_service(db)
        own = await add_client(db, Cast.nina.actor, given_name="Own")
        made.need = await add_need(db, Cast.nina.actor, own)
        second = await add_need(db, Cast.nina.actor, own, "homelessness")
        foreign = await add_client(db, Cast.sam.actor, given_name="Foreign")
        made.foreign_need = await add_need(db, Cast.sam.actor, foreign)
        made.drafts = {
            "foreign": await draft(db, made.foreign_need, Cast.sam.organization_id),
            "of another need": await draft(db, second, Cast.nina.organization_id),
            "sent already": await draft(db, made.need, Cast.nina.organization_id, "requested"),
            "nobody's": uuid.uuid4(),
        }
    return made


def form(scene: Scene, **changes: object) -> dict[str, str]:
    right = {
        "need_id": scene.need.id,
        "service_id": scene.service.id,
        "categories": "name",
        "consent": "spoken",
    }
    return {name: str(value) for name, value in (right | changes).items()}


async def test_the_form_itself_is_right(http: Http, scene: Scene, cast):
    """Otherwise the refusals below would say nothing."""
    await sign_in(http, cast.nina)
    assert (await post_form(http, "/referrals/new", form(scene))).status_code == 303


@pytest.mark.parametrize("whose", ["foreign", "of another need", "sent already", "nobody's"])
async def test_a_draft_that_is_not_of_this_need_is_refused(
    http: Http, database: Database, scene: Scene, cast, whose: str
):
    await sign_in(http, cast.nina)
    before = await rows_of(database)
    asked = await http.get(
        f"/referrals/new?need={scene.need.id}&service={scene.service.id}&draft={scene.drafts[whose]}"
    )
    sent = await post_form(http, "/referrals/new", form(scene, draft_id=scene.drafts[whose], anyway="on"))
    assert sent.status_code in {404, 409}
    assert await rows_of(database) == before
    if whose != "sent already":
        assert asked.status_code == 404
        assert "words of a draft" not in asked.text


@pytest.mark.parametrize("field", ["previous_id", "need_id", "service_id", "location_id"])
async def test_ids_of_others_are_no_ids(http: Http, database: Database, scene: Scene, cast, field: str):
    foreign = {
        "previous_id": scene.drafts["foreign"], "need_id": scene.foreign_need.id, "service_id": scene.world.client_id,
        "location_id": scene.world.client_id,
    }  # fmt: skip
    await sign_in(http, cast.nina)
    before = await rows_of(database)
    answer = await post_form(http, "/referrals/new", form(scene) | {field: str(foreign[field])})
    assert answer.status_code == 404
    assert await rows_of(database) == before


async def test_consent_for_nobody_known_is_refused(http: Http, database: Database, scene: Scene, cast):
    await sign_in(http, cast.nina)
    before = await rows_of(database)
    given = {
        "recipient_id": str(scene.world.client_id),
        "form": "spoken",
        "expires_on": "2027-01-01",
        "categories": "name",
    }
    answer = await post_form(http, f"/clients/{scene.world.client_id}/consents/new", given)
    assert answer.status_code in {404, 422}
    assert await rows_of(database) == before


async def test_the_own_organization_and_hidden_services_receive_nothing(
    http: Http, database: Database, scene: Scene, cast
):
    async with database.transaction() as db:
        own = await add_service(db, name="Our own", organization=Cast.county.id)
        gone = await add_service(db, name="Closed for good")
        gone.status = "defunct"
    await sign_in(http, cast.nina)
    before = await rows_of(database)
    assert (await post_form(http, "/referrals/new", form(scene, service_id=own.id))).status_code == 422
    assert (await post_form(http, "/referrals/new", form(scene, service_id=gone.id))).status_code == 404
    assert await rows_of(database) == before


async def test_fields_that_no_form_has_are_not_taken(http: Http, database: Database, cast):
    """Who something belongs to, and how it stands, is never what a browser says."""
    await sign_in(http, cast.nina)
    extra = {
        "organization_id": str(Cast.elsewhere.id),
        "id": str(uuid.uuid4()),
        "created_by": str(uuid.uuid4()),
        "role": "admin",
    }
    person = {
        "given_name": "Ott",
        "family_name": "Er",
        "birth_date": "1990-05-06",
        "place": "69812",
        "language": "en",
        "contact_way": "none",
    }
    made = await post_form(http, "/clients/new", person | extra)
    assert made.status_code == 303
    assert extra["id"] not in made.headers["location"]
    assert (await http.get(made.headers["location"])).status_code == 200
    await sign_in(http, cast.sam)
    assert (await http.get(made.headers["location"])).status_code in {403, 404}
