"""The run folder: what stages leave for each other, readable on a machine without torch."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Any

from harness.errors import HarnessError, unknown
from harness.records import (
    Benchmark,
    Comparison,
    Curve,
    Estimate,
    Noise,
    Question,
    Response,
    Score,
    Summary,
    Variant,
    Warning,
)

FORMAT_VERSION = 1
Json = dict[str, Any]
Answer = tuple[str, str, int]
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

    def answers(self, again: bool = False) -> dict[Answer, Response]:
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
            Warning(warning["code"], warning["message"], tuple(warning["variants"]), warning.get("values", {}))
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


def check_name(noun: str, name: str) -> str:
    """The name, if a folder or file can be called so everywhere; refuses it otherwise."""
    if not re.fullmatch(r"[\w+-][\w.+ -]*", name):
        raise HarnessError(
            f"'{name}' cannot be the name of a {noun}: it may hold letters, digits, dot, dash, plus, underscore."
        )
    return name


def move_aside(path: Path) -> None:
    """Frees a folder's name without losing what it holds: it becomes NAME.1, NAME.2, …"""
    if path.exists():
        number = next(n for n in count(1) if not path.with_name(f"{path.name}.{n}").exists())
        path.rename(path.with_name(f"{path.name}.{number}"))


def read_json(path: Path) -> Json:
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise HarnessError(f"{path} is not valid JSON ({error}).") from None
    if not isinstance(row, dict):
        raise HarnessError(f"{path} holds no JSON object.")
    return row


def write_json(path: Path, row: Mapping[str, object]) -> None:
    """Replaces a file in one step: a reader sees the old text or the new, never a half."""
    write_text(path, json.dumps(finite(row), ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def read_jsonl(path: Path) -> Iterator[Json]:
    """The rows of a file, none where there is no file; a torn last line (a killed writer) is passed over."""
    if not path.exists():
        return
    lines = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield json.loads(line.decode("utf-8", "surrogatepass"))
        except ValueError as error:
            if number == len(lines):
                return
            raise HarnessError(f"{path} line {number} is not valid JSON ({error}).") from None


def write_jsonl(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    write_text(path, "".join(_line(row) for row in rows))


def append_jsonl(path: Path, rows: Iterable[Mapping[str, object]], sync: bool = True) -> None:
    """Adds whole lines in one write and sees them onto the disk; a torn line before them is cut off first.

    Without `sync` they outlive the process, and the machine once somebody calls `sync_file`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(_line(row) for row in rows).encode("utf-8")
    with path.open("ab+") as file:
        _cut_torn_line(file.fileno())
        file.write(text)
        file.flush()
        if sync:
            os.fsync(file.fileno())


def sync_file(path: Path) -> None:
    """Sees what was written to a file, where there is one, onto the disk."""
    if path.exists():
        with path.open("rb") as file:
            os.fsync(file.fileno())


def finite(value: Any) -> Any:
    """The same value with NaN and infinities as None: JSON has no word for them."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value


def _line(row: Mapping[str, object]) -> str:
    text = json.dumps(finite(row), ensure_ascii=False, allow_nan=False)
    # A lone surrogate cannot be written as UTF-8; JSON's own escape for it can.
    return text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n"


def write_text(path: Path, text: str) -> None:
    """Replaces a file in one step: a reader sees the old text or the new, never a half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        with draft.open("w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _cut_torn_line(descriptor: int) -> None:
    size = os.fstat(descriptor).st_size
    end = size
    while end > 0:
        start = max(0, end - 4096)
        block = os.pread(descriptor, end - start, start)
        newline = block.rfind(b"\n")
        if newline >= 0:
            keep = start + newline + 1
            break
        end = start
    else:
        keep = 0
    if keep < size:
        os.ftruncate(descriptor, keep)
