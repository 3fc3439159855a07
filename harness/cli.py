"""The commands: parse, call, print. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from harness.config import Config
    from harness.store import RunFolder

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Trains adapters on preferences, asks base and adapters the same questions, and says what the tuning did.",
)
runs_app = typer.Typer(invoke_without_command=True, help="Lists runs; `harness runs show RUN` prints a summary.")
app.add_typer(runs_app, name="runs")
baseline_app = typer.Typer(
    invoke_without_command=True, help="Shows the pinned baseline; `harness baseline set RUN` pins."
)
app.add_typer(baseline_app, name="baseline")

ConfigFile = Annotated[Path | None, typer.Option("--config", help="Configuration (default: harness.yaml, if there).")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Start anew; what is there is moved aside.")]


def main() -> None:
    """The command line's entry: every failure is one line on stderr and an exit status with a meaning."""
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    _stay_quiet(debug)
    try:
        status = app(args=arguments, prog_name="harness", standalone_mode=False)
        # Typer gives a Ctrl-C back as a status.
        if status == 130:
            raise KeyboardInterrupt
    except BaseException as error:
        from harness.failures import explain

        line, status = explain(error)
        if debug:
            raise
        if line:
            print(line, file=sys.stderr)
    sys.stdout.flush()
    sys.exit(status if isinstance(status, int) else 0)


@app.command()
def train(
    method: Annotated[str, typer.Argument(help="dpo, orpo, kto or simpo.")],
    config: ConfigFile = None,
    name: Annotated[str | None, typer.Option(help="The training's name (default: the method).")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="TRL's and PEFT's own arguments.")
    ] = None,
    fresh: Fresh = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print parameters, steps, tokens, memory by part and time; train nothing.")
    ] = False,
    merge: Annotated[
        bool, typer.Option("--merge", help="Write the base with the adapter added in as well: NAME/merged.")
    ] = False,
) -> None:
    """Train a LoRA adapter into runs/train/NAME/; a stopped training goes on where it stopped."""
    from harness.config import load_config, parse_setting
    from harness.store import check_name
    from harness.train import TRAININGS, plan_training
    from harness.train import train as run_training

    changes = dict(parse_setting(text) for text in set_ or [])
    plan = plan_training(method, name, load_config(config), changes, weightless=dry_run)
    if dry_run:
        from harness.dry_run import dry_run as look_ahead

        print(look_ahead(plan).lines())
        return
    folder = TRAININGS / check_name("training", plan.name)
    certificate = run_training(plan, folder, _command(), fresh)
    trained = certificate["data"]["trained_on"]
    print(f"{folder}: {certificate['method']}, {certificate['steps']} steps on {trained} pairs")
    if merge:
        from harness.merge import merge as merge_adapter

        print(merge_adapter(folder, plan.settings.trust_remote_code))


@app.command()
def evaluate(
    adapters: Annotated[str, typer.Option(help="Names or NAME=PATH, separated by commas.")] = "",
    base: Annotated[
        str | None, typer.Option(help="A folder or an id of the hub (default: what the adapters name).")
    ] = None,
    suite: Annotated[str | None, typer.Option(help="A question suite: its name or folder.")] = None,
    tasks: Annotated[
        str | None, typer.Option(help="lm-eval tasks, separated by commas (default: the suite's).")
    ] = None,
    backend: Annotated[str | None, typer.Option(help="auto, vllm or transformers.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many questions, drawn by the seed.")] = None,
    run: Annotated[str | None, typer.Option(help="The run's id (default: made from what is asked).")] = None,
    config: ConfigFile = None,
    noise_floor: Annotated[
        bool, typer.Option("--noise-floor", help="Ask everything twice: how much does a model differ from itself?")
    ] = False,
    no_report: Annotated[bool, typer.Option("--no-report", help="Scores and summary only.")] = False,
    fresh: Fresh = False,
) -> None:
    """Ask base and adapters, run lm-eval tasks, score, compare, report; run again, it does only what is missing."""
    from harness.config import load_config
    from harness.evaluate import RUNS
    from harness.evaluate import evaluate as run_evaluation
    from harness.plan import Wishes, plan_evaluation
    from harness.store import RunFolder, check_name, move_aside

    settings = load_config(config)
    wishes = Wishes(
        _names(adapters), base, suite, None if tasks is None else _names(tasks), backend, limit, noise_floor
    )
    evaluation = plan_evaluation(settings, wishes, _command())
    folder = RunFolder(RUNS / check_name("run", run or evaluation.default_id()))
    if fresh:
        move_aside(folder.path)
    run_evaluation(evaluation, folder)
    _conclude(folder, settings, no_report)


