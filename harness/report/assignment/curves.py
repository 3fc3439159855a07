"""The training curves and a reading of what they show: each sentence says its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.charts import Points, logged, smoothed
from harness.comparing import suite_measure, value_text
from harness.records import Variant
from harness.report import Material
from harness.report.assignment.view import Curves, Reading
from harness.report.summary import training_section
from harness.words import numerals

_HIGH = 0.95
Keyed = Mapping[str, Points]
"""Logged key → (step, value), ascending."""


def curves(material: Material) -> Curves:
    """Small multiples, one column a training, with a reading of each; sentences only where nothing was logged."""
    say, section = material.say, training_section(material)
    every = logged(material.curves)
    found = {v.name: {key: points for (name, key), points in every.items() if name == v.name} for v in material.tuned}
    read = [
        Reading(material.marks[v.name], (v.method or "").upper(), tuple(_reading(material, v, found[v.name])))
        for v in material.tuned
        if found[v.name]
    ]
    methods = {variant.method for variant in material.tuned if found[variant.name]}
    lead = [say("assignment.curves.scales")] if len(methods) > 1 else []
    if not section.grids:
        lead.append(say("training.nothing"))
    return Curves(
        lead=tuple(lead),
        caption=_caption(material, found) if section.grids else "",
        grids=section.grids,
        readings=tuple(read),
        after=tuple([section.without] if section.without else []),
    )


def _caption(material: Material, every: Mapping[str, Keyed]) -> str:
    """The finding: what loss and accuracy came to."""
    say, parts = material.say, []
    for name, found in every.items():
        if loss := smoothed(found.get("loss", ())):
            ends = {"first": numerals.compact(loss[0][1]), "last": numerals.compact(loss[-1][1])}
            accuracy = smoothed(found.get("rewards/accuracies", ()))
            key = "assignment.curves.caption_accuracy" if accuracy else "assignment.curves.caption"
            last = say.percent(accuracy[-1][1], 0) if accuracy else ""
            parts.append(say(key, name=name, accuracy=last, **ends))
    return say.text([*parts, say("training.reading")])


def _reading(material: Material, variant: Variant, found: Keyed) -> Iterator[str]:
    yield from _loss(material, found)
    yield from _evaluations(material, found)
    yield from _parts(material, variant, found)
    yield from _rewards(material, variant, found)
    yield from _accuracy(material, found)
    yield from _rate(material, found)
    yield from _unseen(material, variant, found)


def _loss(material: Material, found: Keyed) -> Iterator[str]:
    if loss := smoothed(found.get("loss", ())):
        step, low = min(loss, key=lambda point: point[1])
        yield material.say(
            "assignment.curves.loss",
            first=numerals.compact(loss[0][1]),
            last=numerals.compact(loss[-1][1]),
            n=numerals.number(loss[-1][0]),
            low=numerals.compact(low),
            step=numerals.number(step),
        )


def _evaluations(material: Material, found: Keyed) -> Iterator[str]:
    points = found.get("eval_loss", ())
    if not points:
        return
    say = material.say
    every = say.listed(
        say("assignment.curves.at", value=numerals.compact(v), step=numerals.number(s)) for s, v in points
    )
    # Of equal ones the last: a loss that stays as it is has not risen.
    step, low = min(points, key=lambda point: (point[1], -point[0]))
    if len(points) == 1:
        yield say("assignment.curves.evaluated_once", every=every)
    elif step == points[-1][0]:
        yield say("assignment.curves.falling", every=every, step=numerals.number(step))
    else:
        rise = numerals.compact(points[-1][1] - low)
        yield say("assignment.curves.rising", every=every, step=numerals.number(step), rise=rise)


def _parts(material: Material, variant: Variant, found: Keyed) -> Iterator[str]:
    """How much of ORPO's loss is plain imitation."""
    loss, nll = smoothed(found.get("loss", ())), smoothed(found.get("nll_loss", ()))
    if variant.method == "orpo" and loss and nll and loss[-1][1] > 0:
        ends = {"loss": numerals.compact(loss[-1][1]), "nll": numerals.compact(nll[-1][1])}
        yield material.say("assignment.curves.parts", share=material.say.percent(nll[-1][1] / loss[-1][1]), **ends)


def _rewards(material: Material, variant: Variant, found: Keyed) -> Iterator[str]:
    chosen, rejected = (smoothed(found.get(f"rewards/{side}", ())) for side in ("chosen", "rejected"))
    if not chosen or not rejected:
        return
    say = material.say
    (a, b), (c, d) = ((side[0][1], side[-1][1]) for side in (chosen, rejected))
    margin = {"before": numerals.compact(a - c), "after": numerals.compact(b - d)}
    ends = {"a": numerals.compact(a), "b": numerals.compact(b), "c": numerals.compact(c), "d": numerals.compact(d)}
    yield say("assignment.curves.rewards", **ends, **margin)
    # Only below 0 is an answer less likely than under the reference, which DPO's rewards are measured from.
    if variant.method == "dpo" and b < min(a, 0.0) and d < c and b - d > a - c:
        yield say("assignment.curves.both_fell", chosen=numerals.compact(a - b), rejected=numerals.compact(c - d))


def _accuracy(material: Material, found: Keyed) -> Iterator[str]:
    points = smoothed(found.get("rewards/accuracies", ()))
    if not points:
        return
    say, last = material.say, points[-1][1]
    below = [step for step, value in points if value < _HIGH]
    ends = {"last": say.percent(last, 0), "high": say.percent(_HIGH, 0)}
    if last >= _HIGH:
        since = next((step for step, _ in points if not below or step > below[-1]), points[0][0])
        yield say("assignment.curves.plateau", step=numerals.number(since), n=numerals.number(points[-1][0]), **ends)
    else:
        top = say.percent(max(value for _, value in points), 0)
        yield say("assignment.curves.low" if last < 0.5 else "assignment.curves.middle", top=top, **ends)


def _rate(material: Material, found: Keyed) -> Iterator[str]:
    if points := found.get("learning_rate", ()):
        step, high = max(points, key=lambda point: point[1])
        last = numerals.compact(points[-1][1])
        yield material.say(
            "assignment.curves.rate",
            high=numerals.compact(high), step=numerals.number(step), last=last, n=numerals.number(points[-1][0]),
        )  # fmt: skip


def _unseen(material: Material, variant: Variant, found: Keyed) -> Iterator[str]:
    """What no curve shows: how the same checkpoint answers."""
    leak = material.summary.metrics.get(variant.name, {}).get("leak")
    if found.get("rewards/accuracies") and leak is not None and leak.mean is not None:
        yield material.say(
            "assignment.curves.unseen",
            name=variant.name,
            leak=value_text(leak.mean, suite_measure("leak"), say=material.say),
            n=numerals.number(leak.n),
        )
