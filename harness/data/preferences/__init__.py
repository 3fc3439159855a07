"""Preference data: a file, a folder or a dataset of the hub, in any of the usual shapes, as one kind of record.

What becomes of a row is decided in data.
From below: errors, foreign_errors, json_yaml.
"""

from harness.data.preferences.kind import first_rows, hold_conversations, sampled_with
from harness.data.preferences.preference import Preference, Preferences, Turn
from harness.data.preferences.reading import Tally, answer_fault, read_preferences, unpadded

__all__ = [
    "Preference",
    "Preferences",
    "Tally",
    "Turn",
    "answer_fault",
    "first_rows",
    "hold_conversations",
    "read_preferences",
    "sampled_with",
    "unpadded",
]
