"""The three sentences at the end of the sections on the methods, their comparison, LoRA and the answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.records import Variant
from harness.report import Material
from harness.report.lessons.claims import (
    Compared,
    against_base,
    decided,
    listed,
    of_verdict,
    open_ones,
    plain,
    primary,
    told,
)
from harness.report.lessons.view import Lesson
from harness.report.summary import shortfall_sentence
from harness.words import Words, numerals

_CUT = ("truncated", "answers_cut")
"""Warnings by which lengths are lower bounds."""


def methods_end(material: Material) -> Iterator[Lesson]:
    """Each method by its source, then what steered it in this run's trainings."""
    say = material.say
    yield Lesson(say("lesson.methods.dpo"), sourced=True)
    yield Lesson(say("lesson.methods.orpo"), sourced=True)
    # Answers of other models have no method, and were trained by nobody here.
    trained = [variant for variant in material.tuned if variant.method]
    known = {variant.name: clause for variant in trained if (clause := _steered(material, variant))}
    unknown = [variant.name for variant in trained if variant.name not in known]
    said = []
    if known:
        clauses = say.listed(known.values())
        said.append(say("lesson.methods.settings", clauses=clauses))
    if unknown:
        said.append(say("lesson.methods.unrecorded", names=say.listed(unknown)))
    yield Lesson(say.text(said) or say("lesson.untuned", base=material.base.name))


def _steered(material: Material, variant: Variant) -> str:
    """As dpo (learning rate 5 × 10⁻⁶, β 0.1); empty where no certificate says so."""
    say, certificate = material.say, material.manifest.trainings.get(variant.name)
    settings = certificate.hyperparameters if certificate is not None else {}
    keys = {"beta": "training.beta", "learning_rate": "training.rate"}
    found = {key: settings.get(key) for key in keys}
    told = [
        say(keys[key], value=numerals.compact(float(value)))
        for key, value in found.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]
    return say("lesson.set", name=variant.name, what=say.listed(told)) if told else ""


def comparison_end(material: Material, pair: tuple[str, str] | None, rows: Sequence[Compared]) -> Iterator[Lesson]:
    """What sets the methods apart by their sources, and what two checkpoints of this run measured.

    pair: the DPO and the ORPO checkpoint, in the run's order; rows: the differences between them.
    """
    say = material.say
    yield Lesson(say("lesson.comparison.built"), sourced=True)
    if pair is None:
        yield Lesson(say("lesson.comparison.no_pair"))
        yield Lesson(say("lesson.comparison.so"))
        return
    first, second = pair
    names = {"first": first, "second": second}
    sought = primary(rows)
    found, rest = decided(sought), [each for each in sought if each not in decided(sought)]
    if not sought:
        yield Lesson(say("lesson.comparison.uncompared", **names))
    elif found:
        clauses = listed(found, told(found, say, named=False), say)
        yield Lesson(say("lesson.comparison.decided", clauses=clauses, **names))
    else:
        yield Lesson(say.counted("lesson.comparison.undecided", len(sought), **names))
    scope = say("lesson.comparison.scope", **names)
    yield Lesson(say.text([_left(material, rest, named=False), scope]))


def _left(material: Material, rest: Sequence[Compared], named: bool = True) -> str:
    """What was not decided, and what is unchanged; empty where nothing is left."""
    say = material.say
    undecided, same = of_verdict(rest, "undecided"), of_verdict(rest, "unchanged")
    said = []
    if undecided:
        clauses = listed(undecided, open_ones(undecided, material.numbers.family, say, named), say)
        said.append(say("lesson.left_open", clauses=clauses))
    if same:
        said.append(say("lesson.unchanged", clauses=listed(same, plain(same, say, named), say)))
    return say.text(said)


