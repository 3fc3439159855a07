import math
import random
from collections.abc import Sequence
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from harness.comparing import (
    Column,
    Rule,
    Side,
    columns,
    estimate,
    noise_floor,
    paired_items,
    suite_comparisons,
    suite_rule,
    with_families,
    with_noise,
)
from harness.comparing.compare import comparison
from harness.comparing.inference.statistics import Paired
from harness.comparing.rules import verdict
from harness.comparing.sides import labels
from harness.records import Comparison, Noise, Score

RATE = Rule("suite", "correct", "higher", True, 0.03)
PRIMARY = {("suite", "correct")}
MIRRORED = {"improved": "regressed", "regressed": "improved"}


def scores(variant: str, metric: str, values: Sequence[float | None], sample: int = 0) -> list[Score]:
    return [Score(variant, "s", str(number), metric, value, sample=sample) for number, value in enumerate(values)]


def sides(rows: Sequence[Score]) -> dict[str, Side]:
    return {name: Side(name, table) for name, table in columns(rows).items()}


def compared(rows: Sequence[Score], groups: dict[str, str] | None = None) -> list[Comparison]:
    return suite_comparisons(list(combinations(sides(rows).values(), 2)), {}, groups)


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
        # Its ends are the margin itself: inside.
        (paired(0.0, -0.03, 0.03, 1.0), RATE, "unchanged"),
        (paired(0.0, -0.03, 0.030001, 1.0), RATE, "undecided"),
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
    found = estimate("correct", table["base"]["correct"])
    assert (found.mean, found.n, found.unjudged, found.interval) == (0.75, 4, 1, "clopper-pearson")
    assert (found.clusters, found.spread) == (None, None)
    nothing = columns(scores("base", "correct", [None, None]))["base"]["correct"]
    assert estimate("correct", nothing).mean is None


def test_several_answers_to_one_question_are_one_cluster_and_their_spread_is_shown() -> None:
    rows = scores("base", "words", [10.0, 20.0, 7.0, 1.0, 2.0, 3.0]) + scores("base", "words", [14.0, 20.0], sample=1)
    found = estimate("words", columns(rows)["base"]["words"])
    assert (found.mean, found.n, found.clusters) == (77 / 8, 8, 6)
    # Standard deviations √8 and 0 of the two questions that were asked twice.
    assert found.spread == pytest.approx(math.sqrt(8) / 2)
    assert found.interval == "cluster corrected t"
    five = {item: value for item, value in columns(rows)["base"]["words"].values.items() if item[0] != "5"}
    assert estimate("words", Column(five, 0)).low is None
    rates = scores("base", "correct", [1.0, 0.0, 1.0]) + scores("base", "correct", [1.0, 0.0, 1.0], sample=1)
    assert estimate("correct", columns(rows + rates)["base"]["correct"]).interval == "cluster score"


def test_questions_that_share_a_cluster_count_as_one() -> None:
    column = columns(scores("base", "correct", [1.0, 1.0, 0.0]))["base"]["correct"]
    assert estimate("correct", column, {"0": "twins", "1": "twins"}).clusters == 2
    assert estimate("correct", column, {"0": "alone"}).clusters is None


def test_labels_are_clusters_or_questions_and_never_mix_the_two() -> None:
    items = [("1", 0), ("2", 0), ("3", 0), ("3", 1)]
    assert labels(items, {"1": "3", "2": "3"}) == ["cluster 3", "cluster 3", "question 3", "question 3"]
    assert labels(items[:3], {}) is None
    assert labels([("1", 0), ("2", 0)], {"1": "a", "2": "a"}) == ["cluster a", "cluster a"]


def test_only_questions_that_both_saw_alike_are_paired_and_the_others_counted() -> None:
    rows = scores("base", "correct", [1, 0, 0, None, 1, None]) + scores("dpo", "correct", [1, 1, 1, 1, 0, None])
    table = columns(rows)
    base = Side("base", table["base"], {str(number): "same" for number in range(6)})
    dpo = Side("dpo", table["dpo"], {str(number): "other" if number == 2 else "same" for number in range(6)})
    (row,) = suite_comparisons([(base, dpo)], {})
    # Question 2 was asked differently and question 3 judged once: 0, 1 and 4 remain; nobody judged 5.
    assert paired_items(base, dpo, "correct") == [("0", 0), ("1", 0), ("4", 0)]
    assert (row.n, row.unpaired, row.gained, row.lost, row.delta) == (3, 2, 1, 1, 0.0)
    assert (row.test, row.gained_ids, row.lost_ids) == ("mcnemar exact", ("1",), ("4",))


