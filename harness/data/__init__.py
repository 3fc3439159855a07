"""What is asked and trained on: suites, prompt templates, preference pairs, recorded answers, their overlap.

It reads and checks files; what is asked of whom is decided in asking and training.
From below: errors, foreign_errors, json_yaml, records, resources, store, scorers.matching, scorers, models,
data.preferences.
"""

from harness.data.converting import refuse_place, write_canonical
from harness.data.echoes import answer_behind_prompt, holding_their_question
from harness.data.looking import QUANTILES, DataLook, DataSource, ShownRow, TrainedAs, look_at
from harness.data.overlap import overlap_with_training
from harness.data.prompt_choice import prompt_for
from harness.data.prompts import (
    Template,
    chat_template_of,
    chat_text,
    list_templates,
    load_template,
    template_digest,
    template_without_tokenizer,
)
from harness.data.recordings import read_recording
from harness.data.suite_task import suite_task
from harness.data.suites import Suite, list_suites, load_suite, sample, sample_indices, task_folders
from harness.data.tokens import PreferencePair
from harness.data.trained_rows import TrainedRows, choose_rows

__all__ = [
    "QUANTILES",
    "DataLook",
    "DataSource",
    "PreferencePair",
    "ShownRow",
    "Suite",
    "Template",
    "TrainedAs",
    "TrainedRows",
    "answer_behind_prompt",
    "chat_template_of",
    "chat_text",
    "choose_rows",
    "holding_their_question",
    "list_suites",
    "list_templates",
    "load_suite",
    "load_template",
    "look_at",
    "overlap_with_training",
    "prompt_for",
    "read_recording",
    "refuse_place",
    "sample",
    "sample_indices",
    "suite_task",
    "task_folders",
    "template_digest",
    "template_without_tokenizer",
    "write_canonical",
]
