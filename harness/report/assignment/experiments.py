"""Extra experiments: what each other training changed in its effective settings, and what changed in its answers."""

from __future__ import annotations

import math
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from harness.comparing import called, level_text, measures
from harness.report import Grid, Material, Numbers, beside, compared, compared_heads, shown
from harness.report.assignment.lora import settings_beside
from harness.report.assignment.sweep import swept
from harness.report.assignment.theory import dropout_note
from harness.report.assignment.trainings import Trained, asked_in, find_trainings, identity, name_in
from harness.report.assignment.view import Experiments
from harness.report.experiments import known_settings, recorded_section
from harness.store import RecordedSettings, Run
from harness.words import numerals

_SHOWN = ("learning_rate", "beta", "r", "lora_alpha", "lora_dropout", "epochs", "steps", "seed")
_HASHES = ("data", "base", "prompt")
_NOT_SETTINGS = ("lora_dropout_asked", "steps", "epochs")
"""Follow from others, or took no effect."""
_BESIDE = 6
_USUAL = ("dpo", "orpo")
_DROPOUT = 0.1
_CARRIED = (
    "base", "data", "quantization", "learning_rate", "beta", "r", "lora_alpha", "lora_dropout", "target_modules",
    "num_train_epochs", "max_steps", "per_device_train_batch_size", "gradient_accumulation_steps", "max_length",
    "lr_scheduler_type", "warmup_steps", "warmup_ratio", "seed",
)  # fmt: skip
"""Settings of this run that a proposed training repeats."""
Cells = tuple[Markup | str, ...]


def experiments(material: Material, run: Run) -> Experiments:
    """A sweep's trainings, then every other one found; without any, the commands that add one."""
    say, of_sweep = material.say, swept(material)
    beside_it = settings_beside(material, run)
    recorded = recorded_section(material, run, beside_it)
    main, found = find_trainings(run)
    names = {str(row["name"]) for row in (material.sweep or {}).get("trainings", ())}
    others = [trained for trained in found if not (trained.name in names and asked_in(trained, run))]
    if not others and (of_sweep is not None or recorded is not None):
        return Experiments((), (), (), (), (), "", of_sweep, recorded)
    if not others:
        add = tuple(_commands(material, main, beside_it))
        unsaid = [word for word in ("BASE", "DATA") if any(f"={word}" in command for command in add)]
        told = [say("assignment.experiments.none"), say("assignment.experiments.elsewhere")]
        told += [say("assignment.experiments.placeholder", names=say.listed(unsaid))] if unsaid else []
        return Experiments(tuple(told), (), (), (), add, say("assignment.experiments.add"))
    reference = {trained.method: trained for trained in main}
    effects = [row for trained in others for row in _effects(material, trained, reference.get(trained.method))]
    unasked = [trained.name for trained in others if not trained.asked]
    lead = (say("assignment.experiments.lead", n=len(others)), say("assignment.experiments.one_seed"))
    return Experiments(
        lead=lead,
        settings=tuple(_settings(material, reference, group) for group in beside(others, _BESIDE)),
        effects=(_effect_table(material, effects),) if effects else (),
        notes=tuple(note for trained in others for note in _notes(material, trained, reference.get(trained.method))),
        commands=tuple(_ask(material, main, unasked)) if unasked else (),
        commands_lead=say("assignment.experiments.unasked", names=say.listed(unasked)) if unasked else "",
        swept=of_sweep,
        recorded=recorded,
    )


def _settings(material: Material, reference: Mapping[str, Trained], group: Sequence[Trained]) -> Grid:
    """A row a training: what differs from the run's own training of that method, then the usual settings."""
    say = material.say
    head = (say("assignment.experiments.training"), say("assignment.experiments.changed"), *_SHOWN)
    mine = [(it, say("assignment.experiments.reference")) for it in reference.values()]
    theirs = [(it, _changed(material, it, reference.get(it.method))) for it in group]
    rows = [
        (f"{trained.name} ({trained.method.upper()})", text, *(shown(trained.settings.get(key)) for key in _SHOWN))
        for trained, text in [*mine, *theirs]
    ]
    return Grid(say("assignment.experiments.caption"), head, tuple(rows), figures=True, id="settings")


def differences(trained: Trained, reference: Trained) -> dict[str, tuple[Any, Any]]:
    """Effective settings that are not the reference's: (reference's, its own)."""
    keys = dict.fromkeys([*reference.settings, *trained.settings])
    return {
        key: (reference.settings.get(key), trained.settings.get(key))
        for key in keys
        if key not in _NOT_SETTINGS and reference.settings.get(key) != trained.settings.get(key)
    }


def _changed(material: Material, trained: Trained, reference: Trained | None) -> str:
    say = material.say
    if reference is None:
        return say("assignment.experiments.no_reference")
    found = differences(trained, reference)
    if not found:
        return say("assignment.experiments.same")
    return say.listed(
        say(f"assignment.experiments.other_{key}") if key in _HASHES else f"{key} {shown(before)} → {shown(after)}"
        for key, (before, after) in found.items()
    )


def _effects(material: Material, trained: Trained, reference: Trained | None) -> Iterator[Cells]:
    """The comparisons of each run that asked it: to this run's training of that method, or to the base without one."""
    for here in trained.asked:
        name = name_in(here, identity(trained.certificate))
        against = name_in(here, identity(reference.certificate)) if reference is not None else None
        base = next((it.name for it in here.summary.variants if it.kind == "base"), here.summary.variants[0].name)
        if name is not None:
            yield from _rows(material, here, against or base, name)


