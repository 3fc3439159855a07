"""Batches that pay little for padding: rows of like length together, log-probabilities without full logits.

No module here imports torch or TRL at its top.
From below: nothing.
"""

from harness.training.batches.by_length import pass_cost, run_by_length
from harness.training.batches.fused_head import FusedHead, is_plain_head
from harness.training.batches.steps import RegroupedSteps, pair_length

__all__ = ["FusedHead", "RegroupedSteps", "is_plain_head", "pair_length", "pass_cost", "run_by_length"]