@app.command(name="import")
def import_(
    files: Annotated[
        list[str],
        typer.Argument(metavar="NAME=FILE...", help="Answers: JSON of the assignment or of AlpacaEval, or JSONL."),
    ],  # noqa: E501
    suite: Annotated[str, typer.Option(help="The question suite that was asked.")],
    curves: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FILE", help="Training curves: trainer_state.json, .wandb, curves.jsonl, ENTITY/PROJECT/RUN."
        ),
    ] = None,
    run: Annotated[str | None, typer.Option(help="The run's id (default: the suite and the names).")] = None,
    config: ConfigFile = None,
    no_report: Annotated[bool, typer.Option("--no-report", help="Scores and summary only.")] = False,
    fresh: Fresh = False,
) -> None:
    """Score, compare and report answers and trainings made elsewhere, without a model."""
    from harness.config import load_config
    from harness.evaluate import RUNS
    from harness.import_answers import import_answers
    from harness.score import score_run
    from harness.store import RunFolder, check_name, move_aside

    settings = load_config(config)
    named, named_curves = _pairs(files, "NAME=FILE"), _pairs(curves or [], "--curves NAME=FILE")
    folder = RunFolder(RUNS / check_name("run", run or f"{Path(suite).name}-{'-'.join(named)}"))
    if fresh:
        move_aside(folder.path)
    import_answers(folder, settings, suite, named, named_curves, _command())
    score_run(folder)
    _conclude(folder, settings, no_report)


@app.command()
def score(run: str) -> None:
    """Score a run again from its stored answers; no model is needed."""
    from harness.score import score_run
    from harness.store import find_run
    from harness.table import comparison_table

    print(comparison_table(score_run(find_run(run))))


@app.command()
def report(
    run: str,
    template: Annotated[str, typer.Option(help="The report's template.")] = "summary",
    lang: Annotated[str, typer.Option(help="The report's language.")] = "en",
    format_: Annotated[str, typer.Option("--format", help="html, pdf, or both, separated by a comma.")] = "html,pdf",
    config: ConfigFile = None,
) -> None:
    """Render a run's report from its folder alone."""
    from harness.config import load_config
    from harness.report import render
    from harness.store import find_run

    folders = load_config(config).folders.templates
    for path in render(find_run(run), template, lang, _names(format_), folders):
        print(path)


@app.command()
def check(
    run: str,
    against: Annotated[str, typer.Option(help="A run's id or path; baseline: what `harness baseline set` pinned.")],
    policy: Annotated[Path | None, typer.Option(help="Margins and rules (default: check.yaml, if there).")] = None,
    variant: Annotated[
        list[str] | None, typer.Option(metavar="NEW=OLD", help="Which variants belong together, where names differ.")
    ] = None,
) -> None:
    """Say whether a run is worse than another; 0 no, 1 yes, 3 something is missing, 4 not proven."""
    from harness.baseline import find_baseline
    from harness.check_files import forget_check, write_check
    from harness.check_table import check_table, conclusion
    from harness.gate import check_run
    from harness.policy import load_policy
    from harness.store import find_run

    candidate = find_run(run)
    forget_check(candidate)
    belong = _pairs(variant or [], "--variant NEW=OLD")
    wanted = [(str(old), new) for new, old in belong.items()]
    found = check_run(candidate, find_baseline(against), load_policy(policy), wanted)
    print(check_table(found))
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    paths = write_check(candidate, found, Path(summary) if summary else None)
    print("\n" + "\n".join(f"{path.suffix[1:]:8} {path}" for path in paths))
    print("\n" + conclusion(found))
    raise typer.Exit(found.exit_code)


