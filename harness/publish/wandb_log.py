"""`harness wandb RUN`: an evaluation sent to Weights & Biases, or laid down offline to be sent later.

A run's W&B id is made from its manifest, so that sending it again goes on with the same W&B run.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from harness.curves import near, open_wandb
from harness.errors import HarnessError
from harness.foreign_errors import needed
from harness.publish.redaction import portable
from harness.records import Comparison, Estimate, Question, Response, Score, Summary
from harness.resources import text_digest
from harness.scorers import METRICS
from harness.store import AnswerKey, Json, Manifest, Run, to_row
from harness.words import visible

# What a reader filters by; digests say whether two runs asked the same. Not the command, which may hold anything.
_CONFIG = (
    "run",
    "created",
    "versions",
    "git_commit",
    "importing",
    "base",
    "prompt",
    "suite",
    "generation",
    "recorded_generation",
    "serving",
    "seed",
    "tasks",
)
_OF_ANSWERS = ("versions", "git_commit", "generation")
_COMPARED = [field.name for field in fields(Comparison) if field.name not in ("gained_ids", "lost_ids")]
_ESTIMATED = ["variant", "metric", *(field.name for field in fields(Estimate))]


@dataclass(frozen=True)
class WandbTable:
    """Rows that W&B shows as a table."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Sent:
    """Where an evaluation lies now."""

    mode: str
    url: str | None
    """The page of an online run."""
    folder: Path
    left_out: int
    """Answers beyond what a W&B table holds."""

    def lines(self) -> str:
        """What the command prints: the run's page, or its folder and how to send it later."""
        cut = [f"note     the table of answers lacks the last {self.left_out:,}"] if self.left_out else []
        if self.url:
            return "\n".join([f"wandb    {self.url}", *cut])
        return "\n".join([f"wandb    {self.folder} (offline)", *cut, f"\nSend it with: wandb sync {self.folder}"])


def send_run(run: Run, project: str | None = None, entity: str | None = None) -> Sent:
    """Sends figures, comparisons, answers and report files; offline where WANDB_MODE says so or there is no key."""
    summary, manifest = run.summary, run.manifest
    with needed("wandb", "Sending to W&B"):
        import wandb
    if os.environ.get("WANDB_MODE") == "disabled":
        raise HarnessError("WANDB_MODE is disabled: nothing would be sent. Next: WANDB_MODE=offline harness wandb …")
    name = wandb_id(manifest)
    before = list((run.path / "wandb").glob(f"offline-run-*-{name}"))
    sent, mode = open_wandb(
        run.path, run.id, project, entity=entity, id=name, job_type="evaluation", config=_config(manifest, summary)
    )
    answers = answers_table(run, summary)
    most = wandb.Table.MAX_ROWS
    tables = {
        "answers": WandbTable(answers.columns, answers.rows[:most]),
        "comparisons": _comparisons_table(summary),
        "estimates": _estimates_table(summary),
    }
    sent.log({key: wandb.Table(list(it.columns), list(it.rows), allow_mixed_types=True) for key, it in tables.items()})
    sent.summary.update(figures(summary))
    sent.log_artifact(_artifact(wandb.Artifact(f"report-{name}", type="report"), run))
    folder = Path(sent.settings.sync_dir)
    sent.finish()
    for old in before:  # it holds what the new one holds
        shutil.rmtree(old, ignore_errors=True)
    url = str(sent.url) if mode == "online" and sent.url else None
    return Sent(mode, url, near(folder), max(0, len(answers.rows) - most))


def wandb_id(manifest: Manifest) -> str:
    """The same for the same run, whatever was scored or reported since."""
    row = to_row(manifest)
    what = {key: row.get(key) for key in ("run", "created", "identity")}
    return text_digest(json.dumps(what, sort_keys=True))[:16]


