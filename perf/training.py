"""DPO as a TRL script of one's own and as ours: one training, and eight of a sweep beside eight scripts in turn.

Both sides train the embedded model on its own pairs with the settings that ship for it, adapter, steps, batches,
order of the pairs, checkpoints and W&B offline alike; that they did the same work is shown by their losses. What a
TRL user would have to say for that is said to the script: no gradient checkpointing and no bfloat16 (TRL's defaults,
which would slow it down here), and the LoRA dropout left on. One thread a process, which for a model of this size is
the fastest there is for the script as well.

A sweep is counted from its command's start to the end of its last training: its evaluation is no part of what the
scripts do. The scripts run one after another, as they would from a shell's loop; how many trainings the sweep runs at
a time is its own choice (one a core).

Pairs of skewed lengths are trained in the assignment's batches, 4 × 8; there the seconds are those between the logged
end of the first step and that of the last, so that reading the libraries is in neither.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Any

from harness.curves import history_rows
from harness.errors import HarnessError
from harness.models import Weights
from harness.pocket import SYSTEM, defaults, pairs_path
from harness.resources import shipped
from harness.store import read_json, read_jsonl, read_training
from harness.sweep import last_line
from harness.training import COMMON, USUAL
from perf.measure import BIN, Cost, Side, alternate, in_turn, run, run_until, say
from perf.memory import Peak
from perf.settings import Settings
from perf.skewed_pairs import write_skewed_pairs
from perf.table import Row
from perf.variants import BASE_MODEL

_TARGET_ALONE = 1.03
_TARGET_SWEEP = 0.75
_TARGET_SKEWED = 1 / 1.5
_TARGET_MEMORY = 1.05
_SCRIPT = Path(__file__).with_name("plain_dpo.py")
_ENVIRONMENT = {"OMP_NUM_THREADS": "1"}
_LORA = ("r", "lora_alpha", "lora_dropout", "target_modules")
_GRID: dict[str, list[float]] = {"learning_rate": [2.5e-4, 5e-5], "lora_dropout": [0.0, 0.1], "seed": [1, 2]}
_SWEEP = "eight"
_SKEWED_STEPS = 5
_SKEWED: dict[str, Any] = {
    "max_length": 1024, "per_device_train_batch_size": 4, "gradient_accumulation_steps": 8, "warmup_steps": 0,
}  # fmt: skip

Changes = Mapping[str, Any]
_NONE: Changes = MappingProxyType({})


@dataclass(frozen=True)
class Work:
    """What is trained where, and with how many steps instead of the usual ones."""

    folder: Path
    steps: int | None
    data: Path | None = None
    """Pairs in place of the embedded model's own."""
    base: Weights = BASE_MODEL

    @property
    def environment(self) -> Changes:
        """One thread a process for the embedded model, on both sides; any other as the machine has them."""
        return _ENVIRONMENT if self.base.is_pocket else {}


def measure(settings: Settings) -> list[Row]:
    """A row for one training, a row for eight, a row for pairs of skewed lengths."""
    work = Work(settings.folder / "training", settings.limit)
    work.folder.mkdir(parents=True)
    _warm_up(work)
    alone = beside_a_script(work, settings.repeat, "one DPO training", _TARGET_ALONE)
    return [alone, _eight(work, settings.repeat), _skewed(work, settings.repeat)]


def _warm_up(work: Work) -> None:
    """One step each, so that neither side pays for reading the libraries from the disk the first time."""
    say("training: warming up")
    short = Work(work.folder, 1)
    _plain(short, "warm-theirs", {})
    _ours(short, "warm-ours", {})


def beside_a_script(work: Work, repeat: int, what: str, target: float, changes: Changes = _NONE) -> Row:
    """One training by a script of TRL's, and the same by ours."""

    def theirs(number: int) -> Cost:
        say(f"{what} {number + 1}/{repeat}: one TRL script")
        return _plain(work, f"theirs-{number}", changes)

    def ours(number: int) -> Cost:
        say(f"{what} {number + 1}/{repeat}: one harness train dpo")
        return _ours(work, f"ours-{number}", changes)

    their_side, our_side = alternate(repeat, theirs, ours)
    threads = "one thread a process, both sides" if work.environment else "as many threads as both sides take"
    how = f"{_settings(work, changes)['max_steps']} steps; {threads}"
    same = _agreement([(work.folder / "theirs-0", _training(work.folder, "ours-0"))])
    return Row(what, their_side, our_side, target, notes=(how, same, *_besides(their_side, our_side)))


