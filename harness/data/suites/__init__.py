"""Question suites, in whatever file they are: found, read, checked whole; a new one written.

How a suite is asked stands in suite.yaml, what a right answer is in each question.
From below: errors, foreign_errors, json_yaml, records, resources, on_disk, scorers.matching, scorers.
"""

from harness.data.suites.new import write_suite
from harness.data.suites.places import list_suites, suite_name, task_folders
from harness.data.suites.sampling import sample
from harness.data.suites.suite import Suite, load_suite

__all__ = [
    "Suite",
    "list_suites",
    "load_suite",
    "sample",
    "suite_name",
    "task_folders",
    "write_suite",
]
