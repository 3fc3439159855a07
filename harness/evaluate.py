"""The main path: ask, score, compare.

harness evaluate --adapters dpo,orpo
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from harness.asking import Evaluation, Gaps, ask, begin, missing
from harness.errors import BrokenTask, HarnessError, unknown
from harness.machine import keep_noise
from harness.models import Adapter
from harness.records import Curve
from harness.score import score_run
from harness.store import LOG, Run, RunFolder, read_run, read_training

Ask = Callable[[Evaluation, RunFolder, Gaps], None]
"""Fills a run folder's gaps: on this machine, or on others."""


def evaluate(evaluation: Evaluation, folder: RunFolder, ask: Ask = ask) -> Run:
    """A run in which nothing is missing, scored and compared: what is there already is not asked again.

    An lm-eval task that breaks is raised when all else is scored.
    """
    run = begin(evaluation, folder)
    broken: BrokenTask | None = None
    if gaps := missing(evaluation, run):
        keep_noise(folder.path / LOG)
        try:
            ask(evaluation, folder, gaps)
        except BrokenTask as error:
            broken = error
        run = read_run(folder)
    folder.write_curves(training_curves(evaluation.adapters))
    score_run(run)
    if broken is not None:
        raise broken
    return run


def asker(executor: str, engines: int, address: str | None) -> Ask:
    """What asks: one engine on this machine, or several on a Ray cluster; refuses what does not go together."""
    if executor == "ray":
        from harness.asking import ask_on_cluster

        return partial(ask_on_cluster, engines=engines, address=address)
    if executor != "local":
        unknown("executor", executor, ["local", "ray"])
    if engines > 1 or address is not None:
        option = "--address" if address is not None else f"--engines {engines}"
        raise HarnessError(f"{option} needs --executor ray, which starts a cluster on this machine where none runs.")
    return ask


def training_curves(adapters: Sequence[Adapter]) -> list[Curve]:
    """The curves that the adapters' trainings left beside them, under the names that the adapters have here."""
    return [
        replace(curve, variant=adapter.name) for adapter in adapters for curve in read_training(adapter.path).curves
    ]
