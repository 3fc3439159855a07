"""What experiments are wished for: on the command line, in a file of experiments, in the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.asking.foreign_results import is_foreign
from harness.asking.settings_files import is_settings
from harness.config import ExperimentList, ExperimentSettings, checked
from harness.curves import is_log, read_logged, wandb_path
from harness.errors import HarnessError
from harness.json_yaml import read_yaml

_KEYS = ("answers", "curves", "settings", "base", "base_name", "method", "against")
"""What may stand before a part of --experiment, with an equals sign between."""
_SHAPE = "--experiment NAME=ANSWERS[,CURVES][,SETTINGS]"
_BY_YAML = "A path with a comma in it needs a file of experiments: --experiments FILE.yaml"


def wished_experiments(
    texts: Sequence[str], file: Path | None, configured: Sequence[ExperimentSettings]
) -> list[ExperimentSettings]:
    """Those of --experiment, of --experiments and of the configuration, in this order."""
    return [*map(parse_experiment, texts), *(read_list(file) if file else ()), *configured]


def parse_experiment(text: str) -> ExperimentSettings:
    """What --experiment says: files after the name, each known by what it holds, or by KEY= before it."""
    name, equals, rest = text.partition("=")
    if not equals or not name.strip() or not rest.strip():
        raise HarnessError(f"'{text}' is no {_SHAPE}.")
    found: dict[str, Any] = {"name": name.strip()}
    # A path that is there is one, whatever stands in it.
    for part in [rest] if Path(rest).exists() else [part.strip() for part in rest.split(",") if part.strip()]:
        key, said, value = part.partition("=")
        if said and key in _KEYS:
            _put(found, key, value, text)
        else:
            _put(found, _kind(part, name), part, text)
    return checked(ExperimentSettings, found, f"--experiment {name}")


def read_list(path: Path) -> list[ExperimentSettings]:
    """The experiments of a YAML file, whose paths are seen from its folder, or from the working folder."""
    if not path.is_file():
        raise HarnessError(f"There is no file {path}.")
    found = read_yaml(path)
    row = {"experiments": found} if isinstance(found, list) else found
    if not isinstance(row, dict) or "experiments" not in row:
        raise HarnessError(f"{path} holds no list of experiments. Expected experiments: [{{name: …, answers: …}}]")
    items = checked(ExperimentList, {"experiments": row["experiments"]}, str(path)).experiments
    return [_seen_from(path.parent, item) for item in items]


def _put(found: dict[str, Any], key: str, value: str, text: str) -> None:
    if key == "settings":
        found[key] = (*found.get(key, ()), value)
        return
    if key in found:
        raise HarnessError(
            f"'{text}' gives two files of {key}: {found[key]} and {value}. Say which is which: {key}=FILE."
        )
    found[key] = value


def _kind(part: str, name: str) -> str:
    """Whether a file is of answers, curves or settings, by what it holds."""
    path = Path(part)
    if path.is_dir():
        return _kind_of_folder(path, name)
    if not path.exists():
        if wandb_path(part):
            return "curves"
        raise HarnessError(f"Experiment '{name}': there is no file {path}. {_BY_YAML}")
    if is_log(path):
        return "curves"
    return "settings" if is_settings(path) else "answers"


def _kind_of_folder(path: Path, name: str) -> str:
    if is_foreign(path):
        raise HarnessError(
            f"Experiment '{name}': {path} holds results of lm-eval, which experiments do not show. "
            "Give it as a variant."
        )
    try:
        read_logged(path, name)
    except HarnessError:
        return "settings"
    return "curves"


def _seen_from(folder: Path, item: ExperimentSettings) -> ExperimentSettings:
    """The same with its paths as they are seen from the working folder."""

    def seen(text: str) -> str:
        beside = folder / text
        return str(beside) if beside.exists() or not (Path(text).exists() or wandb_path(text)) else text

    changed: dict[str, Any] = {key: seen(it) for key in ("answers", "curves", "base") if (it := getattr(item, key))}
    if isinstance(item.settings, str):
        changed["settings"] = seen(item.settings)
    elif isinstance(item.settings, tuple):
        changed["settings"] = tuple(map(seen, item.settings))
    return item.model_copy(update=changed)