def lora_end(material: Material, adapters: Mapping[str, Mapping[str, Any]], certified: bool) -> Iterator[Lesson]:
    """The idea by its source, the size of this run's adapters, and what is known of their dropout.

    adapters: what a certificate or an adapter_config.json says, by name; certified: whether it is certificates.
    """
    say = material.say
    yield Lesson(say("lesson.lora.idea"), sourced=True)
    if not adapters:
        yield Lesson(say("lesson.lora.unrecorded"))
        yield Lesson(say("lesson.lora.so"))
        return
    sizes = "lesson.lora.sizes" if certified else "lesson.lora.configured"
    yield Lesson(say(sizes, clauses=_alike(adapters, _size, say)))
    yield Lesson(say("lesson.lora.dropouts", clauses=_alike(adapters, _dropout if certified else _configured, say)))


def _alike(adapters: Mapping[str, Mapping[str, Any]], clause: Any, say: Words) -> str:
    """A clause each; those that say the same share one."""
    by_text: dict[str, list[str]] = {}
    for name, found in adapters.items():
        by_text.setdefault(clause(found, say), []).append(name)
    told = (say("lesson.set", name=say.listed(names), what=text) for text, names in by_text.items())
    return say.listed(told, key="list.clause")


def _size(adapter: Mapping[str, Any], say: Words) -> str:
    rank, alpha, count = (adapter.get(key) for key in ("r", "lora_alpha", "count"))
    told = []
    if rank:
        told.append(say("lesson.lora.rank", r=numerals.number(rank)))
    if rank and alpha:
        told.append(say("lesson.lora.scale", alpha=numerals.compact(alpha), scale=numerals.compact(alpha / rank)))
    told.append(say("lesson.lora.count", n=numerals.number(count)) if count else say("lesson.lora.uncounted"))
    return say.listed(told)


def _dropout(adapter: Mapping[str, Any], say: Words) -> str:
    value, asked = adapter.get("lora_dropout"), adapter.get("lora_dropout_asked")
    if value is None:
        return say("lesson.lora.dropout_unknown")
    if asked in (None, value):
        return say("lesson.lora.dropout", value=numerals.compact(float(value)))
    ends = {"asked": numerals.compact(float(asked)), "value": numerals.compact(float(value))}
    return say("lesson.lora.dropout_other", **ends)


def _configured(adapter: Mapping[str, Any], say: Words) -> str:
    asked = adapter.get("configured_dropout")
    if asked is None:
        return say("lesson.lora.dropout_unknown")
    return say("lesson.lora.dropout_configured", asked=numerals.compact(float(asked)))


def answers_end(material: Material) -> Iterator[Lesson]:
    """What is decided against the base, what is not and what the sample would have shown, and how far it carries."""
    say = material.say
    if not material.tuned:
        yield Lesson(say("lesson.answers.alone", base=material.base.name))
    else:
        sought = primary(against_base(material))
        found = decided(sought)
        if not sought:
            yield Lesson(say("lesson.answers.uncompared", base=material.base.name))
        elif found:
            clauses = listed(found, told(found, say), say)
            values = {"count": str(len(found)), "base": material.base.name, "clauses": clauses}
            yield Lesson(say.counted("lesson.answers.decided", len(sought), **values))
        else:
            yield Lesson(say.counted("lesson.answers.undecided", len(sought), base=material.base.name))
        blind = shortfall_sentence(material)
        rest = [each for each in sought if each not in found and not (blind and material.numbers.is_blind(each[1]))]
        left = say.text([blind or "", _left(material, rest)])
        if left:
            yield Lesson(left)
        elif sought:
            yield Lesson(say("lesson.answers.all"))
    yield Lesson(_scope(material))


def _scope(material: Material) -> str:
    """The questions and checkpoints that all this holds for, and whether lengths are lower bounds."""
    say, n = material.say, material.summary.questions
    scope = say.counted("lesson.answers.scope", n, numerals.number(n), names=say.listed(material.marks, 6))
    cut = any(warning.code in _CUT for warning in material.summary.warnings)
    return say.text([scope, say("lesson.answers.cut") if cut else ""])
