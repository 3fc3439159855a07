"""The assignment's report: theory, answers, curves, LoRA, experiments, appendix, and the files to hand in.

The only room that sets formulas.
From below: errors, json_yaml, records, resources, config, words, machine, store, data.recordings, data, comparing,
charts, report, report.sweep, report.summary, report.experiments, report.lessons.
"""

from harness.report.assignment.build import build_assignment

__all__ = ["build_assignment"]
