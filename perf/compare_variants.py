"""Times the comparison in this process: python -m perf.compare_variants QUESTIONS OUTPUT."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
from scipy.stats import bootstrap, permutation_test

from harness.comparing import Side, columns, estimate, suite_comparisons, with_families
from harness.comparing.inference import Floats, paired_columns
from harness.data import load_template
from harness.records import Question, Response, Score
from harness.scorers import score_response
from perf.score_answers import Text, answer_texts, keyed_question

VARIANTS = 10
_RESAMPLES = 4999
_SWAPS = 9999
_SINGLE = 10
"""Comparisons that are also made one by one with scipy's own functions: all would take minutes."""


def main(questions: int, output: Path) -> None:
    """Writes the seconds of the whole comparison, and of a few metrics beside scipy's own calls."""
    texts, source = answer_texts()
    scores = _scores(texts, questions)
    # What the first call imports is no part of a comparison's cost.
    columns(scores[:100])
    seconds, rows = _timed(lambda: _compare(scores))
    differences = np.random.default_rng(0).gamma(2.0, 1.0, size=(questions, _SINGLE)) - 1.9
    ours, _ = _timed(lambda: len(paired_columns(differences)))
    theirs, _ = _timed(lambda: _scipys(differences))
    found = {"source": source, "seconds": seconds, "rows": rows, "columns": _SINGLE, "ours": ours, "theirs": theirs}
    output.write_text(json.dumps(found), encoding="utf-8")


def _compare(scores: list[Score]) -> int:
    """Every estimate, every comparison of every pair of variants, adjusted; how many comparisons there are."""
    table = columns(scores)
    sides = [Side(name, metrics) for name, metrics in table.items()]
    rows = with_families(suite_comparisons(list(combinations(sides, 2)), {}), {("suite", "correct")})
    for metrics in table.values():
        for metric, column in metrics.items():
            estimate(metric, column)
    return len(rows)


def _scipys(differences: Floats) -> int:
    for column in differences.T:
        bootstrap((column,), np.mean, n_resamples=_RESAMPLES, method="BCa", vectorized=True, batch=500, rng=0)
        permutation_test(
            (column,), np.mean, permutation_type="samples", n_resamples=_SWAPS, vectorized=True, batch=500, rng=0
        )
    return len(differences.T)


def _scores(texts: list[Text], count: int) -> list[Score]:
    """Scores of real-length answers: variant v answers question q with the text that stands v places further on."""
    headers = load_template("alpaca").headers
    rng = np.random.default_rng(0)
    found: list[Score] = []
    for variant in range(VARIANTS):
        for number in range(count):
            question: Question = keyed_question(number, texts[number % len(texts)])
            text = texts[(number + variant) % len(texts)].answer
            response = Response(f"variant {variant}", "s", question.id, text, "", None, 500, "stop")
            found += score_response(question, response, headers, rouge=False)
            found.append(Score(response.variant, "s", question.id, "rouge_l", float(rng.beta(2, 5))))
    return found


def _timed(work: Callable[[], int]) -> tuple[float, int]:
    started = time.perf_counter()
    count = work()
    return time.perf_counter() - started, count


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
