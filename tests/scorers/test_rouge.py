"""ROUGE-L: the package's figure, and the same for texts that are too long for its table."""

import random

import pytest
from rouge_score import scoring
from rouge_score.rouge_scorer import RougeScorer

from harness.scorers import rouge_l
from harness.scorers.rouge import longest_common


def test_the_longest_common_subsequence_is_that_of_the_packages_table() -> None:
    source = random.Random(0)
    words = [f"w{number}" for number in range(40)]
    scorer = RougeScorer(["rougeL"])
    for _ in range(50):
        first, second = (source.choices(words, k=source.randint(1, 60)) for _ in range(2))
        common = longest_common(first, second)
        theirs = scorer.score(" ".join(first), " ".join(second))["rougeL"]
        assert common == round(theirs.recall * len(first))
        assert scoring.fmeasure(common / len(second), common / len(first)) == theirs.fmeasure


@pytest.mark.parametrize("sizes", [(1_001, 1_000), (400, 2_600)])
def test_long_texts_get_the_packages_figure_without_its_table(sizes: tuple[int, int]) -> None:
    source = random.Random(1)
    first, second = (" ".join(source.choices("abcdefghijklmnopqrstuvwxyz", k=size)) for size in sizes)
    assert rouge_l(first, second) == RougeScorer(["rougeL"]).score(first, second)["rougeL"].fmeasure


def test_a_page_of_one_repeated_word_takes_no_table() -> None:
    # 3,000 of 3,000 and 40,000 words in common.
    assert rouge_l("word " * 3_000, "word " * 40_000) == pytest.approx(2 * 3_000 / 43_000)
    assert rouge_l("字" * 5_000, "word " * 40_000) == 0.0
