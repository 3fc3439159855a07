"""Run folders made by hand for the gate: what was asked, who was right, and lm-eval results beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness.records import Question, Response, Variant
from harness.score import score_run
from harness.store import RunFolder, read_run, write_json, write_jsonl

N = 130
"""Enough that a run against itself is shown to be inside 3 points, which takes 125 pairs that are alike."""
Rights = Sequence[bool]
ALL: Rights = (True,) * N


def but(count: int) -> list[bool]:
    """The first so many wrong, the others right."""
    return [number >= count for number in range(N)]


def questions() -> list[Question]:
    return [Question(id=str(i), question=f"What is {i} plus 1?", match="number", answer=str(i + 1)) for i in range(N)]


def make_run(
    path: Path,
    variants: Mapping[str, Rights],
    kinds: Mapping[str, str] | None = None,
    tasks: Mapping[str, Mapping[str, Rights]] | None = None,
    texts: Mapping[tuple[str, str], str] | None = None,
    **manifest: Any,
) -> RunFolder:
    """A scored run; tasks: variant → lm-eval task → which documents are right; texts: (variant, id) → its answer."""
    run = RunFolder(path)
    asked = questions()
    kind = kinds or {}
    write_json(
        run.path / "manifest.json",
        {
            "created": "2026-11-23T01:02:03+00:00",
            "variants": [asdict(Variant(name, kind.get(name, "recorded"))) for name in variants],  # type: ignore[arg-type]
            "suite": {"name": "sums", "digest": "d0"},
            "prompt": {"name": "plain", "sha256": "p0", "system": "Be brief.", "headers": []},
            "generation": {"max_new_tokens": 50, "temperature": 0.0, "seed": 0},
            "tasks": {task: "t0" for found in (tasks or {}).values() for task in found},
            "trainings": {},
            "seed": 0,
            **manifest,
        },
    )
    run.write_questions(asked)
    for name, rights in variants.items():
        run.append_responses(
            Response(
                variant=name,
                suite="sums",
                question_id=question.id,
                text=(texts or {}).get((name, question.id), f"It is {int(question.id) + (1 if right else 5)}."),
                prompt_sha256=f"sha of {question.id}",
                completion_tokens=5,
                finish_reason="stop",
            )
            for question, right in zip(asked, rights, strict=True)
        )
        if tasks and name in tasks:
            write_tasks(run, name, tasks[name])
    score_run(read_run(run))
    return run


def write_tasks(run: RunFolder, variant: str, tasks: Mapping[str, Rights], margin: float | None = None) -> None:
    """lm-eval's results and samples of one variant, as far as they are read."""
    metadata = {} if margin is None else {"margin": margin}
    write_json(
        run.path / "benchmarks" / f"{variant}.json",
        {
            "results": {task: {"acc,none": sum(rights) / len(rights)} for task, rights in tasks.items()},
            "configs": {task: {"metadata": metadata} for task in tasks},
            "higher_is_better": {task: {"acc": True} for task in tasks},
            "n-samples": {task: {"original": len(rights), "effective": len(rights)} for task, rights in tasks.items()},
        },
    )
    for task, rights in tasks.items():
        write_jsonl(
            run.path / "benchmarks" / variant / f"samples_{task}.jsonl",
            (
                {"doc_id": i, "filter": "none", "doc_hash": f"d{i}", "prompt_hash": "p", "target_hash": "t",
                 "acc": float(right)}
                for i, right in enumerate(rights)
            ),
        )  # fmt: skip


def edit_json(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def drop_lines(path: Path, *containing: str) -> int:
    """Deletes the lines that hold all of those texts; how many there were."""
    lines = path.read_text().splitlines(keepends=True)
    kept = [line for line in lines if not all(text in line for text in containing)]
    path.write_text("".join(kept))
    return len(lines) - len(kept)
