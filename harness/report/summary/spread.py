"""Distributions, not only means: every answer's length and repetition."""

from __future__ import annotations

from harness.charts import Strip, chart, strips
from harness.report import Figure, Material
from harness.words import median_and_quartiles, numerals

_SHOWN = {"words": False, "rep_4": True}
"""Metric → whether it is a share."""


def spread_section(material: Material) -> tuple[Figure, ...]:
    """A figure a metric that any variant has values of."""
    return tuple(
        _figure(material, metric, share)
        for metric, share in _SHOWN.items()
        if any(material.values(name, metric) for name in material.marks)
    )


def _figure(material: Material, metric: str, share: bool) -> Figure:
    title = material.say(f"spread.{metric}")
    rows = [_strip(material, name, metric, share) for name in material.marks]
    captions = tuple(_caption(material, row, share) for row in rows if row.values)
    caption = material.say.text(captions)
    told = material.say("spread.chart", title=title, captions=caption)
    return Figure(title, chart(strips(rows, share), told), (caption,))


def _strip(material: Material, name: str, metric: str, share: bool) -> Strip:
    values = material.values(name, metric)
    cut = tuple(_is_cut(material, name, question) for question in values)
    label = material.say("spread.none")
    if values:
        low, median, high = _quartiles(tuple(values.values()), share)
        label = material.say("spread.label", low=low, middle=_with_unit(material, median, share), high=high)
    return Strip(material.marks[name], tuple(values.values()), cut, label, tuple(values))


def _is_cut(material: Material, name: str, question: str) -> bool:
    response = material.responses.get((name, question))
    by_engine = response is not None and response.finish_reason == "length"
    return by_engine or material.value(name, question, "truncated") == 1.0


def _quartiles(values: tuple[float, ...], share: bool) -> tuple[str, str, str]:
    low, median, high = median_and_quartiles(list(values))
    if share:
        return _percent(low), _percent(median), _percent(high)
    return numerals.number(low), numerals.number(median), numerals.number(high)


def _percent(share: float) -> str:
    return numerals.percent(share, 0, unit=False)


def _with_unit(material: Material, shown: str, share: bool) -> str:
    return material.say("unit.share", share=shown) if share else shown


def _caption(material: Material, row: Strip, share: bool) -> str:
    say = material.say
    low, _, high = _quartiles(row.values, share)
    cut = say("spread.cut", n=numerals.number(sum(row.cut)), all=numerals.number(len(row.cut))) if any(row.cut) else ""
    if low == high:
        return say("spread.caption_same", name=row.mark.name, low=_with_unit(material, low, share), cut=cut)
    return say("spread.caption", name=row.mark.name, low=low, high=_with_unit(material, high, share), cut=cut)
