"""Who trains: one process or several that a launcher has started, and the lock of a training's folder.

From below: errors, foreign_errors, machine.
"""

from harness.training.processes.launch import launch_training
from harness.training.processes.lock import held, training_lock
from harness.training.processes.together import (
    Processes,
    check_count,
    is_main,
    join_processes,
    leave_processes,
    share_accumulation,
    speaks,
    started_count,
    tell_launcher,
)

__all__ = [
    "Processes",
    "check_count",
    "held",
    "is_main",
    "join_processes",
    "launch_training",
    "leave_processes",
    "share_accumulation",
    "speaks",
    "started_count",
    "tell_launcher",
    "training_lock",
]
