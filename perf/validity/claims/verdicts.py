"""What a run says in the end: families of verdicts, the gate, missing answers, the noise floor."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from harness.comparing import Column, Side, noise_floor, suite_comparisons, with_families, with_noise
from harness.comparing.inference import Floats
from harness.gate import Policy, gate_status, judged, suite_tested
from harness.scorers import METRICS
from perf.validity.claim import Band, Cell, Claim, Figures, Measure
from perf.validity.claims.shapes import Generator, coverage, percent

_CHANGED = {"improved", "regressed", "shifted"}
_RATES = ("correct", "loop", "leak", "truncated", "empty", "refusal", "no_answer")
_NUMBERS = ("rouge_l", "points", "words", "characters", "rep_1", "rep_2", "rep_4", "compression")
PRIMARY = ("correct", "rouge_l", "words")


def families() -> Claim:
    """Four variants of which none differs from its base."""
    cells = (
        Cell("15 metrics, three of them primary", "60", _family(60, PRIMARY, (*_RATES, *_NUMBERS))),
        Cell("3 metrics, all primary", "60", _family(60, PRIMARY, PRIMARY), quick=True),
        Cell("3 metrics, all primary", "252", _family(252, PRIMARY, PRIMARY)),
        Cell("3 metrics, one of them primary", "252", _family(252, PRIMARY[:1], PRIMARY)),
    )
    return Claim(
        title="Any verdict where nothing differs",
        says="Four variants that obey the base's law, ten pairs: the share of runs in which any comparison with the "
        "base, and any of the others with each other, is improved, regressed or shifted.",
        bands={"base": Band(0, 0.055), "others": Band(0, 0.055)},
        layout="{base} · {others}",
        cells=cells,
    )


def gate() -> Claim:
    """The gate on a checkpoint that did not change, and on one that lost exactly its margin."""
    unchanged = [
        Cell(f"unchanged, {percent(churn)} of the answers flip", str(n), _gate(n, churn, 0.0), quick=n == 100)
        for churn, n in ((0.05, 100), (0.2, 100), (0.2, 300))
    ]
    lost = [
        Cell(f"lost the margin of 3 points, {percent(churn)} flip besides", str(n), _gate(n, churn, 0.03))
        for churn in (0.0, 0.05, 0.2)
        for n in (100, 300, 1000)
    ]
    return Claim(
        title="The gate",
        says="Regressed: of an unchanged checkpoint, over its seven rates and Holm's correction. Passed: `correct` is "
        "said to be inside the margin although it lost all of it.",
        bands={"regressed": Band(0, 0.05), "passed": Band(0, 0.035)},
        layout="{regressed} · {passed}",
        cells=(*unchanged, *lost),
    )


def noise() -> Claim:
    """The noise floor: of one variant asked twice, and what it says of a difference."""
    cells = [
        Cell(
            f"{percent(churn)} flip, {points:g} points better",
            str(n),
            _noise(n, churn, points / 100),
            promised=churn * n >= 8,
            quick=n == 400,
        )
        for churn, points in ((0.02, 0.0), (0.08, 0.0), (0.08, 7.0), (0.2, 0.0))
        for n in (100, 400, 1000)
    ]
    return Claim(
        title="The noise floor",
        says="How often its interval holds √(share of flips / n), from eight expected flips on; and how often a "
        "difference is said to be inside the noise: of two askings of one variant, about 95; of 7 points more, hardly "
        "ever.",
        bands={"coverage": Band(0.92)},
        layout="{coverage} · {inside}",
        cells=tuple(cells),
    )


def side(name: str, values: Mapping[str, Floats]) -> Side:
    """A variant with those values, (n,) a metric."""
    return Side(name, {metric: _column(column) for metric, column in values.items()})


def answered(rng: Generator, n: int, metrics: Sequence[str]) -> dict[str, Floats]:
    """Values of n answers whose metrics hang together; every variant's are drawn by this one law."""
    good = rng.normal(size=n)
    found = {}
    for metric in metrics:
        own = 0.6 * good + 0.8 * rng.normal(size=n)
        if METRICS[metric].rate:
            found[metric] = (own > (0.0 if metric == "correct" else 1.3)).astype(float)
        elif METRICS[metric].kind == "share":
            found[metric] = 1 / (1 + np.exp(-own))
        else:
            found[metric] = np.exp(4 + 0.7 * own).round()
    return found


