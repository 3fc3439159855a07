"""Judges of a run's answers: local models, verdicts that were given elsewhere, and what they come to.

From below: errors, records, resources, config, machine, store, models, data.recordings, data, generators,
comparing.inference, comparing, judging.
"""

from harness.judges.asking import ask_judge
from harness.judges.judgement import FOLDER, Judgement, judge_run, keep
from harness.judges.labelled import Labelled, check_files
from harness.judges.recorded import cast_ballots
from harness.judges.verdict_files import read_verdicts

__all__ = [
    "FOLDER",
    "Judgement",
    "Labelled",
    "ask_judge",
    "cast_ballots",
    "check_files",
    "judge_run",
    "keep",
    "read_verdicts",
]
