"""How large everything is that a visit does: on a card, and in small on a processor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from perf.gpu_base import MISTRAL_7B, Shape


@dataclass(frozen=True)
class Scale:
    """The sizes of one visit."""

    shape: Shape
    """The base of random weights."""
    limit: int
    """Questions to the embedded model."""
    precisions: tuple[str, ...]
    variants: tuple[str, ...]
    """Whom lm-eval's own command is given."""
    adapters: int
    rank: int
    questions: int
    """To the base of random weights and its adapters."""
    new_tokens: int
    choices: int
    """Documents of the task of choices."""
    methods: tuple[str, ...]
    """Trainings beside plain TRL; skewed is DPO on pairs of skewed lengths."""
    steps: int
    """Of a training of the embedded model."""


FULL = Scale(
    shape=replace(MISTRAL_7B, steps=5, changes={"gradient_accumulation_steps": 2}),
    limit=120,
    precisions=("float32", "bfloat16"),
    variants=("base", "dpo", "orpo"),
    adapters=4,
    rank=16,
    questions=200,
    new_tokens=256,
    choices=100,
    methods=("dpo", "orpo", "skewed"),
    steps=24,
)
_SMALL_CHANGES: Mapping[str, Any] = {
    "learning_rate": 1e-3,
    "per_device_train_batch_size": 2,
    "gradient_accumulation_steps": 1,
}
_SMALL_SIZES = {
    "vocab_size": 768,
    "hidden_size": 128,
    "intermediate_size": 384,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 1024,
}
SMALL = Scale(
    shape=Shape("2 layers", _SMALL_SIZES, tokens=40, steps=3, weight_bytes=1_180_928, changes=_SMALL_CHANGES),
    limit=8,
    precisions=("float32",),
    variants=("dpo",),
    adapters=2,
    rank=8,
    questions=6,
    new_tokens=12,
    choices=4,
    methods=("dpo",),
    steps=4,
)
SCALES = {"full": FULL, "small": SMALL}
