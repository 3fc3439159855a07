"""Every claim by its name on the command line: a function that gives its cells."""

from __future__ import annotations

from collections.abc import Callable

from perf.validity.claim import Claim
from perf.validity.claims import means, power, rates, repeated_looks, settings, verdicts, whole_tasks

CLAIMS: dict[str, Callable[[], Claim]] = {
    "rates": rates.rates,
    "clustered-rates": rates.clustered_rates,
    "means": means.means,
    "clustered-means": means.clustered_means,
    "paired-rates": rates.paired,
    "faults": rates.faults,
    "clustered-pairs": rates.clustered_pairs,
    "ratios": means.ratios,
    "whole-tasks": whole_tasks.whole_tasks,
    "repeated-looks": repeated_looks.repeated_looks,
    "families": verdicts.families,
    "gate": verdicts.gate,
    "noise": verdicts.noise,
    "detectable-rates": power.detectable_rates,
    "detectable-means": power.detectable_means,
    "detectable-clustered": power.detectable_clustered,
    "plan": power.plan,
    "first-place": settings.first_place,
    "seeds-and-questions": settings.seeds_and_questions,
    "several-answers": settings.several_answers,
}
