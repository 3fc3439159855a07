"""A sweep's trainings on a Ray cluster.

ray is imported where it is used.
From below: errors, foreign_errors, resources, machine, store, models, training, sweep, sweep.local.
"""

from harness.sweep.ray.executor import train_on_ray

__all__ = ["train_on_ray"]
