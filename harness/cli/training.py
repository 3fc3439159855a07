"""Commands that train: one adapter, a grid of them, and the way of one to the hub."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from harness.cli.common import ConfigFile, Fresh, Lang, Prompt, System, answer, asked_with, command_line, remark


def train(
    method: Annotated[str, typer.Argument(help="dpo, orpo, kto or simpo.")],
    config: ConfigFile = None,
    name: Annotated[str | None, typer.Option(help="The training's name (default: the method).")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="TRL's and PEFT's own arguments.")
    ] = None,
    prompt: Prompt = None,
    system: System = None,
    fresh: Fresh = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print parameters, steps, tokens, memory by part and time; train nothing.")
    ] = False,
    merge: Annotated[
        bool, typer.Option("--merge", help="Write the base with the adapter added in as well: NAME/merged.")
    ] = False,
    processes: Annotated[
        int | None, typer.Option(min=1, help="Train in so many processes, one a GPU, on the same global batch.")
    ] = None,
    accelerate: Annotated[
        str | None, typer.Option(help="Processes as accelerate's configuration says: ddp, fsdp-qlora, or a file.")
    ] = None,
) -> None:
    """Train a LoRA adapter into runs/train/NAME/; a stopped training goes on where it stopped."""
    from harness.config import load_config, parse_setting
    from harness.store import TRAININGS, check_name
    from harness.training import check_count, is_main, plan_training, started_count
    from harness.training import train as run_training

    changes = dict(parse_setting(text) for text in set_ or [])
    settings = asked_with(load_config(config), prompt, system)
    plan = plan_training(method, name, settings, changes, weightless=dry_run)
    if dry_run:
        from harness.training import dry_run as look_ahead

        answer(look_ahead(plan).lines())
        return
    folder = TRAININGS / check_name("training", plan.name)
    if (accelerate or (processes or 1) > 1) and started_count() == 1:
        from harness.training import launch_training

        launch_training(plan.arguments, folder, processes, accelerate, sys.argv[1:])
        return
    check_count(processes)
    certificate = run_training(plan, folder, command_line(), fresh)
    if not is_main():
        return
    trained = certificate.data.trained_on
    step, last = certificate.weights_from_step, certificate.steps
    best = f", the weights of step {step}, the best" if step not in (None, last) else ""
    answer(f"{folder}: {certificate.method}, {last} steps on {trained} pairs{best}")
    if merge:
        from harness.training import merge as merge_adapter

        answer(merge_adapter(plan, folder))


def sweep(
    file: Annotated[str, typer.Argument(help="The sweep's YAML file; pocket: the one that ships.")],
    status: Annotated[bool, typer.Option("--status", help="Show the grid as it stands, and do nothing.")] = False,
    jobs: Annotated[int | None, typer.Option(min=1, help="Trainings at a time (default: the file's).")] = None,
    executor: Annotated[
        str | None, typer.Option(help="local, ray or slurm: where the trainings run (default: the file's).")
    ] = None,
    address: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="The Ray cluster (default: RAY_ADDRESS, else one here).")
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Ray: a place that all nodes see (default: the file's, else this folder)."),
    ] = None,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Ask the first place and the base questions that the sweep did not ask.")
    ] = False,
    suite: Annotated[
        str | None, typer.Option(help="With --confirm: another suite (default: what the sweep's limit left out).")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="With --confirm: at most so many questions, drawn by the seed.")
    ] = None,
    no_report: Annotated[bool, typer.Option("--no-report", help="Scores and ranking only.")] = False,
    lang: Lang = "en",
) -> None:
    """Train a grid of settings, evaluate all together, rank them; run again, it does only what is missing."""
    from harness.errors import HarnessError
    from harness.sweep import plan_sweep
    from harness.words import words

    if not confirm and (suite or limit):
        raise HarnessError(f"{'--suite' if suite else '--limit'} is for fresh questions. Add --confirm.")
    sweeping = plan_sweep(file, to_train=not status)
    words(lang, sweeping.config.folders.templates)
    if status:
        from harness.sweep import status_table

        answer(status_table(sweeping))
        return
    from harness.errors import Incomplete
    from harness.sweep import choose_places, ranking_table
    from harness.sweep import confirm as confirm_first
    from harness.sweep import sweep as run_sweep

    places = choose_places(sweeping, executor, jobs, address, store)
    swept = run_sweep(sweeping, places, command_line(), remark)
    asked = None
    if confirm:
        swept, asked = confirm_first(sweeping, swept, suite, limit, command_line())
    answer(ranking_table(swept.summary))
    answer(f"\nsweep    {sweeping.folder}\nrun      {swept.run.path}")
    if asked is not None:
        answer(f"confirm  {asked.path}")
    if not no_report:
        from harness.report import render_report

        for path in render_report(swept.run, lang=lang, folders=sweeping.config.folders.templates):
            answer(f"{path.suffix[1:]:8} {path}")
    if swept.failed:
        raise Incomplete(
            f"{len(swept.failed)} of {len(sweeping.jobs)} trainings failed: {', '.join(swept.failed)}. Their logs: "
            f"{sweeping.folder / 'logs'}. Run the same command again to try them again."
        )


def push(
    name: Annotated[str, typer.Argument(help="A finished training's name or folder: runs/train/NAME.")],
    to: Annotated[
        str | None, typer.Option("--to", metavar="OWNER/NAME", help="The repository; made if it is not there.")
    ] = None,
    send: Annotated[bool, typer.Option("--send", help="Really send it; without, the folder is only laid out.")] = False,
    private: Annotated[bool, typer.Option("--private", help="Make a new repository private.")] = False,
    run: Annotated[
        str | None, typer.Option(help="The evaluation that the card shows (default: the newest of this adapter).")
    ] = None,
    license_: Annotated[
        str | None, typer.Option("--license", help="A licence by the hub's id (default: the base's, where it says).")
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Lay out an adapter with a model card in runs/push/NAME, and with --send send it to the hub."""
    from harness.config import load_config
    from harness.publish import Wanted, lay_out, sending_command
    from harness.publish import send as send_folder
    from harness.store import TRAININGS, find_training

    prompts = load_config(config).folders.prompts
    wanted = Wanted(find_training(name, TRAININGS), to, private, run, license_, prompts)
    laid = lay_out(wanted)
    answer(laid.lines())
    if send:
        answer(f"\nsent     {send_folder(laid, wanted)}")
    else:
        answer(f"\nNothing was sent. Send it with: {sending_command(command_line(), to)}")
