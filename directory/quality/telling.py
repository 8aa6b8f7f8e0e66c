"""The report and the listings of a check as text, CSV and JSON."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from core import csv
from core.i18n import gettext as _
from directory.quality.checks import CHECKS, SEVERITIES, Check
from directory.quality.findings import Finding
from directory.quality.measures import AGES, MEASURES
from directory.quality.parts import HERE
from directory.quality.report import Figures, Report


def source_name(source: str) -> str:
    """Return what people read for a source; an empty one stands for all."""
    return _("Made here") if source == HERE else source or _("All sources")


def as_json(report: Report) -> dict[str, Any]:
    """Return the figures by the codes of measures and checks; the source of what was made here is `HERE`."""
    return {"sources": [_figures(one) for one in report.sources], "all": _figures(report.all)}


def _figures(one: Figures) -> dict[str, Any]:
    totals = {
        "organizations": one.organizations, "services": one.services, "published": one.published,
        "unpublished": one.unpublished, "locations": one.locations,
    }  # fmt: skip
    named = {"source": one.source} if one.source else {}
    return named | totals | {"complete": one.complete, "checked": one.checked, "findings": one.findings}


def as_csv(report: Report) -> str:
    """Return one line for each figure of each source, and of all together."""
    lines = ["\ufeff", csv.line([_("Source"), _("Part"), _("Code"), _("What"), _("Number"), _("Of")])]
    for figures in (*report.sources, report.all):
        lines += (csv.line([source_name(figures.source), *cells]) for cells in _cells(figures))
    return "".join(lines)


def _cells(one: Figures) -> Iterator[list[object]]:
    for code, title, number in _totals(one):
        yield [_("Listings"), code, title, number, ""]
    for code, measure in MEASURES.items():
        yield [_("What they say"), code, _(measure.title), one.complete[code], one.published]
    for code, age in AGES.items():
        yield [_("When somebody checked"), code, _(age.title), one.checked[code], one.published]
    for code, check in CHECKS.items():
        yield [_(SEVERITIES[check.severity]), code, _(check.title), one.findings[code], ""]


def as_text(report: Report) -> Iterator[str]:
    """Give the lines of a report to be read: all together, then each source."""
    for figures in (report.all, *(report.sources if len(report.sources) > 1 else ())):
        yield f"== {source_name(figures.source)}"
        for _code, title, number in _totals(figures):
            yield f"{number:>9,}  {title}"
        for title, number in _shares(figures):
            yield f"{number:>9,}  {title} ({_percent(number, figures.published)})"
        for code, check in CHECKS.items():
            if figures.findings[code]:
                yield f"{figures.findings[code]:>9,}  {_(check.title)} [{code}]"
        yield ""


def _totals(one: Figures) -> list[tuple[str, str, int]]:
    return [
        ("organizations", _("Organizations"), one.organizations),
        ("published", _("Services published"), one.published),
        ("unpublished", _("Services not published"), one.unpublished),
        ("locations", _("Places"), one.locations),
    ]


def _shares(one: Figures) -> Iterator[tuple[str, int]]:
    for code, measure in MEASURES.items():
        yield _(measure.title), one.complete[code]
    for code, age in AGES.items():
        yield _("Checked: %(when)s") % {"when": _(age.title)}, one.checked[code]


def _percent(number: int, whole: int) -> str:
    return f"{number * 100 / whole:.0f} %" if whole else "–"


async def findings_csv(check: Check, found: AsyncIterator[Finding], base_url: str) -> str:
    """Return one line for each listing of a check, with the address where it is put right."""
    header = [_("Id"), _("Name"), _("Organization"), _("Source"), _("Last checked"), _("What"), _("Address")]

    async def rows() -> AsyncIterator[list[object]]:
        async for one in found:
            day = one.verified_on.isoformat() if one.verified_on else ""
            link = f"{base_url}{one.href}"
            yield [one.id, one.name, one.organization, source_name(one.source), day, _(check.title), link]

    return await csv.table(header, rows())
