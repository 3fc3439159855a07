"""The measured cells as text, and as the generated part of docs/numbers.md."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from perf.measure import ROOT
from perf.validity.claim import Band, Claim, Figures
from perf.validity.claims import CLAIMS
from perf.validity.measuring import Key

DOCUMENT = ROOT / "docs" / "numbers.md"
_BEGIN = "<!-- python -m perf validity --write: begin -->"
_END = "<!-- python -m perf validity --write: end -->"


def markdown(found: Mapping[Key, Figures], worlds: int) -> str:
    """A table a claim: a world a row, a size a column."""
    names = list(dict.fromkeys(name for name, _, _ in found))
    return "\n\n".join(_claim(name, CLAIMS[name](), found, worlds) for name in names)


def write(found: Mapping[Key, Figures], worlds: int, document: Path = DOCUMENT) -> None:
    """Puts the tables between the document's markers."""
    before, _, rest = document.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    document.write_text(f"{before}{_BEGIN}\n\n{markdown(found, worlds)}\n\n{_END}{after}", encoding="utf-8")


def documented(document: Path = DOCUMENT) -> dict[tuple[str, str, str], str]:
    """(title, world, size) → what stands there, of every cell between the markers."""
    text = document.read_text(encoding="utf-8").partition(_BEGIN)[2].partition(_END)[0]
    found: dict[tuple[str, str, str], str] = {}
    for section in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        head, _, *rows = [_cells(line) for line in body.splitlines() if line.startswith("|")]
        for world, *values in rows:
            found |= {(title, world, size): value for size, value in zip(head[1:], values, strict=True) if value}
    return found


def written(claim: Claim, figures: Figures, promised: bool = True) -> str:
    """One cell: its figures in percent, in italics where nothing is promised."""
    text = re.sub(r"\{(\w+)\}", lambda name: _percent(figures.get(name[1], math.nan)), claim.layout)
    return text if promised else f"*{text}*"


def _claim(name: str, claim: Claim, found: Mapping[Key, Figures], worlds: int) -> str:
    sizes, rows = _order(cell.size for cell in claim.cells), _order(cell.world for cell in claim.cells)
    cells = {
        (cell.world, cell.size): written(claim, found[name, cell.world, cell.size], cell.promised)
        for cell in claim.cells
    }
    lines = [["", *sizes], ["---"] * (len(sizes) + 1)]
    lines += [[world, *(cells.get((world, size), "") for size in sizes)] for world in rows]
    how = "enumerated" if claim.enumerated else f"{worlds:,} worlds a cell"
    legend = re.sub(r"[{}]", "", claim.layout)
    bands = "; ".join(f"{figure} {_band(band)}" for figure, band in claim.bands.items())
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"### {claim.title}\n\n{claim.says} In percent, {how}: {legend}. Held to: {bands}.\n\n{table}"


def _order(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _percent(value: float) -> str:
    return "–" if math.isnan(value) else f"{100 * value:.1f}"


def _band(band: Band) -> str:
    least, most = f"{100 * band.least:g}", f"{100 * band.most:g}"
    if band.most == 1.0:
        return f"at least {least}"
    return f"at most {most}" if band.least == 0.0 else f"{least} to {most}"


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]
