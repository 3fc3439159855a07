"""What may be said of the experiments: sentences bound to their tests, and to one training with one seed each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from harness.comparing import Measure, called, difference_text, level_text, p_text
from harness.records import Comparison
from harness.report import Material, Numbers, pairs_text, shown
from harness.report.experiments.scores import first_rows
from harness.report.experiments.settings import by_against, dropout_is_known
from harness.report.experiments.trained import Beside, with_experiments
from harness.report.experiments.view import SaidOf
from harness.words import Words, numerals

_CHANGES = ("improved", "regressed", "shifted")
_LEAST = 2
"""Experiments on one setting from which there is an order of values to speak of."""


def what_may_be_said(material: Material, experiments: Sequence[Beside]) -> Iterator[SaidOf]:
    """Of each experiment, then of several values of one setting, then what holds of all of them."""
    say, marks = material.say, with_experiments(material, experiments).marks

    def of(group: Sequence[Beside], sentences: Iterable[str]) -> SaidOf:
        return SaidOf(tuple(marks[it.name] for it in group), tuple(sentences))

    found = [of([it], [*_of_one(it, say), *_cautions(it, material), *_ways(material, it)]) for it in experiments]
    for group in by_against(experiments).values():
        series = _series([it for it in group if not it.own_base])
        found += [of(ranked, _order(key, ranked, say)) for key, ranked in series]
    for base in dict.fromkeys(it.own_base for it in experiments if it.own_base and it.material):
        differ = say("assignment.recorded.models_differ", base=base)
        found.append(of([it for it in experiments if it.own_base == base], [differ]))
    if any(it.material is not None for it in experiments):
        found.append(
            of([], [say.counted("assignment.recorded.one_seed", len(experiments), numerals.number(len(experiments)))])
        )
    return (it for it in found if it.sentences)


def _of_one(it: Beside, say: Words) -> Iterator[str]:
    material, other = it.material, it.compared_with
    if material is None:
        yield say("assignment.recorded.no_answers", name=it.name)
        return
    rows = [(measure, row) for measure, row in first_rows(it) if row.primary]
    if not rows:
        yield say("assignment.recorded.not_compared", name=it.name, other=other)
        return
    claimed = [(m, r) for m, r in rows if r.verdict in _CHANGES and not material.numbers.is_blind(r)]
    same = [(m, r) for m, r in rows if r.verdict == "unchanged"]
    open_ = [(m, r) for m, r in rows if (m, r) not in claimed and (m, r) not in same]
    if claimed:
        found = say.listed((_told(*each, material.numbers, say) for each in claimed), key="list.clause")
        yield say("assignment.recorded.said_changed", name=it.name, other=other, found=found)
    if same:
        found = say.listed((_told(*each, material.numbers, say) for each in same), key="list.clause")
        yield say("assignment.recorded.said_same", name=it.name, other=other, found=found)
    if open_:
        found = say.listed((_brief(*each, say) for each in open_), key="list.clause")
        key = "said_open_rest" if claimed or same else "said_open"
        yield say(f"assignment.recorded.{key}", name=it.name, other=other, found=found)


def _cautions(it: Beside, material: Material) -> Iterator[str]:
    """What forbids to put a difference down to a setting."""
    say = material.say
    if it.material is not None:
        equal, both = _equal_answers(it)
        if equal:
            counts = {"equal": numerals.number(equal), "n": numerals.number(both)}
            yield say("assignment.recorded.same_answers", name=it.name, other=it.compared_with, **counts)
    found = it.changed()
    if it.reference is not None and not it.own_base and len(found) > 1:
        told = {"name": it.name, "n": len(found), "keys": say.listed(found)}
        yield say("assignment.experiments.several", **told)
    if it.reference is not None and not it.own_base and not found:
        key = "unknown_change" if it.one_sided() else "no_change"
        yield say(f"assignment.recorded.{key}", name=it.name, other=it.reference.name)


def _series(group: Sequence[Beside]) -> Iterator[tuple[str, list[Beside]]]:
    """Each setting that several experiments changed alone, with these in the order of its values."""
    for key in dict.fromkeys(key for it in group for key in it.changed()):
        only = [it for it in group if set(it.changed()) == {key} and it.material is not None]
        only = [it for it in only if isinstance(it.settings.values[key], int | float)]
        reference = only[0].reference if only else None
        if len(only) < _LEAST or reference is None or not isinstance(reference.values.get(key), int | float):
            continue
        yield key, sorted(only, key=lambda it: float(it.settings.values[key]))


def _order(key: str, ranked: Sequence[Beside], say: Words) -> Iterator[str]:
    """Which values of the setting differ, and the levels in their order."""
    reference = ranked[0].reference
    if reference is None:
        return
    values = sorted({float(reference.values[key]), *(float(it.settings.values[key]) for it in ranked)})
    told = {"setting": key, "values": say.listed(shown(value) for value in values), "n": numerals.number(len(values))}
    moved = [it for it in ranked if _moved(it)]
    if moved:
        names = say.listed(shown(it.settings.values[key]) for it in moved)
        yield say("assignment.recorded.order_some", moved=names, other=reference.name, **told)
    else:
        yield say("assignment.recorded.order_none", other=reference.name, **told)
    if key == "lora_dropout" and not all(dropout_is_known(it.settings) for it in ranked):
        yield say("assignment.recorded.order_dropout", **told)
    yield from _levels(ranked, key, say)


def _levels(ranked: Sequence[Beside], key: str, say: Words) -> Iterator[str]:
    """The levels of each primary measure in the order of the values, the reference's among them."""
    first, reference = ranked[0].material, ranked[0].reference
    if first is None or reference is None:
        return
    told = []
    for measure in first.measures:
        if not (measure.headline and first.is_primary(measure)):
            continue
        found = [(reference.values[key], first.numbers.level(ranked[0].compared_with, measure))]
        found += [
            (it.settings.values[key], it.material.numbers.level(it.name, measure)) for it in ranked if it.material
        ]
        levels = [level_text(level, measure, say) for _, level in sorted(found, key=lambda each: float(each[0]))]
        shown_ = say.listed(levels, key="list.arrow")
        told.append(say("assignment.recorded.in_order", title=called(measure, say), levels=shown_))
    if told:
        yield say("assignment.recorded.order_levels", setting=key, found=say.listed(told, key="list.clause"))


