"""A training's curves as one PNG, for pages that show no other picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.charts.curves import NARROW, CurveLine, Points, curve, evaluation_lines, logged
from harness.charts.drawing import INK, Spec, chart
from harness.charts.marks import COLOURS
from harness.curves import is_share, quantity_text
from harness.records import Curve
from harness.words import words

_QUANTITIES: dict[str, dict[str, str]] = {
    "Loss": {"loss": ""},
    "Reward margin": {"rewards/margins": ""},
    "Reward accuracy": {"rewards/accuracies": ""},
    "Rewards": {"rewards/chosen": "chosen", "rewards/rejected": "rejected"},
}
"""Title → logged key → the label of its line."""
_TITLE = {"color": INK, "fontSize": 11, "anchor": "start", "fontWeight": "normal"}
_APART = {"row": 24, "column": 36}
# What Vega-Lite takes at the outermost level only.
_OUTER = ("padding", "autosize", "usermeta")


def training_picture(curves: Sequence[Curve]) -> bytes | None:
    """Loss, margin, accuracy and rewards on white, two beside each other; None where nothing of it was logged."""
    found = {key: points for (_, key), points in logged(curves).items()}
    panels = [_panel(title, keys, lines) for title, keys in _QUANTITIES.items() if (lines := _lines(found, keys))]
    if not panels:
        return None
    import vl_convert

    spec: Spec = {
        "concat": panels,
        "columns": 2,
        "spacing": _APART,
        "padding": 12,
        # A page in the dark shows a picture as it is.
        "background": "white",
    }
    return bytes(vl_convert.svg_to_png(chart(spec, "training curves").svg, scale=2))


def _panel(title: str, keys: Mapping[str, str], lines: Sequence[CurveLine]) -> Spec:
    key, say = next(iter(keys)), words("en")
    drawn = curve(lines, COLOURS[1], lambda value: quantity_text(key, value, say), share=is_share(key), wide=NARROW)
    spec = {name: part for name, part in drawn.items() if name not in _OUTER}
    return {**spec, "title": {"text": title, **_TITLE}}


def _lines(found: Mapping[str, Points], keys: Mapping[str, str]) -> list[CurveLine]:
    every = [CurveLine(label, found.get(key, ()), found.get(f"eval_{key}", ())) for key, label in keys.items()]
    return [line for line in every if line.points or line.evaluations] + evaluation_lines(found, keys)
