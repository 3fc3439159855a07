"""What a watch asks, and against what it checks: as the baseline was asked, so that nothing but the weights differs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from harness.asking import Evaluation, Wishes, as_begun, begin, plan_evaluation
from harness.config import Config, Serving
from harness.errors import HarnessError, refuse_differing, unknown
from harness.gate import Policy, VariantPair, find_baseline, pinned, refuse_drift
from harness.records import BASE
from harness.store import (
    ADAPTER_CONFIG,
    Run,
    RunFolder,
    TrainingFolder,
    read_json,
    read_run,
    read_training,
    to_row,
    write_json,
)
from harness.task_settings import TaskSettings


@dataclass(frozen=True)
class Watching:
    """What is watched, how it is asked, and what it must hold against."""

    training: TrainingFolder
    folder: Path
    """runs/watch/NAME."""
    against: RunFolder | None
    """None: the base itself, asked once."""
    before: str | None
    """The baseline's variant that the checkpoints are checked against; None finds it."""
    config: Config
    wishes: Wishes
    policy: Policy
    command: str
    tell: Callable[[str], None]
    """Takes a line on what is waited for or left out."""
    best_of: int | None = None
    """Variants that the baseline was chosen from by its own questions; None finds it."""
    lang: str = "en"
    """The language of the page, and of each check.md."""

    @property
    def baseline(self) -> RunFolder:
        """The run that checkpoints are checked against: the one given, or the base's below this watch."""
        return self.against or RunFolder(self.folder / BASE)


def find_against(name: str | None) -> RunFolder | None:
    """The run of that name, the pinned baseline where none is named; None for the base model itself."""
    if name == BASE:
        return None
    if name is not None:
        return find_baseline(name).folder
    return find_baseline("baseline").folder if pinned() else None


def plan_watch(watching: Watching, checkpoint: Path) -> Evaluation:
    """The evaluation of the base that every checkpoint's is made of; refuses other settings than were begun with."""
    if watching.training.name == BASE:
        raise HarnessError(f"{watching.training.path} is called as the base model is. Train it under another --name.")
    config, wishes = watching.config, replace(watching.wishes, adapters=(), serves_adapters=True)
    against = None if watching.against is None else read_run(watching.against)
    if against is not None:
        config, wishes = _as_asked(config, wishes, against)
    elif config.prompt is None:
        config = config.model_copy(update={"prompt": read_training(watching.training).settings.get("prompt")})
    base = watching.config.base or _base_name(watching.training, checkpoint)
    # The configuration's adapters are not what is watched.
    config = config.model_copy(update={"base": base, "adapters": {}})
    plan = as_begun(plan_evaluation(config, wishes, watching.command), lambda _: _begun_by(watching))
    _refuse_other_base(watching.training, plan)
    if against is not None:
        plan = _same_questions(plan, against, watching.wishes.limit)
        with tempfile.TemporaryDirectory() as folder:
            refuse_drift(begin(plan, RunFolder(Path(folder) / watching.training.name)), against)
    _refuse_other_settings(watching, plan)
    return plan


def pair(watching: Watching, against: Run) -> VariantPair:
    """(variant of the baseline, variant of every checkpoint)."""
    name, known = watching.training.name, against.variants
    if watching.before is not None:
        if watching.before not in known:
            unknown("variant", watching.before, known, f"It is looked for in {against.path}.")
        return watching.before, name
    if name in known:
        return name, name
    tuned = [variant for variant in known if known[variant].kind == "adapter"]
    for choice in (tuned, list(known)):
        if len(choice) == 1:
            return choice[0], name
    raise HarnessError(
        f"{against.id} has several variants: {', '.join(known)}. "
        f"Say which one {name} is checked against: --variant {next(iter(known))}"
    )


def chosen_from(watching: Watching, against: Run) -> int:
    """How many variants the baseline may have been chosen from: those of a sweep, or of which the user named one."""
    if watching.best_of is not None:
        return watching.best_of
    before, _ = pair(watching, against)
    tuned = [name for name, variant in against.variants.items() if variant.kind != "base"]
    chosen = against.sweep is not None or watching.before is not None
    return len(tuned) if chosen and before in tuned else 1


def _as_asked(config: Config, wishes: Wishes, against: Run) -> tuple[Config, Wishes]:
    """The same with everything that the command line leaves open as the baseline had it."""
    manifest = against.manifest
    serving = to_row(manifest.serving)
    own = {key: serving[key] for key in ("dtype", "quantization", "max_model_len") if key in serving}
    config = config.model_copy(
        update={
            "prompt": manifest.prompt.name,
            "system": manifest.prompt.system,
            "generation": to_row(manifest.generation) or config.generation,
            "serving": Serving.model_validate({**config.serving.model_dump(), **own}),
            "seed": config.seed if manifest.seed is None else manifest.seed,
            "limit": manifest.limit,
            "task_limit": manifest.task_limit,
            "lm_eval": TaskSettings.model_validate(manifest.task_settings or {}),
        }
    )
    tasks = tuple(manifest.tasks) if wishes.tasks is None else wishes.tasks
    return config, replace(
        wishes,
        suite=wishes.suite or _suite_of(against),
        tasks=tasks,
        backend=wishes.backend or manifest.serving.backend,
    )


def _suite_of(against: Run) -> str:
    """What finds the baseline's suite: its name, or its path from here or from the working folder of the run."""
    asked = against.manifest.suite
    if asked.path is None:
        return asked.name
    for folder in (Path(), *against.path.resolve().parents[2:3]):
        if (folder / asked.path).exists():
            return str(folder / asked.path)
    raise HarnessError(
        f"The suite that {against.id} was asked is no longer at {asked.path}. Say where it lies now: --suite PATH"
    )


def _base_name(training: TrainingFolder, checkpoint: Path) -> str:
    certified = read_training(training).certificate.base.name
    return str(certified or read_json(checkpoint / ADAPTER_CONFIG).get("base_model_name_or_path"))


def _refuse_other_base(training: TrainingFolder, plan: Evaluation) -> None:
    trained = read_training(training).settings.get("base")
    if trained != plan.base.digest:
        raise HarnessError(
            f"{training.path} was trained on another base ({str(trained)[:12]}) than {plan.base.name} "
            f"({plan.base.digest[:12]}). Name the one that it was trained on: base in harness.yaml."
        )


def _same_questions(plan: Evaluation, against: Run, limit: int | None) -> Evaluation:
    asked = {question.id for question in against.questions}
    if limit is None:
        return replace(plan, questions=tuple(question for question in plan.suite.questions if question.id in asked))
    missing = len(asked - {question.id for question in plan.questions})
    if missing:
        raise HarnessError(
            f"--limit {limit} leaves out {missing} of the {len(asked)} questions that {against.id} was asked, and "
            "nothing incomplete passes. Leave --limit away, or name another --against."
        )
    return plan


def _begun_by(watching: Watching) -> str | None:
    path = _settings(watching)
    return str(read_json(path).get("backend")) if path.is_file() else None


def _settings(watching: Watching) -> Path:
    return watching.folder / "watch.json"


def _refuse_other_settings(watching: Watching, plan: Evaluation) -> None:
    path = _settings(watching)
    now = {"training": read_training(watching.training).settings, **plan.identity()}
    if path.is_file():
        refuse_differing(watching.folder, read_json(path), now)
    else:
        write_json(path, now)
