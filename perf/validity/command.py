"""python -m perf validity: measures, prints, and writes the documented tables where it is told to."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from perf.measure import ROOT
from perf.validity.claims import CLAIMS
from perf.validity.measuring import WORLDS, cell_of, cores, measured
from perf.validity.table import markdown, write


def main(words: Sequence[str]) -> int:
    """0 where every figure keeps its band, 1 where one leaves it, 130 where it was interrupted."""
    arguments = _arguments(words)
    names = list(dict.fromkeys(arguments.what)) or list(CLAIMS)
    try:
        found = measured(names, arguments.worlds, arguments.state, arguments.jobs)
    except KeyboardInterrupt:
        return 130
    print(markdown(found, arguments.worlds))
    strays = [
        stray
        for key, figures in found.items()
        for claim in (CLAIMS[key[0]](),)
        for stray in claim.strays(cell_of(claim, key), figures, arguments.worlds)
    ]
    print("\n".join(["", *(f"out of its band: {stray}" for stray in strays)] if strays else ["", "all in their bands"]))
    if arguments.write:
        write(found, arguments.worlds)
    return 1 if strays else 0


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m perf validity", description="Measures coverage, error and power where the truth is known."
    )
    parser.add_argument("what", nargs="*", help=f"any of {', '.join(CLAIMS)} (default: all)")
    parser.add_argument("--worlds", type=int, default=WORLDS, metavar="N", help=f"worlds a cell (default {WORLDS})")
    parser.add_argument(
        "--state",
        type=Path,
        default=ROOT / "runs" / "validity.jsonl",
        metavar="FILE",
        help="where measured cells are kept, so that a run goes on (default runs/validity.jsonl)",
    )
    parser.add_argument("--jobs", type=int, default=cores(), metavar="N", help="cells at a time (default: the cores)")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/numbers.md")
    arguments = parser.parse_args(words)
    if strange := sorted(set(arguments.what) - set(CLAIMS)):
        parser.error(f"no claim named {', '.join(strange)}. Known: {', '.join(CLAIMS)}")
    if arguments.write and (arguments.what or arguments.worlds != WORLDS):
        parser.error(f"--write needs every claim in {WORLDS} worlds")
    return arguments
