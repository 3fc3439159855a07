"""The paired bootstrap of metrics of a whole task, beside scipy's and beside truth."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.stats import bootstrap
from sklearn.metrics import f1_score

from harness.comparing.aggregations import AGGREGATIONS, KNOWN, Rows
from harness.comparing.inference.bootstrap import figure_stderr, paired_figures

CELLS = list(product((0, 1), repeat=3))
"""(right, before, after) of a document."""


def rows(name: str, n: int, first: float, second: float, seed: int = 0, labels: int = 2) -> tuple[Rows, Rows]:
    """Two sides of n documents that err in those shares."""
    rng = np.random.default_rng(seed)
    right = rng.integers(0, labels, n)
    given = [np.where(rng.random(n) < share, rng.integers(0, labels, n), right) for share in (first, second)]
    found = KNOWN[name].read(np.vstack([np.column_stack([right, one]) for one in given]).tolist())
    assert found is not None
    return found[:n], found[n:]


@pytest.mark.parametrize("name", ["f1", "matthews_corrcoef", "macro f1"])
@pytest.mark.parametrize("n", [6, 15, 40, 200])
def test_p_is_below_one_in_twenty_exactly_where_the_interval_leaves_zero_out(name: str, n: int) -> None:
    said = set()
    for seed in range(40):
        found = paired_figures(KNOWN[name], *rows(name, n, 0.2, 0.2 + seed / 50, seed), seed)
        if found.low is None or found.high is None or found.p is None:
            assert (n, found.low, found.p) == (6, None, None)  # Six documents of one label.
            continue
        assert (found.p < 0.05) == (not found.low <= 0 <= found.high)
        said.add(found.p < 0.05)
    assert n == 6 or said == {True, False}


def test_the_order_of_the_documents_changes_nothing() -> None:
    first, second = rows("f1", 50, 0.2, 0.4)
    order = np.random.default_rng(1).permutation(50)
    assert paired_figures(AGGREGATIONS["f1"], first, second, 3) == paired_figures(
        AGGREGATIONS["f1"], first[order], second[order], 3
    )


def test_the_interval_is_near_scipys_percentiles_where_documents_are_many() -> None:
    first, second = rows("f1", 600, 0.3, 0.4)

    def difference(*places: np.ndarray) -> float:
        (drawn,) = places
        counts = np.bincount(drawn.astype(int), minlength=600).astype(float)
        figure = AGGREGATIONS["f1"].figure
        return float(figure(counts, second) - figure(counts, first))

    theirs = bootstrap(
        (np.arange(600),), difference, vectorized=False, n_resamples=3000, method="percentile", rng=1
    ).confidence_interval
    found = paired_figures(AGGREGATIONS["f1"], first, second, 0)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=0.006)


def test_documents_that_agree_everywhere_do_not_prove_that_none_ever_differs() -> None:
    widths = []
    for n in (12, 120):
        first, _ = rows("matthews_corrcoef", n, 0.2, 0.2)
        found = paired_figures(AGGREGATIONS["matthews_corrcoef"], first, first, 0)
        assert found.low is not None and found.high is not None
        assert (found.delta, found.p) == (0.0, 1.0) and found.low < -0.02 and found.high > 0.02
        widths.append(found.high - found.low)
    assert widths[0] > 4 * widths[1]


def test_texts_that_agree_everywhere_say_nothing_where_they_are_few() -> None:
    texts = [[f"a b c d {place}", f"a b d {place}"] for place in range(30)]
    found = AGGREGATIONS["bleu"].read(texts)
    assert found is not None
    few, many = (paired_figures(AGGREGATIONS["bleu"], found[:n], found[:n], 0) for n in (29, 30))
    assert (few.low, few.p) == (None, None) and (many.low, many.high, many.p) == (0.0, 0.0, 1.0)


def test_a_figures_standard_error_is_that_of_resamples_by_scikit_learn() -> None:
    rng = np.random.default_rng(4)
    right = rng.integers(0, 4, 150)
    given = np.where(rng.random(150) < 0.3, rng.integers(0, 4, 150), right)
    draws = rng.integers(0, 150, (400, 150))
    theirs = np.std([f1_score(right[draw], given[draw], average="macro") for draw in draws])
    found = KNOWN["macro f1"].read(np.column_stack([right, given]).tolist())
    assert found is not None
    assert figure_stderr(KNOWN["macro f1"], found, 0) == pytest.approx(theirs, rel=0.12)
    assert figure_stderr(KNOWN["macro f1"], found[:1], 0) is None


def world(ones: float, before: tuple[float, float], after: tuple[float, float], copied: float) -> Rows:
    """The chance of each cell: how often the label is 1, each side's chance to be right on 1 and on 0.

    copied: the share of documents on which the second side says what the first said.
    """
    chances = []
    for right, first, second in CELLS:
        a, b = before[1 - right], after[1 - right]
        alone = copied * (first == second) + (1 - copied) * (b if second == right else 1 - b)
        chances.append((ones if right else 1 - ones) * (a if first == right else 1 - a) * alone)
    return np.array(chances)


WORLDS = {
    "even": world(0.5, (0.8, 0.8), (0.8, 0.8), 0.5),
    "rare": world(0.2, (0.7, 0.9), (0.7, 0.9), 0.5),
    "worse": world(0.5, (0.9, 0.9), (0.7, 0.8), 0.3),
}


@pytest.mark.parametrize("truth", WORLDS)
@pytest.mark.parametrize("n", [40, 250])
@pytest.mark.parametrize("name", ["f1", "matthews_corrcoef"])
def test_the_interval_covers_the_truth_in_95_of_100_samples(
    name: str, n: int, truth: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.comparing.inference.bootstrap._RESAMPLES", 999)
    aggregation, chances = AGGREGATIONS[name], WORLDS[truth]
    found = aggregation.read([[right, given] for side in (1, 2) for right, given in ((c[0], c[side]) for c in CELLS)])
    assert found is not None
    first, second = found[:8], found[8:]
    change = float(aggregation.figure(chances, second) - aggregation.figure(chances, first))
    samples = np.random.default_rng(17).multinomial(n, chances, size=300)
    covered = alarms = 0
    for seed, counts in enumerate(samples):
        one = paired_figures(aggregation, np.repeat(first, counts, axis=0), np.repeat(second, counts, axis=0), seed)
        assert one.low is not None and one.high is not None and one.p is not None
        covered += one.low <= change <= one.high
        alarms += one.p < 0.05
    # 300 samples have a standard error of 1.3 points. Few documents cover more, and reject less.
    assert covered >= 0.915 * 300
    assert truth == "worse" or alarms <= 0.085 * 300
