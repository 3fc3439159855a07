"""The command line: which commands there are, and how each failure is told.

Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import functools
import logging
import os
import sys
import traceback
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import typer

from harness.cli import data, demo, evaluation, gate, grading, importing, judging, listing, pairs, reporting, training
from harness.cli.common import remark

COMMANDS: dict[str, Callable[..., None]] = {
    "pairs": pairs.pairs,
    "train": training.train,
    "evaluate": evaluation.evaluate,
    "import": importing.import_,
    "score": reporting.score,
    "grade": grading.grade,
    "report": reporting.report,
    "check": gate.check,
    "watch": gate.watch,
    "sweep": training.sweep,
    "plan": gate.plan,
    "push": training.push,
    "wandb": reporting.wandb,
    "doctor": listing.doctor,
    "demo": demo.demo,
    "pocket": listing.pocket,
    "base": listing.base,
    "init": listing.init,
    "translate": listing.translate,
}
"""In the order of `harness --help`."""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Trains adapters on preferences, asks base and adapters the same questions, and says what the tuning did.",
)
tasks_app = typer.Typer(
    invoke_without_command=True,
    help="Lists question suites and lm-eval tasks; `harness tasks new NAME` writes a suite.",
)
app.add_typer(tasks_app, name="tasks")
runs_app = typer.Typer(invoke_without_command=True, help="Lists runs; `harness runs show RUN` prints a summary.")
app.add_typer(runs_app, name="runs")
baseline_app = typer.Typer(
    invoke_without_command=True, help="Shows the pinned baseline and its anchor; `harness baseline set RUN` pins."
)
app.add_typer(baseline_app, name="baseline")
data_app = typer.Typer(no_args_is_help=True, help="Shows preference data, and converts them to one shape.")
app.add_typer(data_app, name="data")

judge_app = typer.Typer(
    no_args_is_help=True,
    cls=judging.RunOrCommand,
    help="`harness judge RUN --verdicts FILE` says how often a variant is preferred; `judge check` checks a judge.",
)
app.add_typer(judge_app, name="judge")


def _quietly(function: Callable[..., None]) -> Callable[..., None]:
    """The command, with a log for what libraries say meanwhile; with --debug they say it here."""

    @functools.wraps(function)
    def command(*arguments: Any, **options: Any) -> None:
        from harness.machine import quiet

        with nullcontext() if "--debug" in sys.argv else quiet():
            function(*arguments, **options)

    return command


for _name, _function in COMMANDS.items():
    app.command(name=_name)(_quietly(_function))
tasks_app.callback()(_quietly(listing.tasks))
tasks_app.command(name="new")(_quietly(listing.new_suite))
runs_app.callback()(_quietly(listing.runs))
runs_app.command()(_quietly(listing.show))
data_app.command()(_quietly(data.show))
data_app.command()(_quietly(data.convert))
judge_app.command(name="of")(_quietly(judging.judge))
judge_app.command()(_quietly(judging.check))
baseline_app.callback()(_quietly(gate.baseline))
baseline_app.command(name="set")(_quietly(gate.set_baseline))
baseline_app.command(name="anchor")(_quietly(gate.set_anchor))


def main() -> None:
    """The command line's entry: every failure is one line on stderr and an exit status with a meaning."""
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    _stay_quiet(debug)
    _share_cores()
    try:
        status = app(args=arguments, prog_name="harness", standalone_mode=False)
        # Typer gives a Ctrl-C back as a status.
        if status == 130:
            raise KeyboardInterrupt
    except BaseException as error:
        if not debug:
            _let_go(error)
        from harness.cli.failures import explain
        from harness.training import speaks, tell_launcher

        ending = explain(error)
        status = ending.status
        heard = tell_launcher(ending.said, status)
        if debug:
            raise
        if ending.said and not heard and speaks(error):
            remark(ending.text())
    sys.stdout.flush()
    sys.exit(status if isinstance(status, int) else 0)


def _let_go(error: BaseException | None) -> None:
    """Drops what the failed calls hold, such as a model: where memory ran out, saying so takes some too."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


def _share_cores() -> None:
    """Threads that wait for each other sleep: beside other work, those that turn on the spot take each other's core."""
    # OpenMP reads it when torch is loaded; KMP_BLOCKTIME and GOMP_SPINCOUNT, where the user sets them, win over it.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def _stay_quiet(debug: bool) -> None:
    """Nothing phones home, and what libraries say to developers does not hide what we say to users."""
    quiet: dict[str, Any] = {
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "DO_NOT_TRACK": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "WANDB_SILENT": "true",
        # Other people's bars; ours is told to show itself.
        "TQDM_DISABLE": "1",
        "TRL_EXPERIMENTAL_SILENCE": "1",
    }
    for name, value in quiet.items():
        os.environ.setdefault(name, value)
    if not debug:
        warnings.simplefilter("ignore")
    # bitsandbytes says of each missing optional kernel that it is missing.
    logging.getLogger("bitsandbytes").setLevel(logging.CRITICAL)
    # Model text may hold what the terminal's encoding cannot say.
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
