"""Training curves, read from where trainers leave them.

A trainer_state.json of Transformers, a curves.jsonl of ours, a .wandb file, a folder that holds one of them, or an
online W&B run; keys are those of today's TRL in Transformers' log_history. A value that is not finite is left out: the
curve has a gap there.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from harness.curves.evaluation_sets import with_set_names
from harness.curves.offline_run import MAGIC, history_rows, log_history_names
from harness.curves.online_run import read_run, wandb_path
from harness.errors import HarnessError
from harness.json_yaml import json_lines, not_json
from harness.records import Curve
from harness.store import CURVES

_EXPECTED = (
    "Expected a trainer_state.json, a curves.jsonl, a .wandb file, a folder that holds one, "
    "or a W&B run as ENTITY/PROJECT/RUN."
)

# Transformers' closing row of a training: means and totals over all of it, no points of a curve.
_CLOSING = {"train_runtime", "train_samples_per_second", "train_steps_per_second", "train_loss", "total_flos"}
# rewards_train/chosen is the DPO paper's own code and what was made after it; rewards_chosen an export that knows no
# slash; accuracy and margin stand in several trainers derived from TRL's.
_PAIRED = re.compile(
    r"(?P<eval>eval_)?(?:policy_)?(?P<what>rewards|logps|logits|log_probs)(?:_(?P<split>train|eval|test))?"
    r"[/_](?P<which>chosen|rejected|accuracy|accuracies|margins?)"
)
_SAME = {
    "log_probs": "logps",
    "accuracy": "accuracies",
    "margin": "margins",
    "lr": "learning_rate",
    "gradient_norm": "grad_norm",
    "sft_loss": "nll_loss",
}


@dataclass(frozen=True)
class Logged:
    """The curves of one training and where they were found."""

    curves: tuple[Curve, ...]
    source: dict[str, str]
    """kind: trainer_state, curves, wandb_file or wandb; file: its name; url: the page of an online run."""


def read_logged(source: Path | str, variant: str) -> Logged:
    """Every logged value under the variant's name, in the order of the file.

    From a path, or the W&B run ENTITY/PROJECT/RUN (or its address) where no file has that name.
    """
    path = Path(source)
    online = None if path.exists() else wandb_path(str(source))
    if online:
        run = read_run(online)
        curves = _of_rows(map(log_history_names, run.rows), variant)
        return Logged(_some(curves, f"W&B run {online}"), {"kind": "wandb", "url": run.url})
    file = _inside(path) if path.is_dir() else path
    data = _bytes(file)
    if data.startswith(MAGIC):
        kind, curves = "wandb_file", _of_rows(map(log_history_names, history_rows(file, data)), variant)
    elif file.suffix == ".wandb":
        raise HarnessError(f"{file} does not begin like a W&B run file (':W&B'). {_EXPECTED}")
    else:
        kind, curves = _of_json(file, data, variant)
    return Logged(_some(curves, str(file)), {"kind": kind, "file": file.name})


def canonical_key(key: str) -> str:
    """The name that today's TRL gives to the quantity: rewards_eval/accuracies → eval_rewards/accuracies."""
    found = _PAIRED.fullmatch(key)
    if found:
        evaluated = found["eval"] or found["split"] in ("eval", "test")
        what, which = (_SAME.get(part, part) for part in (found["what"], found["which"]))
        return f"{'eval_' if evaluated else ''}{what}/{which}"
    stem = key.removeprefix("eval_")
    return key.removesuffix(stem) + _SAME.get(stem, stem)


def _some(curves: list[Curve], place: str) -> tuple[Curve, ...]:
    if not curves:
        raise HarnessError(f"{place} holds no logged value. {_EXPECTED}")
    return tuple(curves)


def _inside(folder: Path) -> Path:
    """The file of a training's or a run's folder: a trainer's, W&B's latest-run link, an offline run's."""
    for name in ("trainer_state.json", CURVES):
        if (folder / name).is_file():
            return folder / name
    # Each checkpoint's state tells the training from its beginning.
    states = list(folder.glob("checkpoint-*/trainer_state.json"))
    if states:
        return max(states, key=_checkpoint)
    runs = sorted(folder.glob("*.wandb")) or sorted({file.resolve() for file in folder.glob("*run-*/*.wandb")})
    if len(runs) == 1:
        return runs[0]
    found = f"{len(runs)} .wandb files" if runs else "none of them"
    raise HarnessError(f"{folder} holds {found}. {_EXPECTED}")


def _checkpoint(state: Path) -> int:
    number = state.parent.name.rpartition("-")[2]
    return int(number) if number.isdecimal() else -1


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise HarnessError(f"{file} cannot be read ({error.strerror}). {_EXPECTED}") from None


def _of_json(file: Path, data: bytes, variant: str) -> tuple[str, list[Curve]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise HarnessError(f"{file} is neither UTF-8 text nor a W&B run file. {_EXPECTED}") from None
    try:
        state = json.loads(text)
    except (ValueError, RecursionError):
        return "curves", _of_lines(file, text, variant)
    if isinstance(state, dict) and {"key", "step", "value"} <= state.keys():
        return "curves", _of_lines(file, text, variant)
    history = state.get("log_history") if isinstance(state, dict) else None
    if not isinstance(history, list) or not all(isinstance(row, dict) for row in history):
        found = ", ".join(map(str, list(state)[:8])) if isinstance(state, dict) else f"a {type(state).__name__}"
        raise HarnessError(f"{file} has no log_history; found {found or 'an empty object'}. {_EXPECTED}")
    return "trainer_state", _of_rows(history, variant)


def _of_lines(file: Path, text: str, variant: str) -> list[Curve]:
    curves = []
    for number, row in json_lines(file, text.split("\n"), advice=_EXPECTED):
        try:
            step, key, value, epoch = int(row["step"]), str(row["key"]), row["value"], row.get("epoch")
        except (ValueError, OverflowError) as error:
            raise not_json(file, error, number, _EXPECTED) from None
        except (KeyError, TypeError, AttributeError):
            raise HarnessError(f"{file} line {number} lacks step, key or value. {_EXPECTED}") from None
        # null is how the harness writes what is not finite.
        if _is_number(value):
            curves.append(Curve(variant, step, float(epoch) if _is_number(epoch) else None, key, float(value)))
    return curves


def _of_rows(rows: Iterable[Mapping[str, Any]], variant: str) -> list[Curve]:
    """Every number of a history but its step and epoch."""
    curves = []
    for row in rows:
        step, epoch = row.get("step"), row.get("epoch")
        if not _is_number(step):
            continue
        at = float(epoch) if _is_number(epoch) else None
        curves += [Curve(variant, int(step), at, key, value) for key, value in _quantities(row).items()]
    return curves


def _quantities(row: Mapping[str, Any]) -> Mapping[str, float]:
    """The numbers of a row by their canonical names; a name that is canonical already wins over its alias."""
    numbers = {key: float(value) for key, value in row.items() if key not in ("step", "epoch") and _is_number(value)}
    if numbers.keys() & (_CLOSING - {"train_loss"}):
        numbers = {key: value for key, value in numbers.items() if key not in _CLOSING}
    if "train_loss" in numbers:  # in every row: a trainer that calls the loss so
        numbers.setdefault("loss", numbers.pop("train_loss"))
    found: dict[str, float] = {}
    for key, value in numbers.items():
        name = canonical_key(key)
        if name == key or name not in numbers:
            found.setdefault(name, value)
    return with_set_names(found)


def _is_number(value: object) -> TypeGuard[int | float]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer beyond what a float holds
        return False