def _eight(work: Work, repeat: int) -> Row:
    combinations = [dict(zip(_GRID, values, strict=True)) for values in product(*_GRID.values())]
    totals: list[float] = []

    def theirs(number: int) -> Cost:
        say(f"sweep {number + 1}/{repeat}: eight TRL scripts, one after another")
        return in_turn(
            [_plain(work, f"theirs-{number}-{index}", changes) for index, changes in enumerate(combinations)]
        )

    def ours(number: int) -> Cost:
        say(f"sweep {number + 1}/{repeat}: eight trainings of one harness sweep")
        cost, total = _sweep(work, work.folder / f"sweep-{number}", len(combinations))
        totals.append(total)
        return cost

    their_side, our_side = alternate(repeat, theirs, ours)
    trainings = read_json(work.folder / "sweep-0" / "runs" / "sweep" / _SWEEP / "sweep.json")["trainings"]
    named = [_training(work.folder / "sweep-0", row["name"]) for row in trainings]
    same = _agreement([(work.folder / f"theirs-0-{index}", path) for index, path in enumerate(named)])
    total = f"all processes of the sweep held at most {max(totals):.0f} MB together, shared pages counted once"
    notes = (f"{', '.join(_GRID)}: two values each", same, *_besides(their_side, our_side), total)
    return Row("eight DPO trainings", their_side, our_side, _TARGET_SWEEP, notes=notes)


