"""Commands that ask, score and report."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
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
    Prompt,
    System,
    TaskLimit,
    answer,
    asked_with,
    command_line,
    conclude,
    documents,
    names,
    pairs,
    remark,
)
from harness.cli.task_options import (
    ApplyChatTemplate,
    ChatTemplate,
    FewshotAsMultiturn,
    GenKwargs,
    LmEvalSeed,
    NumFewshot,
    Samples,
    SystemInstruction,
    task_settings,
)

if TYPE_CHECKING:
    from harness.asking import Evaluation, ForeignResults, ReferenceFile
    from harness.config import Config, ExperimentSettings
    from harness.gate import Policy
    from harness.store import Run, RunFolder


def evaluate(
    adapters: Annotated[
        str, typer.Option(help="Adapters and full models, separated by commas: names, NAME=PATH or NAME=HUB-ID.")
    ] = "",
    base: Annotated[
        str | None, typer.Option(help="A folder or an id of the hub (default: what the adapters name).")
    ] = None,
    suite: Annotated[
        str | None, typer.Option(help="A question suite: its name, its folder, or a file of questions.")
    ] = None,
    tasks: Annotated[
        str | None, typer.Option(help="lm-eval tasks, separated by commas (default: the suite's).")
    ] = None,
    backend: Annotated[str | None, typer.Option(help="auto, vllm or transformers.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many questions, drawn by the seed.")] = None,
    task_limit: TaskLimit = None,
    num_fewshot: NumFewshot = None,
    apply_chat_template: ApplyChatTemplate = None,
    chat_template: ChatTemplate = None,
    fewshot_as_multiturn: FewshotAsMultiturn = None,
    system_instruction: SystemInstruction = None,
    gen_kwargs: GenKwargs = None,
    samples: Samples = None,
    lm_eval_seed: LmEvalSeed = None,
    prompt: Prompt = None,
    system: System = None,
    run: Annotated[str | None, typer.Option(help="The run's id (default: made from what is asked).")] = None,
    config: ConfigFile = None,
    reference: References = None,
    noise_floor: Annotated[
        bool, typer.Option("--noise-floor", help="Ask everything twice: how much does a model differ from itself?")
    ] = False,
    executor: Annotated[str, typer.Option(help="local: one engine here; ray: --engines on a Ray cluster.")] = "local",
    engines: Annotated[int, typer.Option(min=1, help="Engines that share the questions out, with ray.")] = 1,
    address: Annotated[
        str | None, typer.Option(help="The Ray cluster (default: the one that runs here, else one for this command).")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="decided: stop asking as soon as the regression gate has decided.")
    ] = None,
    against: Annotated[
        str | None, typer.Option(help="With --until: the run, or baseline, that decides (default: the base itself).")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="With --until: margins and rules (default: check.yaml, if there).")
    ] = None,
    no_report: Annotated[bool, typer.Option("--no-report", help="Scores and summary only.")] = False,
    lang: Lang = "en",
    fresh: Fresh = False,
) -> None:
    """Ask base and adapters, run lm-eval tasks, score, compare, report; run again, it does only what is missing."""
    from harness.asking import (
        Wishes,
        as_begun,
        asked_in_evaluation,
        backend_of,
        begin,
        keep_references,
        plan_evaluation,
        read_references,
    )
    from harness.config import load_config
    from harness.errors import BrokenTask
    from harness.evaluate import asker
    from harness.evaluate import evaluate as run_evaluation
    from harness.store import RUNS, RunFolder, check_name, move_aside, read_run
    from harness.words import words

    ask, named = asker(executor, engines, address), pairs(reference or [], "--reference NAME=FILE")
    settings = asked_with(load_config(config), prompt, system)
    # Before anything is asked: who misspells a language should not learn it hours later.
    words(lang, settings.folders.templates)
    wishes = Wishes(
        names(adapters), base, suite, None if tasks is None else names(tasks), backend, limit, noise_floor,
        documents(task_limit),
        task_settings(
            num_fewshot=num_fewshot, apply_chat_template=chat_template or apply_chat_template,
            fewshot_as_multiturn=fewshot_as_multiturn, system_instruction=system_instruction,
            gen_kwargs=gen_kwargs, samples=samples, seed=lm_eval_seed,
        ),
    )  # fmt: skip
    evaluation = plan_evaluation(settings, wishes, command_line())
    for name in evaluation.notes["unasked_templates"]:
        remark(
            f"Adapter '{name}' was saved with a chat template or tokens of its own, and is asked with the base's: one "
            "prompt for all. To ask by its own, merge it and give the full model's folder."
        )
    if evaluation.notes["not_the_suites"]:
        remark(
            f"Asked with the prompt template {evaluation.template.name}, as the adapters were trained; the suite's own "
            f"is --prompt {evaluation.notes['not_the_suites']}."
        )
    if (trained := evaluation.notes["system_otherwise"]) is not None:
        line = shlex.quote(trained)
        remark(f"Asked with the system line {evaluation.system!r}; the adapters were trained with --system {line}.")
    if evaluation.notes["tasks_whole"]:
        remark("--limit is for questions; lm-eval tasks are asked whole: --task-limit N takes their first N documents.")
    stop = _stop(until, against, policy, executor)
    if stop is not None:
        evaluation = stop.plan(evaluation)

    def place(asked: Evaluation) -> Path:
        return RUNS / check_name("run", run or asked.default_id())

    if not fresh:
        evaluation = as_begun(evaluation, lambda asked: backend_of(place(asked)))
    folder = RunFolder(place(evaluation))
    columns = columns_of(named, None, None, None, None, None)
    beside = reference_files(named, columns, {}, settings, evaluation.suite.name)
    references = read_references(beside, asked_in_evaluation(evaluation), [it.name for it in evaluation.variants])
    if fresh:
        move_aside(folder.path)
    if references:
        begin(evaluation, folder)
        keep_references(folder, references)
        for found in references:
            remark(found.told)
    if stop is None:
        try:
            done = run_evaluation(evaluation, folder, ask)
        except BrokenTask:
            conclude(read_run(folder), settings, no_report, lang)
            raise
        conclude(done, settings, no_report, lang)
        return
    done, said = stop.ask(evaluation, folder)
    conclude(done, settings, no_report, lang)
    answer(f"\n{said}")


@dataclass(frozen=True)
class _Stop:
    """What --until decides by."""

    policy: Policy
    against: Run | None

    def plan(self, evaluation: Evaluation) -> Evaluation:
        from harness.until import until_decided

        return until_decided(evaluation, self.policy, self.against)

    def ask(self, evaluation: Evaluation, folder: RunFolder) -> tuple[Run, str]:
        """(the run, the decision in words)."""
        from harness.gate import conclusion, write_check
        from harness.until import evaluate_until

        run, check = evaluate_until(evaluation, folder, self.policy, self.against, remark)
        write_check(run, check)
        return run, f"{check.notes[-1]}\n{conclusion(check)}"


def _stop(until: str | None, against: str | None, policy: Path | None, executor: str) -> _Stop | None:
    from harness.errors import HarnessError, unknown

    if until is None:
        for option, value in (("--against", against), ("--policy", policy)):
            if value is not None:
                raise HarnessError(f"{option} needs --until decided; to check a finished run: harness check RUN.")
        return None
    if until != "decided":
        unknown("end of asking", until, ["decided"])
    if executor != "local":
        raise HarnessError("--until decided keeps one engine on this machine. Leave --executor away.")
    from harness.gate import find_baseline, load_policy

    return _Stop(load_policy(policy), None if against is None else find_baseline(against))


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


def score(run: str) -> None:
    """Score a run again from its stored answers; no model is needed."""
    from harness.cli.tables import comparison_table
    from harness.score import score_run
    from harness.store import find_run, read_experiments

    found = find_run(run)
    answer(comparison_table(score_run(found), found.manifest.suite.argument))
    for held in read_experiments(found):
        if held.told.answers is not None:
            score_run(held.run)


def report(
    run: str,
    template: Annotated[str, typer.Option(help="The report's template.")] = "summary",
    lang: Lang = "en",
    format_: Annotated[str, typer.Option("--format", help="html, pdf, or both, separated by a comma.")] = "html,pdf",
    wandb_panel: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[VARIANT=]FILE",
            help="A picture of a W&B page, kept as the run's notes/wandb-VARIANT.png.",
        ),
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Render a run's report from its folder alone."""
    from harness.config import load_config
    from harness.report import keep_panel, render_report
    from harness.store import find_run

    folders = load_config(config).folders.templates
    found = find_run(run)
    for given in wandb_panel or []:
        keep_panel(found.path, given, list(found.variants))
    for path in render_report(found, template, lang, names(format_), folders):
        answer(path)


def wandb(
    run: str,
    project: Annotated[
        str | None, typer.Option(help="W&B's project (default: WANDB_PROJECT, or preference-harness).")
    ] = None,
    entity: Annotated[str | None, typer.Option(help="W&B's user or team (default: your own).")] = None,
) -> None:
    """Send a run's figures, answers and report to Weights & Biases; without a key, into a folder to be sent later."""
    from harness.publish import send_run
    from harness.store import find_run

    answer(send_run(find_run(run), project, entity).lines())
