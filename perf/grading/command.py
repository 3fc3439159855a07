"""How well answers are graded: python -m perf grading [--half dev] [--show N] [--json FILE].

2,000 generated answers of known truth and GSM8K's gold solutions, by our grader and by three others. Tune the grader by
the dev half alone: --show lists disagreements of that half and of no other.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from perf.grading.agreement import DIMENSIONS, Verdict, groups, judged, rates, summary
from perf.grading.gold import GOLD, gold_rows
from perf.grading.graders import GRADERS
from perf.grading.language import HALVES
from perf.grading.variants import variants

NUMBER, SEED = 2000, 21


def main(words: Sequence[str]) -> int:
    """0 whatever was found."""
    arguments = _arguments(words)
    halves = [half for half in HALVES if arguments.half in (None, half)]
    names = list(dict.fromkeys(arguments.grader)) or list(GRADERS)
    verdicts = judged(variants(arguments.number, arguments.seed, halves), names)
    rows = summary(verdicts)
    for row in rows:
        print(_line(row["half"], row["what"], row["grader"], row))
    for dimension in () if arguments.brief else DIMENSIONS:
        print(_table(verdicts, dimension))
    gold = gold_rows(names, arguments.limit)
    for row in gold:
        print(_line("GSM8K", row["what"], row["grader"], row))
    if not gold:
        print(f"GSM8K's gold solutions are left out: there is no {GOLD.name} beside the project")
    if arguments.show:
        _show(verdicts, names[0], arguments.show)
    if arguments.json is not None:
        saved = {"format_version": 1, "number": arguments.number, "seed": arguments.seed, "grading": rows, "gold": gold}
        arguments.json.write_text(json.dumps(saved, indent=2) + "\n", encoding="utf-8")
    return 0


def _line(*cells: Any) -> str:
    *names, row = cells
    said = [_rate(row[name]) if name in row else "" for name in ("false accept", "false reject")]
    return "  ".join([*(str(name).ljust(26 if at == 2 else 17) for at, name in enumerate(names)), *said]).rstrip()


def _rate(found: dict[str, Any]) -> str:
    share, low, high = (100 * value for value in (found["errors"] / max(1, found["n"]), found["low"], found["high"]))
    return f"{share:6.2f} % [{low:.2f}, {high:.2f}] of {found['n']}".ljust(36)


def _table(verdicts: Sequence[Verdict], dimension: str) -> str:
    """Errors of what there was, wrong answers accepted and right ones rejected, a grader a column."""
    names = list(dict.fromkeys(verdict.grader for verdict in verdicts))
    lines = ["", f"by {dimension}: false accepts and false rejects of the answers of each"]
    lines.append("  ".join([" " * 22, *(name.ljust(26) for name in names)]).rstrip())
    for group, some in groups(verdicts, dimension).items():
        found = [rates(verdict for verdict in some if verdict.grader == name) for name in names]
        cells = [f"{wrong.errors}/{wrong.n} {right.errors}/{right.n}".ljust(26) for wrong, right in found]
        lines.append("  ".join([group.ljust(22), *cells]).rstrip())
    return "\n".join(lines)


def _show(verdicts: Sequence[Verdict], grader: str, most: int) -> None:
    """The first disagreements of the dev half; the held-out one is not for reading."""
    print(f"\ndisagreements of {grader}, dev half:")
    wrong = [it for it in verdicts if it.grader == grader and not it.agrees and it.variant.half == "dev"]
    for verdict in wrong[:most]:
        variant = verdict.variant
        said = "false reject" if variant.right else f"false accept ({variant.fault})"
        print(f"\n{variant.id}: {said}; {variant.language}, {variant.form}, {variant.distractor}")
        print(f"  question: {variant.question.question!r}\n  key: {variant.question.answer} ({variant.question.match})")
        print(f"  answer: {variant.text!r}")


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m perf grading", description="Measures graders where the truth is known.")
    parser.add_argument("--number", type=int, default=NUMBER, metavar="N", help=f"variants (default {NUMBER})")
    parser.add_argument("--seed", type=int, default=SEED, metavar="N", help=f"of the variants (default {SEED})")
    parser.add_argument("--half", choices=HALVES, help="one half alone (default: both)")
    parser.add_argument("--grader", action="append", choices=list(GRADERS), default=[], help="default: all")
    parser.add_argument("--limit", type=int, metavar="N", help="at most N gold solutions")
    parser.add_argument("--brief", action="store_true", help="leave the tables by form, language and distractor out")
    parser.add_argument("--show", type=int, metavar="N", help="list so many disagreements of the dev half")
    parser.add_argument("--json", type=Path, metavar="FILE", help="save the rates")
    return parser.parse_args(words)
