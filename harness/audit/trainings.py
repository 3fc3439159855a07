"""What the trainings say against comparing their adapters: with each other, and with how they were asked."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import Any

from harness.audit.evidence import Check, Evidence
from harness.audit.words import warning
from harness.records import Caveat

Training = Mapping[str, Any]
"""A certificate."""


@dataclass(frozen=True)
class Stated:
    """What one certificate says of a trait."""

    key: object
    """What must be equal."""
    part: str
    """Which words show it: audit.trained.PART of the catalogue."""
    values: Mapping[str, object]
    """What these words are filled in with."""


@dataclass(frozen=True)
class Trait:
    """One thing that trainings must share for their difference to be the method's."""

    code: str
    read: Callable[[Training], Stated | None]
    """None where the certificate does not say."""


def unlike_asked_template(evidence: Evidence) -> Iterator[Caveat]:
    asked = evidence.manifest.get("prompt", {})
    for name, training in evidence.trainings.items():
        trained = training.get("prompt", {})
        if trained.get("sha256") not in (None, asked.get("sha256")):
            yield warning(
                "prompt_template_differs",
                (name,),
                name=name,
                trained=trained.get("name"),
                trained_digest=_short(trained.get("sha256")),
                asked=asked.get("name"),
                asked_digest=_short(asked.get("sha256")),
            )


def unlike_asked_system(evidence: Evidence) -> Iterator[Caveat]:
    asked = evidence.manifest.get("prompt", {}).get("system")
    for name, training in evidence.trainings.items():
        trained = _system(training.get("prompt", {}))
        if asked is not None and trained is not None and trained != asked:
            ends = {"trained": _brief(trained), "asked": _brief(asked)}
            yield warning("system_line_differs", (name,), name=name, **ends)


def unknown_base(evidence: Evidence) -> Iterator[Caveat]:
    for name, found in evidence.manifest.get("base_names", {}).items():
        asked = evidence.manifest["base"]["name"]
        yield warning("base_name_differs", (name,), name=name, named=found, asked=asked)


def changed_since(evidence: Evidence) -> Iterator[Caveat]:
    for row in evidence.manifest.get("variants", []):
        name, certified = row["name"], evidence.trainings.get(row["name"], {}).get("adapter_digest")
        if certified and row.get("digest") not in (None, certified):
            yield warning("adapter_changed", (name,), name=name)


def other_precision(evidence: Evidence) -> Iterator[Caveat]:
    serving = evidence.manifest.get("serving", {})
    for name, training in evidence.trainings.items():
        if training.get("quantization") != serving.get("quantization"):
            trained = training.get("quantization") or training.get("dtype")
            served = serving.get("quantization") or serving.get("dtype")
            yield warning("precision_differs", (name,), name=name, trained=trained, served=served)


def trained_alike(trait: Trait, evidence: Evidence) -> Iterator[Caveat]:
    """A warning where certificates that state the trait do not agree on it."""
    groups: dict[object, list[str]] = defaultdict(list)
    stated: dict[object, Stated] = {}
    for name, training in evidence.trainings.items():
        if found := trait.read(training):
            groups[found.key].append(name)
            stated[found.key] = found
    if len(groups) > 1:
        who = [
            {"names": names, "part": said.part, "values": dict(said.values)}
            for names, said in zip(groups.values(), stated.values(), strict=True)
        ]
        yield warning(trait.code, [name for names in groups.values() for name in names], n=len(groups), who=who)


def dropout_off(evidence: Evidence) -> Iterator[Caveat]:
    for name, training in evidence.trainings.items():
        asked, real = (_hyperparameter(training, key) for key in ("lora_dropout_asked", "lora_dropout"))
        if asked is not None and real is not None and real < asked and not math.isclose(real, asked):
            yield warning("dropout_off", (name,), name=name, asked=asked, real=real)


def dropout_unproven(evidence: Evidence) -> Iterator[Caveat]:
    for name, asked in evidence.manifest.get("configured_dropout", {}).items():
        if asked > 0 and name not in evidence.trainings:
            yield warning("dropout_unproven", (name,), name=name, asked=asked)


def unlike_rewards(evidence: Evidence) -> Iterator[Caveat]:
    methods = {name: row.get("method") for name, row in evidence.trainings.items()}
    methods |= {row["name"]: row["method"] for row in evidence.manifest.get("variants", []) if row.get("method")}
    drawn = {curve.variant for curve in evidence.curves if curve.key.startswith("rewards/")}
    found = {name: method for name, method in methods.items() if name in drawn}
    if len(set(found.values())) > 1:
        yield warning("rewards_not_comparable", tuple(found))


def unlike_served(evidence: Evidence) -> Iterator[Caveat]:
    """Full models whose weights are not served in what the base is served in."""
    base = evidence.manifest.get("base", {}).get("precision")
    for name, model in evidence.manifest.get("models", {}).items():
        if model["precision"] != base:
            yield warning("model_precision_differs", (name,), name=name, own=model["precision"], base=base)


def _data(training: Training) -> Stated | None:
    data = training.get("data", {})
    digest = data.get("digest")
    if digest is None:
        return None
    values = {"source": PurePath(str(data.get("source", "?"))).name, "digest": _short(digest)}
    if "trained_on" not in data:
        return Stated(digest, "data_uncounted", values)
    return Stated(digest, "data", {**values, "rows": data["trained_on"]})


def _base(training: Training) -> Stated | None:
    base = training.get("base", {})
    digest = base.get("digest")
    if digest is None:
        return None
    return Stated(digest, "base", {"name": base.get("name", "?"), "digest": _short(digest)})


def _prompt(training: Training) -> Stated | None:
    prompt = training.get("prompt", {})
    sha256, system = prompt.get("sha256"), _system(prompt)
    if sha256 is None:
        return None
    values = {"name": prompt.get("name", "?"), "digest": _short(sha256)}
    if system is None:
        return Stated((sha256, system), "prompt_free", values)
    return Stated((sha256, system), "prompt", {**values, "system": _brief(system)})


def _setting(key: str, training: Training) -> Stated | None:
    value = _hyperparameter(training, key)
    return None if value is None else Stated(value, "setting", {"value": value})


def _hyperparameter(training: Training, key: str) -> Any:
    return training.get("hyperparameters", {}).get(key)


def _system(prompt: Mapping[str, Any]) -> str | None:
    """The line that stood in every training prompt; None where the rows brought their own, or nobody wrote it down."""
    found: str | None = prompt.get("system_used", prompt.get("system"))
    return found


def _brief(line: str) -> str:
    return line if len(line) <= 60 else f"{line[:59]}…"


def _short(digest: object) -> str:
    return str(digest)[:12]


_TRAITS = (
    Trait("training_base_differs", _base),
    Trait("training_data_differs", _data),
    Trait("training_prompts_differ", _prompt),
    Trait("training_length_differs", partial(_setting, "max_length")),
    Trait("training_seed_differs", partial(_setting, "seed")),
)
TRAINED_ALIKE: tuple[Check, ...] = tuple(partial(trained_alike, trait) for trait in _TRAITS)
