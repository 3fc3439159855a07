"""Evidence that is looked at after every question."""

from __future__ import annotations

import numpy as np

from harness.comparing.inference import Harm, evidence, held_path, p_path
from perf.validity.claim import Band, Cell, Claim, Figures, Measure

_MARGIN = 0.03


def repeated_looks() -> Claim:
    """Of rights and wrongs, a pair a question, looked at after each of them."""
    cells = [
        Cell(f"{_percent(churn)} of the answers flip", str(n), _looked_at(churn, n), quick=n == 100)
        for churn in (0.05, 0.2, 0.5)
        for n in (100, 300, 1000)
    ]
    return Claim(
        title="Evidence that is looked at after every question",
        says="Regressed: nothing differs, and at some look it is said to be worse at 5 %. Passed: a margin of 3 points "
        "is lost, and at some look it is said to be held. Coverage: of the confidence sequence at the last look.",
        bands={"regressed": Band(most=0.055), "passed": Band(most=0.03), "coverage": Band(least=0.945)},
        layout="{regressed} · {passed} · {coverage}",
        cells=tuple(cells),
    )


def _looked_at(churn: float, n: int) -> Measure:
    def measure(rng: np.random.Generator, worlds: int) -> Figures:
        regressed = passed = covered = 0
        for _ in range(worlds):
            unchanged, worse = _harm(rng, churn, n, 0.0), _harm(rng, churn, n, _MARGIN)
            regressed += bool(p_path(unchanged)[-1] < 0.05)
            passed += bool(held_path(worse)[-1])
            found = evidence(unchanged)
            covered += found.low <= 0 <= found.high
        return {"regressed": regressed / worlds, "passed": passed / worlds, "coverage": covered / worlds}

    return measure


def _harm(rng: np.random.Generator, churn: float, n: int, lost: float) -> Harm:
    """Differences in the harmful direction: as many of ±1 as flip, and those lost besides."""
    chance = rng.random(n)
    better, worse = chance < churn / 2, chance > 1 - churn / 2 - lost
    return Harm(worse.astype(float) - better.astype(float), np.ones(n), _MARGIN)


def _percent(share: float) -> str:
    return f"{100 * share:g} %"