@app.command()
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
    backend: Annotated[str | None, typer.Option(help="auto, vllm or transformers (default: the baseline's).")] = None,
    policy: Annotated[Path | None, typer.Option(help="Margins and rules (default: check.yaml, if there).")] = None,
    config: ConfigFile = None,
    once: Annotated[bool, typer.Option("--once", help="End when what is there is checked.")] = False,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks at the training.")] = 10.0,
    fresh: Fresh = False,
) -> None:
    """Ask and check each checkpoint of a training as it comes; 0 none regressed, 1 one did, 3 something is missing."""
    from harness.checkpoints import find_training
    from harness.config import load_config
    from harness.plan import Wishes
    from harness.policy import load_policy
    from harness.store import move_aside
    from harness.train import TRAININGS
    from harness.trend import headline, line
    from harness.watch import WATCHES, publish
    from harness.watch import watch as run_watch
    from harness.watch_plan import Watching, find_against

    found = find_training(training, TRAININGS)
    folder = WATCHES / found.name
    if fresh:
        move_aside(folder)
    wishes = Wishes((), None, suite, None if tasks is None else _names(tasks), backend, limit)
    watching = Watching(
        found, folder, find_against(against), variant, load_config(config), wishes, load_policy(policy), _command(),
        lambda text: print(text, file=sys.stderr, flush=True),
    )  # fmt: skip
    for step in run_watch(watching, once, every):
        print(line(step), flush=True)
    trend = publish(watching)
    print(f"\n{headline(trend)}\ntrend    {folder / 'trend.html'}")
    raise typer.Exit(trend.exit_code)


@app.command()
def sweep(
    file: Annotated[str, typer.Argument(help="The sweep's YAML file; pocket: the one that ships.")],
    status: Annotated[bool, typer.Option("--status", help="Show the grid as it stands, and do nothing.")] = False,
    jobs: Annotated[int | None, typer.Option(min=1, help="Trainings at a time (default: the file's).")] = None,
    no_report: Annotated[bool, typer.Option("--no-report", help="Scores and ranking only.")] = False,
) -> None:
    """Train a grid of settings, evaluate all together, rank them; run again, it does only what is missing."""
    from harness.sweep_plan import plan_sweep

    sweeping = plan_sweep(file, to_train=not status)
    if status:
        from harness.sweep_status import status_table

        print(status_table(sweeping))
        return
    from harness.errors import Incomplete
    from harness.sweep import sweep as run_sweep
    from harness.sweep_results import ranking_table

    swept = run_sweep(sweeping, _command(), lambda text: print(text, file=sys.stderr, flush=True), jobs)
    print(ranking_table(swept.summary))
    print(f"\nsweep    {sweeping.folder}\nrun      {swept.run.path}")
    if not no_report:
        from harness.report import render

        for path in render(swept.run, folders=sweeping.config.folders.templates):
            print(f"{path.suffix[1:]:8} {path}")
    if swept.failed:
        raise Incomplete(
            f"{len(swept.failed)} of {len(sweeping.jobs)} trainings failed: {', '.join(swept.failed)}. Their logs: "
            f"{sweeping.folder / 'logs'}. Run the same command again to try them again."
        )


@baseline_app.callback()
def baseline(context: typer.Context) -> None:
    """Show the pinned baseline."""
    if context.invoked_subcommand is None:
        from harness.baseline import baseline_line

        print(baseline_line())


@baseline_app.command(name="set")
def set_baseline(run: str) -> None:
    """Pin the run that `--against baseline` means."""
    from harness.baseline import baseline_line, pin_baseline
    from harness.store import find_run

    pin_baseline(find_run(run))
    print(baseline_line())


