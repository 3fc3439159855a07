"""Trainings that differ in their seed, beside the questions that they answered: settings, sweeps, the best of many.

Statistics over seeds and questions at once; what a single pair of variants shows is comparing's.
From below: errors, records, store, scorers, comparing.inference, comparing.
"""

from harness.comparing.seeds.components import Components, components
from harness.comparing.seeds.crossed import (
    SEEDS,
    Distance,
    crossed_against,
    crossed_difference,
    crossed_interval,
    seed_part,
)
from harness.comparing.seeds.crossfit import select, tell
from harness.comparing.seeds.groups import seed_group, seed_groups
from harness.comparing.seeds.sheets import Scored, Sheet, scored
from harness.comparing.seeds.swept import figures, means, read_sweep

__all__ = [
    "SEEDS",
    "Components",
    "Distance",
    "Scored",
    "Sheet",
    "components",
    "crossed_against",
    "crossed_difference",
    "crossed_interval",
    "figures",
    "means",
    "read_sweep",
    "scored",
    "seed_group",
    "seed_groups",
    "seed_part",
    "select",
    "tell",
]
