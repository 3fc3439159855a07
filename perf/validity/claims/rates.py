"""Shares of 0 and 1: one by one, paired, in clusters."""

from __future__ import annotations

from functools import cache

import numpy as np

from harness.comparing.inference import Paired, paired_rates, rate_interval
from perf.validity.claim import Band, Cell, Claim, Figures, Measure
from perf.validity.claims.shapes import SIZES, Bounds, Generator, copied, coverage, labels, percent

_KEPT = 1e-7
"""Chance below which a sample is left out of an enumeration."""
_CHANCES = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8)
_GRID = [(gain, loss) for gain in _CHANCES for loss in _CHANCES if gain + loss <= 1 + 1e-12]
_LAYOUT = "{coverage} ({above} + {below})"


def rates() -> Claim:
    """Of one share."""
    cells = [
        Cell(f"a true rate of {percent(rate)}", str(n), _rate(n, rate), promised=rate * n >= 1, quick=n <= 252)
        for rate in (0.001, 0.01, 0.1, 0.5, 0.9)
        for n in (10, 29, 30, 92, 252, 1000)
    ]
    worst = "the worst rate of which one or more is expected"
    return Claim(
        title="A rate",
        says="Wilson's interval, below 30 the exact one. Promised where one or more of the rarer kind is expected: of "
        "less, Wilson's lower end after a single one misses up to 16 % (for every n, at 0.17 expected).",
        bands={"coverage": Band(0.915)},
        layout=_LAYOUT,
        cells=(*cells, *(Cell(worst, str(n), _worst(n)) for n in (30, 92, 252, 1000))),
        enumerated=True,
    )


def clustered_rates() -> Claim:
    """Of a share over clusters, its answers copied within them."""
    cells = [
        Cell(
            f"{percent(rate)}, clusters {kind}, correlated {correlation:g}",
            f"{k} clusters",
            _clustered_rate(SIZES[kind](k), rate, correlation),
            # Where answers are copied in part, a rare one's news comes from few clusters.
            promised=correlation in (0, 1) or (kind != "half in one" and k * rate >= 6),
            quick=k == 12 and kind == "of ten",
        )
        for kind in ("of ten", "of 1 to 20", "half in one")
        for rate, correlation in ((0.5, 0.0), (0.5, 0.3), (0.5, 1.0), (0.1, 0.3))
        for k in ((6, 12, 30, 60) if rate < 0.5 else (6, 12, 30))
    ]
    return Claim(
        title="A rate over clusters",
        says="Answers are copied within clusters. Promised where six clusters or more would be expected to be of the "
        "rarer kind if each had one voice, and none holds half of all.",
        bands={"coverage": Band(0.93)},
        layout=_LAYOUT,
        cells=tuple(cells),
    )


def paired() -> Claim:
    """Of the difference of two shares of the same questions."""
    changes = ((0.0, 0.0), (0.01, 0.01), (0.05, 0.05), (0.1, 0.1), (0.3, 0.3), (0.01, 0.04), (0.1, 0.13), (0.02, 0.2))
    cells = [
        Cell(
            f"{percent(gain)} gained, {percent(loss)} lost",
            str(n),
            _paired(n, gain, loss),
            promised=n >= 20,
            quick=n <= 92,
        )
        for gain, loss in changes
        for n in (10, 20, 50, 92, 252, 1000)
    ]
    worst = [Cell("the worst of 328 changes", str(n), _worst_paired(n), promised=n >= 20) for n in (10, 20, 50, 92)]
    return Claim(
        title="A difference of paired rates",
        says="Last: p below 0.05, which is a false alarm where gains and losses are as likely, else power. "
        "Promised is at most 3.5 % on either side, from 20 pairs on; the worst is where all answers change, one way or "
        "the other.",
        bands={"coverage": Band(0.94), "above": Band(0, 0.035), "below": Band(0, 0.035)},
        layout=_LAYOUT + " {p}",
        cells=(*cells, *worst),
        enumerated=True,
    )


def faults() -> Claim:
    """Where nothing can be gained: an interval's end on the side that the gate reads."""
    cells = [
        Cell(f"{percent(rate)} lost, none gained", str(n), _paired(n, 0.0, rate), quick=n <= 252)
        for rate in (0.001, 0.005, 0.01, 0.03, 0.05, 0.1, 0.2, 0.5)
        for n in (10, 50, 92, 145, 252, 1000)
    ]
    return Claim(
        title="A fault that only appears",
        says="The exact bound: the true loss is larger than the interval's end in at most 2.5 % of all samples, at "
        "every n and for every loss. This is how often a gate could pass what is just beyond its margin.",
        bands={"above": Band(0, 0.025)},
        layout="{above}",
        cells=tuple(cells),
        enumerated=True,
    )


