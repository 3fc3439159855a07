"""The questions that pairs leave out, as a suite of its own that is asked as the whole one is."""

from __future__ import annotations

import json
from dataclasses import asdict

import yaml

from harness.data.suites import Suite
from harness.pairs.plan import PairPlan
from harness.records import Question
from harness.store import draft_folder, write_jsonl


def write_held_out(plan: PairPlan) -> None:
    """Writes suite.yaml and questions.jsonl into the folder of what is held out, in one step, unless it is there."""
    if not plan.held_out or plan.held_out_suite.exists():
        return
    with draft_folder(plan.held_out_suite) as draft:
        settings = yaml.safe_dump(_settings(plan.evaluation.suite), allow_unicode=True, sort_keys=False)
        (draft / "suite.yaml").write_text(settings, encoding="utf-8")
        write_jsonl(draft / "questions.jsonl", (_row(question) for question in plan.held_out))


def _settings(suite: Suite) -> dict[str, object]:
    said = {
        "title": f"{suite.title}, held out",
        "part_of": suite.digest,
        "prompt": suite.prompt,
        "system": suite.system,
        "generation": suite.generation,
        "margins": suite.margins,
        "primary": list(suite.primary),
        "tasks": list(suite.tasks),
    }
    # By way of JSON, which knows no tuples and no numbers of other kinds.
    return {key: value for key, value in json.loads(json.dumps(said)).items() if value or key == "system"}


def _row(question: Question) -> dict[str, object]:
    return {key: value for key, value in asdict(question).items() if value not in (None, ())}