def test_further_samples_are_named_among_the_gained_and_lost() -> None:
    rows = scores("base", "correct", [0, 1]) + scores("base", "correct", [0, 1], sample=1)
    rows += scores("dpo", "correct", [1, 1]) + scores("dpo", "correct", [1, 0], sample=1)
    (row,) = compared(rows)
    assert row.gained_ids == ("0", "0 (sample 1)") and row.lost_ids == ("1 (sample 1)",)
    # Two questions are two clusters, however often they are asked.
    assert (row.test, row.p, row.low, row.reason, row.verdict) == ("none", None, None, "few", "undecided")


def test_every_pair_of_variants_is_compared_on_every_metric_that_both_have() -> None:
    rows = [row for name in ("base", "dpo", "orpo") for row in scores(name, "words", [1.0, 2.0, 5.0])]
    rows += scores("base", "correct", [1, 1, 0])
    assert [(row.baseline, row.variant, row.metric) for row in compared(rows)] == [
        ("base", "dpo", "words"),
        ("base", "orpo", "words"),
        ("dpo", "orpo", "words"),
    ]


def test_the_effect_is_cohens_g_for_rates_and_d_z_for_numbers() -> None:
    rows = scores("base", "correct", [0, 0, 0, 1, 1]) + scores("dpo", "correct", [1, 1, 1, 0, 1])
    rows += scores("base", "rouge_l", [0.1, 0.2, 0.3] * 2) + scores("dpo", "rouge_l", [0.2, 0.4, 0.6] * 2)
    correct, rouge = compared(rows)
    assert correct.effect == pytest.approx(3 / 4 - 1 / 2)
    # Differences 0.1, 0.2, 0.3, twice: mean 0.2, sum of squares about it 0.04.
    assert rouge.effect == pytest.approx(0.2 / math.sqrt(0.04 / 5)) and rouge.gained_ids == ()


def test_a_constant_difference_has_no_effect_size_however_much_dust_floating_point_leaves() -> None:
    before = [0.1, 0.7, 0.3, 0.2, 0.45, 0.6, 0.15, 0.8]
    after = [value + 0.1 for value in before]
    assert len({b - a for a, b in zip(before, after, strict=True)}) > 1
    (row,) = compared(scores("base", "rouge_l", before) + scores("dpo", "rouge_l", after))
    assert row.effect is None and row.delta == pytest.approx(0.1)
    # What was not seen: at most 1 − 0.025^(1/8) = 36.9 % of the answers differ otherwise.
    assert row.low == pytest.approx(0.1 - 0.3694, abs=1e-4) and row.p is not None and row.p > 0.05


def test_a_suites_own_margin_beats_the_metrics() -> None:
    table = sides(scores("base", "correct", [1.0] * 60) + scores("dpo", "correct", [1.0] * 60))
    pairs = [(table["base"], table["dpo"])]
    assert suite_comparisons(pairs, {"correct": 0.01})[0].verdict == "undecided"
    assert suite_comparisons(pairs, {"correct": 0.08})[0].verdict == "unchanged"


def test_a_relative_margin_is_a_share_of_the_mean_of_both_sides() -> None:
    rows = scores("base", "words", [100.0, 300.0, 200.0]) + scores("dpo", "words", [300.0, 700.0, 800.0])
    (row,) = compared(rows)
    assert row.margin == pytest.approx(0.1 * (200 + 600) / 2)
    assert suite_rule("words", {"words": 5.0}, 200.0).margin == 5.0


def test_differences_that_are_all_the_same_leave_open_what_was_not_seen() -> None:
    def same(count: int) -> list[Score]:
        return [row for name in ("base", "dpo") for row in scores(name, "rep_4", [0.0] * count)]

    (few,), (many,) = compared(same(10)), compared(same(252))
    # None of ten differs: up to 1 − 0.025^(1/10) = 31 % may.
    assert few.verdict == "undecided" and few.high == pytest.approx(0.3085, abs=1e-4)
    assert many.verdict == "unchanged" and many.low == pytest.approx(-0.01453, abs=1e-5)
    words = [row for name in ("base", "dpo") for row in scores(name, "words", [7.0] * 10)]
    assert (compared(words)[0].low, compared(words)[0].verdict) == (None, "undecided")


