"""report.summary"""

from harness.report.summary.answers import FLAGS, answers_section, facts_of, headers_of, missing_text, raised_by
from harness.report.summary.build import build_report
from harness.report.summary.changes import changes_section
from harness.report.summary.facts import facts
from harness.report.summary.provenance import audit, sources
from harness.report.summary.spread import spread_section
from harness.report.summary.training import training_section
from harness.report.summary.verdict import training_line, verdict_section
from harness.report.summary.view import Report

__all__ = [
    "FLAGS",
    "Report",
    "answers_section",
    "audit",
    "build_report",
    "changes_section",
    "facts",
    "facts_of",
    "headers_of",
    "missing_text",
    "raised_by",
    "sources",
    "spread_section",
    "training_line",
    "training_section",
    "verdict_section",
]
