"""Values that TRL, Transformers and PEFT would refuse late, or with an exception of their own: words and ranges."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

_DPO_LOSSES = (
    "sigmoid", "hinge", "ipo", "exo_pair", "nca_pair", "robust", "bco_pair", "sppo_hard", "aot", "aot_unpaired",
    "apo_zero", "apo_down", "discopop", "sft", "sigmoid_norm",
)  # fmt: skip
LOSSES: dict[str, tuple[str, ...]] = {
    "dpo": _DPO_LOSSES,
    "kto": ("kto", "apo_zero_unpaired"),
    "simpo": ("sigmoid", "hinge", "ipo", "simpo"),
}
"""By method, as TRL's trainers know them; ORPO has one loss."""
_DIVERGENCES = ("reverse_kl", "forward_kl", "js_divergence", "alpha_divergence")
_WORDS: dict[str, tuple[str, ...]] = {
    "bias": ("none", "all", "lora_only"),
    "eval_strategy": ("no", "steps", "epoch"),
    "logging_strategy": ("no", "steps", "epoch"),
    "f_divergence_type": _DIVERGENCES,
}
_TABLES = (
    "rank_pattern", "alpha_pattern", "lr_scheduler_kwargs", "gradient_checkpointing_kwargs", "liger_kernel_config",
)  # fmt: skip
_LISTS = ("modules_to_save", "target_parameters", "alora_invocation_tokens", "loss_weights")
_Range = tuple[float, float, bool, bool]
"""(least, most, whether the least is allowed, whether the most is)."""
_ASSIGNMENTS = re.compile(r"\s*\w+\s*=[^=,]+(,\s*\w+\s*=[^=,]+)*\s*")
_POSITIVE: _Range = (0.0, math.inf, False, False)
_NOT_NEGATIVE: _Range = (0.0, math.inf, True, False)
_FROM_ONE: _Range = (1.0, math.inf, True, False)
_SHARE: _Range = (0.0, 1.0, True, False)
_RANGES: dict[str, _Range] = {
    "r": _FROM_ONE,
    "lora_alpha": _POSITIVE,
    "lora_dropout": _SHARE,
    "per_device_train_batch_size": _FROM_ONE,
    "per_device_eval_batch_size": _FROM_ONE,
    "gradient_accumulation_steps": _FROM_ONE,
    "eval_accumulation_steps": _FROM_ONE,
    "precompute_ref_batch_size": _FROM_ONE,
    "max_length": _FROM_ONE,
    "learning_rate": _NOT_NEGATIVE,
    "num_train_epochs": _POSITIVE,
    "warmup_steps": _NOT_NEGATIVE,
    "weight_decay": _NOT_NEGATIVE,
    "max_grad_norm": _NOT_NEGATIVE,
    "adam_beta1": _SHARE,
    "adam_beta2": _SHARE,
    "adam_epsilon": _POSITIVE,
    "beta": _NOT_NEGATIVE,
    "label_smoothing": _SHARE,
    "logging_steps": _POSITIVE,
    "save_steps": _POSITIVE,
    "eval_steps": _POSITIVE,
    "save_total_limit": _FROM_ONE,
    "seed": _NOT_NEGATIVE,
    "data_seed": _NOT_NEGATIVE,
    "neftune_noise_alpha": _NOT_NEGATIVE,
    "desirable_weight": _NOT_NEGATIVE,
    "undesirable_weight": _NOT_NEGATIVE,
}
# Where beta is 0, DPO's and KTO's losses say nothing of the answers, and IPO's and SPPO's divide by it.
_BETA_COUNTS = ("dpo", "kto", "simpo")


def unknown_word(name: str, value: str, known: Collection[str]) -> Iterator[str]:
    """The sentence for a value that is none of those known, with the nearest one; nothing for one that is."""
    if value not in known:
        near = get_close_matches(value, known, n=1)
        meant = f"did you mean {near[0]}? " if near else ""
        yield f"{name}={value} is unknown: {meant}known are {', '.join(known)}"


def value_faults(method: str, arguments: Mapping[str, Any], words: Mapping[str, Collection[str]]) -> Iterator[str]:
    """One sentence for each value that is none of the known words (`words`: TRL's), or lies outside of its range."""
    known = {**_WORDS, **words}
    for name, value in arguments.items():
        if name in known:
            yield from unknown_word(name, str(value), known[name])
        elif name == "loss_type" and method in LOSSES:
            for loss in value if isinstance(value, list | tuple) else [value]:
                yield from unknown_word(name, str(loss), LOSSES[method])
        elif name in _TABLES and not isinstance(value, Mapping | None):
            yield f"{name} takes names and values, as in --set '{name}={{a: 1}}', and not {value!r}"
        elif name in _LISTS and not isinstance(value, list | tuple | None):
            yield f"{name} takes a list, as in --set '{name}=[{value}]', and not {value!r}"
        elif name == "target_modules" and (value == [] or not isinstance(value, list | tuple | str | None)):
            yield f"target_modules takes all-linear, a list of names or a pattern, and not {value!r}"
        elif name == "optim_args" and value is not None and not _ASSIGNMENTS.fullmatch(str(value)):
            yield f"optim_args takes name=value,name=value, and not {value!r}"
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield from _outside(name, value, _range(method, name))
    steps = arguments.get("max_steps", -1)
    if steps == 0 or steps < -1:
        yield f"max_steps={steps} trains nothing: give 1 or more, or leave it out for whole epochs"
    yield from _unequal_weights(arguments)


def _range(method: str, name: str) -> _Range | None:
    return _POSITIVE if name == "beta" and method in _BETA_COUNTS else _RANGES.get(name)


def _outside(name: str, value: float, wanted: _Range | None) -> Iterator[str]:
    if wanted is None:
        return
    least, most, with_least, with_most = wanted
    above = value >= least if with_least else value > least
    below = value <= most if with_most else value < most
    if not (above and below):
        said = f"{least:g} or more" if with_least else f"more than {least:g}"
        yield f"{name} takes {said}{'' if math.isinf(most) else f' and less than {most:g}'}, not {value:g}"


def _unequal_weights(arguments: Mapping[str, Any]) -> Iterator[str]:
    weights, losses = arguments.get("loss_weights"), arguments.get("loss_type", "sigmoid")
    count = len(losses) if isinstance(losses, list | tuple) else 1
    if weights is not None and (not isinstance(weights, list | tuple) or len(weights) != count):
        yield f"loss_weights={weights} needs one weight for each of the {count} losses of loss_type"
