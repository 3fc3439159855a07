"""Settings that a training's log holds beside its curves: W&B's configuration, the head of a trainer_state.json."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from harness.curves.offline_run import MAGIC, wandb_records
from harness.errors import HarnessError
from harness.json_yaml import read_yaml

_STATE = {"train_batch_size": "per_device_train_batch_size", "num_train_epochs": "num_train_epochs"}
"""trainer_state.json's name → Transformers' argument."""
_LOGGED = ("loss", "learning_rate", "accuracies", "margins", "chosen")
"""Ends of keys that a preference training logs."""


def logged_settings(source: Path | str) -> tuple[dict[str, Any], str]:
    """(settings under the names that were logged, the file that holds them); ({}, "") of a log that holds none."""
    path = Path(source)
    for file in _candidates(path):
        found = _settings_in(file)
        if found:
            return found, file.name
    return {}, ""


def unwrapped(row: Mapping[str, Any]) -> dict[str, Any]:
    """W&B's configuration without what is wrapped around each value: {"beta": {"value": 0.1}} → {"beta": 0.1}."""
    return {
        str(key): it["value"] if isinstance(it, Mapping) and "value" in it and set(it) <= {"value", "desc"} else it
        for key, it in row.items()
        if not str(key).startswith("_")
    }


def _candidates(path: Path) -> Iterator[Path]:
    """The log itself, and W&B's configuration where its folder has one."""
    folder = path if path.is_dir() else path.parent
    if path.is_file():
        yield path
    else:
        yield from sorted(path.glob("*.wandb"))
        yield from sorted(path.glob("*run-*/*.wandb"))
        yield path / "trainer_state.json"
        yield from sorted(path.glob("*run-*/files/config.yaml"))
    if path.is_dir() or path.suffix == ".wandb":
        yield folder / "files" / "config.yaml"


def _settings_in(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    if file.name == "config.yaml":
        found = read_yaml(file)
        return unwrapped(found) if isinstance(found, Mapping) else {}
    with file.open("rb") as opened:
        begins = opened.read(1)
    if begins == MAGIC[:1]:
        return _of_wandb(file)
    return _of_state(file) if begins == b"{" else {}


def _of_wandb(file: Path) -> dict[str, Any]:
    """What the run's configuration came to, a later value in the place of an earlier one."""
    data = file.read_bytes()
    if not data.startswith(MAGIC):
        return {}
    found: dict[str, Any] = {}
    for record in wandb_records(file, data):
        kind = record.WhichOneof("record_type")
        updates = record.config.update if kind == "config" else record.run.config.update if kind == "run" else ()
        for item in updates:
            with suppress(ValueError):
                found[str(item.key) or "/".join(item.nested_key)] = json.loads(item.value_json)
    return unwrapped(found)


def _of_state(file: Path) -> dict[str, Any]:
    try:
        state = json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        return {}
    if not isinstance(state, dict) or "log_history" not in state:
        return {}
    return {name: state[key] for key, name in _STATE.items() if state.get(key) is not None}


def is_log(file: Path) -> bool:
    """Whether the file is a training's log, and no file of answers or settings."""
    if file.suffix.lower() in (".wandb", ".db") or "tfevents" in file.name:
        return True
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return False
    if file.suffix.lower() == ".csv":
        return _is_table(text)
    first = next((line for line in text.split("\n") if line.strip()), "")
    for part in (first, text):
        with suppress(ValueError, RecursionError, HarnessError):
            return _is_history(json.loads(part))
    return False


def _is_table(text: str) -> bool:
    head = text.partition("\n")[0].casefold()
    columns = {column.strip().strip("\"'") for column in head.split(",")}
    return bool(columns & {"step", "global_step", "train/global_step"}) and len(columns) > 1


def _is_history(value: Any) -> bool:
    """Rows that know their step and hold a loss, a learning rate or a reward."""
    if isinstance(value, list):
        return any(_is_history(row) for row in value[:50] if isinstance(row, dict) and "log_history" not in row)
    if not isinstance(value, dict):
        return False
    if isinstance(value.get("log_history"), list) or {"key", "step", "value"} <= value.keys():
        return True
    if "current_steps" in value:
        return True
    stepped = {"step", "_step", "global_step", "train/global_step"} & value.keys()
    return bool(stepped) and any(
        str(key).rpartition("/")[2].removeprefix("eval_")
        in ("loss", "learning_rate", "accuracies", "margins", "chosen")
        for key in value
    )
