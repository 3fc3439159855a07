"""What an answer is worth: one table of metrics, one pure function that fills it."""

from harness.scorers.answers import first_answer
from harness.scorers.matching import Grade, grade
from harness.scorers.metrics import METRICS, Metric
from harness.scorers.references import ReferenceGrade, grade_references
from harness.scorers.score import score_response

__all__ = [
    "METRICS",
    "Grade",
    "Metric",
    "ReferenceGrade",
    "first_answer",
    "grade",
    "grade_references",
    "score_response",
]
