"""What LoRA is, and how large this run's adapters are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.records import Variant
from harness.report import Grid, Material, shown
from harness.report.assignment.formulas import formula, rich
from harness.report.assignment.theory import NUMBERS, dropout_note
from harness.report.assignment.view import Block, Theory
from harness.store import ADAPTER_CONFIG, Certificate, RecordedSettings, Run, read_json
from harness.words import numerals

_FORMULA = (
    r"h=W_0\,x+\frac{\alpha}{r}\,B\,A\,x,\qquad W_0\in\mathbb{R}^{d\times k},\;"
    r"B\in\mathbb{R}^{d\times r},\;A\in\mathbb{R}^{r\times k},\quad r\ll\min(d,k)"
)
_COUNT = r"N_{\mathrm{LoRA}}=\sum_{W\in\mathrm{targets}}r\,(d_W+k_W)"
_MEMORY = r"M=N_{\mathrm{LoRA}}\times\left(b_{\mathrm{weight}}+b_{\mathrm{gradient}}+b_{\mathrm{optimizer}}\right)"
_SHAPES: Mapping[str, tuple[int, Mapping[str, tuple[int, int]]]] = {
    # Jiang et al. 2023 (arXiv 2310.06825), table 1: 32 layers, hidden 4096, 8 key-value heads of 128, MLP 14336.
    "mistral-7b": (
        32,
        {
            "q_proj": (4096, 4096), "k_proj": (1024, 4096), "v_proj": (1024, 4096), "o_proj": (4096, 4096),
            "gate_proj": (14336, 4096), "up_proj": (14336, 4096), "down_proj": (4096, 14336),
        },
    ),
}  # fmt: skip
"""Layers and (d, k) of each matrix, for configurations that come without a count."""


def lora(material: Material, run: Run) -> Theory:
    """The idea, its formulas, a table of this run's adapters, and what they cost."""
    say = material.say

    def text(key: str) -> Block:
        return Block(rich(say(f"assignment.lora.{key}"), NUMBERS))

    def picture(tex: str, number: str) -> Block:
        return Block(formula=formula(tex, say(f"assignment.formula.{number}")), number=number)

    blocks = (text("idea"), picture(_FORMULA, "7"), text("parts"), text("count"), picture(_COUNT, "8"))
    memory = (text("memory"), picture(_MEMORY, "9"), text("qlora"))
    grid, notes = _adapters(material, run)
    return Theory((*blocks, *memory), (grid,) if grid else (), tuple(map(Block, notes)))


def adapters_of(material: Material, run: Run) -> tuple[dict[str, dict[str, Any]], bool]:
    """(what is known of the adapters by name, whether certificates say it); else by the configuration's file name."""
    certified = _certificates(material)
    if certified:
        return {name: _certified(found) for name, found in certified.items()}, True
    paths = (_config_beside(variant, run) for variant in material.tuned)
    path = next((path for path in paths if path is not None), None)
    return ({}, False) if path is None else ({path.name: _configured(read_json(path))}, False)


def _certificates(material: Material) -> dict[str, Certificate]:
    trainings = material.manifest.trainings
    return {variant.name: trainings[variant.name] for variant in material.tuned if variant.name in trainings}


def _adapters(material: Material, run: Run) -> tuple[Grid | None, list[str]]:
    """A table of them, and sentences: those with names and figures in them are plain text, which nothing sets."""
    say, (adapters, is_certified) = material.say, adapters_of(material, run)
    if is_certified:
        return _grid(material, adapters), _costs(material, _certificates(material))
    for name, found in adapters.items():
        note = say("assignment.lora.config", path=name)
        notes = [note, *([say("assignment.lora.counted")] if found.get("count") else [])]
        return _grid(material, adapters), [rich(note, NUMBERS) for note in notes]
    return None, [rich(say("assignment.lora.unknown"), NUMBERS)]


def _certified(certificate: Certificate) -> dict[str, Any]:
    settings = certificate.hyperparameters
    keys = ("r", "lora_alpha", "lora_dropout", "lora_dropout_asked", "target_modules")
    return {
        **{key: settings.get(key) for key in keys},
        "count": certificate.trainable_parameters,
        "optim": settings.get("optim"),
        "dtype": certificate.dtype,
        "quantization": certificate.quantization,
        "device": certificate.device,
        "peak": certificate.peak_memory_bytes,
    }


def _configured(config: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: config.get(key) for key in ("r", "lora_alpha", "target_modules")}
    if isinstance(found["target_modules"], list):
        found["target_modules"] = sorted(found["target_modules"])
    # TRL switches dropout off behind a configuration's back: what it says is what was asked for.
    return {**found, "configured_dropout": config.get("lora_dropout"), "count": count_parameters(config)}


