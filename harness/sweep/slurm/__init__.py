"""sweep.slurm"""

from harness.sweep.slurm.executor import train_on_slurm

__all__ = ["train_on_slurm"]
