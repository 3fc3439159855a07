"""The experiments' curves beside those of the training that they change, on the same axes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from harness.charts import Points, logged
from harness.records import Curve
from harness.report import Material
from harness.report.experiments.settings import by_against
from harness.report.experiments.trained import Beside, with_experiments
from harness.report.experiments.view import BesideCurves
from harness.report.summary import course_figures

_QUANTITIES = ("loss", "margin", "accuracy", "learning_rate")


def curves_beside(material: Material, experiments: Sequence[Beside]) -> Iterator[BesideCurves]:
    """Of each training that experiments change: loss, margin and accuracy, and the rate where it was changed."""
    for group in _groups(experiments):
        found = _beside(material, with_experiments(material, experiments), group)
        if found is not None:
            yield found


def _groups(experiments: Sequence[Beside]) -> Iterator[list[Beside]]:
    """By the training that they change, those on other models apart."""
    for group in by_against(experiments).values():
        for base in dict.fromkeys(it.own_base for it in group):
            yield [it for it in group if it.own_base == base]


def _beside(material: Material, whole: Material, group: Sequence[Beside]) -> BesideCurves | None:
    """None where none of them brought curves. Each figure has the training that is changed at its left."""
    say, against = material.say, group[0].reference.name if group[0].reference else ""
    found = logged(whole.curves)
    drawn = [it.name for it in group if any(variant == it.name for variant, _ in found)]
    if not drawn:
        return None
    first = [against] if against and any(variant == against for variant, _ in found) else []
    notes = [say("assignment.recorded.curves_reading")]
    if missing := [it.name for it in group if it.name not in drawn]:
        notes.append(say("assignment.recorded.curves_missing", names=say.listed(missing)))
    if against and not first:
        notes.append(say("assignment.recorded.curves_missing", names=against))
    notes += same_curves(material, group)
    key = "assignment.recorded.curves_of" if first else "assignment.recorded.curves_alone"
    title = say(key, name=against, names=say.listed(drawn))
    return BesideCurves(title, tuple(notes), course_figures(whole, first, drawn, _QUANTITIES))


def same_curves(material: Material, group: Sequence[Beside]) -> Iterator[str]:
    """Says of whom each logged value is the other's: nothing that the training saw was different then."""
    for it in group:
        against = it.reference.name if it.reference else ""
        mine = _values(it.held.run.curves, it.name)
        if mine and mine == _values(material.curves, against):
            yield material.say("assignment.recorded.same_curves", name=it.name, other=against)


def _values(curves: Iterable[Curve], name: str) -> dict[str, Points]:
    found = logged(curve for curve in curves if curve.variant == name)
    return {key: points for (_, key), points in found.items()}
