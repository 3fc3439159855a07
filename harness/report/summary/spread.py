"""Distributions, not only means: every answer's length and repetition."""

from __future__ import annotations

from collections.abc import Iterator

from harness.charts import Strip, chart, strips
from harness.comparing import Measure, suite_measure, value_text
from harness.report import Figure, Material
from harness.report.summary.facts import short
from harness.words import Words, median_and_quartiles, numerals

_SHOWN = ("words", "rep_4")


def spread_section(material: Material) -> tuple[Figure, ...]:
    """A figure a metric that any variant has values of."""
    return tuple(
        _figure(material, suite_measure(metric))
        for metric in _SHOWN
        if any(material.values(name, metric) for name in material.marks)
    )


def _figure(material: Material, measure: Measure) -> Figure:
    title = material.say(f"spread.{measure.metric}")
    rows = [_strip(material, name, measure) for name in material.marks]
    captions = (_caption(material, row, measure) for row in rows if row.values)
    caption = material.say.text([*captions, *parts_of_references(material)])
    told = material.say("spread.chart", title=title, captions=caption)
    share = measure.kind == "share"
    return Figure(title, chart(strips(rows, share), told), (caption,), chart(strips(rows, share, narrow=True), told))


def parts_of_references(material: Material) -> Iterator[str]:
    """A sentence for each reference that answers some of the questions: on how many its figures are."""
    every = material.summary.questions
    for variant in material.references:
        if 0 < (n := material.answered(variant.name)) < every:
            numbers = {"n": numerals.number(n), "all": numerals.number(every)}
            yield material.say("reference.part", name=variant.name, **numbers)


def _strip(material: Material, name: str, measure: Measure) -> Strip:
    values = material.values(name, measure.metric)
    cut = tuple(_is_cut(material, name, question) for question in values)
    label = material.say("spread.none")
    if values:
        low, median, high = median_and_quartiles(list(values.values()))
        label = material.say(
            "spread.label",
            low=_text(low, measure),
            middle=_text(median, measure, material.say),
            high=_text(high, measure),
        )
    return Strip(material.marks[name], tuple(values.values()), cut, label, tuple(values))


def _text(value: float, measure: Measure, say: Words | None = None) -> str:
    """As the sentences beside the strips have it: a median of words may lie between two whole numbers."""
    return value_text(value, measure, 0, say) if measure.kind == "share" else short(value)


def _is_cut(material: Material, name: str, question: str) -> bool:
    response = material.responses.get((name, question))
    by_engine = response is not None and response.truncated
    return by_engine or material.value(name, question, "truncated") == 1.0


def _caption(material: Material, row: Strip, measure: Measure) -> str:
    say, name = material.say, row.mark.name
    low, _, high = median_and_quartiles(list(row.values))
    ends = {"low": _text(low, measure), "high": _text(high, measure, say)}
    cut = say("spread.cut", n=numerals.number(sum(row.cut)), all=numerals.number(len(row.cut))) if any(row.cut) else ""
    if ends["low"] == _text(high, measure):
        return say("spread.caption_same", name=name, low=ends["high"], cut=cut)
    return say("spread.caption", name=name, cut=cut, **ends)
