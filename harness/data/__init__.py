"""What is asked and trained on: suites, prompt templates, preference pairs, their overlap.

It reads and checks files; what is asked of whom is decided in asking and training.
From below: errors, foreign_errors, records, resources, store, scorers.matching, scorers, models, data.preferences,
data.suites.
"""

from harness.data.converting import refuse_place, write_canonical
from harness.data.looking import QUANTILES, DataLook, DataSource, ShownRow, TrainedAs, look_at
from harness.data.overlap import SeenQuestions, seen_in_training
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
from harness.data.suite_task import suite_task, task_documents
from harness.data.thought_tags import reasoning_of
from harness.data.tokens import PreferencePair
from harness.data.trained_rows import TrainedRows, choose_rows

__all__ = [
    "QUANTILES",
    "DataLook",
    "DataSource",
    "PreferencePair",
    "SeenQuestions",
    "ShownRow",
    "Template",
    "TrainedAs",
    "TrainedRows",
    "chat_template_of",
    "chat_text",
    "choose_rows",
    "list_templates",
    "load_template",
    "look_at",
    "prompt_for",
    "reasoning_of",
    "refuse_place",
    "seen_in_training",
    "suite_task",
    "task_documents",
    "template_digest",
    "template_without_tokenizer",
    "write_canonical",
]
