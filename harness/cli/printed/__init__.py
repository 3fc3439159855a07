"""What commands print: the table of a comparison, of suites, runs, preference data and judges.

From below: errors, records, words, store, scorers, data.preferences, data.suites, data, asking, comparing, judging,
judges.
"""

from harness.cli.printed.data_view import converted, data_view
from harness.cli.printed.tables import comparison_table, recorded_note, runs_table, tasks_table
from harness.cli.printed.verdicts import checked_table, judged_table

__all__ = [
    "checked_table",
    "comparison_table",
    "converted",
    "data_view",
    "judged_table",
    "recorded_note",
    "runs_table",
    "tasks_table",
]
