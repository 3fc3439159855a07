"""DPO and ORPO of a 7B base in 4 bit on a GPU, with the assignment's settings: a TRL script of one's own and ours.

The base has Mistral-7B's shape and random weights, which train as fast as real ones and come without a download; the
pairs are the embedded model's, joined to the length of the assignment's. Both sides get the numbers of the shipped
configuration, the device's own too: NF4 with double quantization, bfloat16, a paged 8-bit optimizer, gradient
checkpointing. Seconds are those between the logged end of the first step and that of the last, which both sides leave
in their W&B run: loading and the first step's warm-up are in neither.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.config import load_config
from harness.curves import history_rows
from harness.errors import HarnessError
from harness.machine import cards
from harness.resources import shipped
from harness.store import read_json
from harness.training import Plan, plan_training
from perf.gpu_base import CONFIGURATION, MISTRAL_7B, Shape, make_base, pairs_per_step
from perf.gpu_roofline import Most, most, pair_lengths
from perf.measure import ROOT, Cost, Side, alternate, run, say
from perf.settings import Settings
from perf.table import Row

_METHODS = ("dpo", "orpo")
_LORA = ("r", "lora_alpha", "lora_dropout", "target_modules")
_SCRIPT = Path(__file__).with_name("plain_gpu.py")
_MIB, _GIB = 2**20, 2**30
_BESIDES = 4 * _GIB
"""Bytes that checkpoints and adapters may take beside the base."""
_CARD_ASKED = 12
"""GB of the card that the assignment's DPO has to fit."""


@dataclass(frozen=True)
class Work:
    """Where, what, on which card, and how long."""

    folder: Path
    shape: Shape
    card: str | None
    steps: int
    made: Path
    """The folder of the base and the pairs."""
    pairs: str = "pairs.jsonl"
    """Their file."""
    limit: float | None = None
    """Seconds that one side of a method may take; None for no end."""
    logs: Path | None = None
    """Where both sides say what they say; None: each in its own folder."""

    def log(self, name: str) -> Path:
        """A training's."""
        return self.logs / f"{name}.log" if self.logs else self.folder / name / "log"

    @property
    def environment(self) -> dict[str, str]:
        """The first GPU alone, or none: Transformers' trainer would spread a batch over all that it sees."""
        visible = _first_gpu() if self.card else ""
        # What W&B says at its end would be the last line of a log, which tells why a side failed.
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        own = {"OMP_NUM_THREADS": "1", "WANDB_SILENT": "true", "PYTHONPATH": path}
        return {"CUDA_VISIBLE_DEVICES": visible, **own}


@dataclass(frozen=True)
class Trained:
    """What one training left."""

    losses: tuple[float, ...]
    seconds: float
    """From the end of the first step to that of the last."""
    peak_memory: int
    """Bytes that torch held on the card; without one, that the process held."""


def measure(settings: Settings) -> list[Row]:
    """A row for DPO, a row for ORPO; none where there is no GPU, or no room for the base."""
    name = card()
    if name is None:
        say("gpu: no GPU with bfloat16 here; skipped")
        return []
    needed, free = MISTRAL_7B.weight_bytes + _BESIDES, shutil.disk_usage(settings.folder).free
    if needed > free:
        say(
            f"gpu: a base of 7B and its trainings take {needed / _GIB:.0f} GiB, and {free / _GIB:.0f} are free at "
            f"{settings.folder}; skipped. Set TMPDIR to a folder with room."
        )
        return []
    return measure_on(settings, MISTRAL_7B, name)


def card() -> str | None:
    """The first GPU's name; None where there is none that torch can use and that has bfloat16."""
    found = cards()
    return found[0].name if found and found[0].has_bf16 else None


def measure_on(settings: Settings, shape: Shape, card_name: str | None) -> list[Row]:
    """Both methods on a base of that shape, on that card; on the processor where it is None."""
    # The first step is not counted.
    steps = max(2, settings.limit or shape.steps)
    folder = settings.folder / "gpu"
    work = Work(folder, shape, card_name, steps, folder / "made")
    say(f"gpu: making a base of {shape.name} with random weights")
    make_base(shape, steps * pairs_per_step(shape), work.folder, work.environment)
    return [row for method in _METHODS if (row := _row_or_why(work, method, settings.repeat))]


def _row_or_why(work: Work, method: str, repeat: int) -> Row | None:
    """A method's row; None, and one line, where one side failed: ORPO does not fit every card that DPO fits."""
    try:
        return _row(work, method, repeat)
    except HarnessError as error:
        say(f"gpu: no row for {method}: {error}")
        return None


def _row(work: Work, method: str, repeat: int) -> Row:
    def theirs(number: int) -> Cost:
        say(f"gpu {number + 1}/{repeat}: a TRL script, {method}")
        return _plain(work, method, f"{method}-theirs-{number}")

    def ours(number: int) -> Cost:
        say(f"gpu {number + 1}/{repeat}: harness train {method}")
        return _ours(work, method, f"{method}-ours-{number}")

    their_side, our_side = alternate(repeat, theirs, ours)
    given = settings_of(work, method)
    pairs = (work.steps - 1) * pairs_per_step(work.shape)
    losses = [read(work, f"{method}-{name}-0").losses for name in ("theirs", "ours")]
    notes = (
        f"{work.card or 'no GPU, the processor'}; random weights of {work.shape.name} in NF4, {work.steps} steps of "
        f"{given['per_device_train_batch_size']} × {given['gradient_accumulation_steps']} pairs; "
        "seconds of the steps after the first",
        _speed(pairs, their_side, our_side, roofline(work, method)),
        _memory(method, their_side, our_side, work.card),
        _agreement(*losses),
    )
    return Row(f"{method.upper()} of {work.shape.name} in 4 bit", their_side, our_side, notes=notes)


