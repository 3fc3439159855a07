"""What has been lost since the first baseline: how much may be, and whether it is surely more.

Each step of a row of releases may pass and the row still lose far more than any margin: the anchor stays where it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.comparing import Rule
from harness.errors import unknown
from harness.gate.baseline import Anchor
from harness.gate.completeness import VariantPair, pair_variants
from harness.gate.drift import drift
from harness.gate.policy import Policy, demanded, refuse_whole
from harness.records import Comparison, Direction
from harness.store import Run

if TYPE_CHECKING:
    from harness.gate.check import Tested

TEST = "interval beyond the margin"
_MEND = "To count from another run on: harness baseline anchor RUN"
_SHOWN = 2


def out_of_reach(anchor: Anchor, run: Run) -> str:
    """Why nothing of the run can be compared with the anchor, and what to do; "" where it can."""
    if anchor.held is None:
        return unreachable(anchor, f"it {anchor.gap}")
    changes = drift(run, anchor.held)
    if not changes:
        return ""
    more = f" and {len(changes) - _SHOWN} more" if len(changes) > _SHOWN else ""
    return unreachable(anchor, f"{run.id} was not asked alike: {'; '.join(changes[:_SHOWN])}{more}")


def unreachable(anchor: Anchor, reason: str) -> str:
    """The sentence for an anchor that nothing can be compared with."""
    return f"What was lost since {anchor.name} cannot be told: {reason}. {_MEND}"


def anchor_pairs(run: Run, held: Run, pairs: Sequence[VariantPair]) -> tuple[list[VariantPair], list[str]]:
    """((variant of the anchor, variant of the run), variants of the run that the anchor has none for).

    A variant is the one that its baseline's variant was, where the anchor has that name, else as pair_variants says.
    """
    alike = {after: before for before, after in pair_variants(run, held, ())[0]}
    found = {after: before if before in held.variants else alike.get(after) for before, after in pairs}
    return (
        [(before, after) for after, before in found.items() if before is not None],
        [after for after, before in found.items() if before is None],
    )


def since_rows(rows: Sequence[Tested], policy: Policy, name: str) -> list[Tested]:
    """The same comparisons, judged by what may be lost in all: the p-value is that of a loss within that."""
    return list(_since(rows, policy, name))


def beyond(row: Comparison, better: Direction, margin: float) -> float | None:
    """Two-sided p of a change for the worse by no more than the margin; None where there is no interval.

    The interval turned round, a test of a shifted hypothesis as Schuirmann's (1987): 0.05 where its near end lies at
    the margin, and from there as Student's t at n − 1 degrees of freedom. Never below the p of no change at all.
    """
    from scipy.stats import t

    if row.low is None or row.high is None or row.p is None:
        return None
    falls = {"higher": True, "lower": False, "neither": row.delta < 0}[better]
    loss, near = (-row.delta, -row.high) if falls else (row.delta, row.low)
    if loss <= margin:
        return 1.0
    if loss <= near:
        return row.p
    degrees = max(1, row.n - 1)
    far = (loss - margin) / (loss - near) * float(t.isf(0.025, degrees))
    return max(row.p, 2 * float(t.sf(far, degrees)))


def _since(rows: Sequence[Tested], policy: Policy, name: str) -> Iterator[Tested]:
    wishes = policy.anchor if isinstance(policy.anchor, dict) else {}
    times = policy.anchor if isinstance(policy.anchor, float) else 1.0
    known = {key for row in rows for key in _keys(row.comparison)}
    for key in wishes:
        if key not in known:
            unknown("metric or task", key, known, "It stands under anchor in the policy, and is not checked.")
    for row in rows:
        found = row.comparison
        wish = next((wishes[key] for key in _keys(found) if key in wishes), None)
        own = Rule(found.source, found.metric, row.better, False, row.margin * times)
        better, margin = demanded(wish, own, row.before)
        refuse_whole(found, margin, "what the policy tolerates since the anchor")
        judged_by = replace(found, p=beyond(found, better, margin), test=TEST)
        yield replace(row, comparison=judged_by, better=better, margin=margin, against=name)


def _keys(row: Comparison) -> tuple[str, ...]:
    """How the policy may call it, the closest first."""
    return (row.metric,) if row.source == "suite" else (f"{row.source}/{row.metric}", row.source)
