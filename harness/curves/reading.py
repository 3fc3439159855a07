"""Training curves, read from where trainers leave them.

A trainer_state.json of Transformers, a curves.jsonl of ours, LLaMA-Factory's trainer_log.jsonl, a .wandb file, event
files of TensorBoard, a project of Trackio, a CSV that W&B exported, a folder that holds one of them, or an online W&B
run; keys are those of today's TRL in Transformers' log_history. A value that is not finite is left out: the curve has
a gap there. Where a step was logged twice, after a resume, the later value stands.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.curves.event_files import MARK, event_files, event_rows
from harness.curves.offline_run import MAGIC, history_rows, log_history_names, run_name
from harness.curves.online_run import read_run, wandb_path
from harness.curves.quantities import curves_of_rows, number_of, one_a_step
from harness.curves.tables import table_rows
from harness.curves.trackio_file import MAGIC as SQLITE
from harness.curves.trackio_file import project_and_run, trackio_rows
from harness.errors import HarnessError
from harness.json_yaml import json_lines, not_json
from harness.records import Curve
from harness.store import CURVES

TRAINER_LOG = "trainer_log.jsonl"
_EXPECTED = (
    "Expected a trainer_state.json, a curves.jsonl, a trainer_log.jsonl, a .wandb file, event files of TensorBoard, "
    "a project of Trackio, a CSV that W&B exported, a folder that holds one, or a W&B run as ENTITY/PROJECT/RUN."
)
_PROGRESS = {"current_steps", "total_steps", "percentage", "total_tokens"}
"""What LLaMA-Factory's log says of how far it is."""


Source = Mapping[str, str | int]


@dataclass(frozen=True)
class Logged:
    """The curves of one training and where they were found."""

    curves: tuple[Curve, ...]
    source: Source
    """kind: trainer_state, curves, trainer_log, log_history, table, wandb_file, wandb, tensorboard or trackio; file:
    its name; url: the page of an online run; run: what W&B calls it; rows: how often something was logged."""


def read_logged(source: Path | str, variant: str) -> Logged:
    """Every logged value under the variant's name, in the order of the file.

    From a path, or the W&B run ENTITY/PROJECT/RUN (or its address) where no file has that name; PROJECT.db/RUN is a
    run of a Trackio project.
    """
    path = Path(source)
    if inside := project_and_run(path):
        return _trackio(inside[0], variant, inside[1])
    online = None if path.exists() else wandb_path(str(source))
    if online:
        run = read_run(online)
        curves = curves_of_rows(map(log_history_names, run.rows), variant)
        place: Source = {"kind": "wandb", "url": run.url, "run": run.name, "rows": len(run.rows)}
        return _logged(curves, f"W&B run {online}", place)
    files = _inside(path) if path.is_dir() else [path]
    if MARK in files[0].name:
        rows = list(map(log_history_names, event_rows(files)))
        place = {"kind": "tensorboard", "file": files[-1].name, "rows": len(rows)}
        return _logged(curves_of_rows(rows, variant), str(path), place)
    return _of_file(files[0], variant)


def _of_file(file: Path, variant: str) -> Logged:
    data = _bytes(file)
    if data.startswith(SQLITE):
        return _trackio(file, variant)
    if data.startswith(MAGIC):
        rows = list(map(log_history_names, history_rows(file, data)))
        source: Source = {"kind": "wandb_file", "file": file.name, "run": run_name(file, data), "rows": len(rows)}
        return _logged(curves_of_rows(rows, variant), str(file), source)
    if file.suffix == ".wandb":
        raise HarnessError(f"{file} does not begin like a W&B run file (':W&B'). {_EXPECTED}")
    kind, curves, many = _of_json(file, data, variant)
    return _logged(curves, str(file), {"kind": kind, "file": file.name, "rows": many})


def _trackio(file: Path, variant: str, run: str | None = None) -> Logged:
    rows = list(map(log_history_names, trackio_rows(file, variant, run)))
    source: Source = {"kind": "trackio", "file": file.name, "rows": len(rows)}
    return _logged(curves_of_rows(rows, variant), str(file), source)


def _logged(curves: list[Curve], place: str, source: Source) -> Logged:
    found = one_a_step(curves)
    if not found:
        raise HarnessError(f"{place} holds no logged value. {_EXPECTED}")
    return Logged(found, source)


