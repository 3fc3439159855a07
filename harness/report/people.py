"""A page on which people judge: pairs of a run's answers, nameless, in an order of chance, one file to be sent."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from harness.errors import HarnessError, unknown
from harness.report.numbers import base_of
from harness.report.rendering import template_environment, write_page
from harness.store import Run, is_answered
from harness.words import numerals, words

MOST = 100
"""Pairs on a page, unless more are asked for: a person judges about one a minute."""


@dataclass(frozen=True)
class PeoplePage:
    """What the template shows."""

    run: str
    suite: str
    note: str
    pairs: int
    command: str
    data: Markup


def write_people_page(
    run: Run, path: Path, against: str | None = None, most: int = MOST, lang: str = "en", folders: Sequence[Path] = ()
) -> int:
    """Writes the page and returns how many pairs it holds; each variant against the base, or against `against`.

    Questions, the order of pairs and which answer stands first are drawn by the run's seed. Two answers of the same
    words are left out: there is nothing to prefer.
    """
    say, summary = words(lang), run.summary
    names = [variant.name for variant in summary.variants]
    baseline = against or base_of(summary).name
    if baseline not in names:
        unknown("variant", baseline, names, "--against is a variant of the run.")
    rng = random.Random(run.manifest.seed or 0)
    drawn, alike = _pairs(run, baseline, [name for name in names if name != baseline], rng)
    if not drawn:
        raise HarnessError(f"{run.id} has no two answers to one question that differ: there is nothing to judge.")
    shown = drawn[:most]
    data = json.dumps(shown, ensure_ascii=False, sort_keys=True)
    told = {
        "pairs": shown,
        "digest": hashlib.sha256(data.encode("utf-8", "surrogatepass")).hexdigest()[:16],
        "file": f"{run.id}-people.json",
    }
    page = PeoplePage(
        run=run.id,
        suite=run.manifest.suite.title or run.manifest.suite.name,
        note=say("people.drawn", n=numerals.number(len(shown)), all=numerals.number(len(drawn)), alike=alike),
        pairs=len(shown),
        command=f"harness judge {run.id} --verdicts {run.id}-people.json",
        # What stands in an answer must not end the element that holds it.
        data=Markup(json.dumps(told, ensure_ascii=True).replace("<", "\\u003c")),
    )
    environment = template_environment(folders)
    environment.globals.update(say=say)
    write_page(path, environment.get_template("_people.html.j2").render(page=page).encode())
    return len(shown)


def _pairs(run: Run, baseline: str, variants: Sequence[str], rng: random.Random) -> tuple[list[dict[str, Any]], int]:
    """(pairs in an order of chance, how many are of the same words)."""
    found, alike = [], 0
    for question in run.questions:
        before = run.responses.get((baseline, question.id))
        for name in variants:
            after = run.responses.get((name, question.id))
            if before is None or after is None or not is_answered(before) or not is_answered(after):
                continue
            if before.text.split() == after.text.split():
                alike += 1
                continue
            sides = [(baseline, before.text), (name, after.text)]
            rng.shuffle(sides)
            key = json.dumps([question.id, 0, sides[0][0], sides[1][0]])
            found.append(
                {
                    "question": after.asked or before.asked or question.question,
                    "answers": [text for _, text in sides],
                    # Nobody reads it by accident.
                    "key": base64.b64encode(quote(key).encode()).decode(),
                }
            )
    rng.shuffle(found)
    return found, alike