@app.command()
def plan(
    suite: Annotated[str, typer.Option(help="A question suite: its name or folder.")],
    effect: Annotated[float | None, typer.Option(help="A difference to be seen, as a share: 0.05 is 5 points.")] = None,
    margin: Annotated[float | None, typer.Option(help="The gate's margin (default: the suite's, or 0.03).")] = None,
    discordance: Annotated[
        float | None, typer.Option(help="Share of questions that one of two variants gets right, the other wrong.")
    ] = None,
    run: Annotated[str | None, typer.Option(help="A run of this suite, to measure the discordance.")] = None,
    config: ConfigFile = None,
) -> None:
    """Say how many questions a claim needs, before anything is run."""
    from harness.config import load_config
    from harness.sample_size import plan_suite, plan_table
    from harness.store import find_run
    from harness.tasks import load_suite

    known = load_suite(suite, load_config(config).folders.tasks)
    print(plan_table(plan_suite(known, effect, margin, discordance, None if run is None else find_run(run))))


@app.command()
def tasks(
    check: Annotated[bool, typer.Option("--check", help="Grade each question's own reference answer.")] = False,
    config: ConfigFile = None,
) -> None:
    """List question suites and lm-eval tasks; --check demands full marks of each reference answer."""
    from harness.config import load_config
    from harness.table import tasks_table

    text, faults = tasks_table(load_config(config).folders.tasks, check)
    print(text)
    if faults:
        raise typer.Exit(2)


@runs_app.callback()
def runs(context: typer.Context) -> None:
    """List the runs below runs/eval."""
    if context.invoked_subcommand is None:
        from harness.table import runs_table

        print(runs_table())


@runs_app.command()
def show(run: str) -> None:
    """Print a run's comparison table."""
    from harness.store import find_run
    from harness.table import comparison_table

    print(comparison_table(find_run(run).summary()))


@app.command()
def wandb(
    run: str,
    project: Annotated[
        str | None, typer.Option(help="W&B's project (default: WANDB_PROJECT, or preference-harness).")
    ] = None,
    entity: Annotated[str | None, typer.Option(help="W&B's user or team (default: your own).")] = None,
) -> None:
    """Send a run's figures, answers and report to Weights & Biases; without a key, into a folder to be sent later."""
    from harness.store import find_run
    from harness.wandb_log import send_run

    print(send_run(find_run(run), project, entity).lines())


@app.command()
def doctor() -> None:
    """Say what this machine has and lacks, with the command that mends each."""
    from harness.doctor import findings

    found = findings()
    for finding in found:
        print(finding.line())
    if any(finding.blocking for finding in found):
        raise typer.Exit(2)


@app.command()
def pocket() -> None:
    """Print the folder of the embedded model."""
    from harness.pocket import pocket_path

    print(pocket_path())


@app.command()
def init(
    path: Annotated[Path | None, typer.Argument(help="A file (harness.yaml); with --template a folder (here).")] = None,
    template: Annotated[str | None, typer.Option(help="Ready configurations: assignment.")] = None,
) -> None:
    """Write a commented configuration."""
    from harness.config import DEFAULT_FILE, write_example, write_template

    if template is None:
        print(write_example(path or DEFAULT_FILE))
    else:
        print("\n".join(map(str, write_template(template, path or Path()))))


def _conclude(folder: RunFolder, settings: Config, no_report: bool) -> None:
    from harness.errors import Incomplete
    from harness.table import comparison_table

    summary = folder.summary()
    print(comparison_table(summary))
    print(f"\nrun      {folder.path}")
    if not no_report:
        from harness.report import render

        for path in render(folder, folders=settings.folders.templates):
            print(f"{path.suffix[1:]:8} {path}")
    gaps = [warning.message for warning in summary.warnings if warning.code in {"missing_answers", "failed_answers"}]
    if gaps:
        raise Incomplete(f"{folder.path}: {' '.join(gaps)} Run the same command again to fill what can be filled.")


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _pairs(texts: list[str], shape: str) -> dict[str, Path]:
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


def _command() -> str:
    import shlex

    return shlex.join(["harness", *sys.argv[1:]])


def _stay_quiet(debug: bool) -> None:
    """Nothing phones home, and what libraries say to developers does not hide what we say to users."""
    quiet: dict[str, Any] = {
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "DO_NOT_TRACK": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "TRANSFORMERS_VERBOSITY": "error",
        "DATASETS_VERBOSITY": "error",
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
