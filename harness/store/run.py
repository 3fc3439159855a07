"""A run folder: what stages leave for each other, readable on a machine without torch."""

from __future__ import annotations

import math
from collections.abc import Collection, ItemsView, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from functools import cached_property
from pathlib import Path

from harness.errors import HarnessError, unknown
from harness.on_disk import Keyed, Spool, repeated
from harness.records import Comparison, Curve, Question, Response, Score, Summary, Variant
from harness.store.files import (
    FORMAT_VERSION,
    Json,
    append_jsonl,
    read_json,
    read_jsonl,
    refuse_newer,
    write_json,
    write_jsonl,
    write_lines,
)
from harness.store.json_records import from_row, made, to_row
from harness.store.manifest import Manifest
from harness.store.paths import CURVES, RUNS
from harness.store.score_lines import score_lines

_LARGE = 1 << 28
"""Bytes of scores that are too many for memory: about 100,000 answers'."""
AnswerKey = tuple[str, str, int]
"""(variant, question id, which of several samples)."""


class RunFolder:
    """One evaluation's files below runs/eval/ID: where they lie, and how they are written."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def id(self) -> str:
        """The run's name: its folder's."""
        return self.path.name

    @property
    def begun(self) -> bool:
        """Whether it has a manifest, which is written before anything is asked."""
        return (self.path / "manifest.json").is_file()

    @property
    def scored(self) -> bool:
        """Whether it has a summary, which is written last."""
        return (self.path / "summary.json").exists()

    def answers_file(self, again: bool = False) -> Path:
        """The file of all responses, or of the second asking that measures the noise floor."""
        return self.path / ("noise.jsonl" if again else "responses.jsonl")

    def results_file(self, variant: str) -> Path:
        """The file of a variant's lm-eval results."""
        return self.path / "benchmarks" / f"{variant}.json"

    def samples_file(self, variant: str, task: str) -> Path:
        """The file of what a variant made of each document of an lm-eval task."""
        return self.path / "benchmarks" / variant / f"samples_{task}.jsonl"

    def write_manifest(self, manifest: Manifest) -> None:
        """Replaces manifest.json: what is asked of whom, with every setting."""
        write_json(self.path / "manifest.json", to_row(manifest))

    def append_responses(self, responses: Iterable[Response], again: bool = False) -> None:
        """Adds lines to the file of responses, or of the second asking; they are on the disk when it returns."""
        append_jsonl(self.answers_file(again), (_row(response) for response in responses))

    def write_responses(self, responses: Iterable[Response]) -> None:
        """Replaces the file of responses."""
        write_jsonl(self.answers_file(), (_row(response) for response in responses))

    def drop_responses(self, variant: str) -> None:
        """Takes every line of one variant out of the file of responses; all others stay as they are."""
        rows = read_jsonl(self.answers_file())
        write_jsonl(self.answers_file(), (row for row in rows if row.get("variant") != variant))

    def write_questions(self, questions: Iterable[Question]) -> None:
        """Replaces questions.jsonl: the wording of now, whatever becomes of the suite."""
        write_jsonl(self.path / "questions.jsonl", (_asked_row(question) for question in questions))

    def write_scores(self, scores: Iterable[Score]) -> None:
        """Replaces scores.jsonl, as every scoring does."""
        self.write_score_lines(score_lines(scores))

    def write_score_lines(self, lines: Iterable[str]) -> None:
        """The same of lines that were made elsewhere."""
        write_lines(self.path / "scores.jsonl", lines)

    def write_curves(self, curves: Iterable[Curve]) -> None:
        """Replaces curves.jsonl with the curves of all trainings."""
        write_jsonl(self.path / CURVES, (asdict(curve) for curve in curves))

    def write_summary(self, summary: Summary) -> None:
        """Replaces summary.json, its format version first."""
        row = asdict(summary)
        if not summary.references:
            del row["references"]
        write_json(self.path / "summary.json", {"format_version": row.pop("format_version"), **row})


