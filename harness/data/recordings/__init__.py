"""Answers made elsewhere: their files, the forms they have, to which question each belongs, what they echo.

It reads one file at a time, and asks nobody. docs/import.md shows every form.
From below: errors, foreign_errors, json_yaml, records, resources, on_disk, scorers.
"""

from harness.data.recordings.columns import Columns
from harness.data.recordings.echoes import answer_behind_prompt, holding_their_question
from harness.data.recordings.files import read_objects
from harness.data.recordings.matching import holds
from harness.data.recordings.reading import Questionnaire, Recording, read_recording

__all__ = [
    "Columns",
    "Questionnaire",
    "Recording",
    "answer_behind_prompt",
    "holding_their_question",
    "holds",
    "read_objects",
    "read_recording",
]