def _inside(folder: Path) -> list[Path]:
    """The files of a training's or a run's folder: a trainer's, W&B's latest-run link, an offline run's, events."""
    for name in ("trainer_state.json", CURVES):
        if (folder / name).is_file():
            return [folder / name]
    # Each checkpoint's state tells the training from its beginning.
    states = list(folder.glob("checkpoint-*/trainer_state.json"))
    if states:
        return [max(states, key=_checkpoint)]
    if (folder / TRAINER_LOG).is_file():
        return [folder / TRAINER_LOG]
    runs = sorted(folder.glob("*.wandb")) or sorted({file.resolve() for file in folder.glob("*run-*/*.wandb")})
    if len(runs) == 1:
        return runs
    if not runs and (found := event_files(folder)):
        return found
    projects = [] if runs else sorted(folder.glob("*.db"))
    if len(projects) == 1:
        return projects
    many = (
        f"{len(runs)} .wandb files" if runs else f"{len(projects)} projects of Trackio" if projects else "none of them"
    )
    raise HarnessError(f"{folder} holds {many}. {_EXPECTED}")


def _checkpoint(state: Path) -> int:
    number = state.parent.name.rpartition("-")[2]
    return int(number) if number.isdecimal() else -1


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise HarnessError(f"{file} cannot be read ({error.strerror}). {_EXPECTED}") from None


def _of_json(file: Path, data: bytes, variant: str) -> tuple[str, list[Curve], int]:
    """(kind, curves, rows) of a file of text."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise HarnessError(f"{file} is neither UTF-8 text nor a W&B run file. {_EXPECTED}") from None
    if file.suffix.lower() == ".csv":
        rows = list(map(_unprefixed, table_rows(file, text, variant)))
        return "table", curves_of_rows(rows, variant), len(rows)
    try:
        state = json.loads(text)
    except (ValueError, RecursionError):
        return _of_lines(file, text, variant)
    if isinstance(state, dict) and ({"key", "step", "value"} <= state.keys() or "current_steps" in state):
        return _of_lines(file, text, variant)
    history = state.get("log_history") if isinstance(state, dict) else state
    if isinstance(state, list) and not any(isinstance(row, dict) and "step" in row for row in state):
        history = None
    if not isinstance(history, list) or not all(isinstance(row, dict) for row in history):
        found = ", ".join(map(str, list(state)[:8])) if isinstance(state, dict) else f"a {type(state).__name__}"
        raise HarnessError(f"{file} has no log_history; found {found or 'an empty object'}. {_EXPECTED}")
    return "trainer_state", curves_of_rows(history, variant), len(history)


def _of_lines(file: Path, text: str, variant: str) -> tuple[str, list[Curve], int]:
    """Ours, a value a line, or LLaMA-Factory's, a row a line."""
    rows = list(json_lines(file, text.split("\n"), advice=_EXPECTED))
    if rows and isinstance(rows[0][1], dict) and "current_steps" in rows[0][1]:
        told = [_progress(row) for _, row in rows if isinstance(row, dict)]
        return "trainer_log", curves_of_rows(told, variant), len(told)
    if rows and all(_is_logged(row) for _, row in rows):
        return "log_history", curves_of_rows((_unprefixed(row) for _, row in rows), variant), len(rows)
    curves = [_value(file, number, row, variant) for number, row in rows]
    return "curves", curves, len({curve.step for curve in curves})


def _is_logged(row: Any) -> bool:
    """Whether a line is a row of a log, and no value of ours that lacks something."""
    return isinstance(row, dict) and "step" in row and len(row) > 1 and not {"key", "value"} & row.keys()


def _unprefixed(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row whose step is known, under Transformers' names."""
    return {**log_history_names(row), "step": row["step"]}


def _value(file: Path, number: int, row: Any, variant: str) -> Curve:
    try:
        step, key, value, epoch = int(row["step"]), str(row["key"]), row["value"], number_of(row.get("epoch"))
    except (ValueError, OverflowError) as error:
        raise not_json(file, error, number, _EXPECTED) from None
    except (KeyError, TypeError, AttributeError):
        raise HarnessError(f"{file} line {number} lacks step, key or value. {_EXPECTED}") from None
    # null is how the harness writes what is not finite.
    told = number_of(value)
    at = epoch if epoch is not None and math.isfinite(epoch) else None
    return Curve(variant, step, at, key, math.nan if told is None else told)


def _progress(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of LLaMA-Factory's by the names that Transformers had for its values."""
    named = {key: value for key, value in row.items() if key not in _PROGRESS}
    if "accuracy" in named:
        named["rewards/accuracies"] = named.pop("accuracy")
    return {"step": row.get("current_steps"), **named}
