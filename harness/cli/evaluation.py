"""The command that asks."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.answer_files import (
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
    from harness.asking import Evaluation
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
