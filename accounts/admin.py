"""What an administrator looks after: the people of the organization, work that got stuck, the audit trail."""

from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import actions, queries
from accounts.audit import audit
from accounts.forms import AuditPage
from accounts.rules import ROLES, Actor
from core import jobs, mail
from core.errors import NotVisible
from core.forms import read_query
from core.web import page, render, see_other


@get("/admin", **page("admin"))
async def people(
    request: Request, db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Response:
    """Show the organization's people."""
    colleagues = await queries.colleagues(db, actor)
    seen = await queries.last_seen(db, actor)
    return render(
        request,
        "accounts/admin.html",
        people=colleagues,
        seen=seen,
        roles=ROLES,
        counts=await jobs.counts(db),
    )


@post("/admin/people/{user_id:uuid}/disable", status_code=303, **page("admin"))
async def disable(
    request: Request,
    user_id: FromPath[UUID],
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
) -> Response:
    """Keep a colleague out, at once."""
    await actions.disable_user(db, actor, await queries.colleague(db, actor, user_id))
    return see_other(request, "/admin")


@post("/admin/people/{user_id:uuid}/enable", status_code=303, **page("admin"))
async def enable(
    request: Request,
    user_id: FromPath[UUID],
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
) -> Response:
    """Let a colleague in again."""
    await actions.enable_user(db, actor, await queries.colleague(db, actor, user_id))
    return see_other(request, "/admin")


@post("/admin/people/{user_id:uuid}/sign-out", status_code=303, **page("admin"))
async def sign_out_everywhere(
    request: Request,
    user_id: FromPath[UUID],
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
) -> Response:
    """End all sessions of a colleague."""
    await actions.end_sessions_of(db, actor, await queries.colleague(db, actor, user_id))
    return see_other(request, "/admin")


@get("/admin/stuck", **page("admin"))
async def stuck(request: Request, db: NamedDependency[AsyncSession]) -> Response:
    """Show dead letters and mails that were not sent or may have been."""
    letters, mails = await jobs.dead_letters(db), await mail.unsent(db)
    return render(request, "accounts/stuck.html", letters=letters, mails=mails, counts=await jobs.counts(db))


@post("/admin/stuck/jobs/{job_id:uuid}/again", status_code=303, **page("admin"))
async def again(
    request: Request, job_id: FromPath[UUID], db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Response:
    """Try a dead letter again."""
    if not await jobs.revive(db, job_id):
        raise NotVisible("job", job_id)
    await audit(db, actor, action="job.again", subject_type="job", subject_id=job_id)
    return see_other(request, "/admin/stuck")


@post("/admin/stuck/mails/{mail_id:uuid}/again", status_code=303, **page("admin"))
async def send_again(
    request: Request,
    mail_id: FromPath[UUID],
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
) -> Response:
    """Send a mail once more that may or may not have gone out."""
    if not await mail.send_again(db, mail_id):
        raise NotVisible("mail", mail_id)
    await audit(db, actor, action="mail.again", subject_type="mail", subject_id=mail_id)
    return see_other(request, "/admin/stuck")


@get("/admin/audit", **page("admin", audited=True))
async def trail(
    request: Request, db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Response:
    """Show the organization's audit trail, newest first; looking into it is itself recorded."""
    query = read_query(AuditPage, request.query_params)
    entries = await queries.audit_entries(db, actor, before=query.before)
    names = await queries.names(db, actor, {entry.user_id for entry in entries if entry.user_id})
    await audit(db, actor, action="audit.read", subject_type="audit", before=query.before)
    older = entries[-1].sequence if entries and entries[-1].sequence > 1 else None
    return render(request, "accounts/audit.html", entries=entries, names=names, older=older)


handlers: list[BaseRouteHandler] = [
    people,
    disable,
    enable,
    sign_out_everywhere,
    stuck,
    again,
    send_again,
    trail,
]
