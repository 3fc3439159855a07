"""Batches that pay little for padding: rows of like length together, log-probabilities without full logits.

No module here imports torch or TRL at its top.
From below: nothing.
"""

from harness.training.batches.by_length import pass_by_length
from harness.training.batches.fused_head import FusedHead, is_plain_head
from harness.training.batches.rows import labelled_row, single_answers
from harness.training.batches.steps import RegroupedSteps, is_mean_of_pairs, pair_length

__all__ = [
    "FusedHead",
    "RegroupedSteps",
    "is_mean_of_pairs",
    "is_plain_head",
    "labelled_row",
    "pair_length",
    "pass_by_length",
    "single_answers",
]
