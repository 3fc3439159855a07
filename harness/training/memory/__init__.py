"""What a training will take, from the model's own modules and code, without its weights.

step imports torch at its top and does not go through this door.
From below: errors, foreign_errors, models, training.batches.
"""

from harness.training.memory.estimate import Setting, largest_batch, memory_by_part, nf4_bytes, smallest_card
from harness.training.memory.shape import Shape, experts_without, refuse_unadaptable, shape_of
from harness.training.memory.shortage import less_memory
from harness.training.memory.trial import step_of

__all__ = [
    "Setting",
    "Shape",
    "experts_without",
    "largest_batch",
    "less_memory",
    "memory_by_part",
    "nf4_bytes",
    "refuse_unadaptable",
    "shape_of",
    "smallest_card",
    "step_of",
]
