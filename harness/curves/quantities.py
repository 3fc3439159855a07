"""Rows of a log made curves: the quantities' names as today's TRL has them, one value a step, one way to write it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from harness.curves.evaluation_sets import with_set_names
from harness.records import Curve
from harness.words import Words, compact

# Transformers' closing row of a training: means and totals over all of it, no points of a curve.
_CLOSING = {"train_runtime", "train_samples_per_second", "train_steps_per_second", "train_loss", "total_flos"}
# rewards_train/chosen is the DPO paper's own code and what was made after it; rewards_chosen an export that knows no
# slash; accuracy and margin stand in several trainers derived from TRL's.
_PAIRED = re.compile(
    r"(?P<eval>eval_)?(?:policy_)?(?P<what>rewards|logps|logits|log_probs)(?:_(?P<split>train|eval|test))?"
    r"[/_](?P<which>chosen|rejected|accuracy|accuracies|margins?)"
)
_SAME = {
    "log_probs": "logps",
    "accuracy": "accuracies",
    "margin": "margins",
    "lr": "learning_rate",
    "gradient_norm": "grad_norm",
    "sft_loss": "nll_loss",
}


def canonical_key(key: str) -> str:
    """The name that today's TRL gives to the quantity: rewards_eval/accuracies → eval_rewards/accuracies."""
    found = _PAIRED.fullmatch(key)
    if found:
        evaluated = found["eval"] or found["split"] in ("eval", "test")
        what, which = (_SAME.get(part, part) for part in (found["what"], found["which"]))
        return f"{'eval_' if evaluated else ''}{what}/{which}"
    stem = key.removeprefix("eval_")
    return key.removesuffix(stem) + _SAME.get(stem, stem)


def is_share(key: str) -> bool:
    """Whether the quantity is a share of pairs, and told in per cent: the reward accuracy, of any evaluation set."""
    return key.endswith("rewards/accuracies")


def quantity_text(key: str, value: float | None, say: Words) -> str:
    """A logged value as every audit, sentence and chart writes it: 95 % or 99.5 %, else three significant figures.

    A share is never rounded to 0 or 100 %.
    """
    if not is_share(key) or value is None:
        return compact(value)
    return say.percent(value, 0 if math.isclose(100 * value, round(100 * value), abs_tol=1e-9) else 1)


def curves_of_rows(rows: Iterable[Mapping[str, Any]], variant: str) -> list[Curve]:
    """Every number of a history but its step and epoch; not a number, where one is not finite."""
    curves = []
    for row in rows:
        step, epoch = number_of(row.get("step")), number_of(row.get("epoch"))
        if step is None or not math.isfinite(step):
            continue
        at = epoch if epoch is not None and math.isfinite(epoch) else None
        curves += [Curve(variant, int(step), at, key, value) for key, value in _quantities(row).items()]
    return curves


def one_a_step(curves: Iterable[Curve]) -> tuple[Curve, ...]:
    """One value a step of each quantity: of several, which a training that was resumed leaves, the later.

    A value that is not finite is a gap, and takes the earlier one with it.
    """
    last = {(curve.key, curve.step): curve for curve in curves}
    return tuple(curve for curve in last.values() if math.isfinite(curve.value))


def number_of(value: object) -> float | None:
    """As a float, an integer beyond what one holds as not a number; None for what is no number at all."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.nan


def _quantities(row: Mapping[str, Any]) -> Mapping[str, float]:
    """The numbers of a row by their canonical names; a name that is canonical already wins over its alias."""
    told = {key: number_of(value) for key, value in row.items() if key not in ("step", "epoch")}
    numbers = {key: value for key, value in told.items() if value is not None}
    if numbers.keys() & (_CLOSING - {"train_loss"}):
        numbers = {key: value for key, value in numbers.items() if key not in _CLOSING}
    if "train_loss" in numbers:  # in every row: a trainer that calls the loss so
        numbers.setdefault("loss", numbers.pop("train_loss"))
    found: dict[str, float] = {}
    for key, value in numbers.items():
        name = canonical_key(key)
        if name == key or name not in numbers:
            found.setdefault(name, value)
    return with_set_names(found)
