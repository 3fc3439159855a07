"""The three sentences at the end of the training curves, read off the values as they were logged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.charts import logged
from harness.comparing import suite_measure, value_text
from harness.report import Material
from harness.report.lessons.view import Lesson
from harness.report.summary import HIGH, Course, Keyed, by_variant, high_steps
from harness.words import Words, numerals

_UNSEEN = ("leak", "correct")
"""What the same checkpoints' answers are told by, the first that was judged."""


def curves_end(material: Material) -> Iterator[Lesson]:
    """How the loss went, whether rewards tell the pairs apart, and what no curve shows; or that nothing was logged."""
    say = material.say
    every = by_variant([variant.name for variant in material.tuned], logged(material.curves))
    found = {name: courses for name, courses in every.items() if courses}
    if not found:
        names = [variant.name for variant in material.tuned if variant.method or variant.kind == "adapter"]
        if not names:
            yield Lesson(say("lesson.untuned", base=material.base.name))
            return
        yield Lesson(say("lesson.curves.none", names=say.listed(names)))
        yield Lesson(say("lesson.curves.so"))
        yield Lesson(say("lesson.curves.bring", name=names[0]))
        return
    yield Lesson(_clauses("lesson.curves.loss", found, _loss, say) or say("lesson.curves.no_loss"))
    yield Lesson(_clauses("lesson.curves.apart", found, _apart, say) or say("lesson.curves.no_rewards"))
    yield Lesson(_answered(material, found))


def _clauses(key: str, found: Mapping[str, Keyed], clause: object, say: Words) -> str:
    told = [text for name, courses in found.items() if (text := clause(name, courses, say))]  # type: ignore[operator]
    return say(key, clauses=say.listed(told, key="list.clause")) if told else ""


def _loss(name: str, found: Keyed, say: Words) -> str:
    """Its ends, and what the evaluation loss did behind its lowest."""
    if not (points := found.get("loss", ())):
        return ""
    loss = Course("loss", points)
    ends = {"first": loss.text(loss.first, say), "last": loss.text(loss.last, say)}
    clause = say(f"lesson.curves.{loss.turn}" if len(points) > 1 else "lesson.curves.once", name=name, **ends)
    return say("lesson.curves.with", clause=clause, what=_evaluated(found, say))


def _evaluated(found: Keyed, say: Words) -> str:
    points = found.get("eval_loss", ())
    if not points:
        return say("lesson.curves.unevaluated")
    if len(points) == 1:
        return say("lesson.curves.evaluated_once")
    # Of equal ones the last: a loss that stays as it is has not risen.
    step, low = min(points, key=lambda point: (point[1], -point[0]))
    values = {"low": Course("eval_loss", points).text(low, say), "step": numerals.number(step)}
    return say("lesson.curves.lowest_last" if step == points[-1][0] else "lesson.curves.lowest_before", **values)


def _apart(name: str, found: Keyed, say: Words) -> str:
    """How often the preferred answer's reward was the higher one."""
    if not (points := found.get("rewards/accuracies", ())):
        return ""
    accuracy, above = Course("rewards/accuracies", points), high_steps(points)
    values = {"name": name, "high": accuracy.text(HIGH, say), "last": accuracy.text(accuracy.last, say)}
    if above is None:
        return say("lesson.curves.never", top=accuracy.text(accuracy.high[1], say), **values)
    counts = {"count": numerals.number(above.count), "of": numerals.number(above.of)}
    return say("lesson.curves.high", since=numerals.number(above.since), **counts, **values)


def _answered(material: Material, found: Mapping[str, Keyed]) -> str:
    """How the same checkpoints answer."""
    say, metrics = material.say, material.summary.metrics
    for metric in _UNSEEN:
        levels = {name: level for name in found if (level := metrics.get(name, {}).get(metric)) and level.n}
        told = [
            say("lesson.curves.level", name=name, level=value_text(it.mean, suite_measure(metric), say=say), n=it.n)
            for name, it in levels.items()
        ]
        if told:
            title = say(f"metric.{metric}")
            return say("lesson.curves.unseen", title=title, clauses=say.listed(told, key="list.clause"))
    return say("lesson.curves.unmeasured")
