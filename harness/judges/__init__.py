"""Judges of a run's answers: verdicts that were given elsewhere, laid down beside the run, and what they come to.

From below: errors, store, data.recordings, comparing.inference, comparing, judging.
"""

from harness.judges.judgement import FOLDER, Judgement, judge_run, keep
from harness.judges.labelled import Labelled, check_files
from harness.judges.recorded import cast_ballots
from harness.judges.verdict_files import read_verdicts

__all__ = [
    "FOLDER",
    "Judgement",
    "Labelled",
    "cast_ballots",
    "check_files",
    "judge_run",
    "keep",
    "read_verdicts",
]
