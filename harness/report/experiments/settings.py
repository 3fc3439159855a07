"""What each experiment changed, and all settings side by side with those of the training that it changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from markupsafe import Markup, escape

from harness.report import Grid, Material, beside, shown
from harness.report.experiments.trained import LOG, Beside, KnownSettings, alike
from harness.words import Words, numerals

_ALWAYS = (
    "base", "learning_rate", "beta", "r", "lora_alpha", "lora_dropout", "steps", "epochs",
)  # fmt: skip
"""Settings that a reader looks for, known or not."""
_LAST = ("steps", "epochs")
_TOLD = ("lora_dropout_asked", "method")
"""What notes say in words, and the table's head."""
_COLUMNS = 4
"""Trainings beside each other in a table."""


def changed_grid(material: Material, experiments: Sequence[Beside]) -> Grid:
    """A row an experiment: from what to what, compared with which training, and why, in its author's words."""
    say = material.say
    head = tuple(say(f"assignment.recorded.{word}") for word in ("experiment", "against", "changed", "why", "seeds"))
    rows = []
    for it in experiments:
        name = say("assignment.recorded.named", name=it.name, method=it.method) if it.method else it.name
        rows.append((name, _against(it, say), changed_text(it, say), _why(it, say), "1"))
    caption = say.counted("assignment.recorded.changed_caption", len(rows), numerals.number(len(rows)))
    return Grid(caption, head, tuple(rows), id="changed")


def changed_text(it: Beside, say: Words) -> str:
    """learning_rate 5 × 10⁻⁶ → 1 × 10⁻⁶; or that nothing, or no setting, is known to differ."""
    if it.reference is None:
        return say("assignment.recorded.no_reference")
    found = it.changed()
    told = [_change(key, before, after, say) for key, (before, after) in found.items()]
    if it.own_base and "base" not in found:
        told.insert(0, say("assignment.recorded.other_base", base=it.own_base))
    if told:
        return say.listed(told, key="list.clause")
    return say("assignment.recorded.nothing_known" if it.one_sided() else "assignment.recorded.nothing")


def settings_grids(material: Material, experiments: Sequence[Beside]) -> Iterator[Grid]:
    """A table a training of the run, with the experiments that change it: a row a setting, what differs in bold."""
    say = material.say
    for against, group in by_against(experiments).items():
        reference = group[0].reference
        for part in beside([it.settings for it in group], _COLUMNS - 1):
            columns = [*([reference] if reference else []), *part]
            yield _grid(say, against, columns, reference)


def settings_notes(material: Material, experiments: Sequence[Beside]) -> Iterator[str]:
    """What the tables would hide: what a log is not, and a dropout that may not have taken effect."""
    say = material.say
    every = [*(it.settings for it in experiments), *(it.reference for it in experiments if it.reference)]
    if any(LOG in known.sources.values() for known in every):
        yield say("assignment.recorded.off_the_log")
    asked = {it.name: it for it in experiments if "lora_dropout" in it.changed()}
    for it in asked.values():
        said, value = it.settings.values.get("lora_dropout_asked"), it.settings.values.get("lora_dropout")
        if said not in (None, value):
            yield say("assignment.lora.dropout", name=it.name, asked=shown(said), value=shown(value))
    open_ = [name for name, it in asked.items() if not dropout_is_known(it.settings)]
    if open_:
        yield say("assignment.recorded.dropout", names=say.listed(open_))


def dropout_is_known(known: KnownSettings) -> bool:
    """Whether the dropout is the one that took effect: read off the modules, or with TRL's switch left off."""
    return known.told("lora_dropout_asked") or known.values.get("disable_dropout") is False


def by_against(experiments: Sequence[Beside]) -> dict[str, list[Beside]]:
    """The experiments by the training that they change; "" for those that change none."""
    found: dict[str, list[Beside]] = {}
    for it in experiments:
        found.setdefault(it.reference.name if it.reference else "", []).append(it)
    return found


def value_text(key: str, value: Any, say: Words) -> str:
    """A setting's value as it is read; what nobody says is told as that."""
    return say("assignment.recorded.unknown") if value is None else shown(value)


def _change(key: str, before: Any, after: Any, say: Words) -> str:
    ends = {"before": value_text(key, before, say), "after": value_text(key, after, say)}
    return say("assignment.recorded.change", setting=key, **ends)


def _against(it: Beside, say: Words) -> str:
    if it.reference is None:
        return it.held.told.base
    if it.own_base:
        return say("assignment.recorded.against_own", other=it.reference.name, base=it.own_base)
    return it.reference.name


def _why(it: Beside, say: Words) -> str:
    return say("assignment.recorded.quoted", text=it.held.told.why) if it.held.told.why else numerals.NOTHING


def _grid(say: Words, against: str, columns: Sequence[KnownSettings], reference: KnownSettings | None) -> Grid:
    every = dict.fromkeys(key for known in columns for key in known.values if known.told(key) and key not in _TOLD)
    keys = [key for key in every if key not in _LAST]
    core = [key for key in _ALWAYS if key not in _LAST and (key in keys or key in _ALWAYS[1:6])]
    others = [key for key in keys if key not in core]
    same = [key for key in others if _same(columns, key)]
    listed = [*core, *(key for key in others if key not in same), *(key for key in _LAST if key in every)]
    rows = [(key, *(_cell(say, known, reference, key) for known in columns)) for key in listed]
    rows.append((say("assignment.recorded.source"), *(_sources(known, say) for known in columns)))
    head = (say("assignment.setting"), *(known.name for known in columns))
    said = [
        say("assignment.recorded.settings", name=against) if reference else say("assignment.recorded.settings_alone")
    ]
    if same:
        found = say.listed(
            say("assignment.recorded.is", setting=key, value=shown(_first(columns, key))) for key in same
        )
        said.append(say("assignment.recorded.alike", found=found))
    return Grid(
        say.text(said), head, tuple(rows), figures=True, id=f"settings-{against}" if against else "settings-other"
    )


def _same(columns: Sequence[KnownSettings], key: str) -> bool:
    values = [known.values[key] for known in columns if known.told(key)]
    return all(alike(values[0], value) for value in values[1:])


def _first(columns: Sequence[KnownSettings], key: str) -> Any:
    return next(known.values[key] for known in columns if known.told(key))


def _cell(say: Words, known: KnownSettings, reference: KnownSettings | None, key: str) -> Markup | str:
    value = known.values.get(key)
    if value is None:
        return say("assignment.recorded.unknown")
    text = shown(value)
    if known.sources.get(key) == LOG and key not in _LAST:
        text = say("assignment.recorded.of_log", value=text)
    differs = reference is not None and known is not reference and reference.told(key)
    if differs and reference is not None and not alike(reference.values[key], value):
        return Markup("<strong>{}</strong>").format(escape(text))
    return text


def _sources(known: KnownSettings, say: Words) -> str:
    found = dict.fromkeys(known.sources[key] for key in known.values if key not in _LAST and key in known.sources)
    words = {LOG: say("assignment.recorded.source_log"), "": say("assignment.recorded.source_author")}
    return say.listed(words.get(source, source) for source in found) or numerals.NOTHING
