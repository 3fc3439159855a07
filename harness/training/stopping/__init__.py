"""How a training is asked to end, and what it keeps then: the state of its last finished step, in a checkpoint.

From below: store.
"""

from harness.training.stopping.kept import clear, evaluates_first
from harness.training.stopping.signals import Stop
from harness.training.stopping.stoppable import Stoppable

__all__ = ["Stop", "Stoppable", "clear", "evaluates_first"]
