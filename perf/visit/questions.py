"""What the base of random weights is asked: long answers, and choices with five shots, for both sides the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from harness.data import load_template
from harness.pocket import pairs_path

GENERATE, CHOICE = "visit_generate", "visit_choice"
_SHOTS = 5
_LETTERS = "ABCD"
_SUITE = """\
title: Long answers of random weights
prompt: alpaca
generation:
  max_new_tokens: {new_tokens}
"""
_GENERATE = """\
task: visit_generate
custom_dataset: !function data.generate
output_type: generate_until
test_split: test
doc_to_text: "{{{{prompt}}}}"
doc_to_target: ""
generation_kwargs:
  until: []
  max_gen_toks: {new_tokens}
  do_sample: false
metric_list:
  - metric: bypass
metadata:
  version: 1.0
"""
_CHOICE = """\
task: visit_choice
custom_dataset: !function data.choice
output_type: multiple_choice
test_split: test
fewshot_split: dev
num_fewshot: {shots}
fewshot_config:
  sampler: first_n
doc_to_text: "{{{{text}}}}"
doc_to_choice: ["A", "B", "C", "D"]
doc_to_target: answer
metric_list:
  - metric: acc
    aggregation: mean
    higher_is_better: true
metadata:
  version: 1.0
"""
_DATA = '''\
"""Loads the documents that lie beside this file."""

import json
from pathlib import Path

import datasets


def _load(**parts):
    found = {}
    for part, name in parts.items():
        lines = (Path(__file__).parent / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        found[part] = datasets.Dataset.from_list([json.loads(line) for line in lines])
    return found


def generate(**_):
    return _load(test="generate")


def choice(**_):
    return _load(test="choice", dev="shots")
'''


def write_suite(folder: Path, count: int, new_tokens: int) -> Path:
    """So many questions, every answer to be of exactly that length: the base never ends a text."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "suite.yaml").write_text(_SUITE.format(new_tokens=new_tokens), encoding="utf-8")
    rows = [{"id": str(number), "question": text} for number, text in enumerate(_questions(count), start=1)]
    _write(folder / "questions.jsonl", rows)
    return folder


def write_tasks(folder: Path, count: int, new_tokens: int, choices: int) -> Path:
    """The same questions as a task of lm-eval, with the prompts that ours asks; and one of choices, shaped as MMLU."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data.py").write_text(_DATA, encoding="utf-8")
    (folder / f"{GENERATE}.yaml").write_text(_GENERATE.format(new_tokens=new_tokens), encoding="utf-8")
    (folder / f"{CHOICE}.yaml").write_text(_CHOICE.format(shots=_SHOTS), encoding="utf-8")
    render = load_template("alpaca").render
    _write(folder / "generate.jsonl", [{"prompt": render(text, "")} for text in _questions(count)])
    _write(folder / "choice.jsonl", _documents(choices))
    _write(folder / "shots.jsonl", _documents(_SHOTS))
    return folder


def _questions(count: int) -> list[str]:
    prompts = [json.loads(line)["prompt"] for line in pairs_path().read_text(encoding="utf-8").splitlines()]
    return [f"{number + 1}. {prompts[number % len(prompts)]}" for number in range(count)]


def _documents(count: int) -> list[dict[str, object]]:
    asked = _questions(count + 4)
    return [
        {"text": _shown(asked[number], asked[number + 1 :]), "answer": number % len(_LETTERS)}
        for number in range(count)
    ]


def _shown(question: str, choices: Sequence[str]) -> str:
    lines = [f"{letter}. {choice}" for letter, choice in zip(_LETTERS, choices, strict=False)]
    return "\n".join([question, *lines, "Answer:"])


def _write(path: Path, rows: Sequence[dict[str, object]] | Sequence[dict[str, str]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
