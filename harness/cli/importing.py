"""The command that takes answers, results and trainings made elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.answer_files import (
    AnswerColumn,
    IdColumn,
    Only,
    PromptColumn,
    QuestionColumn,
    References,
    columns_of,
    reference_files,
)
from harness.cli.common import (
    ConfigFile,
    Fresh,
    Lang,
    command_line,
    conclude,
    pairs,
    remark,
)

if TYPE_CHECKING:
    from harness.asking import ForeignResults, ReferenceFile
    from harness.config import Config, ExperimentSettings


def import_(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME=FILE...",
            help="Answers, in any of the forms of docs/import.md; or what lm-eval's command wrote.",
        ),
    ] = None,
    suite: Annotated[
        str | None,
        typer.Option(help="The suite that was asked: its name, folder or file (none: lm-eval's results alone)."),
    ] = None,
    benchmarks: Annotated[
        list[str] | None, typer.Option(metavar="NAME=FOLDER", help="lm-eval's results beside answers of that name.")
    ] = None,
    curves: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=FILE", help="Training curves from any trainer's log; docs/curves.md has the list."),
    ] = None,
    trained: Annotated[
        list[str] | None,
        typer.Option(
            "--settings",
            metavar="NAME=FILE",
            help="How a variant was trained: adapter_config.json, a trainer's YAML or JSON, …",
        ),
    ] = None,
    experiment: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=ANSWERS[,CURVES][,SETTINGS]",
            help="A further training beside the run's own: its files in any order, or KEY=FILE (docs/import.md).",
        ),
    ] = None,
    experiments: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The same as a YAML file, also with base, against and why of each."),
    ] = None,
    reference: References = None,
    answer_column: AnswerColumn = None,
    id_column: IdColumn = None,
    question_column: QuestionColumn = None,
    prompt_column: PromptColumn = None,
    only: Only = None,
    run: Annotated[str | None, typer.Option(help="The run's id (default: the suite and the names).")] = None,
    config: ConfigFile = None,
    no_report: Annotated[bool, typer.Option("--no-report", help="Scores and summary only.")] = False,
    lang: Lang = "en",
    fresh: Fresh = False,
) -> None:
    """Score, compare and report answers and trainings made elsewhere, without a model.

    With --run RUN and --reference or --experiment alone, they are added to a run that is there.
    """
    from harness.asking import (
        asked_in_suite,
        import_answers,
        import_results,
        keep_references,
        read_experiment_files,
        read_references,
        refuse_other_experiments,
        wished_experiments,
        write_experiments,
    )
    from harness.config import load_config
    from harness.data.suites import suite_name
    from harness.errors import HarnessError
    from harness.score import score_run
    from harness.store import RUNS, RunFolder, check_name, find_run, move_aside, read_run
    from harness.words import words

    settings = load_config(config)
    words(lang, settings.folders.templates)
    named, named_curves = pairs(files or [], "NAME=FILE"), pairs(curves or [], "--curves NAME=FILE")
    named_settings = pairs(trained or [], "--settings NAME=FILE")
    beside, tasks = pairs(reference or [], "--reference NAME=FILE"), pairs(benchmarks or [], "--benchmarks NAME=FOLDER")
    said = answer_column, id_column, question_column, prompt_column, only
    wished = wished_experiments(experiment or [], experiments, settings.experiments)
    columns = columns_of({**named, **beside}, *said)
    of_references = {name: tasks.pop(name) for name in beside if name in tasks}
    if not named and not tasks:
        if run is None or suite is not None or curves or trained or not (beside or settings.references or wished):
            raise HarnessError(
                "Give NAME=FILE, a file of answers or several; or --run RUN and --reference NAME=FILE or --experiment "
                "NAME=FILES alone, to set a reference or an experiment beside a run that is there."
            )
        if beside or settings.references:
            _add_references(run, partial(reference_files, beside, columns, of_references, settings), settings, fresh)
        _add_experiments(run, wished, settings, fresh)
        conclude(find_run(run), settings, no_report, lang)
        return
    named, foreign = _apart(named, tasks, suite)
    usual = "-".join(["lm-eval" if suite is None else suite_name(suite), *dict.fromkeys([*named, *foreign])])
    folder = RunFolder(RUNS / check_name("run", run or usual))
    wanted = reference_files(beside, columns, of_references, settings, suite)
    asked = asked_in_suite(suite, settings) if (wanted or wished) and suite is not None else None
    references = read_references(wanted, asked, {**named, **foreign})
    further = read_experiment_files(wished, asked, _methods([*named, *foreign]))
    if fresh:
        move_aside(folder.path)
    refuse_other_experiments(folder, further)
    if suite is None:
        import_results(folder, settings, foreign, named_curves, command_line(), named_settings)
    else:
        of_variants = {name: columns[name] for name in named}
        told = import_answers(
            folder, settings, suite, named, named_curves, command_line(), of_variants, foreign, named_settings
        )
        for line in told:
            remark(line)
    keep_references(folder, references)
    for found in references:
        remark(found.told)
    held = read_run(folder)
    for line in (line for one in further for line in one.told()):
        remark(line)
    experimental = write_experiments(held, further, command_line())
    for one in (held, *experimental):
        score_run(one)
    conclude(held, settings, no_report, lang)


def _methods(names: list[str]) -> dict[str, str | None]:
    """Variant → its method, as its name says it."""
    from harness.records import METHODS

    return {name: name.lower() if name.lower() in METHODS else None for name in dict.fromkeys(names)}


def _apart(
    named: dict[str, Path], benchmarks: dict[str, Path], suite: str | None
) -> tuple[dict[str, Path], dict[str, ForeignResults]]:
    """(answers, lm-eval's results), told apart by what the files hold; says what was taken of several."""
    from harness.asking import is_foreign, read_foreign
    from harness.errors import HarnessError

    given = {name: path for name, path in named.items() if is_foreign(path)}
    answers = {name: path for name, path in named.items() if name not in given}
    for name, path in answers.items():
        if not path.exists():
            raise HarnessError(f"There is no file {path}.")
        if suite is None:
            raise HarnessError(
                f"{name}={path} is no folder or results file of lm-eval, and answers are judged by their questions. "
                "Give --suite SUITE."
            )
    if suite is not None and not answers:
        raise HarnessError(f"Nothing that is given holds answers to {suite}: leave --suite away, or give NAME=ANSWERS.")
    for name in given:
        if name in benchmarks:
            raise HarnessError(f"lm-eval's results of '{name}' are given twice.")
    foreign = {name: read_foreign(path, name) for name, path in {**given, **benchmarks}.items()}
    for found in foreign.values():
        for note in found.notes:
            remark(note)
    return answers, foreign


def _add_experiments(run: str, wished: list[ExperimentSettings], settings: Config, anew: bool) -> None:
    """Sets experiments beside a run that is there, and scores them; nobody is asked anything."""
    from harness.asking import (
        asked_in_run,
        read_experiment_files,
        refuse_other_experiments,
        set_aside,
        write_experiments,
    )
    from harness.score import score_run
    from harness.store import find_run

    held = find_run(run)
    held.refuse_newer()
    methods = {variant.name: variant.method for variant in held.manifest.variants}
    further = read_experiment_files(wished, asked_in_run(held, settings) if held.has_suite else None, methods)
    if anew:
        set_aside(held.folder, further)
    refuse_other_experiments(held.folder, further)
    for line in (line for one in further for line in one.told()):
        remark(line)
    for one in write_experiments(held, further, command_line()):
        score_run(one)


def _add_references(
    run: str, files_of: Callable[[str], dict[str, ReferenceFile]], settings: Config, anew: bool
) -> None:
    """Sets references beside a run that is there, and scores it again; nobody is asked anything."""
    from harness.asking import asked_in_run, keep_references, read_references
    from harness.score import score_run
    from harness.store import find_run, read_run

    held = find_run(run)
    held.refuse_newer()
    references = read_references(files_of(held.manifest.suite.named), asked_in_run(held, settings), held.variants)
    keep_references(held.folder, references, anew)
    for found in references:
        remark(found.told)
    score_run(read_run(held.folder))
