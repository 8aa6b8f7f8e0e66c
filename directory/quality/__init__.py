"""How good the listings of each source are: how complete, how fresh, and what is wrong with which of them."""

from directory.quality.checks import CHECKS, GAPS, SEVERITIES, Check
from directory.quality.findings import Finding, Findings, find_all, find_page
from directory.quality.measures import AGES, MEASURES
from directory.quality.parts import HERE, Known, Scope, know
from directory.quality.report import Figures, Report, report

__all__ = [
    "AGES",
    "CHECKS",
    "GAPS",
    "HERE",
    "MEASURES",
    "SEVERITIES",
    "Check",
    "Figures",
    "Finding",
    "Findings",
    "Known",
    "Report",
    "Scope",
    "find_all",
    "find_page",
    "know",
    "report",
]
