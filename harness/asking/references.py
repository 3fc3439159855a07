"""Reference models: answers recorded elsewhere that stand beside a run's, with levels and in no comparison."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.asking.evaluation import Evaluation
from harness.asking.foreign_results import ForeignResults, is_foreign, read_foreign
from harness.asking.importing_results import keep_foreign, results_sources, results_variant
from harness.config import Config, ReferenceSettings
from harness.data import Template, template_without_tokenizer
from harness.data.recordings import Columns, Questionnaire, Recording, read_recording
from harness.data.suites import load_suite
from harness.errors import HarnessError
from harness.records import Question, Response, Variant
from harness.resources import file_digest
from harness.store import Run, RunFolder, check_name, read_run


@dataclass(frozen=True)
class ReferenceFile:
    """What is said of a reference: where its answers lie, how their columns are called, and its lm-eval results."""

    path: Path
    columns: Columns
    benchmarks: Path | None = None


@dataclass(frozen=True)
class ReferenceAnswers:
    """A reference as its files were read."""

    variant: Variant
    recording: Recording | None
    """None where it has results of lm-eval alone."""
    results: ForeignResults | None
    """None where it has answers alone."""

    @property
    def told(self) -> str:
        """What was read, in a line."""
        said = ["results of lm-eval"]
        if self.recording is not None:
            said = [f"read as {self.recording.form}, rows: {len(self.recording.responses)}", *self.recording.notes]
        if self.results is not None:
            said += self.results.notes
        return f"{self.variant.name}: a reference, {'; '.join(said)}"


def configured(settings: ReferenceSettings) -> ReferenceFile:
    """What the configuration says of a reference."""
    only = tuple((column, str(value)) for column, value in settings.only.items())
    names = (settings.answer_column, settings.id_column, settings.question_column, settings.prompt_column)
    return ReferenceFile(settings.file, Columns(*names, only))


def read_references(
    files: Mapping[str, ReferenceFile], asked: Questionnaire | None, taken: Collection[str]
) -> tuple[ReferenceAnswers, ...]:
    """Each file's answers; refuses a name that a variant has, what is not there, and what holds no answer.

    asked: None where no suite was asked, and results of lm-eval alone can be read.
    """
    return tuple(_read(name, given, asked, taken) for name, given in files.items())


def _read(name: str, given: ReferenceFile, asked: Questionnaire | None, taken: Collection[str]) -> ReferenceAnswers:
    check_name("reference", name)
    if name.casefold() in {it.casefold() for it in taken}:
        raise HarnessError(f"'{name}' is a variant of this run. Give the reference another name: NAME={given.path}")
    for path in (given.path, *([given.benchmarks] if given.benchmarks else [])):
        if not path.exists():
            raise HarnessError(f"There is no file {path}, which the reference '{name}' is to be read from.")
    if is_foreign(given.path):
        found = read_foreign(given.path, name)
        return ReferenceAnswers(replace(results_variant(name, found), kind="reference", method=None), None, found)
    if asked is None:
        raise HarnessError(
            f"{name}={given.path} is no folder or results file of lm-eval, and answers are judged by their questions, "
            "which this run has none of."
        )
    recording = read_recording(given.path, name, asked, given.columns)
    if not any(response.error is None for response in recording.responses):
        raise HarnessError(f"{given.path} holds no answer that the reference '{name}' could stand with.")
    results = None if given.benchmarks is None else read_foreign(given.benchmarks, name)
    return ReferenceAnswers(
        Variant(name, "reference", None, file_digest(given.path), str(given.path)), recording, results
    )


def keep_references(folder: RunFolder, references: Sequence[ReferenceAnswers], anew: bool = False) -> None:
    """Writes them beside the run's own answers, of which none is touched; what is there already stays as it is.

    Answers to questions that the run did not ask are left out. A reference of a name that is there and reads otherwise
    is refused, or with `anew` put in the place of the old one.
    """
    run = read_run(folder)
    new = [(it, rows) for it in references if (rows := _new_rows(run, it, anew)) is not None]
    for reference, rows in new:
        name = reference.variant.name
        if name in run.references:
            folder.drop_responses(name)
            folder.results_file(name).unlink(missing_ok=True)
        folder.append_responses(rows)
        if reference.results is not None:
            keep_foreign(folder, {name: reference.results})
    if new:
        kept = {**run.references, **{it.variant.name: it.variant for it, _ in new}}
        sources = results_sources({it.variant.name: it.results for it, _ in new if it.results is not None})
        found = {**(run.manifest.result_sources or {}), **sources} or None
        folder.write_manifest(replace(run.manifest, references=tuple(kept.values()), result_sources=found))


def _new_rows(run: Run, reference: ReferenceAnswers, anew: bool) -> list[Response] | None:
    """Its answers to what the run asked; None where the run holds the same already."""
    name, recording = reference.variant.name, reference.recording
    ids = {question.id for question in run.questions}
    rows = [] if recording is None else [row for row in recording.responses if row.question_id in ids]
    if recording is not None and not rows:
        raise HarnessError(f"The reference '{name}' answers none of the {len(ids)} questions that {run.id} asked.")
    if name not in run.references:
        return rows
    if _is_kept(run, reference, rows):
        return None
    if not anew:
        raise HarnessError(
            f"{run.path} has a reference '{name}' that was read from another file, or by other columns. Give this one "
            f"another name, or put it in place of the old one: harness import --run {run.id} --reference "
            f"{name}={reference.variant.path} --fresh"
        )
    return rows


def _is_kept(run: Run, reference: ReferenceAnswers, rows: Sequence[Response]) -> bool:
    """Whether the run holds the same of it."""
    name = reference.variant.name
    mine = {key[1]: response for key, response in run.answers.items() if key[0] == name}
    return run.references[name].digest == reference.variant.digest and mine == {row.question_id: row for row in rows}


def asked_by(name: str, questions: Sequence[Question], template: Template, system: str) -> Questionnaire:
    """A suite's questions as recorded answers to them are read, with the prompts that the template makes of them."""
    return Questionnaire(name, questions, lambda question: template.render(question, system), template.headers, system)


