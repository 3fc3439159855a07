"""The table that `harness check` prints: plain text, regressed rows first."""

from __future__ import annotations

from dataclasses import astuple

from harness.gate.words import compared, decision, family, head, line, ordered
from harness.records import Check
from harness.words import MINUS, NOTHING, aligned, plain

_ASCII = str.maketrans({MINUS: "-", NOTHING: "-", "±": "+/-"})


def check_table(check: Check) -> str:
    """A row a finding, then what is missing, the notes, and what the p-values are adjusted over."""
    first = in_ascii(compared(check))
    rows = [[in_ascii(cell) for cell in astuple(line(finding))] for finding in ordered(check.findings)]
    missing = [f"missing: {in_ascii(text)}" for text in check.missing]
    notes = [f"note: {in_ascii(text)}" for text in check.notes]
    parts = [first, aligned([head(), *rows]) if rows else "", "\n".join(missing), "\n".join([*notes, family(check)])]
    return "\n\n".join(part for part in parts if part)


def conclusion(check: Check) -> str:
    """The last line: the decision and what to do next."""
    return in_ascii(decision(check))


def in_ascii(text: str) -> str:
    """Our own signs as any terminal has them."""
    return plain(text).translate(_ASCII)
