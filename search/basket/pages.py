"""The addresses of the list: saving to it, emptying it, and the hand-out to print, mail, text or open on a phone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock, i18n, security
from core.attempts import Limit, attempt
from core.errors import NotVisible
from core.forms import FormErrors, read_form, read_query
from core.i18n import gettext as _
from core.mail import send_mail
from core.templating import environment
from core.web import is_htmx, local_path, page, render, see_other
from directory.models import PUBLIC_STATUSES, Service
from search.basket import letters
from search.basket.chosen import COOKIE, MOST, Basket, basket_of, keep, pack
from search.basket.codes import qr
from search.basket.forms import BackForm, HandoutForm, KeepForm, MailForm, typed_address
from search.basket.handout import Leaf, leaves

EXIT = "https://www.weather.gov/"
"""Where the quick exit leads: a page that anybody may have open."""

TO_LIMIT = Limit(3, timedelta(hours=1))
"""Mails to one address: nobody's mailbox is filled from here."""

FROM_LIMIT = Limit(10, timedelta(hours=1))
"""Mails from one network address, by people who are not signed in."""

STAFF_LIMIT = Limit(60, timedelta(hours=1))
"""Mails by one signed-in person."""

ALL_LIMIT = Limit(300, timedelta(hours=1))
"""Mails by everybody who is not signed in: above this somebody uses us to send mail."""


@post("/basket", status_code=200, **page("public"))
async def change(request: Request) -> Response[Any]:
    """Put a service on the list or take it off; htmx gets the button anew, others the page they came from.

    No idempotency key is claimed: doing either twice is the same as once.
    """
    try:
        form = read_form(KeepForm, await request.form())
    except FormErrors:
        raise NotVisible("service") from None
    basket, name, said = basket_of(request), "", ""
    if form.keep == "no":
        basket = basket.without(form.service)
        said = _("Taken off the list. %(n)s on it.") % {"n": basket.count}
    else:
        name = await _name(request, form.service)
        try:
            basket = basket.saved(form.service)
            said = _("Saved. %(n)s on your list.") % {"n": basket.count}
        except ValueError:
            said = _("Your list is full: it holds %(n)s places.") % {"n": MOST}
    if is_htmx(request):
        name = name or await _name(request, form.service)
        response: Response[Any] = render(
            request,
            "search/saved.html",
            basket=basket,
            service_id=form.service,
            name=name,
            back=_local(form.back),
            said=said,
        )
    else:
        response = see_other(request, _local(form.back))
    keep(request, response, basket)
    return response


async def _name(request: Request, service_id: UUID) -> str:
    """The name of a service that the public is shown; raises `NotVisible`."""
    async with request.app.state.database.transaction(write=False) as db:
        name = await db.scalar(
            select(Service.name).where(Service.id == service_id, Service.status.in_(PUBLIC_STATUSES))
        )
    if name is None:
        raise NotVisible("service", service_id)
    return str(name)


@post("/basket/empty", status_code=303, **page("public"))
async def empty(request: Request) -> Response[Any]:
    """Take everything off the list."""
    try:
        form = read_form(BackForm, await request.form())
    except FormErrors:
        form = BackForm()
    response = see_other(request, _local(form.back))
    keep(request, response, Basket())
    return response


@get("/leave", **page("public"))
async def leave(request: Request) -> Response[None]:
    """The quick exit: forget the list and what bound this browser's forms, and be somewhere else."""
    response = Response(None, status_code=303, headers={"location": EXIT})
    for name in (COOKIE, "visitor"):
        response.set_cookie(security.cookie(request.app.state.settings, name, "", 0))
    return response


@get("/handout", **page("public"))
async def handout(request: Request, db: NamedDependency[AsyncSession]) -> Response[str]:
    """Show a hand-out: of the services its address names, else of those on the reader's own list."""
    return await _page(request, db, read_query(HandoutForm, request.query_params))


