"""check.md: the verdict first, fit for the job summary of a CI run."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import astuple

from harness.gate.words import compared, decision, english, family, head, line, ordered, place
from harness.records import Check, Finding
from harness.words import Words, plain, retold

_LOST = 20
_LONGEST = 100
# What Markdown, HTML or GitHub would take for more than a letter; an underscore or a colon only where it is one.
_SPECIAL = re.compile(r"[\\`*<>\[\]{}#|~&@/$^\"']|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|:(?=\S)|(?<=www)\.", re.IGNORECASE)
_OPENING = re.compile(r"^(\d{0,9})([-+=.)])(?=[-=\s]|$)")


def check_markdown(check: Check, say: Words | None = None) -> str:
    """The decision, what is missing, what did not pass, its lost items; what passed can be unfolded."""
    say = say or english()
    open_ = [finding for finding in ordered(check.findings) if finding.verdict != "passed"]
    passed = [finding for finding in check.findings if finding.verdict == "passed"]
    parts = [
        f"## {say('check.title', status=say(f'check.status.{check.status}'))}",
        f"**{escaped(decision(check, say))}**",
        escaped(compared(check, say)),
        _list(say("check.missing"), check.missing, say),
        _table(open_, say),
        *(_lost(finding, say) for finding in open_ if finding.verdict == "regressed"),
        _folded(say.counted("check.passing", len(passed)), _table(passed, say)) if passed else "",
        _list(say("check.notes"), check.notes, say),
        escaped(family(check, say)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def escaped(text: str) -> str:
    """Text of models and files that Markdown and HTML show as it stands, on one line."""
    text = _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", plain(text))
    # At the beginning of a line these would open a list or underline what stands above.
    return _OPENING.sub(lambda match: f"{match[1]}&#{ord(match[2])};", text)


def _list(title: str, sentences: Sequence[str], say: Words) -> str:
    told = [f"- {escaped(retold(text, 'check.said', say))}" for text in sentences]
    return "\n".join([f"### {title}", "", *told]) if told else ""


def _table(findings: Sequence[Finding], say: Words) -> str:
    if not findings:
        return ""
    rows = [[escaped(cell) for cell in astuple(line(finding, say))] for finding in findings]
    if any(finding.verdict == "regressed" for finding in findings):
        rows = [
            [*cells[:-1], f"**{cells[-1]}**"] if finding.verdict == "regressed" else cells
            for cells, finding in zip(rows, findings, strict=True)
        ]
    heads = head(say)
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _lost(finding: Finding, say: Words) -> str:
    """The items of a 0/1 metric that got worse; where less is better those are the gained ones."""
    worse = finding.lost_ids if finding.better == "higher" else finding.gained_ids
    if finding.better == "neither":
        worse = (*finding.lost_ids, *finding.gained_ids)
    if not worse:
        return ""
    shown = say.listed([f"<code>{_short(name)}</code>" for name in worse], _LOST)
    where = {"name": escaped(finding.variant), "metric": escaped(place(finding, say))}
    return say.counted("check.items", len(worse), **where, items=shown)


def _short(name: str) -> str:
    text = plain(name)
    return escaped(text if len(text) <= _LONGEST else text[:_LONGEST] + "…")


def _folded(title: str, body: str) -> str:
    return f"<details>\n<summary>{html.escape(title)}</summary>\n\n{body}\n\n</details>"
