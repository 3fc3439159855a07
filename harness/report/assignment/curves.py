"""The training curves and a reading of what they show: each sentence says its numbers, as they were logged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from markupsafe import Markup

from harness.charts import logged
from harness.comparing import suite_measure, value_text
from harness.records import Variant
from harness.report import Material
from harness.report.assignment.formulas import rich
from harness.report.assignment.theory import NUMBERS
from harness.report.assignment.view import Curves, Reading
from harness.report.summary import HIGH, Course, Keyed, by_variant, high_steps, training_section
from harness.words import numerals


def curves(material: Material, folders: Sequence[Path] = ()) -> Curves:
    """Small multiples, one column a training, with a reading of each; sentences only where nothing was logged."""
    say, section = material.say, training_section(material, folders)
    found = by_variant([variant.name for variant in material.tuned], logged(material.curves))
    read = [
        Reading(material.marks[v.name], (v.method or "").upper(), tuple(_reading(material, v, found[v.name])))
        for v in material.tuned
        if found[v.name]
    ]
    methods = {variant.method for variant in material.tuned if found[variant.name]}
    lead = [rich(say("assignment.curves.scales"), NUMBERS)] if len(methods) > 1 else []
    if not section.grids:
        lead.append(Markup.escape(say("training.nothing")))
    return Curves(
        lead=tuple(lead),
        caption=section.reading if section.grids else "",
        grids=section.grids,
        panels=section.panels,
        readings=tuple(read),
        after=tuple([section.without] if section.without else []),
    )


def _reading(material: Material, variant: Variant, found: Keyed) -> Iterator[str]:
    yield from _loss(material, found)
    yield from _evaluations(material, found)
    yield from _parts(material, variant, found)
    yield from _rewards(material, variant, found)
    yield from _accuracy(material, variant, found)
    yield from _rate(material, found)
    yield from _unseen(material, variant, found)


def _course(found: Keyed, key: str) -> Course | None:
    return Course(key, found[key]) if found.get(key) else None


def _loss(material: Material, found: Keyed) -> Iterator[str]:
    say = material.say
    if loss := _course(found, "loss"):
        (step, low), (mean, many) = loss.low, loss.end
        yield say(
            "assignment.curves.loss",
            first=loss.text(loss.first, say),
            last=loss.text(loss.last, say),
            n=numerals.number(loss.points[-1][0]),
            low=loss.text(low, say),
            step=numerals.number(step),
        )
        if many > 1:
            yield say("assignment.curves.end", n=numerals.number(many), mean=loss.text(mean, say))


def _evaluations(material: Material, found: Keyed) -> Iterator[str]:
    loss = _course(found, "eval_loss")
    if loss is None:
        return
    say, points = material.say, loss.points
    every = say.listed(say("assignment.curves.at", value=loss.text(v, say), step=numerals.number(s)) for s, v in points)
    # Of equal ones the last: a loss that stays as it is has not risen.
    step, low = min(points, key=lambda point: (point[1], -point[0]))
    if len(points) == 1:
        yield say("assignment.curves.evaluated_once", every=every)
    elif step == points[-1][0]:
        yield say("assignment.curves.falling", every=every, step=numerals.number(step))
    else:
        rise = loss.text(points[-1][1] - low, say)
        yield say("assignment.curves.rising", every=every, step=numerals.number(step), rise=rise)


def _parts(material: Material, variant: Variant, found: Keyed) -> Iterator[str]:
    """How much of ORPO's loss is plain imitation."""
    say, loss, nll = material.say, _course(found, "loss"), _course(found, "nll_loss")
    if variant.method != "orpo" or loss is None or nll is None:
        return
    (whole, many), (part, _) = loss.end, nll.end
    if whole > 0:
        ends = {"loss": loss.text(whole, say), "nll": nll.text(part, say), "n": numerals.number(many)}
        yield say("assignment.curves.parts", share=say.percent(part / whole), **ends)


def _rewards(material: Material, variant: Variant, found: Keyed) -> Iterator[str]:
    chosen, rejected = (_course(found, f"rewards/{side}") for side in ("chosen", "rejected"))
    if chosen is None or rejected is None:
        return
    say = material.say
    (a, b), (c, d) = ((side.first, side.last) for side in (chosen, rejected))
    margin = _course(found, "rewards/margins")
    before, after = (margin.first, margin.last) if margin else (a - c, b - d)
    told = {"a": a, "b": b, "c": c, "d": d, "before": before, "after": after}
    yield say("assignment.curves.rewards", **{name: chosen.text(value, say) for name, value in told.items()})
    # Only below 0 is an answer less likely than under the reference, which DPO's rewards are measured from.
    if variant.method == "dpo" and b < min(a, 0.0) and d < c and b - d > a - c:
        fell = {"chosen": chosen.text(a - b, say), "rejected": rejected.text(c - d, say)}
        yield say("assignment.curves.both_fell", **fell)


def _accuracy(material: Material, variant: Variant, found: Keyed) -> Iterator[str]:
    accuracy = _course(found, "rewards/accuracies")
    if accuracy is None:
        return
    say, above, (mean, many) = material.say, high_steps(accuracy.points), accuracy.end
    steps = accuracy.points[-1][0]
    ends = {"last": accuracy.text(accuracy.last, say), "high": accuracy.text(HIGH, say)}
    if above is not None and above.unbroken == above.since:
        yield say("assignment.curves.plateau", step=numerals.number(above.since), n=numerals.number(steps), **ends)
    elif above is not None and above.mostly:
        counts = {"count": numerals.number(above.count), "of": numerals.number(above.of)}
        since, n = numerals.number(above.since), numerals.number(steps)
        yield say("assignment.curves.mostly", step=since, n=n, **counts, **ends)
        if above.unbroken is not None:
            yield say("assignment.curves.unbroken", step=numerals.number(above.unbroken), high=ends["high"])
    else:
        top = {"top": accuracy.text(accuracy.high[1], say), "n": numerals.number(many), "last": ends["last"]}
        case = "low" if mean < 0.5 else "middle"
        yield say(f"assignment.curves.{case}", mean=accuracy.text(mean, say), **top)
        # Without a reference a reward is the answer's own likelihood, so that more can be said.
        if case == "low" and variant.method == "orpo":
            yield say("assignment.curves.low_orpo")


def _rate(material: Material, found: Keyed) -> Iterator[str]:
    if rate := _course(found, "learning_rate"):
        say, (step, high) = material.say, rate.high
        ends = {"high": rate.text(high, say), "last": rate.text(rate.last, say)}
        steps = {"step": numerals.number(step), "n": numerals.number(rate.points[-1][0])}
        yield say("assignment.curves.rate", **ends, **steps)


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