class Run:
    """What a run folder held when it was read: each file once, when it is first asked for."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self._samples: dict[tuple[str, str], list[Json]] = {}

    @property
    def path(self) -> Path:
        """Its folder."""
        return self.folder.path

    @property
    def id(self) -> str:
        """The run's name: its folder's."""
        return self.folder.id

    @cached_property
    def manifest(self) -> Manifest:
        """What was run, and on what; an empty one for a folder that holds nothing yet."""
        path = self.path / "manifest.json"
        return from_row(Manifest, read_json(path) if self.folder.begun else {}, str(path))

    @cached_property
    def variants(self) -> dict[str, Variant]:
        """Name → variant, as the manifest has them."""
        return {variant.name: variant for variant in self.manifest.variants}

    @cached_property
    def references(self) -> dict[str, Variant]:
        """Name → reference: what has answers or results here, and is compared with nothing."""
        return {variant.name: variant for variant in self.manifest.references or ()}

    @cached_property
    def questions(self) -> Sequence[Question]:
        """The questions that were asked, as they were when they were asked."""
        path = self.path / "questions.jsonl"
        found = Spool(_question(row, path) for row in read_jsonl(path))
        if twice := repeated(found, lambda question: question.id):
            raise HarnessError(f"{path} holds a question '{twice[0]}' more than once, and nothing tells their answers.")
        return found

    @property
    def has_suite(self) -> bool:
        """Whether questions of a suite were to be asked, as far as anything here speaks of one."""
        return bool(self.manifest.suite.name or self.questions or self.answers)

    @cached_property
    def answers(self) -> Mapping[AnswerKey, Response]:
        """All responses; of a repeated key the last line wins."""
        return _answers(self.folder.answers_file())

    @cached_property
    def again(self) -> Mapping[AnswerKey, Response]:
        """Those of the second asking."""
        return _answers(self.folder.answers_file(again=True))

    @cached_property
    def responses(self) -> Mapping[tuple[str, str], Response]:
        """(variant, question id) → its first answer."""
        return FirstAnswers(self.answers)

    @cached_property
    def scores(self) -> Collection[Score]:
        """Every score, those that could not be judged (value None) too; empty before the first scoring.

        Those of a file that is large are read anew each time.
        """
        path = self.path / "scores.jsonl"
        stored = StoredScores(path)
        return stored if path.exists() and path.stat().st_size > _LARGE else list(stored)

    @cached_property
    def scored_items(self) -> dict[str, set[tuple[str, int, str]]]:
        """Variant → (question, sample, metric) of every score, judged or not."""
        found: dict[str, set[tuple[str, int, str]]] = {}
        for score in self.scores:
            found.setdefault(score.variant, set()).add((score.question_id, score.sample, score.metric))
        return found

    @cached_property
    def curves(self) -> list[Curve]:
        """The training curves of all variants; a value that was not finite is None."""
        return [made(Curve, row, self.path / CURVES) for row in read_jsonl(self.path / CURVES)]

    @cached_property
    def results(self) -> dict[str, Json]:
        """lm-eval's results by variant, in lm-eval's own format."""
        return self._results_of(self.variants)

    @cached_property
    def reference_results(self) -> dict[str, Json]:
        """The same by reference."""
        return self._results_of(self.references)

    def _results_of(self, names: Iterable[str]) -> dict[str, Json]:
        found = {name: self.folder.results_file(name) for name in sorted(names)}
        return {name: read_json(path) for name, path in found.items() if path.is_file()}

    def samples(self, variant: str, task: str) -> list[Json]:
        """What the variant made of each document of an lm-eval task."""
        if (variant, task) not in self._samples:
            self._samples[variant, task] = list(read_jsonl(self.folder.samples_file(variant, task)))
        return self._samples[variant, task]

    def refuse_newer(self) -> None:
        """Refuses a run that a newer harness scored: its figures are not known here, and are not replaced."""
        refuse_newer(self.path / "summary.json")

    @cached_property
    def summary(self) -> Summary:
        """What it came to; refuses a folder that was never scored."""
        path = self.path / "summary.json"
        if not self.folder.scored:
            raise HarnessError(f"{self.path} has no summary.json: it was never scored. Next: harness score {self.id}")
        return _summary(read_json(path), path)

    @cached_property
    def sweep(self) -> Json | None:
        """What the sweep found that this run is the evaluation of; None where it is none."""
        path = self.path / "sweep.json"
        return read_json(path) if path.is_file() else None


def read_run(folder: RunFolder | Path) -> Run:
    """The run of that folder, as it stands now."""
    return Run(folder if isinstance(folder, RunFolder) else RunFolder(folder))


def find_run(name: str, runs: Path = RUNS) -> Run:
    """The run of that id below the working folder, or at that path."""
    for folder in (RunFolder(runs / name), RunFolder(Path(name))):
        if folder.begun:
            return read_run(folder)
    unknown("run", name, list_runs(runs), "Give an id below runs/eval or the path of a run folder.")


def list_runs(runs: Path = RUNS) -> list[str]:
    """Ids of the runs that have a manifest, sorted."""
    return sorted(path.parent.name for path in runs.glob("*/manifest.json"))


def is_answered(response: Response | None) -> bool:
    """Whether there is an answer, which a failed generation is not."""
    return response is not None and response.error is None


class StoredScores(Collection[Score]):
    """The scores of a file, read as often as they are gone through."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __iter__(self) -> Iterator[Score]:
        return (_score(row, self._path) for row in read_jsonl(self._path))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, score: object) -> bool:
        return any(one == score for one in self)


