"""Verbs of the confidential half. Each checks what it needs, writes its audit row, and never commits."""

import uuid
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import audit
from accounts.rules import Actor
from care import queries
from care.forms import ClientForm, ConsentForm, NeedChangeForm, NeedCloseForm, NeedForm
from care.models import CATEGORIES, Client, Consent, Need
from core import clock
from core.errors import Stale, WrongState
from core.forms import FormErrors, as_typed
from core.i18n import gettext as _
from directory.needs import NEEDS

#: Nobody agrees to share for ever; a new consent is asked for after this long at the latest.
LONGEST_CONSENT = timedelta(days=366)


def _check_contact(form: ClientForm) -> None:
    errors = {}
    if form.birth_date > clock.now().date():
        errors["birth_date"] = _("The date of birth lies in the future.")
    if form.birth_date.year < 1900:
        errors["birth_date"] = _("Please check the year.")
    if form.contact_way in {"phone", "text"} and not form.phone.strip():
        errors["phone"] = _("Give the number to call or text.")
    if form.contact_way == "email" and "@" not in form.email:
        errors["email"] = _("Give the email address.")
    if errors:
        raise FormErrors(errors, as_typed(form))


def _assign(client: Client, form: ClientForm) -> None:
    client.given_name = form.given_name.strip()
    client.family_name = form.family_name.strip()
    client.birth_date = form.birth_date.isoformat()
    client.place = form.place.strip()
    client.language = form.language
    client.contact_way = form.contact_way
    client.phone = form.phone.strip()
    client.email = form.email.strip()
    client.safe_contact = form.safe_contact.strip()
    client.identity_index = queries.identity_index(
        client.organization_id, client.given_name, client.family_name, form.birth_date
    )


async def add_client(db: AsyncSession, actor: Actor, form: ClientForm) -> Client:
    """Record a client of the actor's organization; raises `FormErrors`."""
    _check_contact(form)
    client = Client(organization_id=actor.organization_id, created_by=actor.user_id)
    _assign(client, form)
    db.add(client)
    await db.flush()
    await audit(db, actor, action="client.add", subject_type="client", subject_id=client.id)
    return client


async def edit_client(db: AsyncSession, actor: Actor, client: Client, form: ClientForm) -> None:
    """Change a client; raises `Stale` with both texts when somebody else has changed it since the form was opened."""
    _check_contact(form)
    if form.version != client.version:
        raise Stale(
            _("Somebody else changed this person's record while you were writing."),
            theirs=_shown(
                client.given_name, client.family_name, client.place, client.phone, client.safe_contact
            ),
            yours=_shown(form.given_name, form.family_name, form.place, form.phone, form.safe_contact),
        )
    _assign(client, form)
    await audit(db, actor, action="client.edit", subject_type="client", subject_id=client.id)


def _shown(given: str, family: str, place: str, phone: str, safe: str) -> dict[str, str]:
    labels = ClientForm.labels
    keys = ("given_name", "family_name", "place", "phone", "safe_contact")
    return {
        _(labels[key]): value for key, value in zip(keys, (given, family, place, phone, safe), strict=True)
    }


async def add_need(db: AsyncSession, actor: Actor, client: Client, form: NeedForm) -> Need:
    """Record a need of a client; raises `FormErrors` for an unknown code and `WrongState` when it is open already."""
    if form.code not in NEEDS:
        raise FormErrors({"code": _("Choose a need from the list.")}, as_typed(form))
    if any(need.code == form.code and need.state == "open" for need in client.needs):
        raise FormErrors({"code": _("This need is on the list already.")}, as_typed(form))
    need = Need(client_id=client.id, created_by=actor.user_id)
    need.code, need.urgency, need.wants_help, need.note = (
        form.code,
        form.urgency,
        form.wants_help,
        form.note.strip(),
    )
    db.add(need)
    await db.flush()
    await audit(db, actor, action="need.add", subject_type="need", subject_id=need.id, client_id=client.id)
    return need


async def change_need(db: AsyncSession, actor: Actor, need: Need, form: NeedChangeForm) -> None:
    """Change urgency, wish for help or note; raises `Stale`."""
    if form.version != need.version:
        raise Stale(
            _("Somebody else changed this need while you were writing."),
            theirs={_("Note"): need.note},
            yours={_("Note"): form.note},
        )
    need.urgency, need.wants_help, need.note = form.urgency, form.wants_help, form.note.strip()
    await audit(
        db, actor, action="need.change", subject_type="need", subject_id=need.id, client_id=need.client_id
    )


async def close_need(db: AsyncSession, actor: Actor, need: Need, form: NeedCloseForm) -> None:
    """Close a need with what became of it; raises `WrongState`."""
    need.close(form.state, form.reason)
    await audit(
        db, actor, action="need.close", subject_type="need", subject_id=need.id, client_id=need.client_id
    )


async def reopen_need(db: AsyncSession, actor: Actor, need: Need) -> None:
    """Open a need again; raises `WrongState`."""
    need.reopen()
    await audit(
        db, actor, action="need.reopen", subject_type="need", subject_id=need.id, client_id=need.client_id
    )


async def give_consent(
    db: AsyncSession, actor: Actor, client: Client, form: ConsentForm, recipient_name: str
) -> Consent:
    """Record what the person allowed one organization to be told; raises `FormErrors`."""
    today = clock.today(actor.time_zone)
    errors = {}
    if form.expires_on < today:
        errors["expires_on"] = _("The end lies in the past.")
    elif form.expires_on > today + LONGEST_CONSENT:
        errors["expires_on"] = _("A consent can last one year at most.")
    if not form.categories:
        errors["categories"] = _("Tick at least one thing that may be shared.")
    if errors:
        raise FormErrors(errors, as_typed(form))
    consent = Consent(
        client_id=client.id,
        recipient_id=uuid.UUID(form.recipient_id),
        recipient_name=recipient_name,
        purpose=form.purpose,
        categories=[category for category in CATEGORIES if category in form.categories],
        form=form.form,
        given_on=today,
        expires_on=form.expires_on,
        recorded_by=actor.user_id,
    )
    db.add(consent)
    await db.flush()
    await audit(
        db, actor, action="consent.give", subject_type="consent", subject_id=consent.id, client_id=client.id
    )
    return consent


async def revoke_consent(db: AsyncSession, actor: Actor, consent: Consent) -> None:
    """Take a consent back at once: the receiver sees nothing more from this moment on. Raises `WrongState`."""
    if consent.revoked_at is not None:
        raise WrongState(_("This consent was taken back already."))
    consent.revoked_at = clock.now()
    await audit(
        db,
        actor,
        action="consent.revoke",
        subject_type="consent",
        subject_id=consent.id,
        client_id=consent.client_id,
    )