def figures(summary: Summary) -> dict[str, float]:
    """Means, ends of intervals and counts by W&B's names: dpo/correct, dpo/correct_low, dpo/pocket_choice/acc."""
    found: dict[str, float | None] = {}
    for variant, metrics in summary.metrics.items():
        for metric, cell in metrics.items():
            key = f"{variant}/{metric}"
            found |= {key: cell.mean, f"{key}_low": cell.low, f"{key}_high": cell.high, f"{key}_n": cell.n}
    for variant, tasks in summary.benchmarks.items():
        for task, results in tasks.items():
            for metric, result in results.items():
                key = f"{variant}/{task}/{metric}"
                found |= {key: result.value, f"{key}_stderr": result.stderr}
    return {key: value for key, value in found.items() if value is not None}


def _comparisons_table(summary: Summary) -> WandbTable:
    return WandbTable(_COMPARED, [[_cell(asdict(row)[name]) for name in _COMPARED] for row in summary.comparisons])


def _estimates_table(summary: Summary) -> WandbTable:
    rows = [
        [variant, metric, *asdict(cell).values()]
        for variant, metrics in summary.metrics.items()
        for metric, cell in metrics.items()
    ]
    return WandbTable(_ESTIMATED, rows)


def answers_table(run: Run, summary: Summary) -> WandbTable:
    """A row an answer, in the order of the questions, with every score that it has."""
    scores = _scores(run.scores)
    metrics = [metric for metric in METRICS if any(metric in found for found in scores.values())]
    columns = ["question_id", "question", "expected", "variant", "sample", "answer", "error", *metrics]
    answers = run.answers
    order = {it.name: place for place, it in enumerate((*summary.variants, *summary.references))}
    questions = {question.id: (place, question) for place, question in enumerate(run.questions)}

    def placed(key: AnswerKey) -> tuple[int, int, int]:
        variant, question, sample = key
        return questions[question][0] if question in questions else len(questions), order.get(variant, 0), sample

    rows = [
        [*_told(answers[key], questions.get(key[1], (0, None))[1]), *(scores.get(key, {}).get(it) for it in metrics)]
        for key in sorted(answers, key=placed)
        # A reference may have answers to questions that the run stopped before.
        if key[0] not in run.references or key[1] in questions
    ]
    return WandbTable(columns, rows)


def _scores(scores: Iterable[Score]) -> dict[AnswerKey, dict[str, float | None]]:
    found: dict[AnswerKey, dict[str, float | None]] = {}
    for score in scores:
        found.setdefault((score.variant, score.question_id, score.sample), {})[score.metric] = score.value
    return found


def _told(answer: Response, question: Question | None) -> list[Any]:
    asked = answer.asked or (question.question if question else "")
    expected = (question.answer or question.reference) if question else None
    told = [answer.question_id, asked, expected, answer.variant, answer.sample, answer.text, answer.error]
    return [_cell(value) for value in told]


def _cell(value: Any) -> Any:
    """Text without what a page would obey and UTF-8 cannot hold."""
    return visible(value) if isinstance(value, str) else value


def _config(manifest: Manifest, summary: Summary) -> Json:
    row = to_row(manifest)
    if manifest.is_recorded:
        # In older folders, the suite's settings and the versions of what imported stand there as if they had answered.
        row = {key: value for key, value in row.items() if key not in _OF_ANSWERS}
        row["recorded_generation"] = {it.name: _portable(manifest.told_generation(it.name)) for it in manifest.variants}
        row["base"] = {"name": manifest.base.name}
    kept = {key: row[key] for key in _CONFIG if row.get(key) is not None}
    kept["suite"] = {key: value for key, value in kept.get("suite", {}).items() if key != "path"}
    named, beside = (
        {it.name: {"kind": it.kind, "method": it.method, "digest": it.digest} for it in found}
        for found in (summary.variants, summary.references)
    )
    return {**kept, "variants": named, **({"references": beside} if beside else {}), "questions": summary.questions}


def _portable(settings: Mapping[str, Any]) -> Json:
    """The same without the folders of a machine."""
    return {key: portable(value) if isinstance(value, str) else value for key, value in settings.items()}


def _artifact(artifact: Any, run: Run) -> Any:
    for path in sorted(_files(run)):
        artifact.add_file(str(path), name=path.name)
    return artifact


def _files(run: Run) -> Iterator[Path]:
    """summary.json, and reports of every template and format."""
    yield run.path / "summary.json"
    for path in run.path.iterdir():
        if path.is_file() and path.suffix in (".html", ".pdf"):
            yield path
