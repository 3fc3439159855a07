"""Measurements as a row, a table and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from perf.measure import Side

_HEADINGS = ("what", "theirs s", "ours s", "ratio", "target", "met", "theirs MB", "ours MB")


@dataclass(frozen=True)
class Row:
    """One comparison of a peer's cost with ours."""

    what: str
    theirs: Side | None
    """None where no peer does the same."""
    ours: Side
    target: float | None = None
    """The most that is allowed; None where nothing was promised."""
    target_of: Literal["ratio", "seconds"] = "ratio"
    notes: tuple[str, ...] = ()

    @property
    def ratio(self) -> float | None:
        """Our median seconds over theirs."""
        return None if self.theirs is None else self.ours.median / self.theirs.median

    @property
    def met(self) -> bool | None:
        """Whether the target is kept; None without one."""
        measured = self.ratio if self.target_of == "ratio" else self.ours.median
        return None if self.target is None or measured is None else measured <= self.target

    def spread(self) -> str | None:
        """The range of the ratios of single runs; None where there was one run or no peer."""
        if self.theirs is None or len(self.ours.seconds) < 2 or len(self.ours.seconds) != len(self.theirs.seconds):
            return None
        ratios = [ours / theirs for ours, theirs in zip(self.ours.seconds, self.theirs.seconds, strict=True)]
        return f"ratios of {len(ratios)} runs: {min(ratios):.3f} to {max(ratios):.3f}"


def table(rows: Sequence[Row]) -> str:
    """The rows, aligned, and below them what has to be known of each."""
    cells = [_HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEADINGS))]
    lines = ["  ".join(_aligned(line, widths)).rstrip() for line in cells]
    return "\n".join([*lines, "", *(line for row in rows for line in _notes(row))]).rstrip()


def as_json(row: Row) -> dict[str, Any]:
    """A row with every run's seconds."""
    return {
        "what": row.what,
        "theirs_seconds": None if row.theirs is None else list(row.theirs.seconds),
        "ours_seconds": list(row.ours.seconds),
        "ratio": row.ratio,
        "target": row.target,
        "target_of": row.target_of,
        "met": row.met,
        "theirs_peak_mb": None if row.theirs is None else row.theirs.peak_mb,
        "ours_peak_mb": row.ours.peak_mb,
        "theirs_cpu_seconds": None if row.theirs is None else list(row.theirs.cpu_seconds),
        "ours_cpu_seconds": list(row.ours.cpu_seconds),
        "notes": list(row.notes),
    }


def _cells(row: Row) -> tuple[str, ...]:
    met = {True: "yes", False: "no", None: "-"}[row.met]
    theirs = row.theirs
    return (
        row.what,
        "-" if theirs is None else _number(theirs.median, 3),
        _number(row.ours.median, 3),
        _number(row.ratio, 3),
        "-" if row.target is None else f"{row.target:.2f}{' s' if row.target_of == 'seconds' else ''}",
        met,
        _number(None if theirs is None else theirs.peak_mb, 0),
        _number(row.ours.peak_mb, 0),
    )


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _aligned(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    first, *rest = line
    return [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))]


def _notes(row: Row) -> list[str]:
    spread = row.spread()
    return [f"{row.what}: {note}" for note in (*row.notes, *([] if spread is None else [spread]))]
