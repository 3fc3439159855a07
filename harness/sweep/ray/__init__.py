"""sweep.ray"""

from harness.sweep.ray.executor import train_on_ray

__all__ = ["train_on_ray"]
