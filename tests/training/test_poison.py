"""A dataset with everything wrong in it, through every method: one rule a fault, counted, and nothing broken left."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.data import load_template
from harness.models import check_weights, find_base, load_tokenizer, prompt_ids
from harness.store import WEIGHTS, read_jsonl
from tests.conftest import run_harness

GOOD = [{"prompt": f"What is {n} and {n}?", "chosen": f"It is {n + n}.", "rejected": f"No {n}."} for n in range(24)]
LONG = "word " * 100_000
ASKED, ANSWER = {"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}


def filling(lengths: range) -> dict[int, str]:
    """Prompts that take exactly so many tokens, with all that is put around them."""
    tokenizer, template = load_tokenizer(find_base("pocket")), load_template("alpaca")
    texts = ["x " * words + "y" * letters for words in range(60) for letters in range(3)]
    found = {len(prompt_ids(tokenizer, template.render(text, ""))): text for text in texts}
    return {length: found[length] for length in lengths}


FILLING = filling(range(94, 97))
POISON: list[tuple[Any, str | None]] = [
    ({"prompt": 5, "chosen": ["a"], "rejected": {"b": 1}}, "wrong type"),
    ("a line that is no object", "wrong type"),
    ({"prompt": "q", "chosen": None, "rejected": "b"}, "wrong type"),
    ({"prompt": "q", "answer": "a"}, "missing columns"),
    ({"prompt": "A prompt that leaves no room. " * 30, "chosen": "a", "rejected": "b"}, "prompt too long"),
    ({"prompt": LONG, "chosen": "a", "rejected": "b"}, "prompt too long"),
    ({"prompt": FILLING[96], "chosen": "a", "rejected": "b"}, "prompt too long"),
    ({"prompt": FILLING[95], "chosen": "a", "rejected": "b"}, "prompt too long"),
    ({"prompt": "q", "chosen": "", "rejected": "b"}, "empty answer"),
    ({"prompt": "q", "chosen": "a", "rejected": " \n"}, "empty answer"),
    ({"prompt": "q", "chosen": "\u3000\u200b", "rejected": "b"}, "empty answer"),
    ({"prompt": "", "chosen": "a", "rejected": "b"}, "empty prompt"),
    ({"chosen": [ASKED, ANSWER], "rejected": [{**ASKED, "content": "other"}, ANSWER]}, "prompts differ"),
    ({"prompt": [ASKED, ANSWER, ASKED], "chosen": "a", "rejected": "b"}, "several turns"),
    ({"prompt": [ANSWER], "chosen": "a", "rejected": "b"}, "wrong type"),
    ({"prompt": "q", "chosen": "the same", "rejected": "the same"}, "chosen equals rejected"),
    ({"prompt": "q", "chosen": LONG + "yes", "rejected": LONG + "no"}, "answers equal when cut"),
    ({"prompt": "q\u0000", "chosen": "a", "rejected": "b"}, "control characters"),
    ({"prompt": "q", "chosen": "a\u001b[31m", "rejected": "b"}, "control characters"),
    ({"prompt": "q", "chosen": "a", "rejected": "\ud800"}, "control characters"),
    (GOOD[3], "duplicate"),
    (GOOD[3], "duplicate"),
    # Used: an answer of 100,000 tokens is cut, and so are those to the longest prompt that leaves any room.
    ({"prompt": "Say it all.", "chosen": "All.", "rejected": LONG}, None),
    ({"prompt": FILLING[94], "chosen": "Yes indeed.", "rejected": "Not at all."}, None),
    ({"prompt": [ASKED], "chosen": [ANSWER], "rejected": "b"}, None),
]


@pytest.mark.slow
@pytest.mark.parametrize("method", ["dpo", "orpo", "kto", "simpo"])
def test_a_poisoned_dataset_is_counted_and_leaves_a_sound_adapter(tmp_path: Path, method: str) -> None:
    # The poison first: no fault of a first row may decide how the others are read.
    broken = POISON[:4] + [(row, None) for row in GOOD] + POISON[4:]
    lines = [json.dumps(row) + "\n" for row, _ in broken]
    (tmp_path / "poison.jsonl").write_text("".join(lines))
    settings = ["data=poison.jsonl", "num_train_epochs=1", "max_length=96", "learning_rate=0.001", "warmup_steps=0"]
    settings += ["per_device_train_batch_size=5"]
    done = run_harness("train", method, *(x for s in settings for x in ("--set", s)), folder=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "runs" / "train" / method
    certificate = json.loads((folder / "certificate.json").read_text())
    data = certificate["data"]
    expected: dict[str, int] = {}
    for _, reason in POISON:
        if reason:
            expected[reason] = expected.get(reason, 0) + 1
    assert data["dropped"] == expected
    assert (data["rows"], data["trained_on"], data["answers_cut"]) == (len(lines), 27, 3)
    check_weights(method, folder / WEIGHTS)
    losses = [row["value"] for row in read_jsonl(folder / "curves.jsonl") if row["key"] in {"loss", "grad_norm"}]
    assert len(losses) == 2 * certificate["steps"] and None not in losses
    # Every row was trained on: 27 pairs in batches of 5, of which KTO makes two rows each.
    assert certificate["steps"] == (11 if method == "kto" else 6)
