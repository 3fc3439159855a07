"""Commands that ask, score and report."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.common import (
    ConfigFile,
    Fresh,
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
    from harness.asking import Evaluation, ForeignResults, RecordedExperiment
    from harness.config import Config
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
    fresh: Fresh = False,
) -> None:
    """Ask base and adapters, run lm-eval tasks, score, compare, report; run again, it does only what is missing."""
    from harness.asking import Wishes, as_begun, backend_of, plan_evaluation
    from harness.config import load_config
    from harness.errors import BrokenTask
    from harness.evaluate import asker
    from harness.evaluate import evaluate as run_evaluation
    from harness.store import RUNS, RunFolder, check_name, move_aside, read_run

    ask = asker(executor, engines, address)
    settings = asked_with(load_config(config), prompt, system)
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
    if fresh:
        move_aside(folder.path)
    if stop is None:
        try:
            done = run_evaluation(evaluation, folder, ask)
        except BrokenTask:
            conclude(read_run(folder), settings, no_report)
            raise
        conclude(done, settings, no_report)
        return
    done, said = stop.ask(evaluation, folder)
    conclude(done, settings, no_report)
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
    settings: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FILE", help="How a variant was trained: adapter_config.json, a trainer's YAML or JSON, …"
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
    answer_column: Annotated[str | None, typer.Option(help="What holds the answers; a dot reaches in: a.b.")] = None,
    id_column: Annotated[str | None, typer.Option(help="What holds the ids of the suite's questions.")] = None,
    question_column: Annotated[str | None, typer.Option(help="What holds the questions' wording.")] = None,
    prompt_column: Annotated[str | None, typer.Option(help="What holds the prompt that was really sent.")] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="[NAME:]COLUMN=VALUE", help="Of a file, only these rows: one model, one sample."),
    ] = None,
    run: Annotated[str | None, typer.Option(help="The run's id (default: the suite and the names).")] = None,
    config: ConfigFile = None,
    no_report: Annotated[bool, typer.Option("--no-report", help="Scores and summary only.")] = False,
    fresh: Fresh = False,
) -> None:
    """Score, compare and report answers and trainings made elsewhere, without a model."""
    from harness.asking import import_answers, import_results, refuse_other_experiments, write_experiments
    from harness.config import load_config
    from harness.data.recordings import Columns
    from harness.data.suites import suite_name
    from harness.score import score_run
    from harness.store import RUNS, RunFolder, check_name, move_aside, read_run

    configured = load_config(config)
    if not files:
        conclude(_further_beside(run, configured, experiment or [], experiments, fresh), configured, no_report)
        return
    named, named_curves = pairs(files, "NAME=FILE"), pairs(curves or [], "--curves NAME=FILE")
    named_settings = pairs(settings or [], "--settings NAME=FILE")
    named, foreign = _apart(named, pairs(benchmarks or [], "--benchmarks NAME=FOLDER"), suite)
    columns = {
        name: Columns(answer_column, id_column, question_column, prompt_column, _only(only or [], name, set(named)))
        for name in named
    }
    usual = "-".join(["lm-eval" if suite is None else suite_name(suite), *dict.fromkeys([*named, *foreign])])
    folder = RunFolder(RUNS / check_name("run", run or usual))
    further = _further(configured, experiment or [], experiments, suite, [*named, *foreign])
    if fresh:
        move_aside(folder.path)
    refuse_other_experiments(folder, further)
    if suite is None:
        import_results(folder, configured, foreign, named_curves, command_line(), named_settings)
    else:
        told = import_answers(
            folder, configured, suite, named, named_curves, command_line(), columns, foreign, named_settings
        )
        for line in told:
            remark(line)
    held = read_run(folder)
    for line in (line for one in further for line in one.told()):
        remark(line)
    beside = write_experiments(held, further, command_line())
    score_run(held)
    for one in beside:
        score_run(one)
    conclude(held, configured, no_report)


def _further(
    configured: Config, texts: list[str], file: Path | None, suite: str | None, variants: list[str]
) -> list[RecordedExperiment]:
    """The experiments of the command line, of --experiments and of the configuration, their files read."""
    from harness.asking import questionnaire, read_experiment_files, wished_experiments
    from harness.records import METHODS

    wanted = wished_experiments(texts, file, configured.experiments)
    if not wanted:
        return []
    asked = None if suite is None else questionnaire(suite, configured)
    methods = {name: name.lower() if name.lower() in METHODS else None for name in dict.fromkeys(variants)}
    return read_experiment_files(wanted, asked, methods)


def _further_beside(name: str | None, configured: Config, texts: list[str], file: Path | None, fresh: bool) -> Run:
    """A run that is there already, with further experiments beside it."""
    from harness.asking import (
        questionnaire,
        read_experiment_files,
        refuse_other_experiments,
        set_aside,
        wished_experiments,
        write_experiments,
    )
    from harness.errors import HarnessError
    from harness.score import score_run
    from harness.store import find_run

    wanted = wished_experiments(texts, file, configured.experiments)
    if name is None or not wanted:
        raise HarnessError(
            "Nothing is given to import: NAME=FILE …, or for a run that is there --run RUN and --experiment or "
            "--experiments."
        )
    held = find_run(name)
    told = held.manifest
    prompt = {"prompt": told.prompt.name or None, "system": told.prompt.system}
    asked = questionnaire(told.suite.named, configured.model_copy(update=prompt)) if told.suite.name else None
    # The wording that was asked, whatever became of the suite.
    asked = None if asked is None else replace(asked, questions=held.questions)
    methods = {variant.name: variant.method for variant in told.variants}
    further = read_experiment_files(wanted, asked, methods)
    if fresh:
        set_aside(held.folder, further)
    refuse_other_experiments(held.folder, further)
    for line in (line for one in further for line in one.told()):
        remark(line)
    for one in write_experiments(held, further, command_line()):
        score_run(one)
    return held


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


def _only(texts: list[str], name: str, names: set[str]) -> tuple[tuple[str, str], ...]:
    """(column, value) of each [NAME:]COLUMN=VALUE that is said of that name, or of every file."""
    from harness.errors import HarnessError

    found = []
    for text in texts:
        column, equals, value = text.partition("=")
        if not equals or not column or not value:
            raise HarnessError(f"'{text}' is no --only [NAME:]COLUMN=VALUE.")
        whose, colon, rest = column.partition(":")
        if not colon or whose not in names:
            found.append((column, value))
        elif whose == name:
            found.append((rest, value))
    return tuple(found)


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
    lang: Annotated[str, typer.Option(help="The report's language.")] = "en",
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
