"""What a reader takes along: three sentences at the end of a section, and one question told through.

Each sentence is made of what the run's files hold, or of the literature with its source.
From below: records, words, scorers, comparing, charts, report, report.sweep, report.summary.
"""

from harness.report.lessons.choosing import most_apart
from harness.report.lessons.claims import Compared
from harness.report.lessons.curves import curves_end
from harness.report.lessons.example import worked_example
from harness.report.lessons.experiments import Tried, experiments_end
from harness.report.lessons.sections import answers_end, comparison_end, lora_end, methods_end
from harness.report.lessons.view import Lesson

__all__ = [
    "Compared",
    "Lesson",
    "Tried",
    "answers_end",
    "comparison_end",
    "curves_end",
    "experiments_end",
    "lora_end",
    "methods_end",
    "most_apart",
    "worked_example",
]
