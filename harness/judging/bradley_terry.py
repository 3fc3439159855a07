"""Bradley and Terry's model of many variants: one strength each, from which of two answers was preferred."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.comparing.inference import DECIDABLE, Floats
from harness.judging.resampling import RESAMPLES, draws, percentiles, places

_STEPS = 40
_FARTHEST = 25.0
"""Log-odds past which a strength has run away: somebody won, or lost, everything."""


@dataclass(frozen=True)
class Strength:
    """One variant's place: log-odds of being preferred to the baseline, and that as a rate."""

    name: str
    log_odds: float | None
    """0 for the baseline; None where it won or lost everything, so that no number is large enough."""
    low: float | None
    high: float | None
    rate: float | None
    """The modelled rate at which it is preferred to the baseline, ties half."""
    pairs: int


@dataclass(frozen=True)
class Duel:
    """One judged pair of answers to a question."""

    cluster: str
    winner: str
    loser: str
    share: float = 1.0
    """How much of it the winner won: ½ for a tie."""


def bradley_terry(
    names: Sequence[str], duels: Sequence[Duel], resamples: int = RESAMPLES, seed: int = 0
) -> list[Strength]:
    """Maximum likelihood (Bradley and Terry 1952; a tie is half a win of each), names[0] at 0, in the names' order.

    Intervals are the bootstrap's over clusters. A variant that no chain of wins and losses ties to the baseline in both
    directions has no finite strength (Ford 1957), and gets None; so does an interval that more than one resample in
    forty leaves without one.
    """
    number = {name: place for place, name in enumerate(names)}
    k = len(names)
    index = places([duel.cluster for duel in duels]) if duels else np.zeros(0, dtype=np.int64)
    many = int(index.max()) + 1 if duels else 0
    table = np.zeros((many, k, k))
    for place, duel in zip(index, duels, strict=True):
        a, b = number[duel.winner], number[duel.loser]
        table[place, a, b] += duel.share
        table[place, b, a] += 1 - duel.share
    whole = table.sum(axis=0)
    strengths = _fit(whole[None])[0]
    drawn = np.full((0, k), np.nan)
    if many >= DECIDABLE:
        flat = table.reshape(many, k * k)
        drawn = np.concatenate([_fit((c @ flat).reshape(-1, k, k)) for c in draws(many, resamples, seed)])
    played = (whole + whole.T).sum(axis=1)
    return [
        Strength(name, *_placed(strengths[place], drawn[:, place], many), pairs=round(float(played[place])))
        for name, place in number.items()
    ]


def _placed(
    strength: float, drawn: Floats, clusters: int
) -> tuple[float | None, float | None, float | None, float | None]:
    """(log-odds, low, high, rate)."""
    if not np.isfinite(strength):
        return None, None, None, None
    low = high = None
    known = drawn[np.isfinite(drawn)]
    # Resamples that never differ, all of ties, say nothing of others.
    if len(drawn) and len(known) >= 0.975 * len(drawn) and np.ptp(known) > 0:
        low, high = percentiles(known, clusters)
    return float(strength), low, high, float(1 / (1 + np.exp(-strength)))


def _fit(wins: Floats) -> Floats:
    """(b, k, k) how often row beat column → (b, k) strengths with the first at 0; NaN where there is no maximum."""
    b, k = wins.shape[:2]
    fitted = np.zeros((b, k))
    games = wins + wins.transpose(0, 2, 1)
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(fitted[:, :, None] - fitted[:, None, :], -_FARTHEST, _FARTHEST)))
        slack = games * chance * (1 - chance)
        gradient = (wins - games * chance).sum(axis=2)
        hessian = -slack
        hessian[:, np.arange(k), np.arange(k)] = slack.sum(axis=2) + 1e-12
        step = np.linalg.solve(hessian[:, 1:, 1:], gradient[:, 1:, None])[..., 0]
        # A long step overshoots where hardly anything was lost.
        fitted[:, 1:] += np.clip(step, -2.0, 2.0)
        if np.abs(step).max(initial=0.0) < 1e-9:
            break
    connected = _connected(wins)
    fitted[~connected] = np.nan
    fitted[:, 0] = 0.0
    return fitted


def _connected(wins: Floats) -> NDArray[np.bool_]:
    """(b, k) whether each has beaten, by a chain, the first, and been beaten by it."""
    k = wins.shape[1]
    reach = (wins > 0) | np.eye(k, dtype=bool)
    for _ in range(max(1, k.bit_length())):
        reach = (reach.astype(float) @ reach.astype(float)) > 0
    return np.asarray(reach[:, 0, :] & reach[:, :, 0])
