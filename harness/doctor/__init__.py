"""What this machine has and lacks: packages, cards, what fits on them; and, on asking, whether they really work.

looking and trial are programs of their own (python -m harness.doctor.trial): CUDA is begun in them alone.
From below: errors, foreign_errors, records, config, machine, models, generators, curves, training.memory.
"""

from harness.doctor.deep import tried
from harness.doctor.findings import findings

__all__ = ["findings", "tried"]
