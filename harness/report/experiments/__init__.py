"""Recorded experiments beside a run's own trainings: what was changed, its curves, its scores, what may be said.

From below: errors, records, words, store, comparing, charts, report, report.summary.
"""

from harness.report.experiments.section import recorded_section
from harness.report.experiments.view import RecordedSection

__all__ = ["RecordedSection", "recorded_section"]
