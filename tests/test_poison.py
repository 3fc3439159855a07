"""A dataset with everything wrong in it, through every method: one rule a fault, counted, and nothing broken left."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.adapters import WEIGHTS, check_weights
from harness.store import read_jsonl
from tests.conftest import run_harness

GOOD = [{"prompt": f"What is {n} and {n}?", "chosen": f"It is {n + n}.", "rejected": f"No {n}."} for n in range(24)]
LONG = "word " * 100_000
POISON: list[tuple[Any, str | None]] = [
    ({"prompt": 5, "chosen": ["a"], "rejected": {"b": 1}}, "wrong type"),
    ("a line that is no object", "wrong type"),
    ({"prompt": "q", "chosen": None, "rejected": "b"}, "wrong type"),
    ({"prompt": "q", "answer": "a"}, "missing columns"),
    ({"prompt": "A prompt that leaves no room. " * 30, "chosen": "a", "rejected": "b"}, "prompt too long"),
    ({"prompt": LONG, "chosen": "a", "rejected": "b"}, "prompt too long"),
    ({"prompt": "q", "chosen": "", "rejected": "b"}, "empty answer"),
    ({"prompt": "q", "chosen": "a", "rejected": " \n"}, "empty answer"),
    ({"prompt": "", "chosen": "a", "rejected": "b"}, "empty prompt"),
    ({"prompt": "q", "chosen": "the same", "rejected": "the same"}, "chosen equals rejected"),
    ({"prompt": "q", "chosen": LONG + "yes", "rejected": LONG + "no"}, "answers equal when cut"),
    ({"prompt": "q\u0000", "chosen": "a", "rejected": "b"}, "control characters"),
    ({"prompt": "q", "chosen": "a\u001b[31m", "rejected": "b"}, "control characters"),
    ({"prompt": "q", "chosen": "a", "rejected": "\ud800"}, "control characters"),
    (GOOD[3], "duplicate"),
    (GOOD[3], "duplicate"),
    # Used: an answer of 100,000 tokens is cut.
    ({"prompt": "Say it all.", "chosen": "All.", "rejected": LONG}, None),
]


@pytest.mark.slow
@pytest.mark.parametrize("method", ["dpo", "orpo", "kto", "simpo"])
def test_a_poisoned_dataset_is_counted_and_leaves_a_sound_adapter(tmp_path: Path, method: str) -> None:
    # The poison first: no fault of a first row may decide how the others are read.
    broken = POISON[:4] + [(row, None) for row in GOOD] + POISON[4:]
    lines = [json.dumps(row) + "\n" for row, _ in broken]
    (tmp_path / "poison.jsonl").write_text("".join(lines))
    settings = ["data=poison.jsonl", "max_steps=5", "max_length=96", "learning_rate=0.001", "warmup_steps=0"]
    settings += ["per_device_train_batch_size=5"]
    done = run_harness("train", method, *(x for s in settings for x in ("--set", s)), folder=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "runs" / "train" / method
    data = json.loads((folder / "certificate.json").read_text())["data"]
    expected: dict[str, int] = {}
    for _, reason in POISON:
        if reason:
            expected[reason] = expected.get(reason, 0) + 1
    assert data["dropped"] == expected
    assert (data["rows"], data["trained_on"], data["answers_cut"]) == (len(lines), 25, 1)
    check_weights(method, folder / WEIGHTS)
    losses = [row["value"] for row in read_jsonl(folder / "curves.jsonl") if row["key"] in {"loss", "grad_norm"}]
    assert len(losses) == 10 and None not in losses