def _skewed(work: Work, repeat: int) -> Row:
    from tokenizers import Tokenizer

    # The first step is not counted.
    steps = max(2, work.steps or _SKEWED_STEPS)
    changes = {**_SKEWED, "max_steps": steps}
    pairs = (steps - 1) * _SKEWED["per_device_train_batch_size"] * _SKEWED["gradient_accumulation_steps"]
    rows = [json.loads(line) for line in pairs_path().read_text(encoding="utf-8").splitlines()]
    tokenizer, data = Tokenizer.from_file(f"{BASE_MODEL.path}/tokenizer.json"), work.folder / "skewed.jsonl"
    write_skewed_pairs(rows, tokenizer, pairs * steps // (steps - 1), data)

    def side(train: Callable[[Work, str, Changes], Cost], name: str) -> Cost:
        # Each in a folder of its own, where its W&B run is the only one.
        own = Work(work.folder / name, None, data)
        own.folder.mkdir()
        return _after_the_first(own, train(own, "skewed", changes), steps)

    def theirs(number: int) -> Cost:
        say(f"skewed {number + 1}/{repeat}: one TRL script")
        return side(_plain, f"skewed-theirs-{number}")

    def ours(number: int) -> Cost:
        say(f"skewed {number + 1}/{repeat}: one harness train dpo")
        return side(_ours, f"skewed-ours-{number}")

    their_side, our_side = alternate(repeat, theirs, ours)
    what = f"{steps} steps of 4 × 8 pairs of up to 1,024 tokens; seconds of the steps after the first"
    speed = f"pairs per second: theirs {pairs / their_side.median:.2f}, ours {pairs / our_side.median:.2f}"
    same = _agreement(
        [(work.folder / "skewed-theirs-0" / "skewed", _training(work.folder / "skewed-ours-0", "skewed"))]
    )
    notes = (what, speed, same, *_besides(their_side, our_side))
    return Row("DPO of pairs of skewed lengths", their_side, our_side, _TARGET_SKEWED, notes=notes)


def _after_the_first(work: Work, cost: Cost, steps: int) -> Cost:
    """What the steps after the first took, as the W&B run has it, instead of the whole process."""
    file = next(work.folder.rglob("run-*.wandb"))
    times = [row["_timestamp"] for row in history_rows(file, file.read_bytes()) if "train/loss" in row]
    if len(times) != steps:
        raise HarnessError(f"{work.folder.name} logged {len(times)} of {steps} steps in {file}.")
    return Cost(times[-1] - times[0], cost.peak_mb, cost.cpu_seconds)


def _plain(work: Work, run_id: str, changes: Changes) -> Cost:
    settings = _settings(work, changes)
    given = {
        "dpo": {key: value for key, value in settings.items() if key not in _LORA}
        | {"run_name": run_id, "report_to": "wandb", "use_cpu": True}
        | {"bf16": False, "gradient_checkpointing": False, "disable_dropout": False},
        "lora": {key: settings[key] for key in _LORA},
    }
    file = work.folder / f"{run_id}.json"
    file.write_text(json.dumps(given), encoding="utf-8")
    template = shipped("prompts") / "alpaca.jinja"
    what = ["--base", work.base.path, "--data", work.data or pairs_path(), "--template", template, "--settings", file]
    command = [sys.executable, _SCRIPT, *what, "--output", work.folder / run_id]
    return run(command, work.folder, work.folder / f"{run_id}.log", work.environment)


def _ours(work: Work, run_id: str, changes: Changes) -> Cost:
    asked = {**changes, **({"max_steps": work.steps} if work.steps else {})}
    if work.data is not None:
        # Other data than its own get no system line unasked.
        asked |= {"base": work.base.name, "data": str(work.data), "system": SYSTEM, "prompt": "alpaca"}
    options = [part for key, value in asked.items() for part in ("--set", f"{key}={json.dumps(value)}")]
    command = [BIN / "harness", "train", "dpo", "--name", run_id, *options]
    return run(command, work.folder, work.folder / f"{run_id}.log", work.environment)


def _sweep(work: Work, folder: Path, trainings: int) -> tuple[Cost, float]:
    """(what it took until the last training had ended, the most MB that its processes held together)."""
    folder.mkdir()
    fixed = {"method": "dpo", **({"max_steps": work.steps} if work.steps else {})}
    # JSON is YAML.
    (folder / f"{_SWEEP}.yaml").write_text(json.dumps({"settings": fixed, "grid": _GRID, "retries": 0}))
    attempts, held = folder / "runs" / "sweep" / _SWEEP / "attempts.jsonl", Peak()

    def reached(pid: int) -> bool:
        held.look(pid)
        ended = [row for row in read_jsonl(attempts) if row["event"] == "ended"]
        if failed := [row["name"] for row in ended if row["code"] != 0]:
            raise HarnessError(f"{failed[0]} failed: {last_line(folder / 'runs' / 'sweep' / _SWEEP, failed[0])}")
        return len(ended) == trainings

    command = [BIN / "harness", "sweep", f"{_SWEEP}.yaml", "--no-report"]
    return run_until(command, folder, folder / "sweep.log", reached, _ENVIRONMENT), held.mb


def _settings(work: Work, changes: Changes) -> dict[str, Any]:
    """What ours trains with, by TRL's and PEFT's own names."""
    own = defaults("dpo") if work.base.is_pocket else USUAL
    return {**COMMON, **own, **changes, **({"max_steps": work.steps} if work.steps else {})}


def _training(folder: Path, name: str) -> Path:
    return folder / "runs" / "train" / name


def _agreement(pairs: list[tuple[Path, Path]]) -> str:
    """By how much the losses of every step differ, and whether both sides saw the same number of tokens."""
    apart, tokens = 0.0, True
    for plain, ours in pairs:
        theirs = [row for row in read_json(plain / "trainer_state.json")["log_history"] if "loss" in row]
        curves = {(curve.key, curve.step): curve.value for curve in read_training(ours).curves}
        apart = max([apart, *(abs(row["loss"] - curves["loss", row["step"]]) for row in theirs)])
        tokens &= all(row["num_tokens"] == curves["num_tokens", row["step"]] for row in theirs)
    seen = "the same tokens at every step" if tokens else "NOT the same tokens"
    return f"losses of both sides differ by at most {apart:.1e} at any step, {seen}"


def _besides(theirs: Side, ours: Side) -> tuple[str, ...]:
    """Processor time, which other work on the machine distorts less, and memory."""
    cpu = (sum(theirs.cpu_seconds), sum(ours.cpu_seconds))
    memory = (ours.peak_mb or 0.0) / (theirs.peak_mb or 1.0)
    kept = "kept" if memory <= _TARGET_MEMORY else "NOT kept"
    return (
        f"processor seconds of {len(ours.seconds)} runs: theirs {cpu[0]:.1f}, ours {cpu[1]:.1f}, "
        f"ratio {cpu[1] / cpu[0]:.3f}",
        f"peak memory of the largest process: ratio {memory:.3f} (target {_TARGET_MEMORY}: {kept})",
    )
