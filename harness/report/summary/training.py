"""The trainings' curves: a figure a quantity, a picture a training, each on its own scale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from harness.charts import NARROW, WIDE, Chart, CurveLine, Points, chart, curve, evaluation_lines, logged, window
from harness.curves import is_share, quantity_text
from harness.report import BESIDE, CourseFigure, Material, Multiples, beside, panel_files, read_picture
from harness.report.summary.courses import Keyed, by_variant, finding
from harness.report.summary.logs import log_source
from harness.report.summary.view import TrainingSection, WandbPanel
from harness.words import numerals

_QUANTITIES: dict[str, dict[str, str]] = {
    "loss": {"loss": ""},
    "rewards": {"rewards/chosen": "chosen", "rewards/rejected": "rejected"},
    "margin": {"rewards/margins": ""},
    "accuracy": {"rewards/accuracies": ""},
    "learning_rate": {"learning_rate": ""},
}
"""Row → logged key → the label of its line."""
_ALIKE = 1.02


def training_section(material: Material, folders: Sequence[Path] = ()) -> TrainingSection:
    """Grids of at most three trainings; nothing but a sentence where no variant brought curves.

    folders: where notes/ may hold pictures of the trainings' pages at W&B.
    """
    say, found = material.say, logged(material.curves)
    names = [name for name in material.marks if any(variant == name for variant, _ in found)]
    without = [variant.name for variant in material.tuned if variant.name not in names]
    trainings = by_variant(names, found)
    grids = (_grid(material, {name: trainings[name] for name in group}) for group in beside(names))
    return TrainingSection(
        lead=say("training.lead") if len(names) > 1 else None,
        grids=tuple(grid for grid in grids if grid.rows),
        reading=_reading(material, trainings),
        panels=tuple(_panels(material, folders)),
        without=say("training.without", names=say.listed(without)) if names and without else None,
    )


def course_figures(
    material: Material, first: Sequence[str], others: Sequence[str], quantities: Sequence[str]
) -> tuple[Multiples, ...]:
    """Figures of some quantities of trainings, whose pictures share their axes; `first` stand in each grid of three."""
    found = by_variant([*first, *others], logged(material.curves))
    groups = [[*first, *group] for group in beside(others, max(1, BESIDE - len(first)))]
    parts = [{name: found[name] for name in group} for group in groups]
    grids = (_grid(material, part, _worth(quantities, part), found) for part in parts)
    return tuple(grid for grid in grids if grid.rows)


def _worth(quantities: Sequence[str], trainings: Mapping[str, Keyed]) -> list[str]:
    """The quantities without the learning rate, where that was the same in all but for a schedule's first step."""
    rates = [points for found in trainings.values() if (points := found.get("learning_rate"))]
    highest = [max(value for _, value in points) for points in rates]
    alike = not highest or max(highest) <= _ALIKE * min(highest)
    return [quantity for quantity in quantities if quantity != "learning_rate" or not alike]


def _panels(material: Material, folders: Sequence[Path]) -> Iterator[WandbPanel]:
    names = [variant.name for variant in material.tuned]
    for name, path in panel_files(folders, names).items():
        picture = read_picture(path)
        key = "training.panel" if name else "training.panel_all"
        link = log_source(material, name).link if name else None
        said = material.say(key, name=name or "", source=picture.source)
        yield WandbPanel(material.marks.get(name or ""), picture.uri, said, link)


def _grid(
    material: Material,
    trainings: Mapping[str, Keyed],
    quantities: Sequence[str] = tuple(_QUANTITIES),
    sharing: Mapping[str, Keyed] | None = None,
) -> Multiples:
    """sharing: the trainings that share their axes; None where each picture has its own."""
    say, names = material.say, list(trainings)
    methods = {variant.name: (variant.method or "").upper() for variant in material.summary.variants}
    wide = NARROW if len(names) > 2 else WIDE
    rows = []
    for quantity in quantities:
        among = tuple(point for found in (sharing or {}).values() for point in _points(found, quantity))
        charts = tuple(_chart(material, name, quantity, trainings[name], wide, among) for name in names)
        shown = {name: trainings[name] for name, drawn in zip(names, charts, strict=True) if drawn}
        if shown:
            told = finding(quantity, shown, say)
            sources = tuple(log_source(material, name) for name in shown)
            rows.append(CourseFigure(say(f"training.{quantity}"), charts, told, sources))
    return Multiples(
        marks=tuple(material.marks[name] for name in names),
        methods=tuple("" if methods[name].casefold() == name.casefold() else methods[name] for name in names),
        rows=tuple(rows),
    )


def _points(found: Keyed, quantity: str) -> Iterator[tuple[float, float]]:
    for key in _QUANTITIES[quantity]:
        yield from found.get(key, ())
        yield from found.get(f"eval_{key}", ())


def _chart(material: Material, name: str, quantity: str, found: Keyed, wide: int, among: Points = ()) -> Chart | None:
    say = material.say
    every = [
        CurveLine(
            label=say(f"training.{label}") if label else "",
            points=found.get(key, ()),
            evaluations=found.get(f"eval_{key}", ()),
            exact=quantity == "learning_rate",
        )
        for key, label in _QUANTITIES[quantity].items()
    ]
    lines = [line for line in every if line.logged]
    keys = {key: say(f"training.{label}") if label else "" for key, label in _QUANTITIES[quantity].items()}
    lines += evaluation_lines(found, keys)
    if not lines:
        return None
    key, title = next(iter(keys)), say(f"training.{quantity}")
    told = say.listed(_told(material, line, key, title) for line in lines)
    drawn = curve(
        lines,
        material.marks[name].colour,
        lambda value: quantity_text(key, value, say),
        share=is_share(key),
        wide=wide,
        step=say("training.step"),
        among=among,
    )
    return chart(drawn, say("training.chart", quantity=title, name=name, lines=told))


def _told(material: Material, line: CurveLine, key: str, title: str) -> str:
    ends = [quantity_text(key, line.logged[place][1], material.say) for place in (0, -1)]
    return material.say("training.chart_line", label=line.label or title, first=ends[0], last=ends[1])


def _reading(material: Material, trainings: Mapping[str, Keyed]) -> str:
    """How to read the curves: what the strong line is the mean of, and what stands at its end."""
    say = material.say
    lines: Sequence[Points] = [
        points for found in trainings.values() for key in ("loss", "rewards/chosen", "rewards/margins")
        if (points := found.get(key, ()))
    ]  # fmt: skip
    many = sorted({window(points) for points in lines} - {1})
    if not many:
        return say("training.reading_raw")
    shown = "–".join(numerals.number(end) for end in dict.fromkeys((many[0], many[-1])))
    return say("training.reading", n=shown)
