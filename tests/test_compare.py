import pytest

from harness.compare import Rule, benchmark_comparison, columns, estimate, suite_comparisons, verdict, with_holm
from harness.records import Score
from harness.stats import Paired

RATE = Rule("suite", "correct", "higher", True, 0.03)


def scores(variant: str, metric: str, values: list[float | None]) -> list[Score]:
    return [Score(variant, "s", str(number), metric, value) for number, value in enumerate(values)]


def paired(delta: float, low: float | None, high: float | None, p: float | None = 0.001) -> Paired:
    return Paired(delta, low, high, p, "t", 100)


@pytest.mark.parametrize(
    ("found", "rule", "expected"),
    [
        (paired(0.10, 0.04, 0.16), RATE, "improved"),
        (paired(-0.10, -0.16, -0.04), RATE, "regressed"),
        (paired(0.01, -0.01, 0.029, 0.4), RATE, "unchanged"),
        # Surely there, and too small to matter.
        (paired(0.015, 0.005, 0.025), RATE, "unchanged"),
        (paired(0.02, -0.02, 0.06, 0.3), RATE, "undecided"),
        # The interval leaves zero out, the test does not agree.
        (paired(0.10, 0.01, 0.19, 0.07), RATE, "undecided"),
        (paired(0.0, None, None, None), RATE, "undecided"),
        (paired(-0.10, -0.16, -0.04), Rule("suite", "leak", "lower", True, 0.03), "improved"),
        (paired(-20.0, -25.0, -15.0), Rule("suite", "words", "neither", False, 4.0), "shifted"),
        (paired(-20.0, -25.0, -15.0), Rule("task", "perplexity", "lower", False, None), "improved"),
    ],
)
def test_the_verdict_is_the_intervals_against_the_margin(found: Paired, rule: Rule, expected: str) -> None:
    assert verdict(found, rule) == expected


def test_what_was_not_judged_is_counted_and_no_part_of_the_mean() -> None:
    table = columns(scores("base", "correct", [1.0, 0.0, None, 1.0, 1.0]))
    found = estimate("correct", table["base"]["correct"], 0)
    assert (found.mean, found.n, found.unjudged, found.interval) == (0.75, 4, 1, "clopper-pearson")
    nothing = columns(scores("base", "correct", [None, None]))["base"]["correct"]
    assert estimate("correct", nothing, 0).mean is None


def test_only_questions_that_both_saw_alike_are_paired() -> None:
    rows = scores("base", "correct", [1, 0, 0, None, 1]) + scores("dpo", "correct", [1, 1, 1, 1, 0])
    (row,) = suite_comparisons(columns(rows), {}, lambda first, second, key: key != "2", 0)
    # Question 2 was asked differently and question 3 not judged: 0, 1 and 4 remain.
    assert (row.n, row.gained, row.lost, row.delta, row.test) == (3, 1, 1, 0.0, "mcnemar exact")


def test_every_pair_of_variants_is_compared_on_every_metric_that_both_have() -> None:
    rows = [row for name in ("base", "dpo", "orpo") for row in scores(name, "words", [1.0, 2.0, 5.0])]
    rows += scores("base", "correct", [1, 1, 0])
    found = suite_comparisons(columns(rows), {}, lambda *_: True, 0)
    assert [(row.baseline, row.variant, row.metric) for row in found] == [
        ("base", "dpo", "words"),
        ("base", "orpo", "words"),
        ("dpo", "orpo", "words"),
    ]


def test_a_suites_own_margin_beats_the_metrics() -> None:
    rows = scores("base", "correct", [1.0] * 60) + scores("dpo", "correct", [1.0] * 60)
    table = columns(rows)
    assert suite_comparisons(table, {"correct": 0.01}, lambda *_: True, 0)[0].verdict == "undecided"
    assert suite_comparisons(table, {"correct": 0.08}, lambda *_: True, 0)[0].verdict == "unchanged"


def test_a_tasks_zeros_and_ones_are_a_rate_and_its_weighted_sums_a_perplexity() -> None:
    rule = Rule("task", "acc", "higher", False, 0.03)
    rate = benchmark_comparison("base", "dpo", rule, [(1.0, 1.0), (0.0, 1.0), (1.0, 1.0)], 0)
    assert rate is not None and rate.test == "mcnemar exact" and rate.gained == 1
    ppl = benchmark_comparison(
        "base",
        "dpo",
        Rule("task", "word_perplexity", "lower", False, None),
        [([-9.0, 3], [-6.0, 3]), ([-3.0, 3], [-3.0, 3])],
        0,
    )
    assert ppl is not None and ppl.delta == pytest.approx(2.718281828**1.5 - 2.718281828**2, rel=1e-6)
    assert benchmark_comparison("base", "dpo", rule, [("a", "b")], 0) is None
    assert benchmark_comparison("base", "dpo", rule, [], 0) is None


def test_the_family_of_holm_is_one_pair_of_variants() -> None:
    names = ("base", "dpo", "orpo")
    rows = [row for name in names for metric in ("loop", "leak") for row in scores(name, metric, [0.0] * 8)]
    found = with_holm(suite_comparisons(columns(rows), {}, lambda *_: True, 0))
    assert [row.p_holm for row in found] == [1.0] * 6