def _plain(work: Work, method: str, name: str) -> Cost:
    arguments, on_gpu = settings_of(work, method), work.card is not None
    given = {
        # What a TRL user says besides for a 4-bit base on a GPU.
        "training": {"bf16": on_gpu, "gradient_checkpointing": on_gpu, "use_cpu": not on_gpu, "disable_dropout": False}
        | {"optim": "paged_adamw_8bit" if on_gpu else "adamw_torch", "run_name": name}
        | {key: value for key, value in arguments.items() if key not in _LORA},
        "lora": {key: arguments[key] for key in _LORA},
    }
    folder = work.folder / name
    folder.mkdir()
    (folder / "settings.json").write_text(json.dumps(given), encoding="utf-8")
    template = shipped("prompts") / "alpaca.jinja"
    what = ["--base", work.made / "model", "--data", work.made / work.pairs, "--template", template]
    how = ["--settings", folder / "settings.json", "--output", folder]
    command = [sys.executable, _SCRIPT, method, *what, *how]
    return _trained(work, name, run(command, folder, work.log(name), work.environment, work.limit))


def _ours(work: Work, method: str, name: str) -> Cost:
    options = [part for key, value in _changes(work).items() for part in ("--set", f"{key}={json.dumps(value)}")]
    folder = work.folder / name
    folder.mkdir()
    command = [sys.executable, "-m", "harness", "train", method, "--config", CONFIGURATION, *options]
    return _trained(work, name, run(command, folder, work.log(name), work.environment, work.limit))


def train(work: Work, method: str, side: str, name: str) -> Trained:
    """One training by one side, theirs or ours; refuses one that failed or took too long, with its last line."""
    (_plain if side == "theirs" else _ours)(work, method, name)
    return read(work, name)


def _trained(work: Work, name: str, cost: Cost) -> Cost:
    """What the steps cost, instead of the whole process."""
    trained = read(work, name)
    return Cost(trained.seconds, trained.peak_memory / _MIB, cost.cpu_seconds)


def read(work: Work, name: str) -> Trained:
    """The losses and times of a side's own W&B run, and the memory that it wrote down at its end."""
    folder = work.folder / name
    file = next(folder.rglob("run-*.wandb"))
    steps = [row for row in history_rows(file, file.read_bytes()) if "train/loss" in row]
    if len(steps) != work.steps:
        raise HarnessError(f"{name} logged {len(steps)} of {work.steps} steps in {file}.")
    certificate = next(folder.rglob("certificate.json"), folder / "memory.json")
    return Trained(
        tuple(row["train/loss"] for row in steps),
        steps[-1]["_timestamp"] - steps[0]["_timestamp"],
        read_json(certificate)["peak_memory_bytes"],
    )


def settings_of(work: Work, method: str) -> Mapping[str, Any]:
    """The arguments of TRL and PEFT that both sides train with."""
    return _plan(work, method).arguments


def _plan(work: Work, method: str) -> Plan:
    """What ours trains with, of which the script gets the same numbers."""
    return plan_training(method, None, load_config(CONFIGURATION), _changes(work))


def _changes(work: Work) -> dict[str, Any]:
    """The base and the pairs exchanged, nothing held out, so many steps, and one checkpoint at their end."""
    where = {"base": str(work.made / "model"), "data": str(work.made / work.pairs), "eval_rows": 0}
    return {**where, "max_steps": work.steps, "save_steps": work.steps, **work.shape.changes}


def roofline(work: Work, method: str) -> Most:
    """What the card could train at most, of these pairs."""
    given = settings_of(work, method)
    lengths = pair_lengths(work.made, work.pairs, int(given["max_length"]))
    return most(work.shape, work.card, method, int(given["r"]), lengths)


def _speed(pairs: int, theirs: Side, ours: Side, bound: Most) -> str:
    their_speed, our_speed = pairs / theirs.median, pairs / ours.median
    ratio = our_speed / their_speed
    said = f"pairs per second: theirs {their_speed:.3f}, ours {our_speed:.3f}, ratio {ratio:.3f}"
    return f"{said}; a pair is {bound.said(our_speed)}"


def _memory(method: str, theirs: Side, ours: Side, card_name: str | None) -> str:
    peaks = [(side.peak_mb or 0.0) * _MIB / _GIB for side in (theirs, ours)]
    where = "torch held on the card" if card_name else "the process held"
    said = f"most memory that {where}: theirs {peaks[0]:.2f} GiB, ours {peaks[1]:.2f} GiB"
    if card_name is None or method != "dpo":
        return said
    return f"{said} (a card of {_CARD_ASKED} GB: {'kept' if peaks[1] <= _CARD_ASKED else 'NOT kept'})"


def _agreement(theirs: tuple[float, ...], ours: tuple[float, ...]) -> str:
    apart = max(abs(one - other) for one, other in zip(theirs, ours, strict=True))
    return f"losses of both sides differ by at most {apart:.1e} at any step"


def _first_gpu() -> str:
    return os.environ.get("CUDA_VISIBLE_DEVICES", "0").partition(",")[0]
