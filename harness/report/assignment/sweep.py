"""The extra experiments as a sweep made them: ranked, drawn along each setting, with the settings that took effect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.report import Grid, Material
from harness.report.assignment.theory import dropout_note
from harness.report.assignment.view import SweptSettings
from harness.report.sweep import sweep_section, value_text, values_text

_COLUMNS = ("learning_rate", "lora_dropout_asked", "lora_dropout", "r", "beta", "steps", "seed")


def swept(material: Material) -> SweptSettings | None:
    """None where the run is none of a sweep."""
    section = sweep_section(material)
    if section is None:
        return None
    say, trainings = material.say, material.manifest.trainings
    # Of the sweep's trainings that were evaluated, in the sweep's order.
    named = (str(row["name"]) for row in (material.sweep or {}).get("trainings", ()))
    found = {name: trainings[name] for name in named if name in trainings}
    effective = {name: {**it.hyperparameters, "steps": it.steps} for name, it in found.items()}
    head = tuple(say(f"assignment.sweep.{key}") if key.startswith("lora_dropout") else key for key in _COLUMNS)
    rows = tuple((name, *(value_text(row.get(key)) for key in _COLUMNS)) for name, row in effective.items())
    caption = say("assignment.sweep.caption", n=len(rows))
    settings = Grid(caption, (say("assignment.experiments.training"), *head), rows, figures=True, id="swept")
    return SweptSettings(section, settings, _dropout(material, effective))


def _dropout(material: Material, effective: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """What a stock run would have trained instead, and whether what was asked for took effect."""
    say = material.say
    asked = {row["lora_dropout_asked"] for row in effective.values() if row.get("lora_dropout_asked")}
    if not asked:
        return ()
    found = sorted({float(row["lora_dropout"]) for row in effective.values() if row.get("lora_dropout") is not None})
    told = say("assignment.sweep.dropout", asked=values_text(sorted(asked), say), found=values_text(found, say))
    return (told, *(note for name, row in effective.items() for note in dropout_note(name, row, say)))
