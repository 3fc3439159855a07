"""A grid of trainings: plan, ledger, status, results; where they run is the executor's matter.

Executors are sub-rooms, reached by a table of names.
From below: errors, out_of_memory, json_yaml, records, resources, config, words, machine, store, scorers,
data.preferences, data.suites, training, asking, comparing, comparing.seeds, evaluate.
"""

from harness.sweep.confirm import confirm
from harness.sweep.executors import Places, choose_places
from harness.sweep.ledger import Ledger, Show, last_line, log_path, see_through
from harness.sweep.plan import Job, Settings, Sweep, Sweeping, plan_sweep
from harness.sweep.results import ranking_table
from harness.sweep.status import status_table
from harness.sweep.sweep import sweep

__all__ = [
    "Job",
    "Ledger",
    "Places",
    "Settings",
    "Show",
    "Sweep",
    "Sweeping",
    "choose_places",
    "confirm",
    "last_line",
    "log_path",
    "plan_sweep",
    "ranking_table",
    "see_through",
    "status_table",
    "sweep",
]
