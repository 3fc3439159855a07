"""Commands on a run that is there: score, report, send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.common import (
    ConfigFile,
    Lang,
    answer,
    names,
)

if TYPE_CHECKING:
    pass


def score(run: str) -> None:
    """Score a run again from its stored answers; no model is needed."""
    from harness.cli.printed import comparison_table
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
