"""What differs between variants: estimates, paired comparisons, power, benchmarks, seeds. Pure statistics.

It takes scores and samples that were read; it opens no model and draws nothing.
From below: errors, records, store, scorers.
"""

from harness.comparing.benchmarks import benchmark_table, higher_is_better, paired_values, sample_values, task_rule
from harness.comparing.compare import (
    Column,
    Rule,
    Side,
    benchmark_comparison,
    columns,
    estimate,
    mean_level,
    noise_floor,
    paired_items,
    suite_comparisons,
    suite_rule,
    values_of,
    with_families,
    with_noise,
)
from harness.comparing.power import detectable_rate, needed_to_catch, needed_to_detect, needed_to_hold
from harness.comparing.resampling import RESAMPLES, SWAPS, Floats
from harness.comparing.settings import figures, means, read_sweep
from harness.comparing.sides import ScoreTable, question_groups, variant_sides
from harness.comparing.statistics import benjamini_hochberg, holm, paired_columns, stated_interval

__all__ = [
    "Column",
    "Floats",
    "RESAMPLES",
    "Rule",
    "SWAPS",
    "ScoreTable",
    "Side",
    "benchmark_comparison",
    "benchmark_table",
    "benjamini_hochberg",
    "columns",
    "detectable_rate",
    "estimate",
    "figures",
    "higher_is_better",
    "holm",
    "mean_level",
    "means",
    "needed_to_catch",
    "needed_to_detect",
    "needed_to_hold",
    "noise_floor",
    "paired_columns",
    "paired_items",
    "paired_values",
    "question_groups",
    "read_sweep",
    "sample_values",
    "stated_interval",
    "suite_comparisons",
    "suite_rule",
    "task_rule",
    "values_of",
    "variant_sides",
    "with_families",
    "with_noise",
]
