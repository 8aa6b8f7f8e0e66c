"""`/reports`: what became of the referrals, as a page and as a file."""

from collections.abc import AsyncIterator

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import audit
from accounts.rules import Actor
from core import csv
from core.forms import read_query
from core.i18n import gettext as _
from core.i18n import pgettext
from core.web import page, render
from directory.needs import NEEDS
from referrals import reports
from referrals.forms import ReportForm
from referrals.models import REASONS, STATES


@get("/reports", **page("report.read", audited=True))
async def show(
    request: Request, db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Response[str]:
    """Show the figures of the referrals sent in a span of days."""
    form = read_query(ReportForm, request.query_params)
    since, until = reports.span(actor, form.since, form.until)
    found = await reports.report(db, actor, since, until)
    await audit(db, actor, action="report.read", subject_type="report", count=found.all.total)
    return render(request, "referrals/report.html", report=found, needs=NEEDS, reasons=REASONS)


@get("/reports/referrals.csv", **page("report.read", audited=True))
async def as_csv(
    request: Request, db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Response[str]:
    """Give the referrals behind the figures as a file, without anything that says who the people are."""
    form = read_query(ReportForm, request.query_params)
    since, until = reports.span(actor, form.since, form.until)
    header = [
        _("Referral"), _("Need"), _("Receiver"), _("Service"), _("State"), _("How it ended"), _("Sent"),
        _("First answer"), _("Hours to first answer"), pgettext("referral", "Closed"), _("Got help"), _("Follows"),
    ]  # fmt: skip

    async def cells() -> AsyncIterator[list[object]]:
        async for row in reports.rows(db, actor, since, until):
            hours = ""
            if row.first_response_at and row.sent_at:
                hours = f"{(row.first_response_at - row.sent_at).total_seconds() / 3600:.1f}"
            yield [
                row.id, _(NEEDS[row.need_code].name), row.receiver_name, row.service_name, _(STATES[row.state]),
                reports.stopped_or_helped(row), row.sent_at and row.sent_at.isoformat(),
                row.first_response_at and row.first_response_at.isoformat(), hours,
                row.closed_at and row.closed_at.isoformat(), _("yes") if row.got_help else _("no"), row.previous_id,
            ]  # fmt: skip

    text = await csv.table(header, cells())
    await audit(db, actor, action="report.export", subject_type="report", lines=text.count("\n"))
    name = f"referrals-{since}-{until}.csv"
    return Response(
        text,
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


handlers: list[BaseRouteHandler] = [show, as_csv]
