"""What came of making pairs, in figures and in lines."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.pairs.choosing import NoPair, SampledPair
from harness.pairs.criteria import CRITERIA
from harness.pairs.plan import PairPlan
from harness.scorers import METRICS

_REASONS: Mapping[NoPair, str] = {
    "failed": "not answered",
    "alike": "without two different answers that can be trained on",
    "unjudged": "that {first} cannot judge",
    "cut": "with every answer cut at the token limit",
    "unmet": "with no answer that passes {first}",
    "no contrast": "without contrast",
}


@dataclass(frozen=True)
class MadePairs:
    """Counts over the questions that were asked."""

    plan: PairPlan
    asked: int
    without: Mapping[NoPair, int]
    """Why questions gave no pair → how many."""
    decided: Mapping[str, int]
    """Criterion → pairs that it decided."""
    margins: Mapping[str, float]
    """Criterion → mean margin over the pairs whose samples it judged, in the metric's unit."""

    @property
    def pairs(self) -> int:
        """How many there are."""
        return sum(self.decided.values())

    def reasons(self) -> str:
        """Why questions gave no pair, the commonest first."""
        ordered = sorted(self.without.items(), key=lambda it: -it[1])
        first = self.plan.criteria[0].name
        return ", ".join(f"{count:,} {_REASONS[reason].format(first=first)}" for reason, count in ordered)

    def lines(self) -> str:
        """Counts, what decided and by how much, where everything lies, and the training that the pairs are for."""
        plan = self.plan
        facts = [
            ("asked", f"{self.asked:,} questions, {plan.evaluation.generation.samples} samples each"),
            ("pairs", f"{self.pairs:,}"),
            ("without", f"{sum(self.without.values()):,}{f': {self.reasons()}' if self.without else ''}"),
            *((name, self._criterion(name)) for name in self.decided),
            ("file", str(plan.out)),
            ("samples", str(plan.samples)),
        ]
        if plan.held_out:
            facts.append(("held out", f"{len(plan.held_out):,} questions: {plan.held_out_suite}"))
        width = max(len(name) for name, _ in facts)
        return "\n".join(f"{name:{width}}  {fact}" for name, fact in [*facts, ("next", self._training())])

    def _criterion(self, name: str) -> str:
        count = f"decides {self.decided[name]:,}"
        if name not in self.margins:
            return count
        metric, mean = METRICS[CRITERIA[name].metric], self.margins[name]
        size = f"{100 * mean:.1f} points" if metric.kind == "share" else f"{mean:.{metric.digits}f} {metric.unit}"
        return f"{count}, mean margin {size}"

    def _training(self) -> str:
        evaluation = self.plan.evaluation
        # A full model is trained on as a base.
        tuned = evaluation.adapters[0].path if evaluation.adapters else None
        base = evaluation.models[0].weights if evaluation.models else evaluation.base
        settings = [f"data={self.plan.out}", f"base={base.name}", *([] if tuned is None else [f"adapter={tuned}"])]
        return shlex.join(["harness", "train", "dpo", *(part for it in settings for part in ("--set", it))])


def counted(plan: PairPlan, found: Sequence[SampledPair | NoPair]) -> MadePairs:
    """What was found for each question, counted."""
    pairs = [it for it in found if isinstance(it, SampledPair)]
    names = [criterion.name for criterion in plan.criteria]
    decided = Counter(it.decided_by for it in pairs)
    margins = {name: [it.margins[name] for it in pairs if name in it.margins] for name in names}
    return MadePairs(
        plan,
        asked=len(found),
        without=dict(Counter(it for it in found if not isinstance(it, SampledPair))),
        decided={name: decided[name] for name in names},
        margins={name: sum(values) / len(values) for name, values in margins.items() if values},
    )
