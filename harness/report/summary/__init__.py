"""The summary report: verdict, changes, spread, answers, training, provenance.

The assignment's report takes its sections from here.
From below: records, words, store, scorers, curves, comparing, audit, charts, report, report.sweep.
"""

from harness.report.summary.answers import FLAGS, facts_of, marked, missing_text, raised_by
from harness.report.summary.build import build_report
from harness.report.summary.courses import HIGH, Course, Keyed, by_variant, high_steps
from harness.report.summary.provenance import audit, sources
from harness.report.summary.spread import spread_section
from harness.report.summary.training import training_section
from harness.report.summary.verdict import cards, shortfall_sentence, verdict_section
from harness.report.summary.view import VariantCard, WandbPanel

__all__ = [
    "FLAGS",
    "HIGH",
    "Course",
    "Keyed",
    "VariantCard",
    "WandbPanel",
    "audit",
    "build_report",
    "by_variant",
    "cards",
    "facts_of",
    "high_steps",
    "marked",
    "missing_text",
    "raised_by",
    "shortfall_sentence",
    "sources",
    "spread_section",
    "training_section",
    "verdict_section",
]
