"""What is promised of power: the smallest difference that a sample shows, and what sample a claim needs."""

from __future__ import annotations

import math

import numpy as np

from harness.comparing.inference import needed_to_catch, needed_to_detect, needed_to_hold, paired_columns, paired_means
from perf.validity.claim import Band, Cell, Claim, Figures, Measure
from perf.validity.claims.rates import counted
from perf.validity.claims.shapes import SHAPES, SIZES, Generator, Shape, alike, labels, percent

_AT_ONCE = 250
_KNOWN = {
    "normal": 20,
    "normal, 20 % five SD away": 50,
    "exponential": 100,
    "lognormal 0.7": 100,
    "half are 0, the rest lognormal 0.7": 100,
    "lognormal 1.0": 250,
    "lognormal 0.6 less lognormal 1.0": 250,
}
"""From how many values on the mde of a shape is promised: fewer do not show how far its tail reaches."""
_FAMILY = 14


def detectable_rates() -> Claim:
    """The mde that a sample of paired rates prints, found in another sample."""
    cells = [
        Cell(
            f"{percent(churn)} discordant where nothing differs",
            str(n),
            _mde_rate(n, churn),
            promised=churn * n >= 15,
            quick=n == 252,
        )
        for churn in (0.02, 0.05, 0.1, 0.3)
        for n in (50, 252, 1000)
    ]
    return Claim(
        title="The smallest detectable difference of rates",
        says="A sample in which nothing differs prints its mde; another, with that difference on top of the same "
        "churn, is called different. Promised from 15 expected discordant pairs on: fewer do not say it.",
        bands={"power": Band(0.77, 0.88)},
        layout="{power}",
        cells=tuple(cells),
    )


def detectable_means() -> Claim:
    """The same of means, in the worse direction."""
    cells = [
        Cell(shape, str(n), _mde_mean(SHAPES[shape], n), promised=n >= known, quick=n == 100)
        for shape, known in _KNOWN.items()
        for n in (20, 50, 100, 250)
    ]
    loops = Shape(lambda rng, shape: np.where(rng.random(shape) < 0.02, 0.8, 0.0), 0.016)
    cells += [Cell("2 % are 0.8, the rest 0", str(n), _mde_mean(loops, n), False) for n in (50, 100, 250)]
    return Claim(
        title="The smallest detectable difference of means",
        says="The same; power in the direction in which it is found less often (in the other it is found more often). "
        "Given: how many of the samples print an mde at all, of which alone power is told. Promised from 20 values on "
        "where they are normal, from 100 where they are skewed, from 250 where a few are many times the others.",
        bands={"power": Band(0.76, 0.97)},
        layout="{power} · {given}",
        cells=tuple(cells),
    )


def detectable_clustered() -> Claim:
    """The same of means over clusters."""
    cells = [
        Cell(f"clusters {kind}", f"{k} clusters", _mde_clustered(SIZES[kind](k)), quick=k == 12)
        for kind in ("of ten", "of 1 to 20")
        for k in (12, 30)
    ]
    return Claim(
        title="The smallest detectable difference of means over clusters",
        says="The same, of normal values of which half of the variance lies between clusters.",
        bands={"power": Band(0.75, 0.92)},
        layout="{power} · {given}",
        cells=tuple(cells),
    )


def plan() -> Claim:
    """The sizes that `harness plan` proposes."""
    detect = [
        Cell(f"see {percent(effect)} beside a churn of {percent(churn)}", "80", _detect(effect, churn), quick=True)
        for effect, churn in ((0.05, 0.05), (0.1, 0.2), (0.03, 0.02))
    ]
    hold = [
        Cell(f"hold {percent(margin)} beside a churn of {percent(churn)}", "95", _hold(margin, churn))
        for margin, churn in ((0.03, 0.05), (0.05, 0.2))
    ]
    catch = [
        Cell(f"catch {percent(drop)} beside a churn of {percent(churn)}, {_FAMILY} tests", "95", _catch(drop, churn))
        for drop, churn in ((0.06, 0.05), (0.1, 0.2))
    ]
    return Claim(
        title="What `harness plan` proposes",
        says="How often a sample of the proposed size shows what it was proposed for; the column is what is promised.",
        bands={"missing": Band(0, 0.02), "spare": Band(0, 0.08)},
        layout="{shown}",
        cells=(*detect, *hold, *catch),
    )