def test_the_noise_floor_is_the_net_change_that_asking_twice_makes() -> None:
    once = columns(scores("base", "correct", [1, 0, 1, 1, None]) + scores("base", "words", [5, 5, 9, 1, 2]))["base"]
    again = columns(scores("base", "correct", [1, 1, 0, 1, 1]) + scores("base", "words", [5, 8, 8, 1, 2]))["base"]
    found = noise_floor(once, again)
    # Two of four flipped: √(½ / 4).
    assert found["correct"].value == pytest.approx(math.sqrt(0.5 / 4))
    assert (found["correct"].n, found["correct"].flips) == (4, 0.5)
    # Changes 0, 3, −1, 0, 0: √(10 / 5 / 5), and (3 + 1) / 5 in the mean.
    assert found["words"].value == pytest.approx(math.sqrt(2 / 5)) and found["words"].flips == pytest.approx(0.8)
    # Five amounts give no interval; four rates the exact one of 2 of 4.
    assert found["words"].low is None
    low, high = binomtest(2, 4).proportion_ci(method="exact")
    ends = math.sqrt(low / 4), math.sqrt(high / 4)
    assert (found["correct"].low, found["correct"].high) == pytest.approx(ends)


def test_the_noise_floor_of_a_difference_shrinks_with_the_number_of_answers() -> None:
    floors = []
    for n in (100, 400):
        once, again = ([float(number % 50 != side) for number in range(n)] for side in (0, 1))
        first, second = (columns(scores("base", "correct", values))["base"] for values in (once, again))
        floors.append(noise_floor(first, second)["correct"])
    # 4 % flip in both.
    assert [floor.flips for floor in floors] == [0.04, 0.04]
    assert [floor.value for floor in floors] == pytest.approx([0.02, 0.01])


def test_answers_of_one_cluster_flip_together_in_the_noise_floor() -> None:
    once = columns(scores("base", "correct", [1, 1, 1, 0, 0, 0, 1, 1]))["base"]
    again = columns(scores("base", "correct", [0, 0, 1, 0, 1, 1, 1, 1]))["base"]
    groups = {str(number): "abcd"[number // 2] for number in range(8)}
    # Net changes −2, 0, +2, 0: √(8) / 8, where answers alone would give √(4) / 8.
    assert noise_floor(once, again, groups)["correct"].value == pytest.approx(math.sqrt(8) / 8)
    assert noise_floor(once, again)["correct"].value == pytest.approx(math.sqrt(4) / 8)


def test_seven_points_beside_eight_percent_of_flips_are_not_inside_the_noise() -> None:
    n, flips = 400, 16
    base = [float(number < 280) for number in range(n)]
    # 36 gained and 8 lost: +7 points. Asked again, each differs in 8 % of the answers, as many up as down.
    tuned = [1.0 - value if number in {*range(8), *range(300, 336)} else value for number, value in enumerate(base)]
    again = [
        [1.0 - value if number in {*range(100, 100 + flips), *range(340, 340 + flips)} else value
         for number, value in enumerate(values)]
        for values in (base, tuned)
    ]  # fmt: skip
    rows = scores("base", "correct", base) + scores("dpo", "correct", tuned)
    noise = {
        name: noise_floor(columns(scores(name, "correct", a))[name], columns(scores(name, "correct", b))[name])
        for name, a, b in (("base", base, again[0]), ("dpo", tuned, again[1]))
    }
    (row,) = with_noise(compared(rows), noise)
    assert row.delta == pytest.approx(0.07) and row.noise == pytest.approx(math.sqrt(0.08 / n))
    assert not row.inside_noise


def test_the_noise_of_a_difference_is_that_of_both_sides_each_asked_once() -> None:
    rows = scores("base", "correct", [1, 0, 1, 1]) + scores("dpo", "correct", [1, 1, 1, 1])
    rows += scores("base", "leak", [0, 0, 0, 0]) + scores("dpo", "leak", [0, 0, 0, 0])
    noise = {
        "base": {"correct": Noise(0.1, 0.0, 0.3, 4)},
        "dpo": {"correct": Noise(0.25, 0.1, 0.6, 4)},
    }
    correct, leak = with_noise(compared(rows), noise)
    assert correct.delta == 0.25 and correct.noise == pytest.approx(math.sqrt((0.1**2 + 0.25**2) / 2))
    # 0.25 is less than 1.96 of them.
    assert correct.inside_noise and (leak.noise, leak.inside_noise) == (None, False)
    (loud,) = with_noise([correct], {"base": {"correct": Noise(0.12, 0.0, 0.3, 4)}})
    assert loud.noise == pytest.approx(0.12) and not loud.inside_noise
    task = comparison("base", "dpo", Rule("task", "correct", "higher", True, 0.03), paired(0.1, 0.0, 0.2))
    assert with_noise([task], noise) == [task]


ANSWERS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 1.0, None]),
        st.sampled_from([0.0, 1.0, None]),
        st.integers(0, 30),
        st.integers(0, 30),
        st.sampled_from(["", "x", "y"]),
    ),
    min_size=1,
    max_size=30,
)
Answers = list[tuple[float | None, float | None, int, int, str]]


