"""A run folder: what stages leave for each other, readable on a machine without torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness.errors import HarnessError, unknown
from harness.records import (
    Benchmark,
    Caveat,
    Comparison,
    Curve,
    Estimate,
    Noise,
    Question,
    Response,
    Score,
    Summary,
    Variant,
)
from harness.store.files import Json, append_jsonl, read_json, read_jsonl, write_json, write_jsonl


def own_prompt(manifest: Mapping[str, Any], variant: str) -> Mapping[str, Any] | None:
    """What is known of a full model's own chat template; None where it was asked in the run's own words."""
    found: Mapping[str, Any] | None = manifest.get("models", {}).get(variant, {}).get("own_prompt")
    return found


FORMAT_VERSION = 1

AnswerKey = tuple[str, str, int]
"""(variant, question id, which of several samples)."""


class RunFolder:
    """One evaluation's files below runs/eval/ID."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def id(self) -> str:
        return self.path.name

    def manifest(self) -> Json:
        """What was run, and on what; {} for a folder that holds nothing yet."""
        path = self.path / "manifest.json"
        return read_json(path) if path.exists() else {}

    def write_manifest(self, manifest: Mapping[str, object]) -> None:
        write_json(self.path / "manifest.json", manifest)

    def responses(self) -> dict[tuple[str, str], Response]:
        """Responses by (variant, question id), the first of several; of a repeated key the last line wins."""
        return {key[:2]: response for key, response in self.answers().items() if key[2] == 0}

    def answers(self, again: bool = False) -> dict[AnswerKey, Response]:
        """All responses, or those of the second asking that measures the noise floor."""
        rows = read_jsonl(self.path / _answers_file(again))
        return {(row["variant"], row["question_id"], row.get("sample", 0)): Response(**row) for row in rows}

    def append_responses(self, responses: Iterable[Response], again: bool = False) -> None:
        append_jsonl(self.path / _answers_file(again), (asdict(response) for response in responses))

    def questions(self) -> list[Question]:
        """The questions that were asked, as they were when they were asked."""
        rows = read_jsonl(self.path / "questions.jsonl")
        return [
            Question(
                **{
                    **row,
                    "aliases": tuple(row["aliases"]),
                    "points": tuple(tuple(point) for point in row.get("points", ())),
                }
            )
            for row in rows
        ]

    def write_questions(self, questions: Iterable[Question]) -> None:
        write_jsonl(self.path / "questions.jsonl", (asdict(question) for question in questions))

    def scores(self) -> list[Score]:
        return [Score(**row) for row in read_jsonl(self.path / "scores.jsonl")]

    def write_scores(self, scores: Iterable[Score]) -> None:
        write_jsonl(self.path / "scores.jsonl", (asdict(score) for score in scores))

    def curves(self) -> list[Curve]:
        return [Curve(**row) for row in read_jsonl(self.path / "curves.jsonl")]

    def write_curves(self, curves: Iterable[Curve]) -> None:
        write_jsonl(self.path / "curves.jsonl", (asdict(curve) for curve in curves))

    def benchmark_results(self) -> dict[str, Json]:
        """lm-eval's results by variant, in lm-eval's own format."""
        folder = self.path / "benchmarks"
        names = {variant["name"] for variant in self.manifest().get("variants", [])}
        return {path.stem: read_json(path) for path in sorted(folder.glob("*.json")) if path.stem in names}

    def benchmark_samples(self, variant: str, task: str) -> list[Json]:
        return list(read_jsonl(self.path / "benchmarks" / variant / f"samples_{task}.jsonl"))

    def summary(self) -> Summary:
        """What the stages before left; refuses a folder that was never scored."""
        path = self.path / "summary.json"
        if not path.exists():
            raise HarnessError(f"{self.path} has no summary.json: it was never scored. Next: harness score {self.id}")
        return _summary(read_json(path), path)

    def write_summary(self, summary: Summary) -> None:
        row = asdict(summary)
        write_json(self.path / "summary.json", {"format_version": row.pop("format_version"), **row})


def _answers_file(again: bool) -> str:
    return "noise.jsonl" if again else "responses.jsonl"


def _summary(row: Json, path: Path) -> Summary:
    if row.get("format_version") != FORMAT_VERSION:
        raise HarnessError(
            f"{path} has format version {row.get('format_version')}; this harness reads {FORMAT_VERSION}. "
            f"Score it again with: harness score {path.parent}"
        )
    return Summary(
        run=row["run"],
        suite=row["suite"],
        questions=row["questions"],
        variants=tuple(Variant(**variant) for variant in row["variants"]),
        metrics={
            variant: {metric: Estimate(**cell) for metric, cell in metrics.items()}
            for variant, metrics in row["metrics"].items()
        },
        benchmarks={
            variant: {
                task: {metric: Benchmark(**cell) for metric, cell in metrics.items()} for task, metrics in tasks.items()
            }
            for variant, tasks in row["benchmarks"].items()
        },
        comparisons=tuple(Comparison(**tuples(comparison)) for comparison in row["comparisons"]),
        warnings=tuple(
            Caveat(warning["code"], warning["message"], tuple(warning["variants"]), warning.get("values", {}))
            for warning in row["warnings"]
        ),
        noise={
            variant: {metric: Noise(**cell) for metric, cell in metrics.items()}
            for variant, metrics in row.get("noise", {}).items()
        },
    )


def tuples(row: Json) -> Json:
    """A record's row with JSON's lists as the tuples that they were."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}


def find_run(name: str, runs: Path = Path("runs/eval")) -> RunFolder:
    """The run of that id below the working folder, or at that path."""
    for path in (runs / name, Path(name)):
        if (path / "manifest.json").is_file():
            return RunFolder(path)
    unknown("run", name, list_runs(runs), "Give an id below runs/eval or the path of a run folder.")


def list_runs(runs: Path = Path("runs/eval")) -> list[str]:
    return sorted(path.parent.name for path in runs.glob("*/manifest.json"))