@post("/handout/mail", status_code=303, **page("public"))
async def mail(request: Request, db: NamedDependency[AsyncSession]) -> Response[Any]:
    """Mail a hand-out to an address that is kept no longer than the sending takes."""
    data = await request.form()
    try:
        form = read_form(MailForm, data)
    except FormErrors as error:
        asked = HandoutForm(s=str(error.typed.get("s", "")), lang=str(error.typed.get("lang", "")))
        return await _page(
            request, db, asked, errors=error.errors, typed={"to": typed_address(error.typed)}, status=422
        )
    asked = form.handout
    told = await leaves(db, asked.named.ids, asked.language)
    if not told:
        raise NotVisible("hand-out")
    wait = await _too_many(request, db, form.to)
    if wait:
        sentence = _("That were many mails in a short time. Try again in %(n)s minutes, or print the list.")
        errors = {"to": sentence % {"n": -(-wait // 60)}}
        response = await _page(request, db, asked, errors=errors, typed={"to": form.to}, status=429)
        response.headers["retry-after"] = str(wait)
        return response
    address = _address(request, [leaf.service_id for leaf in told], asked.language)
    await send_mail(
        db,
        to=form.to,
        subject=letters.subject(asked.language),
        text=letters.letter(told, asked.language, address),
    )
    return see_other(request, f"{_path([leaf.service_id for leaf in told], asked.language)}&sent=1")


async def _too_many(request: Request, db: AsyncSession, to: str) -> int:
    """Count a mail; how many seconds to wait before the next, 0 when it may be sent."""
    actor = request.scope.get("user")
    waits = [await attempt(db, TO_LIMIT, "hand-out to", to.lower())]
    if actor is not None:
        waits.append(await attempt(db, STAFF_LIMIT, "hand-out by", str(actor.user_id)))
    else:
        network = request.client.host if request.client else ""
        waits.append(await attempt(db, FROM_LIMIT, "hand-out from", network))
        waits.append(await attempt(db, ALL_LIMIT, "hand-out"))
    return max(waits)


async def _page(
    request: Request,
    db: AsyncSession,
    asked: HandoutForm,
    *,
    errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> Response[str]:
    own = not asked.s
    language = asked.language
    told = await leaves(db, (basket_of(request) if own else asked.named).ids, language)
    ids = [leaf.service_id for leaf in told]
    address = _address(request, ids, language)
    response = render(
        request,
        "search/handout.html",
        status=status,
        basket=Basket(tuple(ids)) if own else basket_of(request),
        leaves=told,
        own=own,
        asked=asked,
        sheet=_sheet(request, told, language, address) if told else "",
        language=language,
        choices=[
            (code, name, f"/handout?lang={code}" if own else _path(ids, code))
            for code, name in i18n.LANGUAGES.items()
        ],
        packed=pack(ids),
        address=address,
        message=letters.message(told, language, address),
        plain=letters.plain(told, language),
        text_link=letters.text_link(letters.message(told, language, address)),
        errors=errors or {},
        typed=typed or {},
    )
    if own and tuple(ids) != basket_of(request).ids:
        # What the public is not shown any more leaves the list too, so that its number stays true.
        keep(request, response, Basket(tuple(ids)))
    return response


def _sheet(request: Request, told: list[Leaf], language: str, address: str) -> Markup:
    """What is printed, in the language of its reader; the page around it speaks that of whoever hands it out."""
    with i18n.in_language(language):
        text = (
            environment()
            .get_template("search/sheet.html")
            .render(
                leaves=told,
                lang=language,
                today=clock.today(next((leaf.zone for leaf in told if leaf.zone), "UTC")),
                code=qr(address, _("QR code: this list on a phone")),
                address=address,
            )
        )
    return Markup(text)


def _path(ids: list[UUID], language: str) -> str:
    """The address of a hand-out on this site; it holds ids of services and nothing else."""
    return f"/handout?{urlencode({'s': pack(ids), 'lang': language})}"


def _address(request: Request, ids: list[UUID], language: str) -> str:
    return f"{request.app.state.settings.base_url}{_path(ids, language)}"


def _local(path: str) -> str:
    return path if local_path(path) else "/handout"


handlers: list[BaseRouteHandler] = [change, empty, leave, handout, mail]
