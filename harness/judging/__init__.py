"""Which answer is preferred: ballots of judges and people, win rates with intervals, length control, the judge judged.

Pure statistics over ballots; it asks no judge and reads no file.
From below: records, comparing.inference.
"""

from harness.judging.ballots import Ballot, Choice, Preferences, preferences, repeated
from harness.judging.bradley_terry import Duel, Strength, bradley_terry
from harness.judging.checked_judge import JudgeCheck, Share, check_judge, cohens_kappa, krippendorffs_alpha
from harness.judging.few_labels import Corrected, corrected_rate, labels_needed
from harness.judging.length_control import STYLES, Controlled, length_controlled, style_differences
from harness.judging.win_rate import WinRate, win_rate

__all__ = [
    "STYLES",
    "Ballot",
    "Choice",
    "Controlled",
    "Corrected",
    "Duel",
    "JudgeCheck",
    "Preferences",
    "Share",
    "Strength",
    "WinRate",
    "bradley_terry",
    "check_judge",
    "cohens_kappa",
    "corrected_rate",
    "krippendorffs_alpha",
    "labels_needed",
    "length_controlled",
    "preferences",
    "repeated",
    "style_differences",
    "win_rate",
]
