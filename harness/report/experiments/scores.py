"""What the experiments moved in the answers: a forest a group, a table an experiment, and both models' levels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.comparing import Measure, called, difference_text, level_text, p_value
from harness.records import Comparison, Summary
from harness.report import Grid, Material, Numbers, pairs_text
from harness.report.experiments.trained import Beside, with_experiments
from harness.report.experiments.view import FarthestAnswer, ScoredGroup
from harness.report.summary import changes_section, exchanges, furthest
from harness.words import Words, numerals

_MODELS = 6
"""Trainings whose levels a table holds beside each other."""


def scored_groups(material: Material, experiments: Sequence[Beside]) -> Iterator[ScoredGroup]:
    """The experiments with answers: by the training that they change, those of another model by its base."""
    say, marked = material.say, with_experiments(material, experiments)
    for group in _groups(experiments).values():
        first = group[0]
        names = say.listed(it.name for it in group)
        key = "assignment.recorded.scored_own" if first.own_base else "assignment.recorded.scored"
        note = [say("assignment.recorded.families"), _tests(group, say)]
        grids = [_table(it) for it in group]
        if first.own_base:
            grids.insert(0, _models(material, group))
            note.append(say("assignment.recorded.other_model", base=first.own_base))
        yield ScoredGroup(
            title=say(key, names=names, other=first.compared_with),
            note=say.text(note),
            panels=changes_section(_against(marked, group)).panels,
            grids=tuple(grid for grid in grids if grid.rows),
        )


def farthest_answers(material: Material, experiments: Sequence[Beside]) -> Iterator[FarthestAnswer]:
    """Of each experiment with answers the question on which it is farthest from what it is compared with."""
    say, marked = material.say, with_experiments(material, experiments)
    for it in experiments:
        if it.material is None:
            continue
        pair = _pair(it, marked)
        question = furthest(pair, it.name)
        if question is not None:
            (exchange,) = exchanges(pair, [question], 1, "assignment.answers.more")
            told = {"name": it.name, "other": it.compared_with, "id": question.id}
            yield FarthestAnswer(say("assignment.recorded.farthest", **told), exchange)


def first_rows(it: Beside) -> list[tuple[Measure, Comparison]]:
    """An experiment's differences to what it is compared with, on the measures that a reader asks first."""
    return [] if it.material is None else list(_rows(it.material, it.compared_with, it.name))


def _rows(material: Material, baseline: str, name: str) -> Iterator[tuple[Measure, Comparison]]:
    for measure in material.measures:
        row = material.numbers.difference(baseline, name, measure) if measure.headline else None
        if row is not None:
            yield measure, row


def _groups(experiments: Sequence[Beside]) -> dict[tuple[str, str], list[Beside]]:
    found: dict[tuple[str, str], list[Beside]] = {}
    for it in experiments:
        if it.material is not None:
            # Two experiments on another model have its base in common where that is the same file of answers.
            found.setdefault((it.base_key, it.compared_with), []).append(it)
    return found


def _against(marked: Material, group: Sequence[Beside]) -> Material:
    """A material in which the experiments are the variants, and what they are compared with is the base."""
    materials = [it.material for it in group if it.material is not None]
    other, first = group[0].compared_with, materials[0]
    names = [it.name for it in group]
    base = next(variant for variant in first.summary.variants if variant.name == other)
    rows = [
        row
        for it, material in zip(group, materials, strict=True)
        for row in material.summary.comparisons
        if (row.baseline, row.variant) == (other, it.name)
    ]
    metrics = {other: first.summary.metrics.get(other, {})}
    metrics |= {it.name: found.summary.metrics.get(it.name, {}) for it, found in zip(group, materials, strict=True)}
    variants = tuple(
        variant
        for it, found in zip(group, materials, strict=True)
        for variant in found.summary.variants
        if variant.name == it.name
    )
    summary: Summary = replace(
        first.summary, variants=(base, *variants), metrics=metrics, benchmarks={}, comparisons=tuple(rows)
    )
    known = {**marked.marks, other: marked.marks.get(other) or marked.marks[marked.base.name]}
    return replace(
        first,
        base=base,
        summary=summary,
        marks={name: replace(known[name], name=name) for name in (other, *names)},
        measures=tuple(measure for measure in first.measures if measure.headline),
        numbers=Numbers(summary),
    )


