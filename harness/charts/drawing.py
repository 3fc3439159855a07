"""Vector charts: Vega-Lite specifications are data, and become SVG here."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from typing import Any

from harness.charts.marks import COLOURS, REFERENCE
from harness.words import visible

Spec = dict[str, Any]

VEGA_LITE = "5.20"
INK, MUTED, RULE, BAND = "#1a1d21", "#5b6471", "#d3d8de", "#e8edf3"
# WeasyPrint would take a space behind a comma for part of the next name.
FONT = "'Liberation Sans',Arial,Helvetica,'Noto Sans CJK TC','DejaVu Sans',sans-serif"

_PROPERTIES = {
    INK: "--ink",
    MUTED: "--muted",
    RULE: "--rule",
    BAND: "--band",
    **{colour: f"--v{index}" for index, colour in enumerate(COLOURS)},
    REFERENCE: "--vr",
}
_CONFIG: Spec = {
    "font": FONT,
    "background": None,
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED,
        "labelFontSize": 10,
        "titleColor": MUTED,
        "titleFontSize": 10,
        "titleFontWeight": "normal",
        "domainColor": RULE,
        "tickColor": RULE,
        "tickSize": 3,
        "grid": False,
    },
    "text": {"color": INK, "fontSize": 10},
}


@dataclass(frozen=True)
class Chart:
    """A picture and the words for those who do not see it."""

    svg: str
    label: str
    data: Mapping[str, Any] = field(default_factory=dict)
    """What a page can read out and draw anew: the specification's `usermeta`; empty where it has none."""


def fixed(mark: Spec) -> Spec:
    """A layer that stands at its mark's own pixels and shows no data."""
    # Vega-Lite draws a rule whose mark names the pixels at the origin, without length and colour.
    encoded = ("x", "x2", "y", "y2") if mark["type"] == "rule" else ()
    return {
        "data": {"values": [{}]},
        "mark": {key: value for key, value in mark.items() if key not in encoded},
        "encoding": {key: {"value": mark[key]} for key in encoded if key in mark},
    }


def frame(width: int, height: int, left: int = 0, right: int = 0, top: int = 0, bottom: int = 0) -> Spec:
    """A picture of that size within those margins, all in pixels."""
    padding = {"left": left, "right": right, "top": top, "bottom": bottom}
    return {"width": width, "height": height, "padding": padding, "autosize": {"type": "none"}}


def span(low: float, high: float, axis: Spec | None = None) -> Spec:
    """A channel of numbers that reaches from low to high."""
    scale = {"domain": [low, high], "nice": False, "zero": False}
    return {"type": "quantitative", "scale": scale, "axis": axis}


def layer(rows: Sequence[Spec], mark: Spec, **encoding: Spec) -> Spec:
    """Rows of data, drawn by one mark."""
    return {"data": {"values": rows}, "mark": mark, "encoding": encoding}


def chart(spec: Spec, label: str) -> Chart:
    """The specification drawn as SVG, in the colours of print."""
    return Chart(_named(_slim(_svg(spec)), visible(label)), visible(label), spec.get("usermeta", {}))


def readable(chart: Chart) -> str:
    """The picture in the page's own colours, with its data in an attribute where it has any."""
    if not chart.data:
        return themed(chart.svg)
    data = json.dumps(_plain(chart.data), separators=(",", ":"), allow_nan=False)
    svg = chart.svg.replace("<svg ", f'<svg data-chart="{escape(themed(data))}" ', 1)
    # What a pointer reads where no script runs.
    return themed(re.sub(r"<svg [^>]*>", lambda tag: f"{tag[0]}<title>{escape(chart.label)}</title>", svg, count=1))


def _plain(value: Any) -> Any:
    """The same as JSON holds it: six digits are enough for a picture, and infinities are left out."""
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float):
        short = float(f"{value:.6g}") if math.isfinite(value) else None
        return int(short) if short is not None and short.is_integer() and abs(short) < 1e15 else short
    return visible(value) if isinstance(value, str) else value


def themed(svg: str) -> str:
    """The same SVG in the page's own colours, so that it follows a dark theme."""
    for colour, name in _PROPERTIES.items():
        svg = svg.replace(f'"{colour}"', f'"var({name})"')
    return svg


def themed_colour(colour: str) -> str:
    """The page's own name of a chart's colour."""
    return f"var({_PROPERTIES[colour]})" if colour in _PROPERTIES else colour


@lru_cache(maxsize=1)
def _converter() -> Any:
    # Half a second to load: commands that draw nothing should not pay for it.
    import vl_convert

    return vl_convert


def _svg(spec: Spec) -> str:
    # What the page is told besides may hold letters that Vega cannot read: names and ids as they were written.
    whole = {"config": _CONFIG, **{key: part for key, part in spec.items() if key != "usermeta"}}
    return str(_converter().vegalite_to_svg(whole, vl_version=VEGA_LITE))


def _slim(svg: str) -> str:
    """Without Vega's empty backgrounds, its roles (the picture is named as a whole) and its 14 decimals."""
    svg = re.sub(r'<path class="(?:background|foreground)"[^>]*/>', "", svg)
    svg = re.sub(r' class="[^"]*?(?:role-(axis)(?=[ "])|\b(series|label)_(\d+)_)[^"]*"', _kept, svg)
    svg = re.sub(r' (?:aria-[a-z]+|role|class|pointer-events|xmlns:xlink|version|font-family)="[^"<>]*"', "", svg)
    svg = svg.replace(' stroke-dasharray="1,0"', "").replace(' opacity="1"', "")
    return re.sub(r' (?:d|transform|x1|x2|y1|y2|x|y|width|height)="[^"<>]*"', _rounded, svg)


def _kept(found: re.Match[str]) -> str:
    """Of Vega's classes, the axes and the layers named series-0-… or label-0-…, which a page can show and hide."""
    return ' data-axis=""' if found[1] else f' data-{found[2]}="{found[3]}"'


def _rounded(attribute: re.Match[str]) -> str:
    return re.sub(r"-?\d+\.\d{3,}(?:e-?\d+)?", lambda found: f"{float(found[0]):.2f}", attribute[0])


def _named(svg: str, label: str) -> str:
    name = escape(label, quote=True)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{name}" font-family="{FONT}" ', 1)
