"""What lm-eval's own command left of a model: a folder of results and samples, or one results file.

lm_eval --output_path FOLDER --log_samples writes FOLDER/MODEL/results_DATE.json and samples_TASK_DATE.jsonl beside it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.store import Json

_DATE = re.compile(r"_(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(?:\.\d+)?)$")
_BY_TASK = ("results", "group_subtasks", "configs", "versions", "n-shot", "higher_is_better", "n-samples", "limits")
_CONFIG = (
    "model", "model_args", "model_dtype", "model_revision", "model_sha", "batch_size", "device", "gen_kwargs",
    "random_seed", "numpy_seed", "torch_seed", "fewshot_seed",
)  # fmt: skip
_SAID = ("transformers_version", "git_hash", "chat_template_sha", "system_instruction_sha")
_ABOUT = ("date", "lm_eval_version", "model_name")
_SHOWN = 5
# lm-eval's own, for results of versions that did not say it.
_HIGHER = {"acc", "acc_norm", "acc_mutual_info", "exact_match", "f1", "mcc", "bleu", "chrf"}


@dataclass(frozen=True)
class ForeignResults:
    """One model's results of lm-eval, in the form of today, of each task the newest."""

    place: Path
    """What the user named."""
    results: Json
    samples: Mapping[str, Path]
    """task → its file of samples, of the tasks that have one."""
    files: tuple[Path, ...]
    """All that was read."""
    notes: tuple[str, ...]
    """What a user should know of what was taken, a sentence each."""
    said: Json = field(default_factory=dict)
    """What lm-eval wrote of how it was asked: model, arguments, device, seeds, versions; those of the newest file."""


@dataclass(frozen=True)
class _Dated:
    """A results file and its date, "" where neither its name nor its content has one."""

    path: Path
    found: Json
    date: str
    samples: Mapping[str, Path] = field(default_factory=dict)

    @property
    def order(self) -> tuple[str, float]:
        """Sorts by the date in the name, which is when it was written, then by when the run was begun."""
        begun = self.found.get("date")
        return self.date, float(begun) if isinstance(begun, int | float) else 0.0

    @property
    def model(self) -> str:
        """Whose results they are, as far as they say it."""
        settings = self.found.get("config") or {}
        name, arguments = self.found.get("model_name"), str(settings.get("model_args") or settings.get("model") or "")
        # lm-eval makes up a name where the arguments have none.
        return str(name) if name and (not arguments or str(name) in arguments) else arguments


def is_foreign(path: Path) -> bool:
    """Whether it is lm-eval's: a folder with results of its form, or such a file."""
    return bool(_found(path))


def read_foreign(path: Path, name: str) -> ForeignResults:
    """What lies there under the variant's name; refuses a folder of several models, and one without results."""
    dated = [_dated(file, found) for file, found in _found(path)]
    if not dated:
        raise HarnessError(
            f"{path} holds no results of lm-eval 0.4 or newer. Expected a folder that lm_eval wrote by "
            "--output_path and --log_samples, or a results_DATE.json."
        )
    _refuse_several(path, dated)
    merged: Json = {key: {} for key in _BY_TASK}
    samples: dict[str, Path] = {}
    for one in sorted(dated, key=lambda one: one.order):
        found = _completed(one.found)
        for task in found["results"]:
            samples.pop(task, None)
        samples |= {task: file for task, file in one.samples.items() if task in found["results"]}
        merged = {
            **{key: {**merged[key], **found[key]} for key in _BY_TASK},
            **{key: found[key] for key in _ABOUT if found.get(key) is not None},
        }
    said = {key: it for one in sorted(dated, key=lambda one: one.order) for key, it in _said(one.found).items()}
    files = (*(one.path for one in dated), *samples.values())
    return ForeignResults(path, merged, samples, files, tuple(_notes(name, dated, merged, samples)), said)


def _said(found: Json) -> Json:
    config = found.get("config")
    settings = config if isinstance(config, Mapping) else {}
    told = {key: settings.get(key) for key in _CONFIG} | {key: found.get(key) for key in _SAID}
    return {key: it for key, it in told.items() if it not in (None, "", {}, [])}


def filter_names(results: Json, task: str) -> list[str]:
    """The filters of a task in the order in which lm-eval goes through them."""
    listed = (results["configs"].get(task) or {}).get("filter_list") or ()
    named = [str(it["name"]) for it in listed if isinstance(it, Mapping) and "name" in it]
    return named or list(dict.fromkeys(key.partition(",")[2] for key in results["results"].get(task, {}) if "," in key))


def _found(path: Path) -> list[tuple[Path, Json]]:
    """(file, results): the file itself; of a folder, those of its own, else those in the folders below it."""
    if path.is_file():
        return _read_all([path] if path.suffix == ".json" else [])
    levels = (_read_all(sorted(path.glob(pattern))) for pattern in ("*.json", "*/*.json", "*/*/*.json"))
    return next((found for found in levels if found), [])


