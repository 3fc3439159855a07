"""Recorded experiments beside a run's own trainings: what was changed, its curves, its scores, what may be said.

From below: errors, records, words, store, comparing, charts, report, report.summary.
"""

from harness.report.experiments.section import outcomes, recorded_section
from harness.report.experiments.trained import known_settings
from harness.report.experiments.view import RecordedSection

__all__ = ["RecordedSection", "known_settings", "outcomes", "recorded_section"]
