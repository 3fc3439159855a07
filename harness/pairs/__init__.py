"""Preference pairs of one's own: a model's samples of a suite's questions, the best of each beside the worst.

What a criterion looks at is a metric of scorers; the samples are a run of asking, and lie beside the pairs.
From below: errors, records, config, machine, store, scorers, data.preferences, data.suites, data, asking.
"""

from harness.pairs.making import make_pairs
from harness.pairs.plan import PairWishes, plan_pairs

__all__ = ["PairWishes", "make_pairs", "plan_pairs"]
