"""What every page about a client needs: the lists of codes, the note of who looked, the page of one person itself."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import audit
from accounts.rules import Actor
from care.forms import LABELS
from care.models import (
    CATEGORIES,
    CONSENT_FORMS,
    CONTACT_WAYS,
    NEED_STATES,
    PURPOSES,
    URGENCIES,
    WANTS_HELP,
    Client,
)
from care.spoken import SPOKEN_LANGUAGES
from core import clock
from core.web import render
from directory.needs import FIELD_LIST, NEEDS

#: What later packages add to the page of a client, by the name the template knows it under.
client_parts: dict[str, Callable[[Request, AsyncSession, Actor, Client], Awaitable[Any]]] = {}


def words() -> dict[str, Any]:
    """Return the code lists that the care templates show."""
    return {
        "needs": NEEDS,
        "fields": FIELD_LIST,
        "urgencies": URGENCIES,
        "wants_help": WANTS_HELP,
        "need_states": NEED_STATES,
        "contact_ways": CONTACT_WAYS,
        "categories": CATEGORIES,
        "consent_forms": CONSENT_FORMS,
        "purposes": PURPOSES,
        "spoken": SPOKEN_LANGUAGES,
        "labels": LABELS,
    }


async def note_read(db: AsyncSession, actor: Actor, client: Client) -> None:
    """Write down who looked at whom; whatever shows a client calls it, a form that comes back with mistakes included."""
    await audit(db, actor, action="client.read", subject_type="client", subject_id=client.id)


async def client_page(
    request: Request, db: AsyncSession, actor: Actor, client: Client, status: int = 200, **context: Any
) -> Response[str]:
    """Render the page of one client, with what later packages know of them."""
    await note_read(db, actor, client)
    parts = {name: await part(request, db, actor, client) for name, part in client_parts.items()}
    today = clock.today(actor.time_zone)
    return render(
        request, "care/client.html", status=status, client=client, parts=parts, today=today,
        age=client.age_on(today), **words(), **({"errors": {}, "typed": {}} | context),
    )  # fmt: skip
