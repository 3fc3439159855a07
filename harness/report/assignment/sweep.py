"""The extra experiments as a sweep made them: ranked, drawn along each setting, with the settings that took effect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.report import Material
from harness.report.assignment.theory import shown
from harness.report.assignment.view import Grid, SweptSettings
from harness.report.sweep import sweep_section, value_text, values_text
from harness.store import Certificate

_COLUMNS = ("learning_rate", "lora_dropout_asked", "lora_dropout", "r", "beta", "steps", "seed")


def swept(material: Material) -> SweptSettings | None:
    """None where the run is none of a sweep."""
    section = sweep_section(material)
    if section is None:
        return None
    say, effective = material.say, {name: _effective(found) for name, found in _certificates(material).items()}
    head = tuple(say(f"assignment.sweep.{key}") if key.startswith("lora_dropout") else key for key in _COLUMNS)
    rows = tuple((name, *(value_text(row.get(key)) for key in _COLUMNS)) for name, row in effective.items())
    caption = say("assignment.sweep.caption", n=len(rows))
    settings = Grid(caption, (say("assignment.experiments.training"), *head), rows, figures=True, id="swept")
    return SweptSettings(section, settings, _dropout(material, effective))


def _certificates(material: Material) -> dict[str, Certificate]:
    """Of the sweep's trainings that were evaluated, in the sweep's order."""
    trainings = material.manifest.trainings
    named = (str(row["name"]) for row in (material.sweep or {}).get("trainings", ()))
    return {name: trainings[name] for name in named if name in trainings}


def _effective(certificate: Certificate) -> dict[str, Any]:
    return {**certificate.hyperparameters, "steps": certificate.steps}


def _dropout(material: Material, effective: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """What a stock run would have trained instead, and whether what was asked for took effect."""
    say = material.say
    asked = {row["lora_dropout_asked"] for row in effective.values() if row.get("lora_dropout_asked")}
    if not asked:
        return ()
    found = sorted({float(row["lora_dropout"]) for row in effective.values() if row.get("lora_dropout") is not None})
    values = {
        "asked": values_text(sorted(asked), say),
        "found": values_text(found, say),
    }
    other = [
        say(
            "assignment.lora.dropout",
            name=name,
            asked=shown(row["lora_dropout_asked"]),
            value=shown(row["lora_dropout"]),
        )
        for name, row in effective.items()
        if row.get("lora_dropout_asked") not in (None, row.get("lora_dropout"))
    ]
    return (say("assignment.sweep.dropout", **values), *other)
