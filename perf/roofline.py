"""The least time that a card needs for some work: floating-point operations and bytes, counted in the open.

A step of work takes at least its operations over the card's peak, and at least the bytes that it must read over the
card's bandwidth (Williams, Waterman and Patterson 2009, "Roofline"). Of a decoder with P weights in its linear layers
and its head, a token's forward pass is 2 P operations, a multiplication and an addition each (Kaplan et al. 2020,
arXiv 2001.08361, section 2.1). The input embedding is looked up, not multiplied, and counts for neither.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

_BF16 = 2
"""Bytes of a weight, and of a key or value."""
_NF4 = 0.516
"""Bytes of a weight in NF4 with double quantization: 4 bits, and 0.127 of its block's scale (arXiv 2305.14314)."""


@dataclass(frozen=True)
class Peak:
    """What a card can do at most, by NVIDIA's own datasheet."""

    words: str
    """All of these stand in the name that its driver says."""
    flops: float
    """Dense bfloat16 operations a second, sums in float32; of a card without bfloat16, float16."""
    bandwidth: float
    """Bytes a second from its memory."""


PEAKS = (
    Peak("B200", 2250e12, 8.0e12),
    Peak("H200", 989e12, 4.8e12),
    Peak("H100 NVL", 835e12, 3.9e12),
    Peak("H100 PCIe", 756e12, 2.0e12),
    Peak("H100", 989e12, 3.35e12),
    Peak("A100 80GB PCIe", 312e12, 1.935e12),
    Peak("A100 80GB", 312e12, 2.039e12),
    Peak("A100", 312e12, 1.555e12),
    Peak("L40S", 362e12, 0.864e12),
    Peak("L40", 181e12, 0.864e12),
    Peak("L4", 121e12, 0.3e12),
    Peak("A10G", 70e12, 0.6e12),
    Peak("A10", 125e12, 0.6e12),
    Peak("A6000", 155e12, 0.768e12),
    Peak("RTX 4090", 165e12, 1.008e12),
    Peak("RTX 3090", 71e12, 0.936e12),
    Peak("T4", 65e12, 0.32e12),
)
"""The first whose words fit is the card's: the narrower names stand before the wider."""


def peak_of(name: str) -> Peak | None:
    """The peak of the card that a driver calls so; None where it is not in the table."""
    said = set(re.split(r"[^0-9a-z]+", name.lower()))
    return next((peak for peak in PEAKS if said.issuperset(peak.words.lower().split())), None)


