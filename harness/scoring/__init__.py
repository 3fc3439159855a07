"""A run's answers judged by every metric, a block at a time: lines of scores.jsonl, and figures to be compared.

Many answers are judged by as many processes as the machine has processors.
From below: records, on_disk, machine, store, scorers, comparing.
"""

from harness.scoring.run_scores import RunScores

__all__ = ["RunScores"]
