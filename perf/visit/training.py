"""DPO and ORPO of a 7B base in NF4, beside plain TRL: a row as soon as one side has ended."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from harness.errors import HarnessError
from perf.goals import GOALS, Finding
from perf.gpu_base import Shape, pairs_per_step
from perf.gpu_training import Trained, Work, roofline, train
from perf.measure import say
from perf.visit.base import made, refuse_missing
from perf.visit.visit import Visit

_PART = "training"
_SIDE = 110.0
"""Seconds that one side of a method may take, so that one that hangs leaves time for the others."""
_GIB, _GB = 2**30, 1e9
ROOFLINE, SLOWER, SKEWED, LOSSES, CARD = 0.35, 1.0, 1 / 1.5, 1e-3, 12.0
"""The goals: share of the roofline, seconds beside plain TRL, on skewed lengths, losses apart, GB."""


def measure(visit: Visit) -> None:
    """Every method by both sides in turn, ours first: it is what must be known."""
    refuse_missing(visit)
    shape = visit.sizes.shape
    work = Work(visit.folder(_PART) / visit.id.replace(":", ""), shape, visit.card, shape.steps, made(visit))
    work.folder.mkdir(exist_ok=True)
    work = replace(work, limit=_SIDE if visit.card else None, logs=Path(visit.logs) / _PART)
    faults = [fault for method in visit.sizes.methods for fault in _method(visit, work, method)]
    if faults:
        raise faults[0]


def _method(visit: Visit, work: Work, name: str) -> list[HarnessError]:
    """Rows of one method; a side that failed takes only the rows that need it with it."""
    method = "dpo" if name == "skewed" else name
    work = replace(work, pairs="skewed.jsonl" if name == "skewed" else "pairs.jsonl")
    found: dict[str, Trained] = {}
    faults: list[HarnessError] = []
    for side in ("ours", "theirs"):
        say(f"training: {name}, {side}")
        began = time.monotonic()
        try:
            found[side] = train(work, method, side, f"{name}-{side}")
        except HarnessError as fault:
            faults.append(fault)
            visit.land(Finding(f"training/{name}/{'speed' if side == 'ours' else 'ratio'}", f"{side}: {fault}", False))
            continue
        say(f"training: {name}, {side}: {found[side].seconds:.1f} s of steps, {time.monotonic() - began:.0f} s in all")
        if side == "ours":
            visit.land(speed(visit, work, method, name, found[side]))
            visit.land(memory(name, found[side], visit.card is not None))
    if len(found) == 2:
        for finding in beside(work.shape, name, found["ours"], found["theirs"]):
            visit.land(finding)
    return faults


def speed(visit: Visit, work: Work, method: str, name: str, ours: Trained) -> Finding:
    """Pairs a second, and their share of what the card could do."""
    rate = (work.steps - 1) * pairs_per_step(work.shape) / ours.seconds
    bound = roofline(work, method)
    share = bound.share(rate)
    said = f"{rate:.2f} pairs/s {bound.said(rate)}, on {visit.card or 'the processor'}"
    met = None if share is None or name == "skewed" else share >= ROOFLINE
    return Finding(f"training/{name}/speed", said, met, (("pairs a second", rate), ("share of the roofline", share)))


def memory(name: str, ours: Trained, on_card: bool) -> Finding:
    """What torch held at most on the card; without one, what the process held, which says nothing about a card."""
    held = ours.peak_memory / _GB
    key = f"training/{name}/memory"
    met = held <= CARD if on_card and GOALS[key].goal else None
    return Finding(key, f"{ours.peak_memory / _GIB:.2f} GiB ({held:.2f} GB)", met, (("bytes", ours.peak_memory),))


def beside(shape: Shape, name: str, ours: Trained, theirs: Trained) -> list[Finding]:
    """Seconds and losses of both sides."""
    ratio, goal = ours.seconds / theirs.seconds, SKEWED if name == "skewed" else SLOWER
    apart = max(abs(one - other) for one, other in zip(ours.losses, theirs.losses, strict=True))
    pairs = (len(ours.losses) - 1) * pairs_per_step(shape)
    said = (
        f"{ratio:.3f} ×: {ours.seconds:.1f} s beside {theirs.seconds:.1f} s for {pairs} pairs; memory "
        f"{ours.peak_memory / _GIB:.2f} GiB beside {theirs.peak_memory / _GIB:.2f}"
    )
    numbers = (("ratio", ratio), ("ours", ours.seconds), ("theirs", theirs.seconds))
    losses = f"at most {apart:.1e} apart in {len(ours.losses)} steps"
    return [
        Finding(f"training/{name}/ratio", said, ratio <= goal, numbers),
        Finding(f"training/{name}/losses", losses, apart <= LOSSES, (("apart", apart),)),
    ]
