"""What a card has room for: a model of seven billion weights with adapters, and its training.

The model is Mistral-7B's: 32 layers of seven linear weights each, 8 heads of 128 for keys and values, two tables.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.training.memory import nf4_bytes

_LAYERS, _WIDTH, _INNER, _KEYS, _WORDS = 32, 4096, 14336, 1024, 32768
_LINEAR = (
    (_WIDTH, _WIDTH), (_KEYS, _WIDTH), (_KEYS, _WIDTH), (_WIDTH, _WIDTH),
    (_INNER, _WIDTH), (_INNER, _WIDTH), (_WIDTH, _INNER),
)  # fmt: skip
_RANK = 16
ANSWERS, TOKENS = 32, 1024
"""At a time, prompt included: the batch that a configuration asks with where it says nothing."""
_SHARE = 0.85
"""Of what is free: the rest is for activations, graphs and what else runs there, as under vLLM."""
_CUDA = 500_000_000
_MOST = 64
"""Adapters up to which they are counted."""
_OTHERS = (2 * _WORDS * _WIDTH + (2 * _LAYERS + 1) * _WIDTH) * 2
ADAPTER = 2 * _RANK * _LAYERS * sum(map(sum, _LINEAR))
"""Bytes of one of rank 16 on all linear weights, in 16 bits."""
CACHE = ANSWERS * TOKENS * 2 * _LAYERS * _KEYS * 2
"""Bytes of keys and values."""
WEIGHTS = {
    "16 bits": _OTHERS + 2 * _LAYERS * sum(rows * columns for rows, columns in _LINEAR),
    "NF4": _OTHERS + _LAYERS * sum(map(nf4_bytes, _LINEAR)),
}
"""Bytes of the base by how it is stored."""
TRAINING = {512: 5.83e9, 1024: 6.47e9, 2048: 7.77e9, 4096: 10.39e9, 8192: 15.73e9}
"""Bytes by max_length: what `harness train dpo --dry-run` says of it in NF4 with rank 16, a pair at a time."""


def adapters_beside(free: int, weights: int) -> int | None:
    """How many adapters fit beside the base and its keys and values; None where the base does not."""
    left = int(free * _SHARE) - weights - CACHE - _CUDA
    return left // ADAPTER if left >= 0 else None


def longest_trained(free: int) -> int | None:
    """The longest answers, prompt included, on which it trains there; None for none."""
    return max((length for length, needed in TRAINING.items() if needed <= free), default=None)


def told(free: int, half: str) -> Iterator[str]:
    """What fits so many free bytes, and what does not; `half` is how the card calls 16 bits."""
    for stored, weights in WEIGHTS.items():
        name = f"7B in {half if stored == '16 bits' else stored}"
        count = adapters_beside(free, weights)
        if count is None:
            yield f"no {name}"
        else:
            many = f"{_MOST} adapters and more" if count >= _MOST else f"{count} adapter{'' if count == 1 else 's'}"
            yield f"{name} with {many}"
    length = longest_trained(free)
    yield f"DPO of 7B in NF4 at {length:,} tokens an answer" if length else "no DPO of 7B"