def _pair(it: Beside, marked: Material) -> Material:
    """The experiment's own run, of itself and what it is compared with."""
    group = _against(marked, [it])
    return replace(group, measures=it.material.measures if it.material else group.measures)


def _table(it: Beside) -> Grid:
    """Every first measure: beside what it is compared with, then beside the base."""
    material = it.material
    if material is None:
        return Grid("", (), ())
    say, others = material.say, list(dict.fromkeys((it.compared_with, it.held.told.base)))
    rows = []
    for measure in material.measures:
        found = [material.numbers.difference(other, it.name, measure) for other in others]
        if not measure.headline or not any(found):
            continue
        cells = [level_text(material.numbers.level(it.name, measure), measure, say)]
        for other, row in zip(others, found, strict=True):
            cells.append(level_text(material.numbers.level(other, measure), measure, say))
            cells += [numerals.NOTHING] * 2 if row is None else _cells(row, measure, material.numbers, say)
        rows.append((called(measure, say), *cells))
    head = [say("assignment.experiments.measure"), it.name]
    for other in others:
        head += [other, say("assignment.recorded.minus", name=it.name, other=other), say("assignment.recorded.tested")]
    return Grid(_caption(it, material), tuple(head), tuple(rows), figures=True, id=f"scores-{it.held.told.number}")


def _cells(row: Comparison, measure: Measure, numbers: Numbers, say: Words) -> list[str]:
    """The difference with its interval; on how many pairs, with which p, and what is said of it."""
    unit = f"{numerals.SPACE}{say('unit.points')}" if measure.kind == "share" else ""
    n, p = pairs_text([row], say), row.p_holm if row.primary else None
    tested = say(
        "assignment.recorded.n" if p is None else "assignment.recorded.n_p", n=n, p="" if p is None else p_value(p)
    )
    return [
        difference_text(row, measure, say) + unit,
        say.listed([tested, _verdict(row, numbers, say)], key="list.clause"),
    ]


def _verdict(row: Comparison, numbers: Numbers, say: Words) -> str:
    """Where the sample decides nothing at all, undecided; of an exploratory measure nothing."""
    judged = numbers.judged(row, say)
    return judged.word if judged else say("verdict.undecided") if row.primary else numerals.NOTHING


def _tests(group: Sequence[Beside], say: Words) -> str:
    """The tests behind the group's p-values, each once."""
    names = dict.fromkeys(row.test for it in group for _, row in first_rows(it) if row.primary and row.p is not None)
    told = say.listed((say.get(f"test.{name.replace(' ', '_')}", name) for name in names), key="list.clause")
    return say("assignment.recorded.tests", tests=told) if names else ""


def _caption(it: Beside, material: Material) -> str:
    say = material.say
    counts = Counter(_verdict(row, material.numbers, say) for _, row in first_rows(it) if row.primary)
    if not counts:
        return say("assignment.recorded.scores_plain", name=it.name, other=it.compared_with)
    found = say.listed(say("changes.verdict_count", n=many, verdict=word) for word, many in counts.items())
    told = {"name": it.name, "other": it.compared_with, "n": counts.total(), "found": found}
    key = "scores" if it.compared_with != it.held.told.base else "scores_base"
    return say(f"assignment.recorded.{key}", **told)


def _models(material: Material, group: Sequence[Beside]) -> Grid:
    """Levels of the run's model and of the other one: no test stands between models."""
    say, first = material.say, group[0].material
    if first is None:
        return Grid("", (), ())
    own = [material.base.name, *dict.fromkeys(it.reference.name for it in group if it.reference)]
    theirs = [group[0].held.told.base, *(it.name for it in group)][: _MODELS - len(own)]
    rows = []
    for measure in first.measures:
        if not measure.headline:
            continue
        cells = [level_text(material.numbers.level(name, measure), measure, say) for name in own]
        for name in theirs:
            of = next((it.material for it in group if it.name == name and it.material), first)
            cells.append(level_text(of.numbers.level(name, measure), measure, say))
        if set(cells) != {numerals.NOTHING}:
            rows.append((called(measure, say), *cells))
    caption = say("assignment.recorded.models", base=group[0].held.told.base)
    return Grid(caption, (say("assignment.experiments.measure"), *own, *theirs), tuple(rows), figures=True, id="models")
