"""What the regression gate demands: check.yaml, checked whole, sensible where it says nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.comparing import Rule
from harness.config import checked
from harness.errors import HarnessError, unknown
from harness.json_yaml import read_mapping
from harness.records import Comparison, Direction
from harness.scorers import METRICS, MarginScale, checked_margin, in_reading_order

DEFAULT_FILE = Path("check.yaml")
_MOST = 100
"""Margins that may be lost in all."""


class Margin(BaseModel):
    """The largest change for the worse that is tolerated."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    margin: float = Field(gt=0, allow_inf_nan=False)
    relative: bool = False
    """The margin is a share of the baseline's mean."""
    better: Direction | None = None
    """Which way is better, for a metric without a good direction; neither: a change either way is for the worse."""


class Policy(BaseModel):
    """check.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    alpha: float = Field(0.05, ge=1e-4, lt=0.5)
    """The chance of any false alarm, over the whole family; a permutation test is never surer than one in 10,000."""
    correction: Literal["holm", "bh", "none"] = "holm"
    regression: Literal["difference", "margin"] = "difference"
    """What a regression is: a change for the worse that is surely there, or one that is surely beyond the margin."""
    require: Literal["no-regression", "proof"] = "no-regression"
    """proof: what cannot be told from a regression does not pass either."""
    metrics: dict[str, float | Margin] | None = None
    """Metric → margin; None: default_metrics() with the suite's or the metrics' own margins."""
    tasks: dict[str, float | Margin] | None = None
    """lm-eval task, or task/metric, → margin; None: the first metric of every task, with its own margin."""
    anchor: float | dict[str, float | Margin] = 1.0
    """How much may be lost in all since the anchor: so many margins; or metric, task or task/metric → margin."""
    variants: tuple[str, ...] | None = None
    """Of the run, those that are checked; None: all, the base only where it stands alone."""


def default_metrics() -> list[str]:
    """What is checked where no policy says otherwise: everything that has a good direction, each matter once."""
    return [metric.name for metric in in_reading_order() if metric.gate]


def load_policy(path: Path | None) -> Policy:
    """The file given, or check.yaml in the working folder, or the defaults."""
    if path is None:
        if not DEFAULT_FILE.is_file():
            return Policy()
        path = DEFAULT_FILE
    if not path.is_file():
        raise HarnessError(f"There is no policy at {path}. Without --policy the usual margins hold.")
    policy = checked(Policy, read_mapping(path, f"It takes: {', '.join(Policy.model_fields)}."), str(path))
    for metric in policy.metrics or {}:
        if metric not in METRICS:
            unknown("metric", metric, METRICS, f"It stands under metrics in {path}.")
    for key, wishes in (("metrics", policy.metrics), ("tasks", policy.tasks), ("anchor", policy.anchor)):
        for name, wish in wishes.items() if isinstance(wishes, dict) else ():
            refuse_margin(name, wish, f"{path}, {key}")
    if isinstance(policy.anchor, float) and not 0 < policy.anchor < _MOST:
        raise HarnessError(
            f"{path}: anchor is {policy.anchor}. Give how many margins may be lost in all, above 0 and below {_MOST}, "
            "or the margin of each metric."
        )
    return policy


def refuse_margin(name: str, wish: float | Margin, where: str) -> None:
    """Refuses what cannot be a margin of the metric; of an lm-eval task, what cannot be one of any."""
    size = wish.margin if isinstance(wish, Margin) else wish
    checked_margin(size, _scale(name, wish), name, where)


def demanded(wish: float | Margin | None, own: Rule, before: float) -> tuple[Direction, float]:
    """(direction, margin in the metric's unit): the policy's, or the metric's or task's own."""
    if wish is None:
        return own.better, own.margin or 0.0
    if isinstance(wish, Margin):
        return wish.better or own.better, wish.margin * (abs(before) if wish.relative else 1.0)
    relative = own.source == "suite" and METRICS[own.metric].margin_kind == "relative"
    return own.better, wish * (abs(before) if relative else 1.0)


def refuse_whole(row: Comparison, margin: float, where: str) -> None:
    """Refuses a margin of 1 or more for zeros and ones, which no change goes past."""
    if row.gained is not None and margin >= 1:
        checked_margin(margin, "share", row.metric, where)


def _scale(name: str, wish: float | Margin) -> MarginScale:
    known = METRICS.get(name)
    usually = known is not None and known.margin_kind == "relative"
    relative = wish.relative if isinstance(wish, Margin) else usually
    return "relative" if relative else "amount" if known is None else known.kind
