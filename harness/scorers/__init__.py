"""Metrics of an answer, one table of them: correctness, length, repetition, loops, leaks, other roles, ROUGE.

Pure: it takes records and gives records; what it needs from below is words and matching.
From below: errors, records, scorers.matching, scorers.thoughts, scorers.turns, scorers.repeating.
"""

from harness.scorers.answered import holds_thought
from harness.scorers.length import count_words, words_of
from harness.scorers.loops import find_loop
from harness.scorers.margins import MarginScale, checked_margin, checked_margins
from harness.scorers.metrics import METRICS, Group, MeasureKind, in_reading_order
from harness.scorers.reading import first_answer, read
from harness.scorers.references import ReferenceGrade, grade_references
from harness.scorers.rouge import rouge_l
from harness.scorers.scores import explain, score_response
from harness.scorers.thoughts import KNOWN
from harness.scorers.turns import (
    ENDS,
    TURN_MARKS,
    SpecialTokens,
    cut_written,
    leak_spans,
    text_start,
    with_special,
    without_special_tokens,
)

__all__ = [
    "ENDS",
    "KNOWN",
    "METRICS",
    "TURN_MARKS",
    "Group",
    "MarginScale",
    "MeasureKind",
    "ReferenceGrade",
    "SpecialTokens",
    "checked_margin",
    "checked_margins",
    "count_words",
    "cut_written",
    "explain",
    "find_loop",
    "first_answer",
    "grade_references",
    "holds_thought",
    "in_reading_order",
    "leak_spans",
    "read",
    "rouge_l",
    "score_response",
    "text_start",
    "with_special",
    "without_special_tokens",
    "words_of",
]