class FirstAnswers(Mapping[tuple[str, str], Response]):
    """(variant, question id) → the first of its answers."""

    def __init__(self, answers: Mapping[AnswerKey, Response]) -> None:
        self._answers = answers

    def __getitem__(self, key: tuple[str, str]) -> Response:
        return self._answers[(*key, 0)]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, tuple) and (*key, 0) in self._answers

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return (key[:2] for key in self._answers if key[2] == 0)

    def __len__(self) -> int:
        return sum(key[2] == 0 for key in self._answers)

    def items(self) -> ItemsView[tuple[str, str], Response]:
        """Pairs in order, read from the front."""
        return _FirstPairs(self)

    def pairs(self) -> Iterator[tuple[tuple[str, str], Response]]:
        """The same, once."""
        return ((key[:2], response) for key, response in self._answers.items() if key[2] == 0)


class _FirstPairs(ItemsView[tuple[str, str], Response]):
    _mapping: FirstAnswers

    def __iter__(self) -> Iterator[tuple[tuple[str, str], Response]]:
        return self._mapping.pairs()


def _asked_row(question: Question) -> Json:
    row = dict(vars(question))
    if not question.choices:
        del row["choices"]
    return row


def _row(response: Response) -> Json:
    row = dict(vars(response))
    if not response.special:
        del row["special"]
    if response.asked is None:
        del row["asked"]
    return row


def _answers(path: Path) -> Mapping[AnswerKey, Response]:
    found = (made(Response, _typed(row), path) for row in read_jsonl(path))
    return Keyed(found, lambda response: (response.variant, response.question_id, response.sample))


def _typed(row: Json) -> Json:
    return row if "special" not in row else {**row, "special": tuple((place, token) for place, token in row["special"])}


def _question(row: Json, path: Path) -> Question:
    points = tuple(tuple(point) for point in row.get("points", ()))
    lists = {key: tuple(row.get(key, ())) for key in ("aliases", "choices")}
    return made(Question, {**row, **lists, "points": points}, path)


def _score(row: Json, path: Path) -> Score:
    score = made(Score, row, path)
    if score.value is not None and not (isinstance(score.value, int | float) and math.isfinite(score.value)):
        raise HarnessError(
            f"{path}: {score.metric} of question {score.question_id} of {score.variant} is {score.value}, which is no "
            f"score. Score it again with: harness score {path.parent}"
        )
    return score


def _summary(row: Json, path: Path) -> Summary:
    if row.get("format_version") != FORMAT_VERSION:
        raise HarnessError(
            f"{path} has format version {row.get('format_version')}; this harness reads {FORMAT_VERSION}. "
            f"Score it again with: harness score {path.parent}"
        )
    # A summary that asked for no noise floor, for one answer each, or that has no reference, may lack these.
    may_lack = ("noise", "attempts", "attempt_differences", "references")
    if lacking := [field.name for field in fields(Summary) if field.name not in (*may_lack, *row)]:
        raise HarnessError(f"{path} lacks {', '.join(lacking)}. Score it again with: harness score {path.parent}")
    # A sweep's are tens of thousands, and flat: to look at the type of each of their values would take seconds.
    compared = (
        made(Comparison, {**it, **{key: tuple(it.get(key, ())) for key in ("gained_ids", "lost_ids")}}, path)
        for it in row["comparisons"]
    )
    return replace(from_row(Summary, {**row, "comparisons": ()}, str(path)), comparisons=tuple(compared))
