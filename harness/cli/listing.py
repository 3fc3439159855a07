"""Commands that show what is here: suites, runs, this machine, the embedded model."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.common import ConfigFile, answer, remark


def tasks(
    context: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Grade each question's own reference answer.")] = False,
    config: ConfigFile = None,
) -> None:
    """List question suites and lm-eval tasks; --check demands full marks of each reference answer."""
    if context.invoked_subcommand is not None:
        return
    from harness.cli.printed import tasks_table
    from harness.config import load_config

    text, faults = tasks_table(load_config(config).folders.tasks, check)
    answer(text)
    if faults:
        raise typer.Exit(2)


def new_suite(name: str) -> None:
    """Write a commented suite into tasks/NAME, for the harness and for lm-eval."""
    from harness.data.suites import write_suite

    for path in write_suite(name):
        answer(path)
    answer(f"Next: harness tasks --check, then harness evaluate --suite {name}")


def runs(context: typer.Context) -> None:
    """List the runs below runs/eval."""
    if context.invoked_subcommand is None:
        from harness.cli.printed import runs_table

        answer(runs_table())


def show(run: str) -> None:
    """Print a run's comparison table."""
    from harness.cli.printed import comparison_table, recorded_note
    from harness.store import find_run

    found = find_run(run)
    answer(comparison_table(found.summary, found.manifest.suite.argument))
    if note := recorded_note(found.manifest):
        answer(f"\n{note}")


def doctor(
    deep: Annotated[
        bool, typer.Option("--deep", help="Start the engine, and train in 4 bits, on the embedded model: a minute.")
    ] = False,
) -> None:
    """Say what this machine has and lacks, with the command that mends each."""
    from harness.doctor import findings, tried

    blocked = False
    for finding in chain(findings(), tried() if deep else ()):
        answer(finding.line())
        blocked = blocked or (finding.blocking and not finding.there)
    if blocked:
        raise typer.Exit(2)


def pocket() -> None:
    """Print the folder of the embedded model."""
    from harness.pocket import pocket_path

    answer(pocket_path())


def base(
    name: Annotated[str, typer.Argument(help="pocket, smollm2, a GGUF file, a folder or an id of the hub.")],
) -> None:
    """Print the folder of a base model; a GGUF file is converted first, where that was not done yet."""
    from harness.models import find_base

    found = find_base(name)
    answer(found.path)
    if found.converted_from:
        remark(f"{found.converted_from}; sha256 {found.converted_from.sha256}")


def init(
    path: Annotated[Path | None, typer.Argument(help="A file (harness.yaml); with --template a folder (here).")] = None,
    template: Annotated[str | None, typer.Option(help="Ready configurations: assignment, smollm2.")] = None,
) -> None:
    """Write a commented configuration."""
    from harness.config import DEFAULT_FILE, write_example, write_template

    if template is None:
        answer(write_example(path or DEFAULT_FILE))
    else:
        answer("\n".join(map(str, write_template(template, path or Path()))))


def translate(
    file: Annotated[Path, typer.Argument(help="LANG.po, of which the name is the language: ja.po, pt_BR.po.")],
) -> None:
    """Begin a language of the reports in a file, or complete one, with the English sentences as comments."""
    from harness.words import complete, lacking

    done, of = complete(file)
    left = lacking(file)
    answer(f"{file}: {done:,} of {of:,} messages are translated{f'; the first to do is {left[0]}' if left else ''}.")
    answer(f"Next: harness report RUN --lang {file}")
