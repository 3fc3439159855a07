"""A sweep's trainings on this machine, so many at a time.

It forks processes that have imported what a training needs.
From below: machine, training, sweep.
"""

from harness.sweep.local.executor import train_command, train_local

__all__ = ["train_command", "train_local"]
