"""Vector charts: Vega-Lite specifications are data, and become SVG here; also each variant's colour and shape."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

from harness.visible import visible

Spec = dict[str, Any]

VEGA_LITE = "5.20"
INK, MUTED, RULE, BAND = "#1a1d21", "#5b6471", "#d3d8de", "#e8edf3"
# Okabe and Ito's colours; the base is grey and the yellow, unreadable on white, is left out.
COLOURS = ("#5f666e", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
SHAPES = {
    "circle": "M1,0A1,1,0,1,1,-1,0A1,1,0,1,1,1,0Z",
    "square": "M-0.88,-0.88H0.88V0.88H-0.88Z",
    "triangle": "M0,-1.1L1.1,0.85H-1.1Z",
    "diamond": "M0,-1.25L1.25,0L0,1.25L-1.25,0Z",
    "wedge": "M0,1.1L1.1,-0.85H-1.1Z",
}
CUT = "M-0.8,-1L1.2,0L-0.8,1Z"
DASHES = ((1, 0), (6, 2), (2, 2), (8, 2, 2, 2))
FONT = "'Liberation Sans', Arial, Helvetica, 'Noto Sans CJK TC', 'DejaVu Sans', sans-serif"

_PROPERTIES = {
    INK: "--ink",
    MUTED: "--muted",
    RULE: "--rule",
    BAND: "--band",
    **{colour: f"--v{index}" for index, colour in enumerate(COLOURS)},
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
class Mark:
    """How one variant is told apart everywhere: a colour and, for grey print, a shape."""

    name: str
    colour: str
    shape: str
    """An SVG path around 0,0 within about one unit."""


@dataclass(frozen=True)
class Chart:
    """A picture and the words for those who do not see it."""

    svg: str
    label: str


def marks(names: list[str]) -> dict[str, Mark]:
    """A mark for each variant in order; the first is the base. 35 variants pass before a pair of both recurs."""
    shapes = list(SHAPES.values())
    return {
        name: Mark(name, COLOURS[index % len(COLOURS)], shapes[index % len(shapes)]) for index, name in enumerate(names)
    }


def fixed(mark: Spec) -> Spec:
    """A layer that stands at its mark's own pixels and shows no data."""
    return {"data": {"values": [{}]}, "mark": mark, "encoding": {}}


def chart(spec: Spec, label: str) -> Chart:
    """The specification drawn as SVG, in the colours of print."""
    return Chart(_named(_slim(_svg(spec)), visible(label)), visible(label))


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
    whole = {"config": _CONFIG, **spec}
    return str(_converter().vegalite_to_svg(whole, vl_version=VEGA_LITE))


def _slim(svg: str) -> str:
    """Without Vega's empty backgrounds, its roles (the picture is named as a whole) and its 14 decimals."""
    svg = re.sub(r'<path class="(?:background|foreground)"[^>]*/>', "", svg)
    svg = re.sub(r' (?:aria-[a-z]+|role|class|pointer-events|xmlns:xlink|version)="[^"<>]*"', "", svg)
    return re.sub(r' (?:d|transform|x1|x2|y1|y2|x|y|width|height)="[^"<>]*"', _rounded, svg)


def _rounded(attribute: re.Match[str]) -> str:
    return re.sub(r"-?\d+\.\d{3,}(?:e-?\d+)?", lambda found: f"{float(found[0]):.2f}", attribute[0])


def _named(svg: str, label: str) -> str:
    name = escape(label, quote=True)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{name}" ', 1)
