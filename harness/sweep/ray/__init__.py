"""sweep.ray"""

__all__ = []
