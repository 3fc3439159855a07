"""A new suite, with each key explained: `harness tasks new NAME`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.data.suites.places import list_suites
from harness.errors import HarnessError
from harness.json_yaml import parse_yaml
from harness.resources import shipped

_SETTINGS = """\
# How the questions are asked. Every key is optional.

title: {name}                          # what reports call it
prompt: alpaca                         # alpaca, chat (the tokenizer's own template), or your prompts/NAME.jinja
system: You are a helpful assistant chatbot.   # the system line; "" for none
generation:
  max_new_tokens: 256                  # beside temperature, top_p, samples, seed, stop, repetition_penalty
primary: [correct]                     # of these metrics alone a variant is called better or worse
# margins: {{correct: 0.03}}             # metric → the smallest difference that matters
# tasks: [hellaswag]                   # lm-eval tasks that are run along
# match: number                        # how answers are judged where a question does not say it itself

# reasoning: ["<think>", "</think>"]    # the one pair of tags around thoughts, which are not judged; none: no tags
# part_of: 3f1c…                       # digest of the suite that these questions are a part of: harness pairs writes it

# The questions lie beside this file, in questions.jsonl; or in questions.csv, .tsv, .json or .parquet; or on the hub:
# dataset: openai/gsm8k                # OWNER/NAME, or a file or folder beside this one
# name: main                           # its configuration, if it has several
# split: test                          # default: test
# columns: {{question: prompt, answer: gold}}   # key of a question: its column; other columns are then ignored

# A question has:
#   id          any text or number, each once; where no question has one, they are numbered
#   question    what is asked
#   answer      what is right; without one the question is open: its answers are shown, and not judged
#   match       exact, contains, number, ratio, math, choice, choices, regex, open
#               (default: contains; with choices: choice)
#   aliases     other right answers, a list
#   choices     what may be chosen, a list; the answer is a letter, the text of a choice, or its index from 0
#   tolerance   of a number: the largest difference that is still right
#   reference   an answer in full, for ROUGE and for people; `harness tasks --check` demands that it is graded right
#   cluster     questions that are not independent of each other share one
#   points      what an open answer should mention, a list; of each point one wording, or a list of them
"""
_QUESTIONS: tuple[Mapping[str, Any], ...] = (
    {
        "id": "exact", "question": "Name the capital of France, in one word.", "match": "exact", "answer": "Paris",
        "reference": "Paris.",
    },
    {
        "id": "contains", "question": "Which river flows through Vienna?", "match": "contains", "answer": "Danube",
        "aliases": ["Donau"], "reference": "The Danube flows through Vienna.",
    },
    {
        "id": "number", "question": "How many minutes are three quarters of an hour?", "match": "number", "answer": 45,
        "tolerance": 0, "reference": "Three quarters of an hour are 45 minutes.",
    },
    {
        "id": "ratio", "question": "A box holds 4 red and 6 blue pens. What is the ratio of red to blue?",
        "match": "ratio", "answer": "4:6", "reference": "It is 4:6, which is 2:3.",
    },
    {
        "id": "math", "question": "Expand (x + 1)(x - 1).", "match": "math", "answer": "x^2 - 1",
        "reference": "The answer is $x^2 - 1$.",
    },
    {
        "id": "choice", "question": "Which planet is the largest?", "choices": ["Mars", "Jupiter", "Saturn", "Venus"],
        "answer": "Jupiter", "reference": "The answer is B, Jupiter.",
    },
    {
        "id": "choices", "question": "Which of these are planets?", "match": "choices",
        "choices": ["Mars", "Moon", "Venus", "Sun"], "answer": ["A", "C"], "reference": "Mars and Venus: A and C.",
    },
    {
        "id": "regex", "question": "Write the first of May 2026 as an ISO date.", "match": "regex",
        "answer": r"\b2026-05-01\b", "reference": "2026-05-01",
    },
    {
        "id": "open", "question": "Why is the sky blue?",
        "points": [["scatters", "scattering"], ["blue", "short wavelengths"]],
        "reference": "The air scatters blue light more than red light.",
    },
)  # fmt: skip
_TASK = """\
task: {name}
custom_dataset: !function task.documents
output_type: generate_until
test_split: test
doc_to_text: !function task.prompt
doc_to_target: answer
process_results: !function task.grade
generation_kwargs:
  until: []
  max_gen_toks: 256
  do_sample: false
metric_list:
  - metric: correct
    aggregation: mean
    higher_is_better: true
metadata:
  version: 1.0
"""


def write_suite(name: str) -> list[Path]:
    """Writes a commented suite into tasks/NAME of the working folder, as an lm-eval task too; never over a file."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name):
        raise HarnessError(
            f"'{name}' cannot be the name of a suite: it may hold letters, digits, dot, dash, underscore."
        )
    folder = Path("tasks") / name
    # 007 would be a number to YAML.
    called = name if parse_yaml(name) == name else json.dumps(name)
    files = {
        "suite.yaml": _SETTINGS.format(name=called),
        "questions.jsonl": "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in _QUESTIONS),
        f"{name}.yaml": _TASK.format(name=called),
        "task.py": (shipped("tasks") / "pocket" / "task.py").read_text(encoding="utf-8"),
    }
    if name in list_suites() or any((folder / file).exists() for file in files):
        raise HarnessError(f"A suite {name} is there already. Give another name: harness tasks new NAME")
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in files.items():
        (folder / file).write_text(text, encoding="utf-8")
    return [folder / file for file in files]
