"""A question suite as an lm-eval task, so that `lm_eval run --include_path tasks` asks and grades the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.data.prompts import load_template
from harness.data.suites import load_suite
from harness.records import Question
from harness.scorers import first_answer
from harness.scorers.matching import grade

Doc = dict[str, Any]


@dataclass(frozen=True)
class SuiteTask:
    """What a task's YAML names: its documents, the prompt of one, and the grade of an answer."""

    documents: Callable[..., dict[str, Any]]
    prompt: Callable[[Doc], str]
    grade: Callable[[Doc, list[str]], dict[str, float]]


def suite_task(folder: Path) -> SuiteTask:
    """The closed questions of the suite in that folder; open ones have no right answer that lm-eval could average."""
    suite = load_suite(str(folder))
    template = load_template(suite.prompt)
    closed = {question.id: question for question in suite.questions if question.answer is not None}

    def documents(**_: object) -> dict[str, Any]:
        import datasets

        return {"test": datasets.Dataset.from_list([_row(question) for question in closed.values()])}

    def prompt(doc: Doc) -> str:
        return template.render(doc["question"], suite.system)

    def graded(doc: Doc, results: list[str]) -> dict[str, float]:
        question = closed[doc["id"]]
        answer = first_answer(results[0], template.headers, suite.reasoning, question.question)
        value = grade(question, answer).value
        return {"correct": float(value or 0.0)}

    return SuiteTask(documents, prompt, graded)


def task_documents(path: Path) -> dict[str, Any]:
    """The documents of an lm-eval task that lie as JSON Lines beside its YAML, whatever the working folder."""
    import datasets

    lines = path.read_text(encoding="utf-8").splitlines()
    # From memory and not by a loading script: nothing is cached in the user's home, and nothing is looked up.
    return {"test": datasets.Dataset.from_list([json.loads(line) for line in lines])}


def _row(question: Question) -> Doc:
    row = asdict(question)
    return {key: row[key] for key in ("id", "question", "answer")}
