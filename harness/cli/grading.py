"""The command that explains a verdict: what of an answer was read, what could have counted, and which rule won."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.common import ConfigFile, answer

if TYPE_CHECKING:
    from harness.records import Question, Reasoning, Response
    from harness.scorers.matching import Explanation
    from harness.store import Run

_STANDARD_INPUT = "-"
_LONGEST = 2_000


def grade(
    text: Annotated[
        str | None, typer.Argument(help="The answer, or - to read it; with --variant, none: what it answered.")
    ] = None,
    question: Annotated[str, typer.Option(help="The question's id.")] = "",
    suite: Annotated[
        str | None, typer.Option(help="The question's suite: its name, folder or file (the configuration's).")
    ] = None,
    run: Annotated[str | None, typer.Option(help="A run's questions instead of a suite's.")] = None,
    variant: Annotated[str | None, typer.Option(help="Whose answer of the run is graded.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    config: ConfigFile = None,
) -> None:
    """Say how an answer is graded, what was read of it, and by which rule."""
    from harness.errors import HarnessError
    from harness.scorers import explain

    if not question:
        raise HarnessError("Which question is answered? Give --question ID.")
    if (text is None) == (variant is None):
        raise HarnessError('Give the answer: "TEXT", - for the standard input, or --run RUN --variant NAME.')
    if variant is not None and run is None:
        raise HarnessError(f"'{variant}' answered in a run: give --run RUN too.")
    said = sys.stdin.read() if text == _STANDARD_INPUT else text
    asked, response, headers, reasoning = (
        _of_run(run, question, variant, said) if run else _of_suite(suite, config, question, said or "")
    )
    found = explain(asked, response, headers, reasoning)
    answer(json.dumps(_row(found), ensure_ascii=False) if as_json else _shown(found))


Asked = tuple["Question", "Response", Sequence[str], "Reasoning | None"]
"""(question, answer, headers of the template, what tells thoughts)."""


def _of_suite(suite: str | None, config: Path | None, question: str, text: str) -> Asked:
    from harness.config import load_config
    from harness.data import load_template
    from harness.data.suites import load_suite
    from harness.errors import HarnessError

    settings = load_config(config)
    name = suite or settings.suite
    if name is None:
        raise HarnessError("Which suite is the question of? Give --suite NAME, or --run RUN.")
    found = load_suite(name, settings.folders.tasks)
    asked = _named(question, found.questions, f"Its suite is {found.name}; another: --suite NAME.")
    template = settings.prompt or found.prompt
    headers = () if template == "chat" else load_template(template, settings.folders.prompts).headers
    return asked, _response(asked, text, found.name), headers, found.reasoning


def _of_run(run: str, question: str, variant: str | None, text: str | None) -> Asked:
    from harness.errors import HarnessError, unknown
    from harness.store import find_run

    found: Run = find_run(run)
    asked = _named(question, found.questions, f"The run is {found.id}.")
    if variant is None:
        return asked, _response(asked, text or "", found.manifest.suite.name), found.manifest.prompt.headers, None
    known = [*found.variants, *found.references]
    if variant not in known:
        unknown("variant", variant, known, f"The run is {found.id}.")
    response = found.responses.get((variant, question))
    if response is None or response.error is not None:
        why = f": {response.error}" if response is not None else ""
        raise HarnessError(f"{found.path}: {variant} has no answer to question '{question}'{why}.")
    return asked, response, found.manifest.headers(variant), found.manifest.reasoning(variant)


def _named(question: str, questions: Sequence[Question], hint: str) -> Question:
    from difflib import get_close_matches

    from harness.errors import HarnessError

    known = {it.id: it for it in questions}
    if question in known:
        return known[question]
    near = get_close_matches(question, known, n=5, cutoff=0.3) or list(known)[:5]
    more = f", and {len(known) - len(near):,} others" if len(known) > len(near) else ""
    raise HarnessError(f"No question '{question}'. Nearest: {', '.join(near)}{more}. {hint}")


def _response(question: Question, text: str, suite: str) -> Response:
    from harness.records import Response

    return Response("", suite, question.id, text, "")


def _row(found: Explanation) -> dict[str, Any]:
    asked, verdict = found.question, found.grade
    return {
        "question_id": asked.id, "question": asked.question, "match": asked.match, "answer": asked.answer,
        "aliases": list(asked.aliases), "text": found.text, "candidates": [asdict(it) for it in found.candidates],
        "read": verdict.read, "taken": list(verdict.taken), "rule": verdict.rule, "value": verdict.value,
        "note": verdict.note,
    }  # fmt: skip


def _shown(found: Explanation) -> str:
    """The explanation as a terminal shows it, a line for each part."""
    from harness.words import aligned, plain, words

    asked, verdict, say = found.question, found.grade, words("en")
    key = " or ".join(dict.fromkeys(it for it in (asked.answer, *asked.aliases) if it)) or "none"
    denied = {True: " (denied)", False: ""}
    candidates = ", ".join(f"{plain(it.text)}{denied[it.is_denied]}" for it in found.candidates)
    value = {1.0: "right", 0.0: "wrong", None: "not judged"}[verdict.value]
    rows = [
        ("question", f"{plain(asked.id)}: {_short(plain(asked.question))}"),
        ("key", f"{plain(key)} ({asked.match})"),
        ("read", _short(plain(found.text)) or "nothing"),
        *([("candidates", _short(candidates))] if candidates else []),
        *([("claim", plain(verdict.shown))] if verdict.read else []),
        *([("taken", plain(", ".join(verdict.taken)))] if verdict.taken else []),
        ("rule", f"{verdict.rule}: {say('rule.' + verdict.rule)}"),
        ("verdict", f"{value}{f' ({plain(verdict.note)})' if verdict.note else ''}"),
    ]
    return aligned(rows)


def _short(text: str) -> str:
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]} … {text[-half:]}"
