"""Words and figures as a reader sees them: catalogues of languages, numerals, columns, what a page may show.

It knows nothing of runs, metrics or reports.
From below: errors, resources.
"""

from harness.words import numerals
from harness.words.catalogue import Words, complete, english, lacking, words
from harness.words.columns import aligned
from harness.words.numerals import MINUS, NOTHING, compact, median_and_quartiles, number, percent
from harness.words.retold import retold
from harness.words.safe_text import plain, visible

__all__ = [
    "MINUS",
    "NOTHING",
    "Words",
    "aligned",
    "compact",
    "complete",
    "english",
    "lacking",
    "median_and_quartiles",
    "number",
    "numerals",
    "percent",
    "plain",
    "retold",
    "visible",
    "words",
]
