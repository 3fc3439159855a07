"""The mark of each variant: its colour, shape and dash, the same in every chart."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True)
class Mark:
    """How one variant is told apart everywhere: a colour and, for grey print, a shape."""

    name: str
    colour: str
    shape: str
    """An SVG path around 0,0 within about one unit."""


def marks(names: list[str]) -> dict[str, Mark]:
    """A mark for each variant in order; the first is the base. 35 variants pass before a pair of both recurs."""
    shapes = list(SHAPES.values())
    return {
        name: Mark(name, COLOURS[index % len(COLOURS)], shapes[index % len(shapes)]) for index, name in enumerate(names)
    }


def hue(colour: str) -> str:
    """The stylesheet's class for a variant's colour: style attributes are not allowed on the page."""
    return f"v{COLOURS.index(colour)}"
