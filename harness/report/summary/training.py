"""The trainings as small multiples: one column a training, one row a quantity, each on its own scale."""

from __future__ import annotations

from collections.abc import Sequence

from harness.charts import Chart, CurveLine, Logged, Points, chart, curve, evaluation_lines, logged, smoothed
from harness.report import Material, Multiple, Multiples, beside
from harness.report.summary.view import TrainingSection
from harness.words import numerals

_QUANTITIES: dict[str, dict[str, str]] = {
    "loss": {"loss": ""},
    "rewards": {"rewards/chosen": "chosen", "rewards/rejected": "rejected"},
    "margin": {"rewards/margins": ""},
    "accuracy": {"rewards/accuracies": ""},
    "learning_rate": {"learning_rate": ""},
}
"""Row → logged key → the label of its line."""


def training_section(material: Material) -> TrainingSection:
    """Grids of at most three trainings; nothing but a sentence where no variant brought curves."""
    say, found = material.say, logged(material.curves)
    names = [name for name in material.marks if any(variant == name for variant, _ in found)]
    without = [variant.name for variant in material.tuned if variant.name not in names]
    return TrainingSection(
        lead=say("training.lead") if len(names) > 1 else None,
        captions=tuple(caption for name in names if (caption := _caption(material, name, found))),
        grids=tuple(_grid(material, group, found) for group in beside(names)),
        without=say("training.without", names=say.listed(without)) if names and without else None,
    )


def _grid(material: Material, names: Sequence[str], found: Logged) -> Multiples:
    methods = {variant.name: (variant.method or "").upper() for variant in material.summary.variants}
    charts = {quantity: tuple(_chart(material, name, quantity, found) for name in names) for quantity in _QUANTITIES}
    rows = [Multiple(material.say(f"training.{quantity}"), row) for quantity, row in charts.items() if any(row)]
    return Multiples(
        marks=tuple(material.marks[name] for name in names),
        methods=tuple("" if methods[name].casefold() == name.casefold() else methods[name] for name in names),
        rows=tuple(rows),
    )


def _chart(material: Material, name: str, quantity: str, found: Logged) -> Chart | None:
    say = material.say
    every = [
        CurveLine(
            label=say(f"training.{label}") if label else "",
            points=found.get((name, key), ()),
            evaluations=found.get((name, f"eval_{key}"), ()),
            exact=quantity == "learning_rate",
        )
        for key, label in _QUANTITIES[quantity].items()
    ]
    lines = [line for line in every if line.points or line.evaluations]
    keys = {key: say(f"training.{label}") if label else "" for key, label in _QUANTITIES[quantity].items()}
    lines += evaluation_lines(_of(name, found), keys)
    if not lines:
        return None
    title = say(f"training.{quantity}")
    told = say.listed(_told(material, line, title) for line in lines)
    label = say("training.chart", quantity=title, name=name, lines=told)
    return chart(curve(lines, material.marks[name].colour), label)


def _of(name: str, found: Logged) -> dict[str, Points]:
    return {key: points for (variant, key), points in found.items() if variant == name}


def _told(material: Material, line: CurveLine, title: str) -> str:
    points = line.points or line.evaluations
    ends = {"first": numerals.compact(points[0][1]), "last": numerals.compact(line.strong[-1][1])}
    return material.say("training.chart_line", label=line.label or title, **ends)


def _caption(material: Material, name: str, found: Logged) -> str | None:
    loss, evaluations = found.get((name, "loss")), found.get((name, "eval_loss"), ())
    if not loss:
        return None
    after = _evaluated(material, "", evaluations)
    for line in evaluation_lines(_of(name, found), {"loss": ""}):
        after += _evaluated(material, line.label, line.evaluations)
    return material.say.counted(
        "training.caption",
        loss[-1][0],
        numerals.number(loss[-1][0]),
        name=name,
        first=numerals.compact(loss[0][1]),
        last=numerals.compact(smoothed(loss)[-1][1]),
        evaluation=after,
    )


def _evaluated(material: Material, name: str, points: Points) -> str:
    """What an evaluation set's loss came to."""
    if not points:
        return ""
    key = "training.evaluation" if len(points) > 1 else "training.evaluation_one"
    first, last = (numerals.compact(value) for value in (points[0][1], points[-1][1]))
    named = {"name": name} if name else {}
    return material.say(f"{key}_named" if name else key, first=first, last=last, **named)
