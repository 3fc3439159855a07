"""The mark of each variant: its colour, shape and dash, the same in every chart."""

from __future__ import annotations

from collections.abc import Sequence
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

REFERENCE = "#7a6a4f"
"""Of what stands beside and is compared with nothing: neither the base's grey nor any variant's colour."""

HOLLOW = {
    "circle": SHAPES["circle"] + "M0.55,0A0.55,0.55,0,1,0,-0.55,0A0.55,0.55,0,1,0,0.55,0Z",
    "square": SHAPES["square"] + "M-0.45,-0.45V0.45H0.45V-0.45Z",
    "triangle": SHAPES["triangle"] + "M0,-0.3L-0.5,0.5H0.5Z",
    "diamond": SHAPES["diamond"] + "M0,-0.65L-0.65,0L0,0.65L0.65,0Z",
    "wedge": SHAPES["wedge"] + "M0,0.3L0.5,-0.5H-0.5Z",
}
"""The same with a hole, which runs the other way round."""

CUT = "M-0.8,-1L1.2,0L-0.8,1Z"

DASHES = ((1, 0), (6, 2), (2, 2), (8, 2, 2, 2))


@dataclass(frozen=True)
class Mark:
    """How one variant is told apart everywhere: a colour and, for grey print, a shape."""

    name: str
    colour: str
    shape: str
    """An SVG path around 0,0 within about one unit."""
    is_reference: bool = False
    """Whether it is of a reference, which is compared with nothing."""


def marks(names: Sequence[str], references: Sequence[str] = ()) -> dict[str, Mark]:
    """A mark for each variant in order; the first is the base. 35 variants pass before a pair of both recurs.

    References are hollow, all in one colour, and change no variant's mark.
    """
    shapes, hollow = list(SHAPES.values()), list(HOLLOW.values())
    variants = [
        Mark(name, COLOURS[index % len(COLOURS)], shapes[index % len(shapes)]) for index, name in enumerate(names)
    ]
    beside = [Mark(name, REFERENCE, hollow[index % len(hollow)], True) for index, name in enumerate(references)]
    return {mark.name: mark for mark in (*variants, *beside)}


def hue(colour: str) -> str:
    """The stylesheet's class for a variant's colour: style attributes are not allowed on the page."""
    return "vr" if colour == REFERENCE else f"v{COLOURS.index(colour)}"
