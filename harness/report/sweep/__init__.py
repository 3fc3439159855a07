"""A sweep's section of a report: ranking, sensitivity, findings, trainings.

It shows what sweep.json holds and trains nothing.
From below: words, store, scorers, comparing, comparing.seeds, charts, report.
"""

from harness.report.sweep.section import narrowed, narrowing, sweep_section
from harness.report.sweep.terms import value_text, values_text
from harness.report.sweep.view import SweepSection

__all__ = ["SweepSection", "narrowed", "narrowing", "sweep_section", "value_text", "values_text"]
