"""What a watch asks, and against what it checks: as the baseline was asked, so that nothing but the weights differs."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from harness.asking import Evaluation, Wishes, begin, plan_evaluation
from harness.config import Config, Serving
from harness.errors import HarnessError, unknown
from harness.gate import Policy, VariantPair, find_baseline, pinned, refuse_drift, variants_of
from harness.records import BASE
from harness.store import Json, RunFolder, TrainingFolder, read_json, write_json


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

    @property
    def baseline(self) -> RunFolder:
        return self.against or RunFolder(self.folder / BASE)


def find_against(name: str | None) -> RunFolder | None:
    """The run of that name, the pinned baseline where none is named; None for the base model itself."""
    if name == BASE:
        return None
    if name is not None:
        return find_baseline(name)
    return find_baseline("baseline") if pinned() else None


def plan_watch(watching: Watching, checkpoint: Path) -> Evaluation:
    """The evaluation of the base that every checkpoint's is made of; refuses other settings than were begun with."""
    if watching.training.name == BASE:
        raise HarnessError(f"{watching.training.path} is called as the base model is. Train it under another --name.")
    config, wishes = watching.config, replace(watching.wishes, adapters=())
    against = watching.against
    if against is not None:
        config, wishes = _as_asked(config, wishes, against.manifest())
    base = watching.config.base or _base_name(watching.training, checkpoint)
    # The configuration's adapters are not what is watched.
    config = config.model_copy(update={"base": base, "adapters": {}})
    plan = plan_evaluation(config, wishes, watching.command)
    _refuse_other_base(watching.training, plan)
    if against is not None:
        plan = _same_questions(plan, against, watching.wishes.limit)
        with tempfile.TemporaryDirectory() as folder:
            run = RunFolder(Path(folder) / watching.training.name)
            begin(plan, run)
            refuse_drift(run, against)
    _refuse_other_settings(watching, plan)
    return plan


def pair(watching: Watching) -> VariantPair:
    """(variant of the baseline, variant of every checkpoint)."""
    name, known = watching.training.name, variants_of(watching.baseline)
    if watching.before is not None:
        if watching.before not in known:
            unknown("variant", watching.before, known, f"It is looked for in {watching.baseline.path}.")
        return watching.before, name
    if name in known:
        return name, name
    tuned = [variant for variant in known if known[variant].kind == "adapter"]
    for choice in (tuned, list(known)):
        if len(choice) == 1:
            return choice[0], name
    raise HarnessError(
        f"{watching.baseline.id} has several variants: {', '.join(known)}. "
        f"Say which one {name} is checked against: --variant {next(iter(known))}"
    )


def _as_asked(config: Config, wishes: Wishes, manifest: Json) -> tuple[Config, Wishes]:
    """The same with everything that the command line leaves open as the baseline had it."""
    prompt, serving = manifest["prompt"], manifest.get("serving", {})
    own = {key: serving[key] for key in ("dtype", "quantization") if key in serving}
    config = config.model_copy(
        update={
            "prompt": prompt["name"],
            "system": prompt["system"],
            "generation": manifest.get("generation") or config.generation,
            "serving": Serving.model_validate({**config.serving.model_dump(), **own}),
            "seed": int(manifest.get("seed", config.seed)),
            "limit": manifest.get("limit"),
        }
    )
    tasks = tuple(manifest.get("tasks", {})) if wishes.tasks is None else wishes.tasks
    return config, replace(
        wishes,
        suite=wishes.suite or manifest["suite"]["name"],
        tasks=tasks,
        backend=wishes.backend or serving.get("backend"),
    )


def _base_name(training: TrainingFolder, checkpoint: Path) -> str:
    certified = training.certificate().get("base", {}).get("name")
    return str(certified or read_json(checkpoint / "adapter_config.json").get("base_model_name_or_path"))


def _refuse_other_base(training: TrainingFolder, plan: Evaluation) -> None:
    trained = training.settings().get("base")
    if trained != plan.base.digest:
        raise HarnessError(
            f"{training.path} was trained on another base ({str(trained)[:12]}) than {plan.base.name} "
            f"({plan.base.digest[:12]}). Name the one that it was trained on: base in harness.yaml."
        )


def _same_questions(plan: Evaluation, against: RunFolder, limit: int | None) -> Evaluation:
    asked = {question.id for question in against.questions()}
    if limit is None:
        return replace(plan, questions=tuple(question for question in plan.suite.questions if question.id in asked))
    missing = len(asked - {question.id for question in plan.questions})
    if missing:
        raise HarnessError(
            f"--limit {limit} leaves out {missing} of the {len(asked)} questions that {against.id} was asked, and "
            "nothing incomplete passes. Leave --limit away, or name another --against."
        )
    return plan


def _refuse_other_settings(watching: Watching, plan: Evaluation) -> None:
    path = watching.folder / "watch.json"
    # What went through a JSON file comes back as JSON's types.
    now = json.loads(json.dumps({"training": watching.training.settings(), **plan.identity()}))
    if not path.is_file():
        write_json(path, now)
        return
    before = read_json(path)
    differ = [
        f"{key} {before.get(key)} → {now.get(key)}" for key in {**before, **now} if before.get(key) != now.get(key)
    ]
    if differ:
        raise HarnessError(
            f"{watching.folder} was begun with other settings: {', '.join(differ)}. Give --fresh to start it anew."
        )
