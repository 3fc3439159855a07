"""Which parts a visit has, in which order, which of them run side by side, and how long each may take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

LEAST = 15.0
"""Seconds below which no part is begun."""


@dataclass(frozen=True)
class Part:
    """One thing that is proven, in a process of its own."""

    name: str
    opens: str
    """module:function, which takes the visit."""
    seconds: float
    """The most that it may take."""
    says: str
    needs: tuple[str, ...] = ()
    """Parts that run before it, for what they leave; where that is not there, it says so itself."""


Stages = tuple[tuple[Part, ...], ...]
_TWO = ("peers", "embedded")

STAGES: Stages = (
    # None of these times anything, and all have given the card back before an engine measures what is free on it.
    (
        Part("doctor", "perf.visit.doctor:look", 60, "the card, its driver, what is installed"),
        Part("base", "perf.visit.base:make", 120, "makes the 7B base of random weights and four adapters"),
        Part("peers", "perf.visit.peers:ask", 150, "the embedded model by Transformers and by lm-eval's own command"),
        Part("together", "perf.visit.together:run", 120, "a sweep of two trainings; watch beside a training"),
    ),
    (Part("embedded", "perf.visit.embedded:ask", 240, "the embedded model by vLLM, beside the peers", ("peers",)),),
    (Part("adapters", "perf.visit.adapters:measure", 330, "7B and four adapters beside lm_eval", ("base",)),),
    (Part("training", "perf.visit.training:measure", 400, "DPO and ORPO in NF4 beside plain TRL", ("base",)),),
    (Part("alone", "perf.visit.embedded:ask_otherwise", 150, "vLLM with the base alone; adapters in float32", _TWO),),
    (Part("sharded", "perf.visit.sharded:train", 120, "FSDP-QLoRA on two cards", ("base",)),),
)
"""Stages one after another, the parts of a stage side by side."""


def known(stages: Stages) -> dict[str, Part]:
    """Every part by its name."""
    return {part.name: part for stage in stages for part in stage}


def chosen(stages: Stages, names: Sequence[str]) -> Stages:
    """The stages with those parts and what they need alone; all of them where none is named."""
    if not names:
        return stages
    parts, wanted = known(stages), list(names)
    for name in wanted:
        wanted += [need for need in parts[name].needs if need not in wanted]
    kept = (tuple(part for part in stage if part.name in wanted) for stage in stages)
    return tuple(stage for stage in kept if stage)


def patient(stages: Stages, times: float) -> Stages:
    """The same with so many times the time for each part."""
    return tuple(tuple(replace(part, seconds=part.seconds * times) for part in stage) for stage in stages)


def granted(part: Part, left: float) -> float | None:
    """Seconds that a part gets of what is left; None where it is not begun."""
    return None if left < LEAST else min(part.seconds, left)


def table(stages: Stages, minutes: float) -> str:
    """The plan, as it is printed."""
    lines = [f"{minutes:g} minutes in all; a part whose time exceeds what is left is shortened, or left out", ""]
    for number, stage in enumerate(stages, start=1):
        side = "side by side" if len(stage) > 1 else "alone"
        lines.append(f"stage {number}, {side}")
        for part in stage:
            needs = f"; needs {', '.join(part.needs)}" if part.needs else ""
            lines.append(f"  {part.name:<10} at most {part.seconds:>3.0f} s  {part.says}{needs}")
    return "\n".join(lines)