def _read_all(files: Sequence[Path]) -> list[tuple[Path, Json]]:
    """Those of the files that are results of lm-eval."""
    read = []
    for file in files:
        if not file.name.startswith("samples_"):
            # What is no JSON is no results file.
            with suppress(ValueError, RecursionError, OSError):
                read.append((file, json.loads(file.read_bytes())))
    return [(file, found) for file, found in read if _is_results(found)]


def _is_results(found: Any) -> bool:
    """Tasks with {"metric,filter": figure}, beside how the tasks were configured or which versions they are."""
    results = found.get("results") if isinstance(found, dict) else None
    if not isinstance(results, dict) or not ("configs" in found or "versions" in found):
        return False
    return any(isinstance(row, dict) and any("," in key for key in row) for row in results.values())


def _dated(path: Path, found: Json) -> _Dated:
    date = _date_of(path)
    beside = [file for file in path.parent.iterdir() if file.suffix in (".json", ".jsonl") and _date_of(file) == date]
    # The longest name first: a file without a date ends in its task's name, and another task's name may end alike.
    tasks = sorted(found["results"], key=len, reverse=True)
    samples: dict[str, Path] = {}
    for file in sorted(beside):
        stem = _DATE.sub("", file.stem)
        exact = stem.removeprefix("samples_") if stem.startswith("samples_") else ""
        if exact in found["results"]:
            samples[exact] = file
        elif file.suffix == ".jsonl" and not exact:
            task = next((task for task in tasks if stem.endswith(f"_{task}")), None)
            if task is not None:
                samples.setdefault(task, file)
    return _Dated(path, found, date, samples)


def _date_of(path: Path) -> str:
    found = _DATE.search(path.stem)
    return found[1] if found else ""


def _refuse_several(path: Path, dated: Sequence[_Dated]) -> None:
    folders = sorted({one.path.parent for one in dated})
    if len(folders) > 1:
        named = ", ".join(folder.name for folder in folders[:_SHOWN])
        raise HarnessError(f"{path} holds results of {len(folders)} models ({named}). Give one of these folders.")
    if len({one.model for one in dated}) > 1:
        named = ", ".join(one.path.name for one in dated[:_SHOWN])
        raise HarnessError(f"{path} holds results of different models ({named}). Give one of these files.")


def _completed(found: Json) -> Json:
    """The same with what versions before 0.4.5 leave out: which way is better, documents, examples in the prompt."""
    configs = found.get("configs") or {}
    results = {**(found.get("groups") or {}), **found["results"]}
    rows = {task: row for task, row in results.items() if isinstance(row, dict)}
    return {
        **found,
        "results": rows,
        "group_subtasks": found.get("group_subtasks") or {},
        "configs": configs,
        "versions": found.get("versions") or {},
        "n-shot": found.get("n-shot") or {task: (configs.get(task) or {}).get("num_fewshot") for task in rows},
        "higher_is_better": found.get("higher_is_better")
        or {task: _better(configs.get(task), rows[task]) for task in rows},
        "n-samples": found.get("n-samples") or {},
        "limits": _limits(found, rows),
    }


def _limits(found: Json, tasks: Iterable[str]) -> dict[str, int | float]:
    """By task the --limit that it was asked with; from 1 on a number of documents, however it was written."""
    limit = (found.get("config") or {}).get("limit")
    if isinstance(limit, bool) or not isinstance(limit, int | float) or limit <= 0:
        return {}
    return dict.fromkeys(tasks, limit if limit < 1 else int(limit))


def _better(config: Any, row: Mapping[str, Any]) -> dict[str, bool]:
    """Of each metric, whether higher is better, as the task's list of metrics has it, else as lm-eval does."""
    names = dict.fromkeys(key.partition(",")[0] for key in row if "," in key)
    listed = (config or {}).get("metric_list") or ()
    said = {str(it.get("metric")): it["higher_is_better"] for it in listed if it.get("higher_is_better") is not None}
    return {name: bool(said.get(name, True)) for name in names if name in said or name in _HIGHER}


def _notes(name: str, dated: Sequence[_Dated], merged: Json, samples: Mapping[str, Path]) -> Iterator[str]:
    if len(dated) > 1:
        newest = {
            task: one.date or one.path.name
            for one in sorted(dated, key=lambda it: it.order)
            for task in one.found["results"]
        }
        told = ", ".join(f"{task} {date}" for task, date in list(newest.items())[:_SHOWN])
        more = f" and {len(newest) - _SHOWN} more" if len(newest) > _SHOWN else ""
        yield f"{name}: {len(dated)} results files, of each task the newest is taken: {told}{more}."
    without = [task for task in merged["results"] if task not in samples and not merged["group_subtasks"].get(task)]
    if without:
        more = f" and {len(without) - _SHOWN} more" if len(without) > _SHOWN else ""
        yield (
            f"{name}: no samples of {', '.join(without[:_SHOWN])}{more}: figures and standard errors, and no paired "
            "comparison. lm_eval writes them with --log_samples."
        )
