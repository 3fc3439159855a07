"""sweep.slurm"""

__all__ = []
