"""report.assignment"""

from harness.report.assignment.build import build_assignment

__all__ = ["build_assignment"]
