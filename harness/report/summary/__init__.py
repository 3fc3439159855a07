"""The summary report: verdict, changes, spread, answers, training, provenance.

The assignment's report takes its sections from here.
From below: records, words, store, scorers, curves, comparing, audit, charts, report, report.sweep.
"""

from harness.report.summary.answers import (
    PAPER_CHARACTERS,
    exchanges,
    furthest,
    reading,
    thoughts_note,
    worded_note,
)
from harness.report.summary.build import build_report
from harness.report.summary.changes import changes_section
from harness.report.summary.courses import HIGH, Course, Keyed, by_variant, high_steps
from harness.report.summary.provenance import audit, sources
from harness.report.summary.spread import parts_of_references, spread_section
from harness.report.summary.training import course_figures, training_section
from harness.report.summary.verdict import cards, shortfall_sentence, verdict_section
from harness.report.summary.view import Answer, Exchange, ForestPanel, VariantCard, WandbPanel

__all__ = [
    "HIGH",
    "PAPER_CHARACTERS",
    "Answer",
    "Course",
    "Exchange",
    "ForestPanel",
    "Keyed",
    "VariantCard",
    "WandbPanel",
    "audit",
    "build_report",
    "by_variant",
    "cards",
    "changes_section",
    "course_figures",
    "exchanges",
    "furthest",
    "high_steps",
    "parts_of_references",
    "reading",
    "shortfall_sentence",
    "sources",
    "spread_section",
    "thoughts_note",
    "training_section",
    "verdict_section",
    "worded_note",
]
