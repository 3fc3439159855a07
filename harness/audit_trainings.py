"""What the trainings say against comparing their adapters: with each other, and with how they were asked."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import Any

from harness.audit_evidence import Check, Evidence
from harness.records import Warning

Training = Mapping[str, Any]
"""A certificate."""


@dataclass(frozen=True)
class Trait:
    """One thing that trainings must share for their difference to be the method's."""

    code: str
    noun: str
    read: Callable[[Training], tuple[object, str] | None]
    """(what must be equal, how it is shown); None where the certificate does not say."""


def unlike_asked_template(evidence: Evidence) -> Iterator[Warning]:
    asked = evidence.manifest.get("prompt", {})
    for name, training in evidence.trainings.items():
        trained = training.get("prompt", {})
        if trained.get("sha256") not in (None, asked.get("sha256")):
            yield Warning(
                "prompt_template_differs",
                f"{name} was trained on the prompt template '{trained.get('name')}' "
                f"({_short(trained.get('sha256'))}) and asked with '{asked.get('name')}' "
                f"({_short(asked.get('sha256'))}).",
                (name,),
            )


def unlike_asked_system(evidence: Evidence) -> Iterator[Warning]:
    asked = evidence.manifest.get("prompt", {}).get("system")
    for name, training in evidence.trainings.items():
        trained = _system(training.get("prompt", {}))
        if asked is not None and trained is not None and trained != asked:
            yield Warning(
                "system_line_differs",
                f"{name} was trained with the system line {_quoted(trained)} and asked with {_quoted(asked)}.",
                (name,),
            )


def unknown_base(evidence: Evidence) -> Iterator[Warning]:
    for name, found in evidence.manifest.get("base_names", {}).items():
        yield Warning(
            "base_name_differs",
            f"{name} names {found} as its base, and was asked on {evidence.manifest['base']['name']}: "
            "it has no certificate by which the weights could be compared.",
            (name,),
        )


def other_precision(evidence: Evidence) -> Iterator[Warning]:
    serving = evidence.manifest.get("serving", {})
    for name, training in evidence.trainings.items():
        if training.get("quantization") != serving.get("quantization"):
            trained = training.get("quantization") or training.get("dtype")
            served = serving.get("quantization") or serving.get("dtype")
            yield Warning(
                "precision_differs", f"{name} was trained on a {trained} base and asked on a {served} one.", (name,)
            )


def trained_alike(trait: Trait, evidence: Evidence) -> Iterator[Warning]:
    """A warning where certificates that state the trait do not agree on it."""
    groups: dict[object, list[str]] = defaultdict(list)
    shown = {}
    for name, training in evidence.trainings.items():
        if found := trait.read(training):
            groups[found[0]].append(name)
            shown[found[0]] = found[1]
    if len(groups) > 1:
        who = "; ".join(f"{' and '.join(names)} {shown[key]}" for key, names in groups.items())
        yield Warning(
            trait.code,
            f"The adapters were trained on {len(groups)} different {trait.noun} ({who}): what sets them apart is not "
            "the method alone.",
            tuple(name for names in groups.values() for name in names),
        )


def dropout_off(evidence: Evidence) -> Iterator[Warning]:
    for name, training in evidence.trainings.items():
        asked, real = (_hyperparameter(training, key) for key in ("lora_dropout_asked", "lora_dropout"))
        if asked is not None and real is not None and real < asked and not math.isclose(real, asked):
            yield Warning(
                "dropout_off",
                f"{name} was to be trained with LoRA dropout {asked:g} and was trained with {real:g}: "
                "TRL's disable_dropout switches LoRA's off as well.",
                (name,),
            )


def dropout_unproven(evidence: Evidence) -> Iterator[Warning]:
    for name, asked in evidence.manifest.get("configured_dropout", {}).items():
        if asked > 0 and name not in evidence.trainings:
            yield Warning(
                "dropout_unproven",
                f"{name}'s adapter_config.json says dropout {asked:g}; TRL's default switches it off, and without a "
                "certificate nobody can tell.",
                (name,),
            )


def unlike_rewards(evidence: Evidence) -> Iterator[Warning]:
    methods = {name: row.get("method") for name, row in evidence.trainings.items()}
    methods |= {row["name"]: row["method"] for row in evidence.manifest.get("variants", []) if row.get("method")}
    drawn = {curve.variant for curve in evidence.curves if curve.key.startswith("rewards/")}
    found = {name: method for name, method in methods.items() if name in drawn}
    if len(set(found.values())) > 1:
        yield Warning(
            "rewards_not_comparable",
            "DPO's rewards are β·Σ(log π − log ref), ORPO's β·mean log π: their curves are not on one scale.",
            tuple(found),
        )


def _data(training: Training) -> tuple[object, str] | None:
    data = training.get("data", {})
    digest = data.get("digest")
    if digest is None:
        return None
    rows = f"{data['trained_on']} pairs, " if "trained_on" in data else ""
    return digest, f"{PurePath(str(data.get('source', '?'))).name} ({rows}{_short(digest)})"


def _base(training: Training) -> tuple[object, str] | None:
    base = training.get("base", {})
    digest = base.get("digest")
    return None if digest is None else (digest, f"{base.get('name', '?')} ({_short(digest)})")


def _prompt(training: Training) -> tuple[object, str] | None:
    prompt = training.get("prompt", {})
    sha256, system = prompt.get("sha256"), _system(prompt)
    if sha256 is None:
        return None
    line = "no fixed system line" if system is None else f"the system line {_quoted(system)}"
    return (sha256, system), f"'{prompt.get('name', '?')}' ({_short(sha256)}) with {line}"


def _setting(key: str, training: Training) -> tuple[object, str] | None:
    value = _hyperparameter(training, key)
    return None if value is None else (value, str(value))


def _hyperparameter(training: Training, key: str) -> Any:
    return training.get("hyperparameters", {}).get(key)


def _system(prompt: Mapping[str, Any]) -> str | None:
    """The line that stood in every training prompt; None where the rows brought their own, or nobody wrote it down."""
    found: str | None = prompt.get("system_used", prompt.get("system"))
    return found


def _quoted(line: str) -> str:
    return f"'{line if len(line) <= 60 else line[:59] + '…'}'"


def _short(digest: object) -> str:
    return str(digest)[:12]


_TRAITS = (
    Trait("training_base_differs", "bases", _base),
    Trait("training_data_differs", "data sets", _data),
    Trait("training_prompts_differ", "prompts", _prompt),
    Trait("training_length_differs", "length limits", partial(_setting, "max_length")),
    Trait("training_seed_differs", "seeds", partial(_setting, "seed")),
)
TRAINED_ALIKE: tuple[Check, ...] = tuple(partial(trained_alike, trait) for trait in _TRAITS)
