"""The assignment's report: theory, answers, curves, LoRA, experiments, appendix, and the files to hand in.

The only room that sets formulas.
"""

from harness.report.assignment.build import build_assignment

__all__ = ["build_assignment"]
