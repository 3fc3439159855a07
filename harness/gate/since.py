"""What `harness baseline` says of the anchor: where it lies, and what has been lost since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.comparing import measure_of, plain_size
from harness.gate.baseline import Anchor
from harness.gate.check import judged, since_anchor
from harness.gate.policy import Policy
from harness.gate.table import in_ascii
from harness.gate.words import change, place
from harness.records import Finding
from harness.store import Run


def anchor_line(anchor: Anchor) -> str:
    """Which run losses are counted from, and whether that still can be."""
    if anchor.held is None:
        return f"{anchor.name}: pinned on {anchor.created}; it {anchor.gap}, and what was lost since cannot be told"
    return f"{anchor.name}: {anchor.held.path}, pinned on {anchor.created}, unchanged since"


def since_lines(run: Run, anchor: Anchor, policy: Policy) -> list[str]:
    """A line for each checked metric and task: the paired change since the anchor, with its interval; then notes."""
    rows, notes = since_anchor(run, anchor, policy)
    findings, _ = judged(rows, policy)
    return [in_ascii(text) for text in (*_lines(findings, anchor), *notes)]


def _lines(findings: list[Finding], anchor: Anchor) -> Iterator[str]:
    several = len({finding.variant for finding in findings}) > 1
    for finding in findings:
        tolerated = plain_size(finding.margin, measure_of(finding))
        mark = {
            "passed": "",
            "undecided": f", maybe more than the {tolerated} that are tolerated in all",
            "regressed": f", more than the {tolerated} that are tolerated in all",
        }[finding.verdict]
        variant = f"{finding.variant} " if several else ""
        yield f"since {anchor.run}: {variant}{place(replace(finding, against=''))} {change(finding)}{mark}"
