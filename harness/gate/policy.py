"""What the regression gate demands: check.yaml, checked whole, sensible where it says nothing."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.config import checked
from harness.errors import HarnessError, unknown
from harness.json_yaml import read_mapping
from harness.records import Direction
from harness.scorers import METRICS, in_reading_order

DEFAULT_FILE = Path("check.yaml")


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

    alpha: float = Field(0.05, gt=0, lt=0.5)
    """The chance of any false alarm, over the whole family."""
    correction: Literal["holm", "bh", "none"] = "holm"
    regression: Literal["difference", "margin"] = "difference"
    """What a regression is: a change for the worse that is surely there, or one that is surely beyond the margin."""
    require: Literal["no-regression", "proof"] = "no-regression"
    """proof: what cannot be told from a regression does not pass either."""
    metrics: dict[str, float | Margin] | None = None
    """Metric → margin; None: default_metrics() with the suite's or the metrics' own margins."""
    tasks: dict[str, float | Margin] | None = None
    """lm-eval task, or task/metric, → margin; None: the first metric of every task, with its own margin."""
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
    for name, margin in {**(policy.metrics or {}), **(policy.tasks or {})}.items():
        if not isinstance(margin, Margin) and not 0 < margin < math.inf:
            raise HarnessError(f"{path}: the margin of {name} is {margin}. Give a number above 0.")
    return policy