def asked_in_suite(suite_name: str, config: Config) -> Questionnaire:
    """The suite as `harness import` reads answers to it."""
    suite = load_suite(suite_name, config.folders.tasks)
    template = template_without_tokenizer(config.prompt or suite.prompt, config.folders.prompts)
    system = suite.system if config.system is None else config.system
    return asked_by(suite.name, suite.questions, template, system)


def asked_in_evaluation(evaluation: Evaluation) -> Questionnaire:
    """All questions of the suite: under a limit, a file may hold answers to those that are not asked."""
    return asked_by(evaluation.suite.name, evaluation.suite.questions, evaluation.template, evaluation.system)


def asked_in_run(run: Run, config: Config) -> Questionnaire | None:
    """What a run asked, by its folder; None where that was no suite.

    Of a part of a suite that still is what it was, the whole suite, and without its template no rendered prompt.
    """
    if not run.has_suite:
        return None
    prompt = run.manifest.prompt
    system = prompt.system or ""
    try:
        template = template_without_tokenizer(prompt.name, config.folders.prompts)
    except HarnessError:
        template = None
    if template is None or template.sha256 != prompt.sha256:
        return Questionnaire(run.manifest.suite.name, _questions(run, config), lambda _: "", prompt.headers, system)
    return asked_by(run.manifest.suite.name, _questions(run, config), template, system)


def _questions(run: Run, config: Config) -> Sequence[Question]:
    asked = run.manifest.suite
    if len(run.questions) >= asked.questions:
        return run.questions
    try:
        suite = load_suite(asked.named, config.folders.tasks)
    except HarnessError:
        return run.questions
    return suite.questions if suite.digest == asked.digest else run.questions