def flipped(rng: Generator, right: Floats, churn: float, drop: float = 0.0) -> Floats:
    """The answers, of which a share flips, as many up as down, and a further share of all is lost."""
    rate = 0.7
    chance = rng.random(right.size)
    worse = (right == 1) & (chance < (churn / 2 + drop) / rate)
    better = (right == 0) & (chance < churn / 2 / (1 - rate))
    return np.where(worse, 0.0, np.where(better, 1.0, right))


def _family(n: int, primary: Sequence[str], metrics: Sequence[str]) -> Measure:
    named = {("suite", metric) for metric in primary}

    def measure(rng: Generator, worlds: int) -> Figures:
        hits = {"base": 0, "others": 0}
        for _ in range(worlds):
            sides = [side(name, answered(rng, n, metrics)) for name in ("base", "a", "b", "c", "d")]
            rows = with_families(suite_comparisons(list(combinations(sides, 2)), {}), named)
            changed = [row for row in rows if row.verdict in _CHANGED]
            hits["base"] += any(row.baseline == "base" for row in changed)
            hits["others"] += any(row.baseline != "base" for row in changed)
        return {name: count / worlds for name, count in hits.items()}

    return measure


def _gate(n: int, churn: float, drop: float) -> Measure:
    metrics = _RATES if drop == 0 else ("correct",)

    def measure(rng: Generator, worlds: int) -> Figures:
        regressed = passed = 0
        for _ in range(worlds):
            before = {metric: _bits(rng, n, 0.7 if metric == "correct" else 0.1) for metric in metrics}
            after = {metric: _again(rng, values, metric, churn, drop) for metric, values in before.items()}
            old, new = side("model", before), side("model", after)
            policy = Policy()
            rows = [suite_tested(row, old, new, {}, policy) for row in suite_comparisons([(old, new)], {})]
            findings, _family = judged(rows, policy)
            regressed += gate_status(findings, ()) == "regressed"
            passed += any(found.metric == "correct" and found.verdict == "passed" for found in findings)
        return {"passed": passed / worlds} if drop else {"regressed": regressed / worlds}

    return measure


def _again(rng: Generator, values: Floats, metric: str, churn: float, drop: float) -> Floats:
    """As many flips up as down; faults, of which there are fewer, flip in proportion."""
    if metric == "correct":
        return flipped(rng, values, churn, drop)
    chance = rng.random(values.size)
    flips = np.where(values == 1, chance < churn, chance < churn * 0.1 / 0.9)
    return np.where(flips, 1 - values, values)


def _noise(n: int, churn: float, better: float) -> Measure:
    truth = math.sqrt(churn / n)

    def measure(rng: Generator, worlds: int) -> Figures:
        bounds, inside = [], 0
        for _ in range(worlds):
            base = _bits(rng, n, 0.7)
            tuned = flipped(rng, base, churn, -better) if better else flipped(rng, base, churn)
            askings = {
                name: ({"correct": _column(found)}, {"correct": _column(flipped(rng, found, churn))})
                for name, found in (("base", base), ("tuned", tuned))
            }
            floors = {name: noise_floor(once, again) for name, (once, again) in askings.items()}
            floor = floors["base"]["correct"]
            bounds.append((floor.low, floor.high))
            sides = [Side(name, once) for name, (once, _) in askings.items()]
            (row,) = with_noise(suite_comparisons([(sides[0], sides[1])], {}), floors)
            inside += row.inside_noise
        return {"coverage": coverage(bounds, truth)["coverage"], "inside": inside / worlds}

    return measure


def _bits(rng: Generator, n: int, rate: float) -> Floats:
    return np.where(rng.random(n) < rate, 1.0, 0.0)


def _column(values: Floats) -> Column:
    return Column({(str(number), 0): float(value) for number, value in enumerate(values)}, 0)
