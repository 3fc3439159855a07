"""Standard errors of lm-eval's bootstrap, drawn at once, are those of its own loop."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from harness.asking.tasks import stderrs
from harness.asking.tasks.stderrs import _stderr

RESAMPLES = 2000


@pytest.fixture(autouse=True)
def fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    """lm-eval's own loop takes minutes for what is drawn here in a second."""
    monkeypatch.setattr(stderrs, "_RESAMPLES", RESAMPLES)
    monkeypatch.setattr(stderrs, "_CELLS", 5000)


def values(kind: str, count: int) -> list[Any]:
    dice = random.Random(count)
    if kind == "labels":
        return [(np.int64(dice.randrange(3)), dice.choice([0, 1, 2])) for _ in range(count)]
    if kind == "zero or one":
        return [(dice.randrange(2), dice.randrange(2)) for _ in range(count)]
    if kind == "gaps":
        return [dice.choice([float("nan"), dice.random()]) for _ in range(count)]
    return [-dice.random() * 5 for _ in range(count)]


@pytest.mark.parametrize("count", [2, 7, 40])
@pytest.mark.parametrize(
    ("aggregation", "kind"),
    [
        ("perplexity", "numbers"),
        ("median", "numbers"),
        ("matthews_corrcoef", "labels"),
        ("matthews_corrcoef", "zero or one"),
        ("f1_score", "zero or one"),
        ("nanmean", "numbers"),
        ("nanmean", "gaps"),
    ],
)
def test_the_bootstrap_is_lm_evals(aggregation: str, kind: str, count: int, capsys: pytest.CaptureFixture[str]) -> None:
    from lm_eval.api import metrics

    figure, given = getattr(metrics, aggregation), values(kind, count)
    resampled = [
        _quiet(figure, dice.choices(given, k=count))
        for dice in map(random.Random, range(RESAMPLES // 1000))
        for _ in range(1000)
    ]
    assert _stderr(figure, aggregation, given) == pytest.approx(np.std(resampled, ddof=1), abs=1e-12, nan_ok=True)


def _quiet(figure: Any, drawn: list[Any]) -> float:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(figure(drawn))


@pytest.mark.parametrize("metric", ["bleu", "chrf", "ter"])
def test_texts_are_taken_again_as_lm_eval_takes_them(metric: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from lm_eval.api import metrics

    monkeypatch.setenv("DISABLE_MULTIPROC", "1")
    sentences = ["The river of Vosk is the Crannock.", "It has been so for a long time.", "Moths are its food."]
    given = [(one, " ".join(one.split()[: 3 + place])) for place, one in enumerate(sentences)]
    figure = getattr(metrics, metric)
    assert _stderr(figure, metric, given) == pytest.approx(metrics.bootstrap_stderr(figure, given, 100), abs=1e-12)


def test_closed_forms_are_lm_evals_and_other_aggregations_have_none() -> None:
    from lm_eval.api import metrics

    assert _stderr(metrics.mean, "acc", [0, 1, 1, 0]) == pytest.approx(metrics.mean_stderr([0, 1, 1, 0]))
    # A metric without an aggregation of its own is lm-eval's mean.
    assert _stderr(None, "pass@2", [0.5, 1.0]) == pytest.approx(0.25)
    assert _stderr(metrics.weighted_perplexity, "word_perplexity", [(-1.0, 2), (-2.0, 3)]) is None
    assert _stderr(lambda values: 1.0, "own", [1.0, 2.0]) is None
    assert _stderr(metrics.mean, "acc", [1.0]) is None
    documents = [(True, {"idx": {"paragraph": 0, "question": place // 2}, "label": place % 2}) for place in range(6)]
    assert _stderr(metrics.acc_all, "acc_all", documents) == pytest.approx(metrics.acc_all_stderr(documents))


def test_a_label_that_nobody_gave_is_never_the_positive_one() -> None:
    from lm_eval.api import metrics

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(stderrs, "_RESAMPLES", 1000)
        assert _stderr(metrics.f1_score, "f1", [(0, 0), (0, 0), (0, 0)]) == 0
