"""Trainings that differ in their seed, beside the questions that they answered: settings, sweeps, the best of many.

Statistics over seeds and questions at once; what a single pair of variants shows is comparing's.
From below: errors, records, store, scorers, comparing.
"""

from harness.comparing.seeds.components import Components, components
from harness.comparing.seeds.crossed import SEEDS, Distance
from harness.comparing.seeds.groups import seed_group, seed_groups
from harness.comparing.seeds.sheets import Scored, scored
from harness.comparing.seeds.swept import figures, means, read_sweep

__all__ = [
    "SEEDS",
    "Components",
    "Distance",
    "Scored",
    "components",
    "figures",
    "means",
    "read_sweep",
    "scored",
    "seed_group",
    "seed_groups",
]
