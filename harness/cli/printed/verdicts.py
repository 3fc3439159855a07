"""What the commands of judges print."""

from __future__ import annotations

from typing import Any

from harness.judges import Judgement, Labelled
from harness.judging import Controlled, Share, WinRate
from harness.words import aligned

_REFUSED = {
    "few": "fewer than six questions",
    "constant": "every pair got the same verdict",
    "no_overlap": "the lengths do not overlap",
    "separated": "length or style alone tells the verdicts",
}
_COUNTED = ("pairs", "won", "tied", "lost", "orders disagree", "not judged")


def judged_table(found: Judgement) -> str:
    """Each variant's win rate with its interval, at equal length too, and the strengths of several."""
    rows: list[tuple[str, ...]] = [("", "win rate", "at equal length", *_COUNTED)]
    for match in found.matches:
        rate = match.rate
        counts = ("0",) * 4 if rate is None else (str(rate.n), str(rate.wins), str(rate.ties), str(rate.losses))
        rows.append((
            f"{match.variant} against {match.baseline}", _rate(rate), _controlled(match.controlled), *counts,
            str(rate.inconsistent if rate else 0), str(match.not_judged),
        ))  # fmt: skip
    lines = [f"{found.judge}: {found.form}", "", aligned(rows)]
    if found.strengths:
        placed: list[tuple[str, ...]] = [("", "log-odds", "preferred to the first"), *_strengths(found)]
        lines += ["", "Bradley and Terry's strengths", aligned(placed)]
    lines += ["", "Intervals are of 95 % over questions. Nobody checked this judge: its numbers carry no verdict."]
    lines += ["Next: harness judge check FILE --labels LABELS"]
    return "\n".join(lines)


def _rate(found: WinRate | None) -> str:
    return "not judged" if found is None else _span(found.rate, found.low, found.high)


def _controlled(found: Controlled) -> str:
    if found.rate is None:
        return f"refused: {_REFUSED[found.refused]}"
    return _span(found.rate, found.low, found.high)


def _strengths(found: Judgement) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for it in found.strengths:
        ends = "" if it.low is None or it.high is None else f" ({it.low:+.2f} to {it.high:+.2f})"
        odds = "none: it won or lost everything" if it.log_odds is None else f"{it.log_odds:+.2f}{ends}"
        rows.append((it.name, odds, "–" if it.rate is None else f"{100 * it.rate:.1f} %"))
    return rows


def _span(value: float, low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return f"{100 * value:.1f} %"
    return f"{100 * value:.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def checked_table(found: Labelled) -> str:
    """What labels show of a judge, and whether its word is more than numbers."""
    check = found.check
    rows: list[tuple[str, ...]] = []

    def row(title: str, share: Share | None, signed: bool = False) -> None:
        if share is None:
            return
        shown = _points(share) if signed else _span(share.value, share.low, share.high)
        rows.append((title, shown, f"n {share.n}"))

    row("right, ties half", check.accuracy)
    row("right in both orders", check.both_right)
    row("same verdict in both orders", check.consistency)
    row("takes the first answer, beyond one half", check.first_bias, signed=True)
    row("takes the longer answer, beyond the labels", check.verbosity_bias, signed=True)
    row("same verdict when asked again", check.stability)
    rows += [(title, f"{value:.2f}", "") for title, value in _agreement(found) if value is not None]
    verdict = (
        "Better than chance: the interval of what is right lies above one half."
        if check.better_than_chance
        else "Not shown to be better than chance: its numbers carry no verdict."
    )
    left = [f"not judged: {check.not_judged}"] if check.not_judged else []
    left += [f"without a label: {found.unlabelled}"] if found.unlabelled else []
    for it in found.corrected:
        span = _span(it.rate.rate, it.rate.low, it.rate.high)
        low, high = it.rate.labels_alone
        beside = "" if low is None or high is None else f"; the labels alone: {100 * low:.1f} to {100 * high:.1f}"
        left.append(
            f"{it.variant} is preferred to {it.baseline} in {span}, by {it.rate.labels} labels and {it.rate.judged} "
            f"further verdicts{beside}"
        )
        if it.needed is not None:
            left.append(f"To tell 55 % from one half with this judge: {it.needed} labels (80 % power)")
    return "\n".join([f"{check.n} labelled pairs ({found.form})", "", aligned(rows), "", *left, verdict])


def _agreement(found: Labelled) -> list[tuple[str, Any]]:
    return [("Cohen's κ with the labels", found.check.kappa), ("Krippendorff's α", found.check.alpha)]


def _points(share: Share) -> str:
    ends = "" if share.low is None or share.high is None else f" ({100 * share.low:+.1f} to {100 * share.high:+.1f})"
    return f"{100 * share.value:+.1f} points{ends}"
