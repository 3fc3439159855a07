"""Names and number types of the arguments given, and which of them are TRL's and which PEFT's."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

from harness.errors import HarnessError
from harness.training.settings.beginnings import beginning_faults
from harness.training.settings.packages import check_packages
from harness.training.settings.values import value_faults
from harness.training.settings.without_effect import idle_faults

Arguments = dict[str, Any]

_GONE = {
    "max_prompt_length": "TRL removed max_prompt_length: prompts are never cut; rows that do not fit max_length are "
    "dropped and counted"
}
# What a training folder, a resumed run and an honest certificate depend on is not the user's to set.
_OURS = {
    "output_dir", "report_to", "run_name", "save_strategy", "remove_unused_columns", "padding_free", "disable_tqdm",
    "dataloader_num_workers", "dataloader_pin_memory", "task_type", "peft_type", "save_only_model",
    "include_num_input_tokens_seen", "auto_mapping", "peft_version", "base_model_name_or_path", "revision",
    "inference_mode", "local_rank",
}  # fmt: skip
_NUMBERS = {"int", "float", "bool", "None"}


def split(
    method: str,
    config: type[Any],
    adapter: type[Any],
    words: Mapping[str, Collection[str]],
    arguments: Mapping[str, Any],
) -> tuple[Arguments, Arguments]:
    """(TRL's, PEFT's) of the arguments given, each with its number type; refuses all that are wrong at once.

    `config` and `adapter` are the dataclasses whose fields they are, `words` the values that Transformers knows.
    """
    training, lora = _fields(config), _fields(adapter)
    kinds = lora | training
    named = [fault for name, value in arguments.items() if (fault := _fault(method, name, value, kinds))]
    if named:
        raise HarnessError("; ".join(named) + ". Arguments have TRL's and PEFT's own names.")
    ours = {name: _number(value, kinds[name]) for name, value in arguments.items()}
    faults = [*value_faults(method, ours, words), *idle_faults(method, ours), *beginning_faults(method, ours)]
    if faults:
        raise HarnessError("; ".join(faults) + ".")
    check_packages(ours)
    return (
        {name: value for name, value in ours.items() if name in training},
        {name: value for name, value in ours.items() if name in lora and name not in training},
    )


def _fields(kind: type[Any]) -> dict[str, frozenset[str]]:
    return {field.name: _kinds(field) for field in dataclasses.fields(kind) if field.init}


def _kinds(argument: dataclasses.Field[Any]) -> frozenset[str]:
    """What its annotation allows, as words: {"float", "None"}."""
    annotation = argument.type
    written = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    return frozenset(written.split(" | "))


def _fault(method: str, name: str, value: Any, kinds: Mapping[str, frozenset[str]]) -> str | None:
    known = sorted(kinds.keys() - _OURS)
    if name in _GONE:
        return _GONE[name]
    if name in _OURS:
        return f"{name} is not to be set: the harness decides it"
    if name not in known:
        near = get_close_matches(name, known, n=1)
        return f"{name} is no argument of {method}" + (f", did you mean {near[0]}?" if near else "")
    if not _fits(value, kinds[name]):
        return f"{name} takes {' or '.join(sorted(kinds[name]))}, not {value!r}"
    return None


def _fits(value: Any, kinds: frozenset[str]) -> bool:
    """Whether an argument that is a number is given one; what else TRL and PEFT take, they check themselves."""
    if not kinds <= _NUMBERS:
        return True
    if value is None:
        return "None" in kinds
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return whole or (isinstance(value, float) and "float" in kinds)


def _number(value: Any, kinds: frozenset[str]) -> Any:
    """1 for an argument that is a float, and 1e3 for one that is not: what YAML does not tell apart."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not kinds <= _NUMBERS:
        return value
    if "float" in kinds:
        return float(value)
    return int(value) if "int" in kinds else value
