"""What a decoding step and a training step of a model take: python busy_steps.py --base FOLDER --output FILE.

Twelve rows of forty tokens are gone on with; four rows of 96 tokens go forward and backward through a LoRA.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

_DECODED = 8
_TRAINED = 2


def main() -> None:
    """Writes {"decode": seconds, "train": seconds} of one step each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--base", required=True)
    parser.add_argument("--output", required=True, type=Path)
    arguments = parser.parse_args()
    model = AutoModelForCausalLM.from_pretrained(arguments.base, dtype=torch.float32)
    prompts = torch.randint(100, 400, (12, 40))

    def decode(tokens: int = _DECODED) -> None:
        with torch.inference_mode():
            model.generate(
                prompts, attention_mask=torch.ones_like(prompts), do_sample=False, pad_token_id=0,
                min_new_tokens=tokens, max_new_tokens=tokens,
            )  # fmt: skip

    decode(1)
    found = {"decode": _seconds(decode) / _DECODED}
    tuned = get_peft_model(model, LoraConfig(r=16, target_modules="all-linear")).train()
    texts = torch.randint(100, 400, (4, 96))

    def train() -> None:
        tuned(input_ids=texts, labels=texts).loss.backward()

    train()
    found["train"] = median(_seconds(train) for _ in range(_TRAINED))
    arguments.output.write_text(json.dumps(found), encoding="utf-8")


def _seconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