def clustered_pairs() -> Claim:
    """Of the difference of two shares over clusters."""
    cells = [
        Cell(
            f"{percent(gain)} gained, {percent(loss)} lost, clusters {kind}, correlated {correlation:g}",
            f"{k} clusters",
            _clustered_pairs(SIZES[kind](k), gain, loss, correlation),
            promised=kind != "half in one" and (gain + loss) * k >= 3,
            quick=k == 12 and kind == "of ten",
        )
        for kind in ("of ten", "of 1 to 20", "half in one")
        for gain, loss, correlation in ((0.1, 0.1, 0.3), (0.3, 0.3, 0.3), (0.3, 0.3, 1.0), (0.2, 0.1, 0.0))
        for k in (6, 12, 30)
    ]
    return Claim(
        title="A difference of paired rates over clusters",
        says="Changes are copied within clusters. Promised where three or more of them would be expected to change "
        "if each had one voice, and none holds half of all. Last: p below 0.05.",
        bands={"coverage": Band(0.93)},
        layout=_LAYOUT + " {p}",
        cells=tuple(cells),
    )


@cache
def counted(gained: int, lost: int, n: int) -> Paired:
    """The comparison of n answers with that many gained and lost."""
    rest = [0.0] * (n - gained - lost)
    return paired_rates([0.0] * gained + [1.0] * lost + rest, [1.0] * gained + [0.0] * lost + rest)


def _rate(n: int, rate: float) -> Measure:
    def measure(_: Generator, __: int) -> Figures:
        from scipy.stats import binom

        return coverage(_rate_bounds(n), rate, binom.pmf(np.arange(n + 1), n, rate).tolist())

    return measure


def _worst(n: int) -> Measure:
    def measure(rng: Generator, worlds: int) -> Figures:
        rates = np.linspace(1 / n, 0.5, 1000)
        return min((_rate(n, float(rate))(rng, worlds) for rate in rates), key=lambda found: found["coverage"])

    return measure


@cache
def _rate_bounds(n: int) -> list[Bounds]:
    found = [rate_interval([1.0] * right + [0.0] * (n - right)) for right in range(n + 1)]
    return [(one.low, one.high) for one in found]


def _paired(n: int, gain: float, loss: float) -> Measure:
    def measure(_: Generator, __: int) -> Figures:
        from scipy.stats import binom

        gains = binom.pmf(np.arange(n + 1), n, gain)
        rows, weights = [], []
        for gained in np.nonzero(gains > _KEPT)[0].tolist():
            losses = gains[gained] * binom.pmf(np.arange(n - gained + 1), n - gained, loss / (1 - gain))
            for lost in np.nonzero(losses > _KEPT)[0].tolist():
                rows.append(counted(gained, lost, n))
                weights.append(float(losses[lost]))
        found = coverage([(row.low, row.high) for row in rows], gain - loss, weights)
        return {**found, "p": _rejected(rows, weights)}

    return measure


def _worst_paired(n: int) -> Measure:
    """Of all changes on a grid, the one that a side of the interval misses most often."""

    def measure(_: Generator, __: int) -> Figures:
        from scipy.stats import multinomial

        counts = [(gained, lost) for gained in range(n + 1) for lost in range(n + 1 - gained)]
        rows = [counted(gained, lost, n) for gained, lost in counts]
        cells, bounds = np.array([(*pair, n - sum(pair)) for pair in counts]), [(row.low, row.high) for row in rows]
        found = []
        for gain, loss in _GRID:
            weights = multinomial.pmf(cells, n, [gain, loss, max(0.0, 1 - gain - loss)]).tolist()
            found.append({**coverage(bounds, gain - loss, weights), "p": _rejected(rows, weights)})
        return max(found, key=lambda one: max(one["above"], one["below"]))

    return measure


def _clustered_rate(sizes: list[int], rate: float, correlation: float) -> Measure:
    def measure(rng: Generator, worlds: int) -> Figures:
        answers, clusters = copied(rng, sizes, worlds, correlation, (1 - rate, rate)), labels(sizes)
        found = [rate_interval(row.tolist(), clusters) for row in answers]
        return coverage([(one.low, one.high) for one in found], rate)

    return measure


def _clustered_pairs(sizes: list[int], gain: float, loss: float, correlation: float) -> Measure:
    def measure(rng: Generator, worlds: int) -> Figures:
        changes, clusters = copied(rng, sizes, worlds, correlation, (1 - gain - loss, gain, loss)), labels(sizes)
        rows = [paired_rates((row == 2).tolist(), (row == 1).tolist(), clusters) for row in changes]
        found = coverage([(row.low, row.high) for row in rows], gain - loss)
        return {**found, "p": _rejected(rows, [1.0] * len(rows))}

    return measure


def _rejected(rows: list[Paired], weights: list[float]) -> float:
    hits = [row.p is not None and row.p < 0.05 for row in rows]
    return float(np.average(hits, weights=weights))