@dataclass(frozen=True)
class Decoder:
    """A decoder's sizes, as a Llama's or Mistral's configuration has them."""

    hidden: int
    intermediate: int
    layers: int
    heads: int
    kv_heads: int
    vocabulary: int

    @property
    def linears(self) -> tuple[tuple[int, int], ...]:
        """(inputs, outputs) of a layer's seven linear maps: q, k, v, o, gate, up, down."""
        keys = self.hidden // self.heads * self.kv_heads
        h, i = self.hidden, self.intermediate
        return ((h, h), (h, keys), (h, keys), (h, h), (h, i), (h, i), (i, h))

    @property
    def weights(self) -> int:
        """Weights of all linear layers and of the head: what a token is multiplied with."""
        layer = sum(inputs * outputs for inputs, outputs in self.linears)
        return self.layers * layer + self.vocabulary * self.hidden

    def adapter_weights(self, rank: int) -> int:
        """Weights of a LoRA adapter on all linear layers: A and B of each (Hu et al. 2021, arXiv 2106.09685)."""
        return self.layers * sum(rank * (inputs + outputs) for inputs, outputs in self.linears)

    @property
    def kv_bytes(self) -> int:
        """Bytes of keys and values that one token leaves, in bfloat16."""
        return 2 * self.layers * self.kv_heads * (self.hidden // self.heads) * _BF16


def decoder_of(sizes: Mapping[str, int]) -> Decoder:
    """From the names that Transformers' configurations have."""
    return Decoder(
        sizes["hidden_size"],
        sizes["intermediate_size"],
        sizes["num_hidden_layers"],
        sizes["num_attention_heads"],
        sizes["num_key_value_heads"],
        sizes["vocab_size"],
    )


@dataclass(frozen=True)
class Decoding:
    """So many answers of one length to prompts of one length, and by how many adapters besides the base."""

    sequences: int
    """All answers, of base and adapters together."""
    prompt: float
    """Tokens of a prompt."""
    new: int
    """Tokens of an answer."""
    adapters: int = 0
    rank: int = 0
    at_once: int = 1024
    """The most answers that an engine writes in one step."""


def decode_step(decoder: Decoder, peak: Peak, rows: int, held: float, adapters: int = 0, rank: int = 0) -> float:
    """Seconds of one step for so many rows that hold so many tokens each: weights, adapters and cache are read once."""
    lora = adapters * decoder.adapter_weights(rank)
    read = _BF16 * (decoder.weights + lora) + rows * held * decoder.kv_bytes
    attention = 4 * held * decoder.hidden * decoder.layers
    flops = rows * (2 * decoder.weights + attention)
    return max(read / peak.bandwidth, flops / peak.flops)


def decode_seconds(decoder: Decoder, peak: Peak, work: Decoding) -> float:
    """The least seconds that the answers' tokens take after the prompts were read, at their mean length."""
    rounds = ceil(work.sequences / work.at_once)
    rows = ceil(work.sequences / rounds)
    step = decode_step(decoder, peak, rows, work.prompt + work.new / 2, work.adapters, work.rank)
    return rounds * work.new * step


def prefill_seconds(decoder: Decoder, peak: Peak, lengths: Sequence[float]) -> float:
    """The least seconds in which texts of those lengths are read: they are many, so operations bound it."""
    return forward_flops(decoder, lengths) / peak.flops


def forward_flops(decoder: Decoder, lengths: Sequence[float]) -> float:
    """Operations of one forward pass over texts of those lengths."""
    return 2 * decoder.weights * sum(lengths) + attention_flops(decoder, lengths)


def attention_flops(decoder: Decoder, lengths: Sequence[float]) -> float:
    """Of causal attention: half of 2 T² d for the scores and half of as many for the values, in each layer."""
    return sum(2 * length**2 * decoder.hidden * decoder.layers for length in lengths)


@dataclass(frozen=True)
class Training:
    """How a preference training goes about a pair."""

    rank: int
    checkpointing: bool = True
    """Activations are computed a second time instead of kept: one forward pass more."""
    live_reference: bool = True
    """The reference model reads every pair too: one forward pass more. ORPO has none."""


def pair_flops(decoder: Decoder, how: Training, lengths: Sequence[float]) -> float:
    """Operations of a pair whose two texts have those lengths, where the base is frozen and an adapter is trained.

    Backwards, gradients go through the base's layers to their inputs (2 P a token) and not to its weights, which would
    be as much again; an adapter needs both, and attention has two inputs.
    """
    base, attention = 2 * decoder.weights * sum(lengths), attention_flops(decoder, lengths)
    lora = 2 * decoder.adapter_weights(how.rank) * sum(lengths)
    tuned = 1 + how.checkpointing
    return (tuned + how.live_reference + 1) * base + (tuned + how.live_reference + 2) * attention + (tuned + 2) * lora


def pairs_per_second(decoder: Decoder, peak: Peak, how: Training, lengths: Sequence[float]) -> float:
    """The most pairs of those lengths a second: a training step reads its weights seldom, so operations bound it."""
    return peak.flops / pair_flops(decoder, how, lengths)


def base_bytes(decoder: Decoder, four_bit: bool) -> float:
    """What the base takes on a card: its linear layers in NF4 or bfloat16, head and embedding in bfloat16."""
    ends = decoder.vocabulary * decoder.hidden
    return (decoder.weights - ends) * (_NF4 if four_bit else _BF16) + 2 * ends * _BF16