def _rows(material: Material, here: Run, baseline: str, name: str) -> Iterator[Cells]:
    say, numbers = material.say, Numbers(here.summary)
    for measure in measures(here.summary, {}):
        row = numbers.between(baseline, name, measure) if measure.headline else None
        if row is not None:
            ends = (numbers.level(variant, measure) for variant in (row.baseline, row.variant))
            levels = " → ".join(level_text(level, measure, say) for level in ends)
            pair = f"{row.variant} − {row.baseline} ({here.id})"
            yield pair, called(measure, say), levels, *compared(row, measure, numbers, say)


def _effect_table(material: Material, rows: Sequence[Cells]) -> Grid:
    say = material.say
    head = (*(say(f"assignment.experiments.{word}") for word in ("pair", "measure", "levels")), *compared_heads(say))
    clause = say("list.clause")
    counts = Counter(str(row[-1]).partition(clause)[0] for row in rows)
    others = counts.pop(numerals.NOTHING, 0)
    found = say.listed(say("changes.verdict_count", n=many, verdict=verdict) for verdict, many in counts.items())
    effects = say("assignment.experiments.effects", n=counts.total(), found=found)
    caption = say.text([
        effects if counts else say("assignment.experiments.no_effects"),
        say("assignment.experiments.others", n=others) if others else "",
    ])  # fmt: skip
    return Grid(caption, head, tuple(rows), figures=True, id="effects")


def _notes(material: Material, trained: Trained, reference: Trained | None) -> Iterator[str]:
    """What the names of the experiments would hide."""
    say = material.say
    yield from dropout_note(trained.name, trained.settings, say)
    if reference is None:
        return
    found = differences(trained, reference)
    if not found:
        yield say("assignment.experiments.identical", name=trained.name, other=reference.name)
    elif len(found) > 1:
        yield say("assignment.experiments.several", name=trained.name, n=len(found), keys=say.listed(found))
    direct = any(name_in(here, identity(reference.certificate)) for here in trained.asked)
    if trained.asked and not direct:
        yield say("assignment.experiments.indirect", name=trained.name, other=reference.name)


def _commands(material: Material, main: Sequence[Trained], beside: RecordedSettings | None) -> Iterator[str]:
    """One command a usual experiment, with this run's own settings but for one, and the one that asks them all."""
    names = [trained.name for trained in main] or [it.name for it in material.tuned if it.method in _USUAL]
    first = next((it for it in material.tuned if it.name in names), None)
    method = (main[0].method if main else first.method if first else None) or _USUAL[0]
    carried = _carried({} if first is None else known_settings(material, first, beside).values)
    rate, rank, epochs = carried.get("learning_rate"), carried.get("r"), carried.get("num_train_epochs") or 1
    changes: dict[str, dict[str, Any]] = {
        f"{method}-lr": {"learning_rate": 2 * rate if isinstance(rate, float) else 1e-5},
        f"{method}-dropout": {"lora_dropout": 0.05 if carried.get("lora_dropout") == _DROPOUT else _DROPOUT},
        f"{method}-rank": {"r": 2 * rank if isinstance(rank, int) else 8},
        f"{method}-epochs": {"num_train_epochs": 1 + math.ceil(epochs), "max_steps": None},
    }
    if not main:
        yield _training(method, "", carried)
    for name, change in changes.items():
        yield _training(method, name, {**carried, **change})
    own = [trained.name for trained in main] or [method]
    yield f"harness evaluate --adapters {','.join([*own, *changes])} --suite {_suite(material)}"
    yield f"harness import --run {material.summary.run} --experiment NAME=ANSWERS,CURVES,SETTINGS"
    yield _again(material)


def _carried(known: Mapping[str, Any]) -> dict[str, Any]:
    """What of this run's settings a training beside it takes; a word in capitals where nothing recorded them."""
    found = {key: known[key] for key in _CARRIED if known.get(key) not in (None, [], "")}
    if found.get("quantization") == "4-bit":
        found["quantization"] = "nf4"
    steps = found.get("max_steps")
    if isinstance(steps, int) and steps > 0:
        found.pop("num_train_epochs", None)
    else:
        found.pop("max_steps", None)
    return {"base": "BASE", "data": "DATA", **found}


def _training(method: str, name: str, settings: Mapping[str, Any]) -> str:
    sets = (f"--set {shlex.quote(f'{key}={_said(value)}')}" for key, value in settings.items() if value is not None)
    return " ".join(["harness train", method, *([f"--name {name}"] if name else []), *sets])


def _said(value: Any) -> str:
    """As --set takes it."""
    if isinstance(value, list | tuple):
        return f"[{','.join(map(str, value))}]"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _ask(material: Material, main: Sequence[Trained], unasked: Sequence[str]) -> Iterator[str]:
    names = ",".join([*(trained.name for trained in main), *unasked])
    yield f"harness evaluate --adapters {names} --suite {_suite(material)}"
    yield _again(material)


def _suite(material: Material) -> str:
    return material.manifest.suite.argument


def _again(material: Material) -> str:
    return f"harness report {material.summary.run} --template assignment --lang {material.say.argument}"
