"""What a training will hold on its device, by part, computed from the model's shape: an upper bound, not a probe."""

from __future__ import annotations

from dataclasses import dataclass

# NF4 with double quantisation: half a byte a weight, a byte a block of 64, and 4 bytes for each 256 of these.
_NF4 = 0.5 + 1 / 64 + 4 / (64 * 256)
_CONTEXT = 500_000_000
"""What CUDA and its libraries take before anything is computed."""
_LOGPROB_TOKENS, _LOGPROB_WORDS = 4096, 32768
"""The tile in which TRL's fused head computes log-probabilities (trl.kernels.chunked_logprob)."""
_LOGITS = 16
"""Bytes a full logit takes at its worst: in bf16, in float32 (Accelerate converts), as gradient, and half of them once
more for the likelihood of the chosen answer."""
CARDS = (6, 8, 10, 12, 16, 24, 32, 40, 48, 80, 96, 141)


@dataclass(frozen=True)
class Shape:
    """A decoder's sizes."""

    parameters: int
    linear: tuple[tuple[str, int, int], ...]
    """(name, in, out) of every linear layer but the output head."""
    layers: int
    hidden: int
    intermediate: int
    attention: int
    """Width of all query heads."""
    key_value: int
    """Width of all key heads."""
    vocabulary: int

    def trainable(self, rank: int, targets: str | list[str]) -> int:
        """LoRA weights on these modules: A (rank, in) and B (out, rank), so rank · (in + out) each (Hu et al. 2021)."""
        wanted = [(into, out) for name, into, out in self.linear if _is_target(name, targets)]
        return sum(rank * (into + out) for into, out in wanted)

    @property
    def linear_parameters(self) -> int:
        """Weights of all linear layers but the head: those that NF4 quantizes."""
        return sum(into * out for _, into, out in self.linear)

    @property
    def largest(self) -> int:
        """Weights of the largest linear layer; 0 where there is none."""
        return max((into * out for _, into, out in self.linear), default=0)


@dataclass(frozen=True)
class Setting:
    """What of a training's settings takes memory."""

    pairs: int
    """Of one batch, before accumulation."""
    max_length: int
    trainable: int
    on_gpu: bool
    nf4: bool
    checkpointing: bool
    full_logits: bool
    """ORPO and SimPO keep a logit for every token and word; DPO and KTO compute log-probabilities tile by tile."""
    eight_bit_optimizer: bool

    @property
    def tokens(self) -> int:
        """Of a batch of (2 · pairs, max_length): chosen and rejected answers, each behind its prompt, none shorter."""
        return 2 * self.pairs * self.max_length


def memory_by_part(shape: Shape, setting: Setting) -> dict[str, int]:
    """Bytes by part where every answer fills max_length; at the peak, logits and a recomputed layer take turns.

    Activations are those of a decoder like Llama (gate, up and down projections) under fused attention, which keeps no
    matrix of tokens × tokens.
    """
    half = 2 if setting.on_gpu else 4
    # TRL's ORPO and CPO turn what NF4 leaves unquantised, and so all that flows between layers, into float32.
    wide = 4 if setting.full_logits and setting.nf4 else half
    parts = {
        "weights": round(shape.linear_parameters * (_NF4 if setting.nf4 else half)),
        "embeddings and head": (shape.parameters - shape.linear_parameters) * wide,
        **_adapter(setting),
        "activations between layers": setting.tokens * shape.layers * shape.hidden * wide,
        "activations within layers": setting.tokens * _layer_bytes(shape, half),
        "logits": _logits(shape, setting),
    }
    if setting.checkpointing:
        parts["within a layer, or logits"] = max(parts.pop("activations within layers"), parts.pop("logits"))
    else:
        parts["activations within layers"] *= shape.layers
        # Nothing is recomputed: what flows between layers is among what each of them keeps.
        del parts["activations between layers"]
    if setting.nf4:
        parts["one layer's weights, unpacked"] = shape.largest * half
    if setting.on_gpu:
        parts["CUDA"] = _CONTEXT
    return parts


def smallest_card(total: int) -> int | None:
    """The smallest usual card, in GB as they are sold, that holds so many bytes."""
    return next((card for card in CARDS if card * 2**30 >= total), None)


def largest_batch(shape: Shape, setting: Setting, card: int) -> int | None:
    """The most pairs of one batch that fit such a card, a divisor of what is asked; None where not even one does."""
    from dataclasses import replace

    for pairs in sorted({n for n in range(1, setting.pairs + 1) if setting.pairs % n == 0}, reverse=True):
        if sum(memory_by_part(shape, replace(setting, pairs=pairs)).values()) <= card * 2**30:
            return pairs
    return None


def _adapter(setting: Setting) -> dict[str, int]:
    width = 2 if setting.full_logits and setting.nf4 and setting.on_gpu else 4
    return {
        "LoRA weights": setting.trainable * width,
        "LoRA gradients": setting.trainable * width,
        "optimizer": setting.trainable * (2 if setting.eight_bit_optimizer else 8),
    }


def _layer_bytes(shape: Shape, half: int) -> int:
    """A token's activations that one layer keeps for its backward pass, and the gradients while that runs."""
    kept = 6 * shape.hidden + 2 * (shape.attention + 2 * shape.key_value) + 4 * shape.intermediate
    gradients = 2 * shape.hidden + 2 * shape.intermediate
    # Norms keep their input in float32.
    return half * (kept + gradients) + 4 * 4 * shape.hidden


def _logits(shape: Shape, setting: Setting) -> int:
    if setting.full_logits:
        return setting.tokens * shape.vocabulary * _LOGITS
    return min(setting.tokens, _LOGPROB_TOKENS) * min(shape.vocabulary, _LOGPROB_WORDS) * 4


def _is_target(name: str, targets: str | list[str]) -> bool:
    if targets == "all-linear":
        return True
    import re

    if isinstance(targets, str):
        return re.fullmatch(targets, name) is not None
    return name.rpartition(".")[2] in targets
