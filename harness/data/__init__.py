"""What is asked and trained on: suites, prompt templates, preference pairs, their overlap.

It reads and checks files; what is asked of whom is decided in asking and training.
From below: errors, foreign_errors, json_yaml, records, resources, store, scorers.matching, scorers, models,
data.preferences.
"""

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
from harness.data.suite_task import suite_task
from harness.data.suites import Suite, list_suites, load_suite, sample, sample_indices, task_folders
from harness.data.tokens import PreferencePair
from harness.data.trained_rows import TrainedRows, choose_rows

__all__ = [
    "PreferencePair",
    "Suite",
    "Template",
    "TrainedRows",
    "chat_template_of",
    "chat_text",
    "choose_rows",
    "list_suites",
    "list_templates",
    "load_suite",
    "load_template",
    "overlap_with_training",
    "prompt_for",
    "sample",
    "sample_indices",
    "suite_task",
    "task_folders",
    "template_digest",
    "template_without_tokenizer",
]
