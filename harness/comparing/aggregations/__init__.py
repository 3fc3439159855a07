"""How lm-eval makes a task's figure of what each document gave: means, perplexities, F1, BLEU and the rest.

By the same arithmetic over a row of numbers a document, so that any resample of the documents has its figure at once.
It needs no lm-eval: the tests hold every aggregation beside lm-eval's own.
From below: nothing.
"""

from harness.comparing.aggregations.aggregation import Aggregation, Rows
from harness.comparing.aggregations.table import AGGREGATIONS, KNOWN, OWN, USUAL

__all__ = ["AGGREGATIONS", "KNOWN", "OWN", "USUAL", "Aggregation", "Rows"]
