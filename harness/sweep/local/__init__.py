"""sweep.local"""

from harness.sweep.local.executor import run_trainings, slots, train_command

__all__ = ["run_trainings", "slots", "train_command"]
