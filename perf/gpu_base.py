"""What the GPU benchmark trains: a base of Mistral-7B's shape with random weights, and pairs as long as real ones."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.config import load_config
from harness.pocket import pairs_path, pocket_path
from perf.measure import ROOT, run

CONFIGURATION = ROOT / "harness" / "configurations" / "assignment-mistral.yaml"
_SCRIPT = Path(__file__).with_name("random_base.py")
# The tokenizer is the embedded model's, and so are the numbers of its special tokens.
_SPECIAL = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}


@dataclass(frozen=True)
class Shape:
    """A base, the length of what it is trained on, and for how long."""

    name: str
    model: Mapping[str, int]
    """MistralConfig's sizes."""
    tokens: int
    """The fewest of an answer."""
    steps: int
    weight_bytes: int
    """On the disk."""
    shard_bytes: int = 4 * 2**30
    """The most in one file, and in memory while it is made."""
    changes: Mapping[str, Any] = field(default_factory=dict)
    """How it differs from the assignment's settings."""


MISTRAL_7B = Shape(
    "7B",
    {
        "vocab_size": 32768,
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "max_position_embeddings": 32768,
    },
    tokens=400,
    steps=6,
    weight_bytes=14_496_047_104,
)


def pairs_per_step(shape: Shape) -> int:
    """What an optimizer's step is shown: the assignment's batch, or the shape's own."""
    arguments = {**load_config(CONFIGURATION).train.arguments, **shape.changes}
    return int(arguments["per_device_train_batch_size"]) * int(arguments["gradient_accumulation_steps"])


def make_base(shape: Shape, pairs: int, folder: Path, environment: Mapping[str, str], log: Path | None = None) -> None:
    """Writes made/model, made/skewed.jsonl and made/pairs.jsonl, in this order, into a new folder, from a seed."""
    folder.mkdir(parents=True)
    sizes = folder / "sizes.json"
    sizes.write_text(json.dumps({**shape.model, **_SPECIAL, "tie_word_embeddings": False}), encoding="utf-8")
    what = ["--config", sizes, "--tokenizer", pocket_path(), "--answers", pairs_path()]
    much = ["--pairs", pairs, "--tokens", shape.tokens, "--shard", shape.shard_bytes]
    command = [sys.executable, _SCRIPT, *what, *much, "--output", folder / "made"]
    run(command, folder, log or folder / "base.log", environment)
