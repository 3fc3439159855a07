"""Which answer is preferred: ballots of judges and people, win rates with intervals, length control, the judge judged.

Pure statistics over ballots; it asks no judge and reads no file.
From below: records, comparing.inference.
"""

from harness.judging.ballots import Ballot, Choice, preferences, repeated
from harness.judging.bradley_terry import Duel, Strength, bradley_terry
from harness.judging.checked_judge import JudgeCheck, Share, check_judge
from harness.judging.few_labels import Corrected, corrected_rate, labels_needed
from harness.judging.length_control import Controlled, length_controlled, style_differences
from harness.judging.win_rate import WinRate, win_rate

__all__ = [
    "Ballot",
    "Choice",
    "Controlled",
    "Corrected",
    "Duel",
    "JudgeCheck",
    "Share",
    "Strength",
    "WinRate",
    "bradley_terry",
    "check_judge",
    "corrected_rate",
    "labels_needed",
    "length_controlled",
    "preferences",
    "repeated",
    "style_differences",
    "win_rate",
]
