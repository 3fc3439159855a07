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
_NARROW = 264.0
"""Pixels of a line on a telephone, beside the formula's number."""
_BREAK = re.compile(r"\\(?:Longleftrightarrow|Longrightarrow|le|ge|approx|propto|times|q?quad)|[=+-]")
_FENCE = re.compile(r"\\(left|right|Big)(?![a-zA-Z])\s*(?:\\[a-zA-Z]+|\\.|.)")
"""A bracket with its delimiter."""
_OUTER = (
    re.compile(r"\\left(\[)(.*)\\right(\])", re.DOTALL),
    re.compile(r"\\left(\()(.*)\\right(\))", re.DOTALL),
)
_SPACES = re.compile(r"^(?:\\q?quad\s*|\\[;,!])+|(?:\\q?quad\s*|\\[;,!])+$")
_STEP = re.compile(r"\\(?:[a-zA-Z]+|.)\s*|.", re.DOTALL)
_DIGITS = re.compile(r"-?\d+\.\d{2,}")
_MARKED = re.compile(r"\$(?P<tex>[^$]+)\$|\[\[(?P<source>[\w-]+)\]\]|`(?P<code>[^`]+)`|\*\*(?P<strong>[^*]+)\*\*")


@lru_cache(maxsize=256)
def formula(tex: str, alt: str, inline: bool = False) -> Markup:
    """The formula in the ink of its surroundings, named alt; inline, it sits on the line's own baseline.

    One that is wider than a telephone comes twice: as it is, and broken into lines for a narrow window.
    """
    svg, width, height, sunk = _drawn(tex, inline)
    size = f'width="{width / _SIZE:.3f}em" height="{height / _SIZE:.3f}em"'
    # A class, since the page's policy allows no style attribute.
    kind = f"math inline sunk-{min(SINKS - 1, round(-sunk / _SIZE * 100 / SINK_STEP))}" if inline else "math"
    named = f'<svg class="{kind}" {size} role="img" aria-label="{escape(alt)}" '
    # A tagged PDF takes its words from the title.
    head, _, paths = svg.replace("<svg ", named, 1).partition(">")
    whole = f"{head}><title>{escape(alt)}</title>{paths}"
    if inline or width <= _NARROW:
        return Markup(whole)
    lines = "".join(_line(line) for line in broken(tex))
    whole = whole.replace('class="math"', 'class="math whole"', 1)
    return Markup(f'{whole}<span class="math narrow" role="img" aria-label="{escape(alt)}">{lines}</span>')


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


def broken(tex: str) -> list[str]:
    """The formula in lines that a telephone has room for, each but the first beginning with its relation or sign.

    It is broken outside of brackets; where that leaves a line too wide, inside of its outer brackets too.
    """
    parts = _parts(tex)
    for opened in _OUTER:
        inner = [_parts(opened.sub(r"\\Big\1\2\\Big\3", it)) if _is_wide(it) else [it] for it in parts]
        parts = [part for group in inner for part in group]
    lines = [""]
    for part in parts:
        joined = lines[-1] + part
        if lines[-1] and _is_wide(joined):
            lines.append(part)
        else:
            lines[-1] = joined
    return [_SPACES.sub("", line) for line in lines]


def _is_wide(tex: str) -> bool:
    return _drawn(tex, False)[1] > _NARROW


def _parts(tex: str) -> list[str]:
    """The formula before each relation and sign that stands outside of brackets; big ones do not count."""
    parts, depth, place = [""], 0, 0
    while place < len(tex):
        fence = _FENCE.match(tex, place)
        step = fence or _STEP.match(tex, place)
        if step is None:
            break
        token = step[0]
        if fence:
            depth += {"left": 1, "right": -1}.get(fence[1], 0)
        elif token in "{([":
            depth += 1
        elif token in "})]":
            depth -= 1
        elif not depth and _BREAK.fullmatch(token.strip()) and _is_whole(parts[-1]):
            parts.append("")
        parts[-1] += token
        place = step.end()
    return parts


def _is_whole(part: str) -> bool:
    """Whether what stands before a sign is something that the sign joins to what follows."""
    bare = _SPACES.sub("", part).strip()
    return bool(bare) and bare[-1] not in "^_=+-[(" and not bare.endswith(r"\Longleftrightarrow")


def _line(tex: str) -> str:
    svg, width, height, _ = _drawn(tex, False)
    size = f'width="{width / _SIZE:.3f}em" height="{height / _SIZE:.3f}em"'
    return svg.replace("<svg ", f'<svg class="math" {size} aria-hidden="true" ', 1)


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
