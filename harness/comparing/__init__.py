"""What differs between variants: estimates, paired comparisons, power, benchmarks, seeds. Pure statistics.

It takes scores and samples that were read; it opens no model and draws nothing.
From below: errors, records, words, store, scorers.
"""

from harness.comparing.attempts import attempt_differences, attempts
from harness.comparing.benchmarks import benchmark_table, paired_values, sample_values, task_rule
from harness.comparing.compare import benchmark_comparison, estimate, noise_floor, suite_comparisons, with_noise
from harness.comparing.components import Components, components
from harness.comparing.crossed import SEEDS, Distance
from harness.comparing.families import benjamini_hochberg, holm, with_families
from harness.comparing.measure import (
    Measure,
    called,
    difference_parts,
    difference_text,
    digits,
    factor,
    heading,
    headlines,
    is_asked,
    level_span,
    level_text,
    level_unit,
    measure_of,
    measures,
    plain_difference,
    plain_level,
    plain_size,
    scaled,
    size_text,
    suite_measure,
    value_text,
)
from harness.comparing.power import detectable_rate, needed_to_catch, needed_to_detect, needed_to_hold
from harness.comparing.resampling import RESAMPLES, SWAPS, Floats
from harness.comparing.rules import Rule, suite_rule
from harness.comparing.seeds import seed_group, seed_groups
from harness.comparing.sheets import Scored, scored
from harness.comparing.sides import (
    Column,
    ScoreTable,
    Side,
    columns,
    mean_level,
    paired_items,
    question_groups,
    values_of,
    variant_sides,
)
from harness.comparing.statistics import paired_columns, stated_interval
from harness.comparing.swept import figures, means, read_sweep

__all__ = [
    "RESAMPLES",
    "SEEDS",
    "SWAPS",
    "Column",
    "Components",
    "Distance",
    "Floats",
    "Measure",
    "Rule",
    "ScoreTable",
    "Scored",
    "Side",
    "attempt_differences",
    "attempts",
    "benchmark_comparison",
    "benchmark_table",
    "benjamini_hochberg",
    "called",
    "columns",
    "components",
    "detectable_rate",
    "difference_parts",
    "difference_text",
    "digits",
    "estimate",
    "factor",
    "figures",
    "heading",
    "headlines",
    "holm",
    "is_asked",
    "level_span",
    "level_text",
    "level_unit",
    "mean_level",
    "means",
    "measure_of",
    "measures",
    "needed_to_catch",
    "needed_to_detect",
    "needed_to_hold",
    "noise_floor",
    "paired_columns",
    "paired_items",
    "paired_values",
    "plain_difference",
    "plain_level",
    "plain_size",
    "question_groups",
    "read_sweep",
    "sample_values",
    "scaled",
    "scored",
    "seed_group",
    "seed_groups",
    "size_text",
    "stated_interval",
    "suite_comparisons",
    "suite_measure",
    "suite_rule",
    "task_rule",
    "value_text",
    "values_of",
    "variant_sides",
    "with_families",
    "with_noise",
]
