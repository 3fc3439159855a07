"""Every aggregation that lm-eval registers, beside lm-eval's own, and the others beside scikit-learn."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from sklearn.metrics import f1_score

from harness.comparing.aggregations import AGGREGATIONS, KNOWN, OWN, USUAL

# scikit-learn warns where a label was never given, and takes 0 for its F1 as lm-eval does.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:sklearn")

Values = list[Any]
WORDS = "the a cat dog sat ran on mat over lazy fox . , big small red blue tree house !".split()


@cache
def lm_eval_aggregations() -> dict[str, Callable[[Values], float]]:
    from lm_eval.api import metrics, registry

    assert metrics.mean
    return dict(registry.AGGREGATION_REGISTRY.items())


def sentence(rng: np.random.Generator, longest: int = 25) -> str:
    return " ".join(rng.choice(WORDS, rng.integers(0, longest)))


def near(rng: np.random.Generator, text: str, share: float) -> str:
    return " ".join(word if rng.random() > share else str(rng.choice(WORDS)) for word in text.split())


def values_of(name: str, rng: np.random.Generator, n: int, share: float) -> Values:
    """As a sample of that aggregation holds them; the larger the share, the worse."""
    if name in ("mean", "nanmean", "median"):
        return [float(rng.random() > share) if rng.random() < 0.5 else float(rng.random()) for _ in range(n)]
    if name == "perplexity":
        return list((-rng.gamma(3, 0.2 + share, n)).tolist())
    if name in ("weighted_perplexity", "bits_per_byte"):
        return [[float(-weight * rng.gamma(3, 0.2 + share)), int(weight)] for weight in rng.integers(1, 90, n)]
    if name == "brier_score":
        chances = rng.dirichlet([1, 1, 1], n)
        return [[int(rng.integers(0, 3)), row.tolist()] for row in chances]
    if name in ("f1", "matthews_corrcoef"):
        right = rng.integers(0, 2 if name == "f1" else 4, n)
        given = np.where(rng.random(n) < share, rng.permutation(right), right)
        return list(np.column_stack([right, given]).tolist())
    texts = [sentence(rng) for _ in range(n)]
    return [[text, near(rng, text, share)] for text in texts]


def figure(name: str, values: Sequence[object]) -> float:
    rows = KNOWN[name].read(values)
    assert rows is not None
    return float(KNOWN[name].figure(np.ones(len(rows)), rows))


def test_every_aggregation_that_lm_eval_registers_is_known_or_no_figure() -> None:
    assert set(lm_eval_aggregations()) == {*AGGREGATIONS, "bypass"}


def test_every_metric_that_lm_eval_registers_has_its_usual_aggregation() -> None:
    from lm_eval.api.registry import AGGREGATION_REGISTRY, METRIC_REGISTRY, get_metric_aggregation

    names = {made: name for name, made in AGGREGATION_REGISTRY.items()}
    usual = {metric: names[get_metric_aggregation(metric)] for metric in METRIC_REGISTRY}
    assert len(usual) >= 19
    assert {metric: USUAL.get(metric, "mean") for metric in usual} == usual
    assert set(USUAL) <= set(usual)


@pytest.mark.parametrize("name", AGGREGATIONS)
@pytest.mark.parametrize("share", [0.05, 0.4, 1.0])
def test_an_aggregation_gives_lm_evals_own_figure(name: str, share: float) -> None:
    rng = np.random.default_rng(7)
    for n in (1, 2, 3, 10, 61):
        values = values_of(name, rng, n, share)
        expected = float(lm_eval_aggregations()[name](values))
        assert figure(name, json.loads(json.dumps(values))) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", KNOWN)
def test_a_resample_has_the_figure_of_the_documents_that_it_drew(name: str) -> None:
    rng = np.random.default_rng(3)
    if name in OWN and name != "mean":
        values = values_of("matthews_corrcoef", rng, 20, 0.4)
    else:
        values = values_of(name, rng, 20, 0.4)
    rows = KNOWN[name].read(values)
    assert rows is not None
    counts = rng.multinomial(20, [1 / 20] * 20, size=30)
    found = KNOWN[name].figure(counts.astype(float), rows)
    drawn = [[values[place] for place in range(20) for _ in range(row[place])] for row in counts]
    assert found == pytest.approx([figure(name, sample) for sample in drawn], rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("f1", [[0, 0], [0, 0]]),
        ("f1", [[1, 0], [0, 0]]),
        ("f1", [[0, 1], [0, 0]]),
        ("f1", [[1, 1], [1, 1]]),
        ("f1", [[5, 5], [5, 5]]),
        ("f1", [[1, 2], [2, 2], [1, 1]]),
        ("f1", [[True, False], [True, True]]),
        ("matthews_corrcoef", [[0, 0], [1, 0]]),
        ("matthews_corrcoef", [[1, 1], [1, 1]]),
        ("matthews_corrcoef", [["a", "b"], ["b", "b"], ["c", "c"], ["a", "a"]]),
        ("matthews_corrcoef", [[-100, 1], [0, 0], [1, 1], [0, 1]]),
        ("nanmean", [1.0, float("nan"), 0.0]),
        ("median", [3.0, 1.0, 2.0, 10.0]),
        ("bleu", [["a b c d e", ""], ["x", ""]]),
        ("bleu", [["a b", "a b"], ["c", "c"]]),
        ("bleu", [["a b c d e f", "a b x d e f"], ["g h i j", "g h k j i"]]),
        ("bleu", [[["a b c d e", "a c d e f"], "a c d e"], [["x y z", "x z"], "x y z w"]]),
        ("bleu", [[["a b c d e", "a c d e f"], ["a c d e"]], [["x y z"], ["x y z w"]]]),
        ("chrf", [["", "abc"], ["", ""]]),
        ("chrf", [["ab", "xy"]]),
        ("chrf", [[["ab cd", "abd c"], "abd c"], [["x", "xy"], "x"]]),
        ("chrf++", [["it's (here).", "is it here?"], ["a b c", "a b d"]]),
        ("chrf++", [["機器學習很有趣", "機器學習有趣"]]),
        ("ter", [["", "a b"], ["", ""]]),
        ("ter", [["", ""]]),
        ("ter", [[["a b c", "a c"], "c a"], [["x", "x y z"], "x y"]]),
        ("brier_score", [[2, [0.1, 0.2, 0.7]], [-1, [0.5, 0.5, 0.0]]]),
    ],
)  # fmt: skip
def test_at_the_edges_too(name: str, values: Values) -> None:
    expected = float(lm_eval_aggregations()[name](values))
    assert figure(name, values) == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_brier_scores_are_read_from_the_text_that_numpy_makes_of_probabilities() -> None:
    rng = np.random.default_rng(1)
    chances = rng.dirichlet([1] * 30, 12)
    values = [[int(place % 30), str(row)] for place, row in enumerate(chances)]
    exact = [[int(place % 30), row.tolist()] for place, row in enumerate(chances)]
    assert "\n" in str(values[0][1])
    assert figure("brier_score", values) == pytest.approx(figure("brier_score", exact), rel=1e-6)


@pytest.mark.parametrize("labels", [2, 5])
@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
def test_f1_over_labels_is_scikit_learns(average: str, labels: int) -> None:
    rng = np.random.default_rng(labels)
    for n in (2, 9, 80):
        right, given = rng.integers(0, labels, n), rng.integers(0, labels, n)
        expected = f1_score(right, given, average=average, zero_division=0)
        found = figure(f"{average} f1", np.column_stack([right, given]).tolist())
        assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_the_pooled_mean_counts_every_number_of_every_list_the_same() -> None:
    assert figure("pooled mean", [[True, False], [True], [False, False, True]]) == 3 / 6


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("mean", [[1, 2], [3, 4]]),
        ("mean", ["1", "2"]),
        ("f1", [[0, 1], [2, 2], [1, 1]]),  # scikit-learn: target is multiclass
        ("f1", [[0, 2], [2, 2]]),  # scikit-learn: pos_label=1 is not a valid label
        ("f1", [["yes", "no"]]),
        ("f1", [[[0, 1], 1]]),
        ("f1", [1.0, 0.5]),
        ("matthews_corrcoef", [[0, "a"], [1, "b"]]),
        ("matthews_corrcoef", [[0.5, 1]]),
        ("matthews_corrcoef", [[None, 1]]),
        ("weighted_perplexity", [[-3.0, -1]]),
        ("weighted_perplexity", [-3.0]),
        ("bleu", [["a", 3]]),
        ("bleu", [[[], "a"]]),
        ("bleu", [["a", ["b", "c"]]]),
        ("bleu", []),
        ("brier_score", [[0, [0.5, 0.5]], [0, [0.2, 0.3, 0.5]]]),
        ("brier_score", [[2, [0.5, 0.5]]]),
        ("brier_score", [[[0], [0.5, 0.5]]]),
        ("brier_score", [[0, "[0.1 ... 0.2]"]]),
        ("pooled mean", [[1, 2], []]),
        ("pooled mean", [1, 2]),
        ("macro f1", [1.0, 2.0]),
        ("micro f1", []),
    ],
)
def test_values_of_another_kind_are_not_read(name: str, values: Values) -> None:
    assert KNOWN[name].read(values) is None


def test_what_is_no_finite_number_was_not_judged() -> None:
    rows = KNOWN["mean"].read([1, None, float("inf"), 10**400, True])
    assert rows is not None
    assert np.isfinite(rows[:, 0]).tolist() == [True, False, False, False, True]


def test_every_aggregation_that_a_task_of_lm_evals_or_ours_names_is_known() -> None:
    import lm_eval

    folders = [Path(lm_eval.__file__).parent / "tasks", Path(__file__).parents[3] / "tasks"]
    texts = {path.read_text(encoding="utf-8") for folder in folders for path in folder.rglob("*yaml")}
    named = {
        (str(entry["metric"]), str(entry["aggregation"]))
        for text in texts
        if "metric_list" in text
        for entry in _metric_list(text)
        if "aggregation" in entry
    }
    assert len(named) > 100
    functions = {pair for pair in named if pair[1].startswith("!function")}
    assert {name for _, name in named - functions} - set(AGGREGATIONS) <= {"bypass"}
    # What is a function of the task's own is compared where OWN proves it, and nowhere else.
    assert functions and not {name for _, name in functions} & set(AGGREGATIONS)


def _metric_list(text: str) -> list[dict[str, object]]:
    block = re.search(r"^metric_list:.*\n(?:[ \t#-].*\n|\n)*", f"{text}\n", re.MULTILINE)
    if block is None:
        return []
    read = yaml.safe_load(re.sub(r"!function\s+[\"']?([\w.]+)[\"']?", r'"!function \1"', block[0]))
    return list(read["metric_list"] or [])
