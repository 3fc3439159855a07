"""TRL's and PEFT's arguments before a training: their names, types and values, and those that would do nothing here.

Tables and arithmetic; neither TRL nor PEFT is imported.
From below: errors.
"""

from harness.training.settings.arguments import Arguments, split
from harness.training.settings.beginnings import check_beginning, check_held_out, moves_base, moves_reference
from harness.training.settings.first_loss import first_loss

__all__ = [
    "Arguments",
    "check_beginning",
    "check_held_out",
    "first_loss",
    "moves_base",
    "moves_reference",
    "split",
]
