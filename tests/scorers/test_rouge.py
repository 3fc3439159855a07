"""ROUGE-L: the package's figure, and the same for texts that are too long for its table."""

import random

import pytest
from rouge_score.rouge_scorer import RougeScorer

from harness.scorers import rouge_l
from harness.scorers.rouge import longest_common


def test_long_texts_get_the_packages_figure_without_its_table() -> None:
    source = random.Random(0)
    words = [f"w{number}" for number in range(40)]
    scorer = RougeScorer(["rougeL"])
    for _ in range(50):
        first, second = (" ".join(source.choices(words, k=source.randint(1, 60))) for _ in range(2))
        common = longest_common(first.split(), second.split())
        theirs = scorer.score(first, second)["rougeL"].fmeasure
        assert 2 * common / (len(first.split()) + len(second.split())) == pytest.approx(theirs, abs=1e-12)


def test_a_page_of_one_repeated_word_takes_no_table() -> None:
    # 3,000 of 3,000 and 40,000 words in common.
    assert rouge_l("word " * 3_000, "word " * 40_000) == pytest.approx(2 * 3_000 / 43_000)
    assert rouge_l("字" * 5_000, "word " * 40_000) == 0.0
