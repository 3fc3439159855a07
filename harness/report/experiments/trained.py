"""Trainings of a run and of its experiments: their settings, what their logs show, whom they are compared with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.charts import marks
from harness.errors import HarnessError
from harness.records import METHODS, Curve, Variant
from harness.report import Material, gather
from harness.store import Certificate, HeldExperiment, RecordedSettings, Run, read_experiments

LOG = "log"
"""The source of a setting that was read off the curves."""
_FROM_CERTIFICATE = "certificate.json"
_NOT_COMPARED = ("method", "steps", "epochs", "num_train_epochs", "lora_dropout_asked", "disable_dropout")
"""Settings that follow from others, or say how others took effect; epochs are compared as they were logged."""
_CLOSE = 0.02
"""A rate that was read off a log is the first that was logged, which a schedule has lowered by then."""


@dataclass(frozen=True)
class KnownSettings:
    """What is known of one training's settings."""

    name: str
    values: Mapping[str, Any]
    sources: Mapping[str, str]
    """setting → the file that says it; LOG where it was read off the curves, "" where the author did."""

    def told(self, key: str) -> bool:
        """Whether anything says the setting."""
        return self.values.get(key) is not None


@dataclass(frozen=True)
class Beside:
    """One experiment, with what it is compared with."""

    held: HeldExperiment
    settings: KnownSettings
    reference: KnownSettings | None
    """Of the run's training that it changes; None where there is none."""
    material: Material | None
    """Its own run's; None where it has no answers."""

    @property
    def name(self) -> str:
        """The experiment's."""
        return self.held.told.name

    @property
    def method(self) -> str:
        """As it is written, for example DPO; empty where nobody says."""
        return METHODS.get(self.held.told.method or "", self.held.told.method or "")

    @property
    def own_base(self) -> str | None:
        """The name of its base, where that is another model than the run's."""
        return self.held.told.base if self.held.told.own_base else None

    @property
    def compared_with(self) -> str:
        """The variant that its scores are compared with first: the training that it changes, else its base."""
        against = self.held.told.against
        return against if against is not None and self.own_base is None else self.held.told.base

    @property
    def base_key(self) -> str:
        """What tells the answers of one base of its own from another's."""
        return str(self.held.told.identity.get(f"answers {self.own_base}", "")) if self.own_base else ""

    def changed(self) -> dict[str, tuple[Any, Any]]:
        """Settings that are known to differ from the reference's, or that only the author of this one names."""
        if self.reference is None:
            return {}
        found = {}
        for key, value in self.settings.values.items():
            before = self.reference.values.get(key)
            said = self.settings.sources.get(key) == ""
            if key not in _NOT_COMPARED and not alike(before, value) and (before is not None or said):
                found[key] = (before, value)
        return found

    def one_sided(self) -> bool:
        """Whether settings are known of one of the two alone."""
        if self.reference is None:
            return False
        keys = (self.settings.values.keys() ^ self.reference.values.keys()) - set(_NOT_COMPARED)
        return bool(keys)


def alike(first: Any, second: Any) -> bool:
    """Whether two settings are the same, numbers within what a log's first line blurs."""
    if isinstance(first, int | float) and isinstance(second, int | float) and not isinstance(first, bool):
        return math.isclose(first, second, rel_tol=_CLOSE, abs_tol=0.0)
    return bool(first == second)


def read_beside(material: Material, run: Run, beside: RecordedSettings | None) -> list[Beside]:
    """Every experiment of the run; beside: settings that lie beside the run's files, of trainings that say none."""
    held = read_experiments(run)
    for it in held:
        if it.told.answers is not None and not it.run.folder.scored:
            raise HarnessError(f"{it.run.path} was never scored. Next: harness score {run.id}")
    own = {variant.name: known_settings(material, variant, beside) for variant in material.tuned}
    return [
        Beside(
            held=it,
            settings=_known(it.told.name, it.told.settings, _curves(it)),
            reference=own.get(it.told.against or ""),
            material=None if it.told.answers is None else gather(it.run, material.say),
        )
        for it in held
    ]


def with_experiments(material: Material, experiments: Sequence[Beside]) -> Material:
    """The run's material with every experiment's mark and curves, as charts need them."""
    names = [*material.marks, *(it.name for it in experiments)]
    new = tuple(Variant(it.name, "recorded", it.held.told.method) for it in experiments)
    sources = {it.name: it.held.told.curve_source for it in experiments if it.held.told.curve_source}
    return replace(
        material,
        marks=marks(names),
        curves=(*material.curves, *(curve for it in experiments for curve in _curves(it.held))),
        summary=replace(material.summary, variants=(*material.summary.variants, *new)),
        manifest=replace(material.manifest, curve_sources={**(material.manifest.curve_sources or {}), **sources}),
    )


def _curves(held: HeldExperiment) -> list[Curve]:
    return [curve for curve in held.run.curves if curve.variant == held.told.name]


def known_settings(material: Material, variant: Variant, beside: RecordedSettings | None) -> KnownSettings:
    """What is known of the training of one of the run's variants, from its certificate or from files of others."""
    curves = [curve for curve in material.curves if curve.variant == variant.name]
    certificate = material.manifest.trainings.get(variant.name)
    if certificate:
        return _known(variant.name, _certified(certificate), curves)
    told = (material.manifest.recorded_settings or {}).get(variant.name)
    return _known(variant.name, told, curves, beside)


def _certified(certificate: Certificate) -> RecordedSettings:
    values = {
        **certificate.hyperparameters,
        "quantization": certificate.quantization,
        "base": certificate.base.name,
        "data": certificate.data.source,
    }
    known = {key: value for key, value in values.items() if value is not None}
    return RecordedSettings(values=known, sources=dict.fromkeys(known, _FROM_CERTIFICATE))


def _known(
    name: str, told: RecordedSettings | None, curves: Sequence[Curve], beside: RecordedSettings | None = None
) -> KnownSettings:
    """What files say, and what the log shows where they do not."""
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for one in (told, beside):
        for key, value in (one.values if one else {}).items():
            if key not in values and one is not None:
                values[key], sources[key] = value, one.sources.get(key, "")
    for key, value in _read_off(curves).items():
        if values.get(key) is None:
            values[key], sources[key] = value, LOG
    return KnownSettings(name, values, sources)


def _read_off(curves: Sequence[Curve]) -> dict[str, Any]:
    """The highest learning rate, the last step and epoch that were logged."""
    rates = [curve.value for curve in curves if curve.key == "learning_rate" and curve.value is not None]
    epochs = [curve.epoch for curve in curves if curve.epoch is not None]
    found: dict[str, Any] = {}
    if rates and max(rates) > 0:
        found["learning_rate"] = max(rates)
    if curves:
        found["steps"] = max(curve.step for curve in curves)
    if epochs:
        found["epochs"] = round(max(epochs), 2)
    return found
