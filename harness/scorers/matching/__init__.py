"""Whether an answer is right: numbers, ratios, names, choices, claims and patterns found in running text.

It judges a text against a question's key, and knows no metric.
From below: records, scorers.matching.numbers, scorers.matching.expressions, scorers.matching.reading.
"""

from harness.scorers.matching.explaining import Explanation, explained
from harness.scorers.matching.grades import Grade
from harness.scorers.matching.judge import grade
from harness.scorers.matching.names import mention
from harness.scorers.matching.normalizing import plain
from harness.scorers.matching.options import MOST_OPTIONS, lettered, with_options
from harness.scorers.matching.reading import own_turn, readable, without_echo

__all__ = [
    "MOST_OPTIONS",
    "Explanation",
    "Grade",
    "explained",
    "grade",
    "lettered",
    "mention",
    "own_turn",
    "plain",
    "readable",
    "with_options",
    "without_echo",
]
