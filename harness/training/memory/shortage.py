"""What a training that ran out of memory may be given, so that it takes less."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def less_memory(method: str, arguments: Mapping[str, Any], quantized: bool, on_gpu: bool, step: int | None) -> str:
    """Which settings take less, with their numbers, and how one goes on; `step` is the last whole checkpoint's."""
    ways = [*_smaller_parts(method, arguments), *_others(arguments, quantized, on_gpu)]
    advice = f"{_capital('; or '.join(ways))}."
    if step is None:
        return advice
    return (
        f"{advice} Other settings are another training, so add --fresh or another --name; the same command goes on "
        f"from step {step}, where something else held the memory."
    )


def _smaller_parts(method: str, arguments: Mapping[str, Any]) -> list[str]:
    """The same steps in smaller batches. KTO compares the rows of a batch, so it keeps two of them."""
    batch = int(arguments.get("per_device_train_batch_size", 8))
    least = 2 if method == "kto" else 1
    part = next((size for size in range(batch // 2, least - 1, -1) if batch % size == 0), None)
    if part is None:
        return []
    steps = int(arguments.get("gradient_accumulation_steps", 1)) * batch // part
    return [
        f"the same batch in smaller parts: --set per_device_train_batch_size={part} "
        f"--set gradient_accumulation_steps={steps}"
    ]


def _others(arguments: Mapping[str, Any], quantized: bool, on_gpu: bool) -> list[str]:
    length = int(arguments["max_length"])
    ways = [f"shorter texts: --set max_length={length // 2} (now {length})"]
    # On a GPU it is on where nobody says otherwise.
    if not arguments.get("gradient_checkpointing", on_gpu):
        ways.append("activations computed twice: --set gradient_checkpointing=true")
    if not quantized:
        ways.append("a 4-bit base: --set quantization=nf4")
    return ways


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