def _ways(material: Material, it: Beside) -> Iterator[str]:
    """Of another model: which way its differences to its own base point, beside the run's own."""
    say = material.say
    if it.own_base is None or it.material is None or it.reference is None:
        return
    same: list[str] = []
    other: list[str] = []
    for measure, row in first_rows(it):
        mine = material.numbers.difference(material.base.name, it.reference.name, measure)
        if mine is not None and row.primary and mine.delta * row.delta:
            (same if mine.delta * row.delta > 0 else other).append(called(measure, say))
    told = {"name": it.name, "base": it.own_base, "other": it.reference.name}
    if same:
        yield say("assignment.recorded.same_way", titles=say.listed(same), **told)
    if other:
        yield say("assignment.recorded.other_way", titles=say.listed(other), **told)


def _moved(it: Beside) -> bool:
    rows = first_rows(it)
    numbers = it.material.numbers if it.material else None
    return any(row.primary and row.verdict in _CHANGES and not (numbers and numbers.is_blind(row)) for _, row in rows)


def _told(measure: Measure, row: Comparison, numbers: Numbers, say: Words) -> str:
    """Template leak regressed by +90 (+55 to +100) points, n = 10, p 0.004 (Holm)."""
    judged = numbers.judged(row, say)
    told = {
        "title": called(measure, say),
        "verdict": judged.word if judged else "",
        "difference": difference_text(row, measure, say),
        "n": pairs_text([row], say),
        "p": p_text(row, say) or "",
    }
    key = f"said_{'points' if measure.kind == 'share' else 'amount'}"
    return say(f"assignment.recorded.{key}" if told["p"] else f"assignment.recorded.{key}_untested", **told)


def _brief(measure: Measure, row: Comparison, say: Words) -> str:
    key = "brief_points" if measure.kind == "share" else "brief_amount"
    told = {
        "title": called(measure, say),
        "difference": difference_text(row, measure, say),
        "n": pairs_text([row], say),
    }
    return say(f"assignment.recorded.{key}" + ("" if row.low is not None else "_open"), **told)


def _equal_answers(it: Beside) -> tuple[int, int]:
    """(answers that are the same text, questions that both answered)."""
    found = it.material.responses if it.material else {}
    both = [
        (found[it.compared_with, question].text, response.text)
        for (variant, question), response in found.items()
        if variant == it.name and (it.compared_with, question) in found
    ]
    return sum(first == second for first, second in both), len(both)
