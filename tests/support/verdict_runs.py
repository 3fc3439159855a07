"""Runs of which it is known what may be said: scored from answers, one a state of the verdict."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from harness.score import score_run
from harness.store import Run, read_run
from tests.support.gate_runs import N, drop_lines, make_run

_KINDS = {"base": "base", "dpo": "adapter"}


def rights(wrong: Collection[int]) -> list[bool]:
    return [number not in wrong for number in range(N)]


def better(folder: Path, **manifest: Any) -> Run:
    """60 wrong of 130 before, 20 after: sure by any count of tests; what it writes is longer as well."""
    texts = {("dpo", str(number)): f"I would say that it is {number + 1}." for number in range(20, N)}
    made = make_run(folder, {"base": rights(range(60)), "dpo": rights(range(20))}, _KINDS, texts=texts, **manifest)
    return read_run(made)


def blind(folder: Path) -> Run:
    """6 gained and 6 lost of 130, and nothing else: of correctness, which is all that is primary, nothing is known."""
    return read_run(make_run(folder, {"base": rights(range(12)), "dpo": rights(range(6, 18))}, _KINDS))


def missing(folder: Path) -> Run:
    """10 gained, 0 lost of 90; of the other 40 questions, to which dpo has no answer, base gets 20 right."""
    before = {*range(25), *range(110, N)}
    made = make_run(folder, {"base": rights(before), "dpo": rights(range(15))}, _KINDS)
    for number in range(90, N):
        drop_lines(made.path / "responses.jsonl", '"variant": "dpo"', f'"question_id": "{number}"')
    score_run(read_run(made))
    return read_run(made)


def noisy(folder: Path) -> Run:
    """As better; asked again, ten answers of each variant flip, five either way."""
    run = better(folder / "once")
    flipped = rights({*range(5, 60), *range(100, 105)}), rights({*range(5, 20), *range(100, 105)})
    again = make_run(folder / "again", dict(zip(("base", "dpo"), flipped, strict=True)), _KINDS)
    (run.path / "noise.jsonl").write_bytes((again.path / "responses.jsonl").read_bytes())
    score_run(run)
    return read_run(run.path)