def count_parameters(config: Mapping[str, Any]) -> int | None:
    """r·(d + k) over every targeted matrix of a base whose shapes are known; None where they are not."""
    name, rank, targets = str(config.get("base_model_name_or_path")), config.get("r"), config.get("target_modules")
    known = next((shapes for model, shapes in _SHAPES.items() if model in name.casefold()), None)
    if known is None or not isinstance(rank, int) or not isinstance(targets, list):
        return None
    layers, shapes = known
    if not set(targets) <= set(shapes):
        return None
    return layers * sum(rank * sum(shapes[target]) for target in targets)


def _config_beside(variant: Variant, run: Run) -> Path | None:
    """An adapter_config.json in the run folder, in the adapter's, or beside the recorded answers."""
    path = Path(variant.path) if variant.path else None
    folders = [run.path, *([path, path.parent, path.parent.parent] if path else [])]
    return next((folder / ADAPTER_CONFIG for folder in folders if (folder / ADAPTER_CONFIG).is_file()), None)


def settings_beside(material: Material, run: Run) -> RecordedSettings | None:
    """What the adapter_config.json beside the run's files says, which its trainings had in common; None without one."""
    found = (path for variant in material.tuned if (path := _config_beside(variant, run)) is not None)
    path = next(found, None)
    if path is None:
        return None
    config = read_json(path)
    named = {"base": config.get("base_model_name_or_path")}
    known = {key: config.get(key) for key in ("r", "lora_alpha", "lora_dropout", "target_modules")} | named
    if isinstance(known["target_modules"], list):
        known["target_modules"] = sorted(known["target_modules"])
    values = {key: value for key, value in known.items() if value is not None}
    return RecordedSettings(values=values, sources=dict.fromkeys(values, path.name))


def _grid(material: Material, adapters: Mapping[str, Mapping[str, Any]]) -> Grid:
    say = material.say
    known_rows = ((key, cells) for key, cells in _rows(adapters).items() if set(cells) != {numerals.NOTHING})
    rows = [(say(f"assignment.lora.row.{key}"), *cells) for key, cells in known_rows]
    counts = [found.get("count") for found in adapters.values()]
    known = [f"{name} {numerals.number(count)}" for name, count in zip(adapters, counts, strict=True) if count]
    plain = say("assignment.lora.caption_plain")
    caption = say("assignment.lora.caption", counts=say.listed(known)) if known else plain
    return Grid(caption, (say("assignment.row"), *adapters), tuple(rows), figures=True, id="adapters")


def _rows(adapters: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    found = list(adapters.values())
    return {
        "r": [shown(it.get("r")) for it in found],
        "lora_alpha": [shown(it.get("lora_alpha")) for it in found],
        "scale": [_scale(it) for it in found],
        "lora_dropout": [_dropout(it) for it in found],
        "lora_dropout_asked": [shown(it.get("configured_dropout")) for it in found],
        "target_modules": [shown(it.get("target_modules")) for it in found],
        "count": [shown(it.get("count")) for it in found],
        "state": [_megabytes(state_bytes(it.get("count"), it.get("optim"))) for it in found],
        "quantization": [shown(it.get("quantization")) for it in found],
        "dtype": [shown(it.get("dtype")) for it in found],
        "device": [shown(it.get("device")) for it in found],
        "peak": [_megabytes(it.get("peak")) for it in found],
    }


def _scale(adapter: Mapping[str, Any]) -> str:
    rank, alpha = adapter.get("r"), adapter.get("lora_alpha")
    return numerals.compact(alpha / rank) if rank and alpha else numerals.NOTHING


def _dropout(adapter: Mapping[str, Any]) -> str:
    """The effective value, and the one asked for where that is another."""
    value, asked = adapter.get("lora_dropout"), adapter.get("lora_dropout_asked")
    return shown(value) if asked in (None, value) else f"{shown(value)} ({shown(asked)})"


def state_bytes(count: int | None, optimizer: str | None) -> int | None:
    """Weights and gradients in float32 and AdamW's two moments: 16 bytes a parameter, 10 with 8-bit moments.

    None of another optimizer, which holds something else.
    """
    name = (optimizer or "adamw").removeprefix("paged_")
    if not count or not name.startswith("adamw") or "4bit" in name:
        return None
    return count * (10 if optimizer and "8bit" in optimizer else 16)


def _megabytes(size: int | None) -> str:
    return numerals.NOTHING if not size else f"{numerals.number(size / 1e6, 1 if size < 1e8 else 0)} MB"


def _costs(material: Material, certified: Mapping[str, Certificate]) -> list[str]:
    say, notes = material.say, []
    for name, found in certified.items():
        adapter = _certified(found)
        if state := state_bytes(adapter["count"], adapter["optim"]):
            count, optim = adapter["count"], adapter["optim"] or "AdamW"
            sizes = {"count": numerals.number(count), "each": state // count, "size": _megabytes(state)}
            notes.append(say("assignment.lora.cost", name=name, optim=optim, **sizes))
        notes += dropout_note(name, adapter, say)
    return notes
