"""sweep.local"""

from harness.sweep.local.executor import train_command, train_local

__all__ = ["train_command", "train_local"]
