"""The gate against truth, by simulation: false alarms, passes and catches at the size that `harness plan` proposes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.comparing import Column, Side, suite_comparisons
from harness.comparing.inference import needed_to_catch, needed_to_hold
from harness.gate import Policy
from harness.gate.check import gate_status, judged, suite_tested
from harness.gate.sample_size import USUAL_DISCORDANCE, SampleSize
from harness.records import GateStatus

pytestmark = pytest.mark.slow

RATES = ("correct", "no_answer", "refusal", "leak", "loop", "truncated", "empty")
FAMILY = 14
Bits = NDArray[np.float64]


def side(values: Mapping[str, Bits]) -> Side:
    items = [(str(number), 0) for number in range(len(values["correct"]))]
    return Side(
        "model", {it: Column(dict(zip(items, column.tolist(), strict=True)), 0) for it, column in values.items()}
    )


def decided(before: Mapping[str, Bits], after: Mapping[str, Bits], policy: Policy) -> tuple[GateStatus, dict[str, str]]:
    """The gate's status, and each metric's verdict, as check_run comes to them."""
    # What the policy does not judge need not be compared: a metric's row is of its own values.
    names = before.keys() if policy.metrics is None else before.keys() & policy.metrics.keys()
    first, second = (side({name: values[name] for name in names}) for values in (before, after))
    rows = [suite_tested(row, first, second, {}, policy) for row in suite_comparisons([(first, second)], {})]
    findings, _ = judged(rows, policy)
    return gate_status(findings, ()), {finding.metric: finding.verdict for finding in findings}


def answered(
    rng: np.random.Generator, n: int, flips: float, drop: float = 0.0
) -> tuple[dict[str, Bits], dict[str, Bits]]:
    """Answers before and after: a share of flips, as many for the better as for the worse, and a drop of correctness.

    The other rates hang on the same answers: what is wrong is more often empty, looping, leaking.
    """
    right = (rng.random(n) < 0.7).astype(float)
    chance = rng.random(n)
    # Right ones flip as often as wrong ones do, in all: half of the flips each.
    worse = (right == 1) & (chance < (flips / 2 + drop) / 0.7)
    better = (right == 0) & (chance < flips / 2 / 0.3)
    changed = np.where(worse, 0.0, np.where(better, 1.0, right))
    before, after = {"correct": right}, {"correct": changed}
    for metric in RATES[1:]:
        fault = rng.random(n)
        again = np.where(rng.random(n) < 0.1, rng.random(n), fault)
        before[metric] = (fault < 0.02 + 0.2 * (1 - right)).astype(float)
        # Before and after obey the same law: what is shared between the metrics is the answer's rightness.
        after[metric] = (again < 0.02 + 0.2 * (1 - (right if drop else changed))).astype(float)
    return before, after


@pytest.mark.parametrize("n", [100, 300, 1000])
def test_an_unchanged_checkpoint_is_called_regressed_at_most_one_time_in_twenty(n: int) -> None:
    rng = np.random.default_rng(n)
    runs = 600
    alarms = sum(decided(*answered(rng, n, 0.2), Policy())[0] == "regressed" for _ in range(runs))
    # Three standard errors above 0.05 would be a fault; the exact tests stay well below.
    assert alarms / runs <= 0.05 + 3 * (0.05 * 0.95 / runs) ** 0.5


@pytest.mark.parametrize("discordance", [0.05, USUAL_DISCORDANCE])
def test_at_the_proposed_size_an_unchanged_checkpoint_passes_and_a_drop_of_two_margins_is_caught(
    discordance: float,
) -> None:
    size = SampleSize("s", 0, 0, 0.03, 0.03, FAMILY, discordance, "given")
    n = max(size.to_hold, size.to_catch)
    assert (size.to_hold, size.to_catch) == (
        needed_to_hold(0.03, discordance),
        needed_to_catch(0.06, discordance, FAMILY),
    )
    rng = np.random.default_rng(7)
    runs = 300
    proof = Policy(metrics={"correct": 0.03}, require="proof")
    passed = sum(decided(*answered(rng, n, discordance), proof)[0] == "passed" for _ in range(runs))
    let = sum(decided(*answered(rng, n, discordance), Policy())[0] != "regressed" for _ in range(runs))
    caught = sum(
        decided(*answered(rng, n, discordance, drop=0.06), Policy())[1]["correct"] == "regressed" for _ in range(runs)
    )
    slack = 3 * (0.95 * 0.05 / runs) ** 0.5
    assert passed / runs >= 0.95 - slack
    assert let / runs >= 0.95 - slack
    assert caught / runs >= 0.95 - slack
