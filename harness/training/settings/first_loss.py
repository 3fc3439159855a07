"""The loss before the first step, where policy and reference are one model: what it must be, by method and loss."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

_LN2 = math.log(2)
# With log-ratios of 0: −ln σ(0) = ln 2, σ(0) = 1/2. By (beta, label_smoothing).
_AT_ZERO: dict[str, Callable[[float, float], float]] = {
    "sigmoid": lambda beta, smoothing: _LN2,
    "sigmoid_norm": lambda beta, smoothing: _LN2,
    "hinge": lambda beta, smoothing: 1.0,
    "ipo": lambda beta, smoothing: (1 / (2 * beta)) ** 2,
    "exo_pair": lambda beta, smoothing: -_LN2 - (math.log1p(-smoothing) + math.log(smoothing)) / 2,
    "nca_pair": lambda beta, smoothing: 2 * _LN2,
    "robust": lambda beta, smoothing: _LN2,
    "bco_pair": lambda beta, smoothing: 2 * _LN2,
    "sppo_hard": lambda beta, smoothing: 2 * (1 / (2 * beta)) ** 2,
    "aot": lambda beta, smoothing: _LN2,
    "aot_unpaired": lambda beta, smoothing: _LN2,
    "apo_zero": lambda beta, smoothing: 1.0,
    "apo_down": lambda beta, smoothing: 1.0,
    "discopop": lambda beta, smoothing: (_LN2 + 1) / 2,
}
"""TRL's losses of DPO that compare with the reference; sft does not, and is what it is."""


def first_loss(method: str, settings: Any, labels: Any = None) -> float | None:
    """What the loss of the first batch must be; None where that depends on the answers, or on no reference.

    `settings` are TRL's, complete; `labels` those of KTO's batch, True for a wanted answer.
    """
    if method == "dpo" and not settings.use_weighting:
        return _of_dpo(vars(settings))
    if method == "kto":
        weights = [settings.desirable_weight if bool(label) else settings.undesirable_weight for label in labels]
        return float(sum(weights) / len(weights) / 2)
    return None


def _of_dpo(settings: Mapping[str, Any]) -> float | None:
    asked = settings["loss_type"]
    names = asked if isinstance(asked, list) else [asked]
    weights = settings["loss_weights"] or [1.0] * len(names)
    if not set(names) <= set(_AT_ZERO):
        return None
    beta, smoothing = settings["beta"], settings["label_smoothing"]
    return float(sum(weight * _AT_ZERO[name](beta, smoothing) for name, weight in zip(names, weights, strict=True)))