def rows_of(answers: Answers) -> tuple[list[Score], dict[str, str]]:
    """Scores of a and b on two metrics, and the clusters of the questions that have one."""
    rows = scores("a", "correct", [row[0] for row in answers]) + scores("b", "correct", [row[1] for row in answers])
    rows += scores("a", "rouge_l", [row[2] / 30 for row in answers])
    rows += scores("b", "rouge_l", [row[3] / 30 for row in answers])
    return rows, {str(number): row[4] for number, row in enumerate(answers) if row[4]}


@given(ANSWERS, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=80)
def test_the_order_of_the_scores_changes_nothing(answers: Answers, shuffled: random.Random) -> None:
    rows, groups = rows_of(answers)
    found = with_families(compared(rows, groups), PRIMARY)
    estimates = {
        (name, metric): estimate(metric, column, groups)
        for name, table in columns(rows).items()
        for metric, column in table.items()
    }
    shuffled.shuffle(rows)
    table = sides(rows)
    assert with_families(suite_comparisons([(table["a"], table["b"])], {}, groups), PRIMARY) == found
    for (name, metric), expected in estimates.items():
        assert estimate(metric, table[name].columns[metric], groups) == expected


@given(ANSWERS)
@settings(deadline=None, max_examples=150)
def test_a_against_b_mirrors_b_against_a(answers: Answers) -> None:
    rows, groups = rows_of(answers)
    table = sides(rows)
    there = with_families(suite_comparisons([(table["a"], table["b"])], {}, groups), PRIMARY)
    back = with_families(suite_comparisons([(table["b"], table["a"])], {}, groups), PRIMARY)
    for one, other in zip(there, back, strict=True):
        assert (one.metric, one.n, one.unpaired, one.test) == (other.metric, other.n, other.unpaired, other.test)
        assert one.delta == pytest.approx(-other.delta, abs=1e-12)
        assert (one.p, one.p_holm, one.p_bh) == pytest.approx((other.p, other.p_holm, other.p_bh), abs=1e-12)
        assert (one.gained, one.gained_ids) == (other.lost, other.lost_ids)
        assert other.verdict == MIRRORED.get(one.verdict, one.verdict)
        if one.low is not None and one.high is not None:
            assert (other.low, other.high) == pytest.approx((-one.high, -one.low), abs=1e-9)
        else:
            assert other.low is None and other.high is None


@given(ANSWERS)
@settings(deadline=None, max_examples=150)
def test_no_p_value_or_rate_leaves_its_range(answers: Answers) -> None:
    rows, groups = rows_of(answers)
    for row in with_families(compared(rows, groups), PRIMARY):
        assert all(value is None or 0 <= value <= 1 for value in (row.p, row.p_holm, row.p_bh))
        assert -1 <= row.delta <= 1 and (row.effect is None or row.gained is None or -0.5 <= row.effect <= 0.5)
        assert row.mde is None or row.mde > 0
        if row.low is None or row.high is None:
            assert row.p is None and row.verdict == "undecided" and row.reason in ("few", "constant")
        elif row.metric == "correct":
            assert row.p is not None and -1 <= row.low <= row.delta <= row.high <= 1
    for name, column in ((name, table["correct"]) for name, table in columns(rows).items()):
        found = estimate("correct", column, groups)
        if found.mean is not None and found.low is not None and found.high is not None:
            assert 0 <= found.low <= found.mean + 1e-12 and found.mean - 1e-12 <= found.high <= 1, name
