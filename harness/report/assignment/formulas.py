"""Typeset formulas: TeX becomes SVG whose glyphs are paths, so that paper and screen need no font and no script."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from markupsafe import Markup, escape

from harness.words import visible

SINK_STEP = 2
"""Hundredths of an em between the classes that set how far a formula reaches below the line."""
SINKS = 75
_SIZE = 16.0
_DIGITS = re.compile(r"-?\d+\.\d{2,}")
_MARKED = re.compile(r"\$(?P<tex>[^$]+)\$|\[\[(?P<source>[\w-]+)\]\]|`(?P<code>[^`]+)`|\*\*(?P<strong>[^*]+)\*\*")


@lru_cache(maxsize=256)
def formula(tex: str, alt: str, inline: bool = False) -> Markup:
    """The formula in the ink of its surroundings, named alt; inline, it sits on the line's own baseline."""
    svg, width, height, sunk = _drawn(tex, inline)
    size = f'width="{width / _SIZE:.3f}em" height="{height / _SIZE:.3f}em"'
    # A class, since the page's policy allows no style attribute.
    kind = f"math inline sunk-{min(SINKS - 1, round(-sunk / _SIZE * 100 / SINK_STEP))}" if inline else "math"
    named = f'<svg class="{kind}" {size} role="img" aria-label="{escape(alt)}" '
    # A tagged PDF takes its words from the title.
    head, _, paths = svg.replace("<svg ", named, 1).partition(">")
    return Markup(f"{head}><title>{escape(alt)}</title>{paths}")


def rich(text: str, numbers: Mapping[str, int]) -> Markup:
    """A sentence of ours with its $formulas$, `code`, **stress** and [[sources]] set; sources by their number."""

    def shown(found: re.Match[str]) -> str:
        if tex := found["tex"]:
            return str(formula(tex, spoken(tex), inline=True))
        if source := found["source"]:
            return f'<a class="cite" href="#ref-{source}">[{numbers[source]}]</a>'
        tag = "code" if found["code"] else "strong"
        return f"<{tag}>{escape(visible(found[tag]))}</{tag}>"

    out, place = [], 0
    for found in _MARKED.finditer(text):
        out += [str(escape(visible(text[place : found.start()]))), shown(found)]
        place = found.end()
    return Markup("".join([*out, str(escape(visible(text[place:])))]))


def spoken(tex: str) -> str:
    """A formula's source without what only typesets it."""
    plain = re.sub(r"\\(?:mathrm|mathcal|mathbb|left|right|qquad|quad|text|[,;!])", " ", tex)
    return " ".join(re.sub(r"[{}\\]", "", plain).split())


def _drawn(tex: str, inline: bool) -> tuple[str, float, float, float]:
    """(svg, width, height, how far below the baseline it ends, negative), in pixels of a 16-pixel text."""
    # A third of a second to load: commands that set no formula should not pay for it.
    import ziamath

    ziamath.config.svg2 = False
    drawn = ziamath.Latex(tex, size=_SIZE, inline=inline)
    svg = _DIGITS.sub(lambda found: f"{float(found[0]):.1f}", drawn.svg())
    width, height, top = _box(svg)
    svg = re.sub(r' xmlns:xlink="[^"]*"| (?:width|height)="[^"]*"(?=[^>]*viewBox)', "", svg)
    return _slim(svg), width, height, -(height + top)


def _slim(svg: str) -> str:
    """Without the spaces that a path's grammar does not need."""
    return re.sub(r" ?([MLQCZHV]) ?(?=[-\d\"])", r"\1", svg)


def _box(svg: str) -> tuple[float, float, float]:
    found = re.search(r'viewBox="[-\d.]+ ([-\d.]+) ([-\d.]+) ([-\d.]+)"', svg)
    if found is None:
        return 0.0, 0.0, 0.0
    top, width, height = (float(number) for number in found.groups())
    return width, height, top