def _mde_rate(n: int, churn: float) -> Measure:
    def measure(rng: Generator, worlds: int) -> Figures:
        found = []
        for gained, lost in rng.multinomial(n, [churn / 2, churn / 2, 1 - churn], size=worlds)[:, :2].tolist():
            mde = counted(gained, lost, n).mde
            if mde is None or churn + mde > 1:
                continue
            gained, lost, _ = rng.multinomial(n, [churn / 2 + mde, churn / 2, 1 - churn - mde]).tolist()
            found.append((counted(gained, lost, n).p or 0.0) < 0.05)
        return {"power": float(np.mean(found)) if found else math.nan, "given": len(found) / worlds}

    return measure


def _mde_mean(shape: Shape, n: int) -> Measure:
    def measure(rng: Generator, worlds: int) -> Figures:
        up, down = [], []
        for start in range(0, worlds, _AT_ONCE):
            size = (n, min(_AT_ONCE, worlds - start))
            mde = np.array([row.mde or math.nan for row in paired_columns(shape.draw(rng, size) - shape.mean)])
            there = np.flatnonzero(np.isfinite(mde))
            other = shape.draw(rng, size)[:, there] - shape.mean
            up += [(row.p or 0.0) < 0.05 for row in paired_columns(other + mde[there])]
            down += [(row.p or 0.0) < 0.05 for row in paired_columns(other - mde[there])]
        power = min(float(np.mean(up)), float(np.mean(down))) if up else math.nan
        return {"power": power, "given": len(up) / worlds}

    return measure


def _mde_clustered(sizes: list[int]) -> Measure:
    clusters, nothing = labels(sizes), [0.0] * sum(sizes)

    def measure(rng: Generator, worlds: int) -> Figures:
        found = []
        samples, others = (alike(rng, sizes, worlds, 0.5) for _ in range(2))
        for values, other in zip(samples, others, strict=True):
            mde = paired_means(nothing, values.tolist(), clusters).mde
            if mde is not None:
                found.append((paired_means(nothing, (other + mde).tolist(), clusters).p or 0.0) < 0.05)
        return {"power": float(np.mean(found)) if found else math.nan, "given": len(found) / worlds}

    return measure


def _detect(effect: float, churn: float) -> Measure:
    def measure(rng: Generator, worlds: int) -> Figures:
        n = needed_to_detect(effect, churn)
        rows = rng.multinomial(n, [churn / 2 + effect, churn / 2, 1 - churn - effect], size=worlds)[:, :2].tolist()
        return _against(0.8, float(np.mean([(counted(g, lost, n).p or 0.0) < 0.05 for g, lost in rows])))

    return measure


def _hold(margin: float, churn: float) -> Measure:
    def measure(rng: Generator, worlds: int) -> Figures:
        n = needed_to_hold(margin, churn)
        rows = rng.multinomial(n, [churn / 2, churn / 2, 1 - churn], size=worlds)[:, :2].tolist()
        ends = np.array([counted(gained, lost, n).low for gained, lost in rows], dtype=float)
        return _against(0.95, float(np.mean(ends >= -margin)))

    return measure


def _catch(drop: float, churn: float) -> Measure:
    def measure(rng: Generator, worlds: int) -> Figures:
        n = needed_to_catch(drop, churn, _FAMILY)
        rows = rng.multinomial(n, [churn / 2, churn / 2 + drop, 1 - churn - drop], size=worlds)[:, :2].tolist()
        return _against(0.95, float(np.mean([(counted(g, lost, n).p or 0.0) * _FAMILY < 0.05 for g, lost in rows])))

    return measure


def _against(promised: float, shown: float) -> Figures:
    return {"shown": shown, "missing": max(0.0, promised - shown), "spare": max(0.0, shown - promised)}
