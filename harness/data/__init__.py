"""What is asked and trained on: suites, prompt templates, preference pairs, recorded answers, their overlap.

It reads and checks files; what is asked of whom is decided in asking and training.
From below: errors, foreign_errors, json_yaml, records, resources, store, scorers.matching, scorers, models,
data.suites.
"""

from harness.data.echoes import answer_behind_prompt, holding_their_question
from harness.data.overlap import overlap_with_training
from harness.data.preferences import PreferencePair, Preferences, read_preferences, tokenize
from harness.data.prompts import (
    Template,
    chat_template_of,
    chat_text,
    load_template,
    template_digest,
    template_without_tokenizer,
)
from harness.data.recordings import read_recording
from harness.data.suite_task import suite_task
from harness.data.suites import (
    DEFAULT_SYSTEM,
    Suite,
    list_suites,
    load_suite,
    sample,
    sample_indices,
    suite_name,
    task_folders,
    write_suite,
)

__all__ = [
    "DEFAULT_SYSTEM",
    "PreferencePair",
    "Preferences",
    "Suite",
    "Template",
    "answer_behind_prompt",
    "chat_template_of",
    "chat_text",
    "holding_their_question",
    "list_suites",
    "load_suite",
    "load_template",
    "overlap_with_training",
    "read_preferences",
    "read_recording",
    "sample",
    "sample_indices",
    "suite_name",
    "suite_task",
    "task_folders",
    "template_digest",
    "template_without_tokenizer",
    "tokenize",
    "write_suite",
]
