"""`/reports`: what became of the referrals, as a page and as a file."""

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import audit
from accounts.rules import Actor
from core import csv
from core.forms import read_query
from core.web import page, render
from directory.needs import NEEDS
from referrals import reports
from referrals.forms import ReportForm
from referrals.models import REASONS


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
    text = await csv.table(reports.csv_header(), reports.csv_rows(db, actor, since, until))
    await audit(db, actor, action="report.export", subject_type="report", lines=text.count("\n"))
    name = f"referrals-{since}-{until}.csv"
    return Response(
        text,
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


handlers: list[BaseRouteHandler] = [show, as_csv]
