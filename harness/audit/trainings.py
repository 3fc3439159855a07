"""What the trainings say against comparing their adapters: with each other, and with how they were asked."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath

from harness.audit.evidence import Check, Evidence
from harness.audit.words import warning
from harness.records import Caveat
from harness.store import NOTHING, Certificate


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
    read: Callable[[Certificate], Stated | None]
    """None where the certificate does not say."""


def unlike_asked_template(evidence: Evidence) -> Iterator[Caveat]:
    """Adapters that were trained with another prompt template than they were asked with."""
    asked = evidence.manifest.prompt
    for name, training in evidence.manifest.trainings.items():
        trained = training.prompt
        if trained.sha256 not in (None, asked.sha256):
            yield warning(
                "prompt_template_differs",
                (name,),
                name=name,
                trained=trained.name,
                trained_digest=_short(trained.sha256),
                asked=asked.name,
                asked_digest=_short(asked.sha256),
            )


def unlike_asked_system(evidence: Evidence) -> Iterator[Caveat]:
    """Adapters that were trained with another system line than they were asked with."""
    asked = evidence.manifest.prompt.system
    for name, training in evidence.manifest.trainings.items():
        trained = training.prompt.line
        if asked is not None and trained is not None and trained != asked:
            ends = {"trained": _brief(trained), "asked": _brief(asked)}
            case = "" if trained and asked else "unasked" if trained else "untrained"
            yield warning("system_line_differs", (name,), case, name=name, **ends)


def unlike_own_template(evidence: Evidence) -> Iterator[Caveat]:
    """Adapters that were saved with another chat template than the one that they were asked with."""
    for name in evidence.manifest.unasked_templates or ():
        yield warning("adapter_template_unused", (name,), name=name)


def begun_on_adapter(evidence: Evidence) -> Iterator[Caveat]:
    """Adapters whose training went on from another one, which was its reference: the base here was not."""
    for name, before in (evidence.manifest.went_on_from or {}).items():
        yield warning("began_on_adapter", (name,), name=name, before=PurePath(before).name)


def unknown_base(evidence: Evidence) -> Iterator[Caveat]:
    """Adapters whose configuration names another base than the one that they were asked on."""
    for name, found in (evidence.manifest.base_names or {}).items():
        yield warning("base_name_differs", (name,), name=name, named=found, asked=evidence.manifest.base.name)


def changed_since(evidence: Evidence) -> Iterator[Caveat]:
    """Adapters whose weights are no longer those that their certificate was given for."""
    for name, variant in evidence.run.variants.items():
        certified = evidence.manifest.trainings.get(name, NOTHING).adapter_digest
        if certified and variant.digest not in (None, certified):
            yield warning("adapter_changed", (name,), name=name)


def other_precision(evidence: Evidence) -> Iterator[Caveat]:
    """Adapters that were trained on a base in another quantization than the one that served them."""
    serving = evidence.manifest.serving
    for name, training in evidence.manifest.trainings.items():
        if training.quantization != serving.quantization:
            trained, served = training.quantization or training.dtype, serving.quantization or serving.dtype
            yield warning("precision_differs", (name,), name=name, trained=trained, served=served)


def trained_alike(trait: Trait, evidence: Evidence) -> Iterator[Caveat]:
    """A warning where certificates that state the trait do not agree on it."""
    groups: dict[object, list[str]] = defaultdict(list)
    stated: dict[object, Stated] = {}
    for name, training in evidence.manifest.trainings.items():
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
    """Trainings in which less LoRA dropout took effect than was asked for, as TRL's defaults switch it off."""
    for name, training in evidence.manifest.trainings.items():
        asked, real = (training.hyperparameters.get(key) for key in ("lora_dropout_asked", "lora_dropout"))
        if asked is not None and real is not None and real < asked and not math.isclose(real, asked):
            yield warning("dropout_off", (name,), name=name, asked=asked, real=real)


def dropout_unproven(evidence: Evidence) -> Iterator[Caveat]:
    """Adapters without a certificate whose configuration names a dropout that may never have taken effect."""
    for name, asked in (evidence.manifest.configured_dropout or {}).items():
        if asked > 0 and name not in evidence.manifest.trainings:
            yield warning("dropout_unproven", (name,), name=name, asked=asked)


def unlike_rewards(evidence: Evidence) -> Iterator[Caveat]:
    """Curves of rewards by different methods: a DPO reward and an ORPO reward are not on one scale."""
    methods = {name: training.method for name, training in evidence.manifest.trainings.items()}
    methods |= {name: variant.method for name, variant in evidence.run.variants.items() if variant.method}
    drawn = {curve.variant for curve in evidence.run.curves if curve.key.startswith("rewards/")}
    found = {name: method for name, method in methods.items() if name in drawn}
    if len(set(found.values())) > 1:
        yield warning("rewards_not_comparable", tuple(found))


def unlike_served(evidence: Evidence) -> Iterator[Caveat]:
    """Full models whose weights are not served in what the base is served in."""
    base = evidence.manifest.base.precision
    for name, model in (evidence.manifest.models or {}).items():
        if model.precision != base:
            yield warning("model_precision_differs", (name,), name=name, own=model.precision, base=base)


def _data(training: Certificate) -> Stated | None:
    data = training.data
    if data.digest is None:
        return None
    values = {"source": PurePath(data.source or "?").name, "digest": _short(data.digest)}
    if data.trained_on is None:
        return Stated(data.digest, "data_uncounted", values)
    return Stated(data.digest, "data", {**values, "rows": data.trained_on})


def _base(training: Certificate) -> Stated | None:
    base = training.base
    if base.digest is None:
        return None
    return Stated(base.digest, "base", {"name": base.name or "?", "digest": _short(base.digest)})


def _prompt(training: Certificate) -> Stated | None:
    prompt, system = training.prompt, training.prompt.line
    if prompt.sha256 is None:
        return None
    values = {"name": prompt.name or "?", "digest": _short(prompt.sha256)}
    if system is None:
        return Stated((prompt.sha256, system), "prompt_free", values)
    return Stated((prompt.sha256, system), "prompt", {**values, "system": _brief(system)})


def _setting(key: str, training: Certificate) -> Stated | None:
    value = training.hyperparameters.get(key)
    return None if value is None else Stated(value, "setting", {"value": value})


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
