"""A sweep's trainings as jobs of a Slurm queue.

submitit is imported where it is used.
From below: errors, foreign_errors, machine, store, training, sweep, sweep.local.
"""

from harness.sweep.slurm.executor import train_on_slurm

__all__ = ["train_on_slurm"]
