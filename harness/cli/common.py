"""What the commands have in common: options, names given on the command line, and how an evaluation ends."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from harness.config import Config
    from harness.store import Run

ConfigFile = Annotated[Path | None, typer.Option("--config", help="Configuration (default: harness.yaml, if there).")]
Lang = Annotated[str, typer.Option(help="The language of what is written: en, zh-TW, zh-CN, or a file LANG.po.")]
Prompt = Annotated[
    str | None,
    typer.Option(help="The prompt template: alpaca, chat (the tokenizer's own), or your prompts/NAME.jinja."),
]
System = Annotated[str | None, typer.Option(help="The system line; an empty one is none.")]
TaskLimit = Annotated[
    float | None,
    typer.Option(
        metavar="N", help="Of each lm-eval task the first N documents, a share below 1, as lm-eval's own --limit."
    ),
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Start anew; what is there is moved aside.")]


_AGAIN = "Run the same command again to fill what can be filled."


def asked_with(settings: Config, prompt: str | None, system: str | None) -> Config:
    """The configuration with what the command line says of prompt and system line: training and asking are one."""
    given = {key: value for key, value in {"prompt": prompt, "system": system}.items() if value is not None}
    train = settings.train.model_copy(update=dict.fromkeys(given))
    return settings.model_copy(update={**given, "train": train})


def documents(task_limit: float | None) -> float | None:
    """What --task-limit says; refuses what is neither a number of documents nor a share of them."""
    from harness.errors import HarnessError

    if task_limit is not None and not 0 < task_limit < float("inf"):
        raise HarnessError(f"--task-limit {task_limit:g} is no number of documents, nor a share of them below 1.")
    return task_limit


def answer(text: object = "") -> None:
    """Prints what a command has found on the standard output."""
    from harness.machine import show

    show(text)


def remark(text: object) -> None:
    """Prints what a user should know besides on the standard error."""
    from harness.machine import say

    say(text)


def names(text: str) -> list[str]:
    """What stands between the commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


def pairs(texts: list[str], shape: str) -> dict[str, Path]:
    """Name → path of each NAME=PATH; `shape` is how a refusal calls it."""
    from harness.errors import HarnessError

    found: dict[str, Path] = {}
    for text in texts:
        name, equals, path = text.partition("=")
        if not equals or not name or not path:
            raise HarnessError(f"'{text}' is no {shape}.")
        if name in found:
            raise HarnessError(f"'{name}' is given twice.")
        found[name] = Path(path)
    return found


def command_line() -> str:
    """What the user typed, for whoever wants to do it again."""
    import shlex

    return shlex.join(["harness", *sys.argv[1:]])


def conclude(run: Run, settings: Config, no_report: bool, lang: str = "en") -> None:
    """Prints the table, renders the report, and refuses to call an incomplete run done."""
    from harness.cli.printed import comparison_table
    from harness.errors import Incomplete

    summary = run.summary
    answer(comparison_table(summary, run.manifest.suite.argument))
    answer(f"\nrun      {run.path}")
    if not no_report:
        from harness.report import render_report

        for path in render_report(run, lang=lang, folders=settings.folders.templates):
            answer(f"{path.suffix[1:]:8} {path}")
    gaps = [warning.message for warning in summary.warnings if warning.code in {"missing_answers", "failed_answers"}]
    if gaps:
        # What was asked elsewhere is asked again elsewhere.
        again = "Import a file that has them, with --fresh." if run.manifest.serving.backend == "recorded" else _AGAIN
        raise Incomplete(f"{run.path}: {' '.join(gaps)} {again}")
