"""What a training will hold on its device, by part: an upper bound, computed and not probed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.training.memory.shape import Shape, numbers

if TYPE_CHECKING:
    from harness.training.memory.step import TracedStep

_CONTEXT = 500_000_000
"""What CUDA and its libraries take before anything is computed."""
_LOGPROB_TOKENS, _LOGPROB_WORDS = 4096, 32768
"""The tile in which TRL's fused head computes log-probabilities (trl.kernels.chunked_logprob)."""
_COPIES = 8
"""Tensors of the tile's size that PyTorch has at once where it computes them (its _backward_tile)."""
_LOGITS, _WIDE_LOGITS = 16, 20
"""Bytes a full logit takes at its worst: in bf16, in float32 (Accelerate converts), as gradient, and half of them once
more for the likelihood of the chosen answer; and where all are in float32."""
_SMALL = 4096
"""Numbers of a tensor up to which bitsandbytes keeps an optimizer's state in 32 bits."""
CARDS = (6, 8, 10, 12, 16, 24, 32, 40, 48, 80, 96, 141)
"""Usual cards, in GB as they are sold."""


@dataclass(frozen=True)
class Setting:
    """What of a training's settings takes memory."""

    pairs: int
    """Of one batch, before accumulation."""
    max_length: int
    on_gpu: bool
    nf4: bool
    checkpointing: bool
    full_logits: bool
    """Whether a logit is kept for every token and word; else log-probabilities are computed tile by tile."""
    eight_bit_optimizer: bool
    wide: bool = False
    """Whether what NF4 leaves, and so all that flows between layers, is in float32, as TRL's ORPO and CPO have it."""

    @property
    def rows(self) -> int:
        """Of a batch of pairs: chosen and rejected answers, each behind its prompt."""
        return 2 * self.pairs


def memory_by_part(shape: Shape, setting: Setting, step: TracedStep | None) -> dict[str, int]:
    """Bytes by part where every answer fills max_length; without a step, nothing is said of activations.

    Activations are those of the model's own forward and backward pass over such a batch (see step.py): what waits at
    the end of the forward pass, and what the backward pass holds above it, which takes turns with the logits.
    """
    half = 2 if setting.on_gpu else 4
    packed = sum(map(numbers, shape.packed.values()))
    parts = {"weights": sum(map(nf4_bytes, shape.packed.values()))} if packed else {}
    parts["weights that NF4 leaves" if packed else "weights"] = (shape.parameters - packed) * (
        4 if setting.wide else half
    )
    parts |= _adapter(shape, setting)
    logits = _logits(shape, setting, step)
    if step is None:
        parts["logits"] = logits
    elif setting.checkpointing:
        parts["activations between layers"] = step.kept
        parts["within a layer, or logits"] = max(step.above, logits)
    else:
        parts["activations"] = step.kept
        parts["their gradients, or logits"] = max(step.above, logits)
    if packed:
        parts["one layer's weights, unpacked"] = max(map(numbers, shape.packed.values())) * half
    if setting.on_gpu:
        parts["CUDA"] = _CONTEXT
    return parts


def smallest_card(total: int) -> int | None:
    """The smallest usual card, in GB as they are sold, that holds so many bytes."""
    return next((card for card in CARDS if card * 2**30 >= total), None)


def largest_batch(
    shape: Shape, setting: Setting, room: int, step_of: Callable[[Setting], TracedStep | None]
) -> int | None:
    """The most pairs of one batch that fit so many bytes, a divisor of what is asked; None where not even one does."""
    for pairs in sorted({n for n in range(1, setting.pairs + 1) if setting.pairs % n == 0}, reverse=True):
        smaller = replace(setting, pairs=pairs)
        if sum(memory_by_part(shape, smaller, step_of(smaller)).values()) <= room:
            return pairs
    return None


def nf4_bytes(size: tuple[int, ...]) -> int:
    """Of a weight in NF4 with double quantization: half a byte a number, a byte a block of 64, 4 bytes for 256 blocks.

    Its two code books, of 16 and 256 numbers, and an offset come with each (bitsandbytes' QuantState).
    """
    count = numbers(size)
    blocks = math.ceil(count / 64)
    return math.ceil(count / 2) + blocks + 4 * math.ceil(blocks / 256) + 4 * (16 + 256 + 1)


def _adapter(shape: Shape, setting: Setting) -> Mapping[str, int]:
    width = 2 if setting.wide and setting.on_gpu else 4
    return {
        "LoRA weights": shape.trainable * width,
        "LoRA gradients": shape.trainable * width,
        "optimizer": sum(_state(numbers(size), setting.eight_bit_optimizer) for size in shape.trained),
    }


def _state(count: int, eight_bit: bool) -> int:
    """Adam's two numbers for each weight: in float32, or in 8 bits with a float32 for each block of 256."""
    if eight_bit and count >= _SMALL:
        return 2 * (count + 4 * math.ceil(count / 256))
    return 8 * count


def _logits(shape: Shape, setting: Setting, step: TracedStep | None) -> int:
    tokens, (words, width) = setting.rows * setting.max_length, shape.head
    if setting.full_logits:
        each = _LOGITS if setting.on_gpu else _WIDE_LOGITS
        return tokens * words * each + (step.behind_head if step else 0)
    tile = min(tokens, _LOGPROB_TOKENS)
    # Whatever the vocabulary, the tile has this many words; without Triton its part in use is copied as it is computed.
    copies = 0 if setting.on_gpu else _COPIES * tile * min(words, _LOGPROB_WORDS)
    return 4 * (tile * _LOGPROB_WORDS + copies + tokens * width)
