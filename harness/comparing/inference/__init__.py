"""The statistics: numbers in, estimates with intervals and p-values out, and what samples can show.

Pure functions that know no variants, metrics or files.
From below: records, comparing.aggregations.
"""

from harness.comparing.inference.bootstrap import figure_stderr, paired_figures
from harness.comparing.inference.looks import falls, looks, slope, spent
from harness.comparing.inference.power import MOST, detectable_rate, needed_to_catch, needed_to_detect, needed_to_hold
from harness.comparing.inference.sequential import Harm, evidence, held_path, in_random_order, p_path
from harness.comparing.inference.statistics import (
    Interval,
    Paired,
    mean_interval,
    mean_stderr,
    paired_columns,
    paired_means,
    paired_rates,
    paired_ratios,
    perplexity_stderr,
    rate_interval,
    stated_interval,
)
from harness.comparing.inference.studentised import (
    ALPHA,
    DECIDABLE,
    Clusters,
    Floats,
    Numbers,
    distinct,
    grouped,
    studentised,
)

__all__ = [
    "ALPHA",
    "DECIDABLE",
    "MOST",
    "Clusters",
    "Floats",
    "Harm",
    "Interval",
    "Numbers",
    "Paired",
    "detectable_rate",
    "distinct",
    "evidence",
    "falls",
    "figure_stderr",
    "grouped",
    "held_path",
    "in_random_order",
    "looks",
    "mean_interval",
    "mean_stderr",
    "needed_to_catch",
    "needed_to_detect",
    "needed_to_hold",
    "p_path",
    "paired_columns",
    "paired_figures",
    "paired_means",
    "paired_rates",
    "paired_ratios",
    "perplexity_stderr",
    "rate_interval",
    "slope",
    "spent",
    "stated_interval",
    "studentised",
]
