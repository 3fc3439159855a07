"""What could make the numbers mean something else: questions, answers, trainings looked at for their faults.

Each finding is a Caveat with a code; words puts it in a sentence.
From below: records, on_disk, words, store, scorers, data.recordings, curves, comparing.inference, comparing.
"""

from harness.audit.checks import audit
from harness.audit.words import sentence

__all__ = ["audit", "sentence"]
