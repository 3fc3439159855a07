"""Commands that say whether a checkpoint is worse than its baseline, and how many questions it takes to tell."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.common import ConfigFile, Fresh, Lang, TaskLimit, answer, command_line, documents, names, pairs, remark

if TYPE_CHECKING:
    from harness.gate import Policy

PolicyFile = Annotated[Path | None, typer.Option("--policy", help="Margins and rules (default: check.yaml, if there).")]


def check(
    run: str,
    against: Annotated[str, typer.Option(help="A run's id or path; baseline: what `harness baseline set` pinned.")],
    policy: PolicyFile = None,
    variant: Annotated[
        list[str] | None, typer.Option(metavar="NEW=OLD", help="Which variants belong together, where names differ.")
    ] = None,
    sequential: Annotated[
        bool, typer.Option("--sequential", help="By evidence that may be looked at after every question.")
    ] = False,
    lang: Lang = "en",
) -> None:
    """Say whether a run is worse than another; 0 no, 1 yes, 3 something is missing, 4 not proven."""
    from harness.errors import HarnessError
    from harness.gate import (
        check_run,
        check_sequentially,
        check_table,
        conclusion,
        find_anchor,
        find_baseline,
        forget_check,
        load_policy,
        write_check,
    )
    from harness.store import find_run
    from harness.words import words

    candidate, say = find_run(run), words(lang)
    forget_check(candidate)
    belong = pairs(variant or [], "--variant NEW=OLD")
    wanted = [(str(old), new) for new, old in belong.items()]
    if candidate.manifest.stopping is not None and not sequential:
        raise HarnessError(
            f"{candidate.id} stopped asking when its answers said enough, which no test of a fixed number of questions "
            f"allows for. Next: {command_line()} --sequential"
        )
    if sequential:
        found = check_sequentially(candidate, find_baseline(against), load_policy(policy), wanted)
    else:
        found = check_run(candidate, find_baseline(against), load_policy(policy), wanted, find_anchor(against))
    answer(check_table(found))
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    paths = write_check(candidate, found, Path(summary) if summary else None, say)
    answer("\n" + "\n".join(f"{path.suffix[1:]:8} {path}" for path in paths))
    answer("\n" + conclusion(found))
    raise typer.Exit(found.exit_code)


def watch(
    training: Annotated[str, typer.Argument(help="A training's folder or name: runs/train/NAME.")],
    against: Annotated[
        str | None,
        typer.Option(help="A run's id or path, baseline, or base (default: the pinned baseline, else the base)."),
    ] = None,
    variant: Annotated[
        str | None, typer.Option(metavar="OLD", help="The baseline's variant that is checked against.")
    ] = None,
    suite: Annotated[str | None, typer.Option(help="A question suite (default: the baseline's).")] = None,
    tasks: Annotated[
        str | None, typer.Option(help="lm-eval tasks, separated by commas (default: the baseline's).")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many questions, drawn by the seed.")] = None,
    task_limit: TaskLimit = None,
    backend: Annotated[str | None, typer.Option(help="auto, vllm or transformers (default: the baseline's).")] = None,
    policy: PolicyFile = None,
    config: ConfigFile = None,
    once: Annotated[bool, typer.Option("--once", help="End when what is there is checked.")] = False,
    best_of: Annotated[
        int | None,
        typer.Option(min=1, help="The baseline is the best of so many on these questions (default: a sweep's number)."),
    ] = None,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks at the training.")] = 10.0,
    fresh: Fresh = False,
    lang: Lang = "en",
) -> None:
    """Ask and check each checkpoint of a training as it comes; 0 none regressed, 1 one did, 3 something is missing."""
    from harness.asking import Wishes
    from harness.config import load_config
    from harness.gate import load_policy
    from harness.store import TRAININGS, WATCHES, find_training, move_aside
    from harness.watch import Watching, find_against, headline, line, publish
    from harness.watch import watch as run_watch
    from harness.words import words

    words(lang, load_config(config).folders.templates)
    asked, most = None if tasks is None else names(tasks), documents(task_limit)
    found = find_training(training, TRAININGS)
    folder = WATCHES / found.name
    if fresh:
        move_aside(folder)
    wishes = Wishes((), None, suite, asked, backend, limit, task_limit=most)
    watching = Watching(
        found, folder, find_against(against), variant, load_config(config), wishes, load_policy(policy), command_line(),
        remark, best_of, lang,
    )  # fmt: skip
    for step in run_watch(watching, once, every):
        answer(line(step))
    trend = publish(watching)
    answer(f"\n{headline(trend)}\ntrend    {folder / 'trend.html'}")
    raise typer.Exit(trend.exit_code)


def baseline(context: typer.Context) -> None:
    """Show the pinned baseline."""
    if context.invoked_subcommand is None:
        from harness.gate import anchor_line, baseline_line, find_anchor

        answer(baseline_line())
        if anchor := find_anchor():
            answer(anchor_line(anchor))


def set_baseline(
    run: str,
    new_anchor: Annotated[
        bool, typer.Option("--new-anchor", help="Count what is lost in all from this run on.")
    ] = False,
    policy: PolicyFile = None,
) -> None:
    """Pin the run that `--against baseline` means, and say what has been lost since the first one."""
    from harness.gate import load_policy, pin_baseline
    from harness.store import find_run

    demands = load_policy(policy)
    pin_baseline(find_run(run), new_anchor)
    _tell_since(demands)


def set_anchor(run: str, policy: PolicyFile = None) -> None:
    """Count what is lost in all from this run on; the pinned baseline stays."""
    from harness.gate import load_policy
    from harness.gate import set_anchor as pin_anchor
    from harness.store import find_run

    demands = load_policy(policy)
    pin_anchor(find_run(run))
    _tell_since(demands)


def _tell_since(demands: Policy) -> None:
    from harness.gate import anchor_line, baseline_line, find_anchor, find_baseline, since_lines

    answer(baseline_line())
    if anchor := find_anchor():
        answer("\n".join([anchor_line(anchor), *since_lines(find_baseline("baseline"), anchor, demands)]))


def plan(
    suite: Annotated[str, typer.Option(help="A question suite: its name, its folder, or a file of questions.")],
    effect: Annotated[float | None, typer.Option(help="A difference to be seen, as a share: 0.05 is 5 points.")] = None,
    margin: Annotated[float | None, typer.Option(help="The gate's margin (default: the suite's, or 0.03).")] = None,
    discordance: Annotated[
        float | None, typer.Option(help="Share of questions that one of two like variants gets right, the other wrong.")
    ] = None,
    run: Annotated[str | None, typer.Option(help="A run of this suite, to measure the discordance.")] = None,
    variants: Annotated[
        int | None, typer.Option(help="Variants that are checked at once (default: the run's, or 1).")
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Say how many questions a claim needs, before anything is run."""
    from harness.config import load_config
    from harness.data.suites import load_suite
    from harness.gate import plan_seeds, plan_suite, plan_table, seeds_table
    from harness.store import find_run

    known, held = load_suite(suite, load_config(config).folders.tasks), None if run is None else find_run(run)
    size = plan_suite(known, effect, margin, discordance, held, variants)
    answer(plan_table(size))
    seeds = None if held is None else plan_seeds(held)
    if seeds is not None:
        answer(f"\n{seeds_table(seeds, size.effect)}")
