"""The embedded model by vLLM: does it start, and is what it says right?"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from perf.measure import say
from perf.visit.agreement import again, alive, answers, task_figures
from perf.visit.pocket_runs import evaluate, everything, found
from perf.visit.visit import Visit

_PART = "embedded"


def ask(visit: Visit) -> None:
    """Each precision beside Transformers without a card and lm-eval's command; then the base in its own engine."""
    faults: list[Exception] = []
    works: list[Callable[[], None]] = [partial(_beside_peers, visit, one) for one in visit.sizes.precisions]
    if visit.card:
        works.append(partial(_alone, visit))
    for work in works:
        try:
            work()
        except Exception as fault:
            say(f"failed: {fault}")
            faults.append(fault)
    if faults:
        raise faults[0]


def _beside_peers(visit: Visit, precision: str) -> None:
    name, peer = f"vllm-{precision}", found(visit, f"transformers-{precision}-cpu")
    twice = ["--noise-floor"] if precision == "float32" else []
    run = evaluate(visit, _PART, name, "vllm", precision, *everything(visit), *twice)
    key = f"embedded/{{}}/vllm/{precision}"
    visit.try_each(
        [
            partial(answers, visit, _PART, key.format("answers"), precision, run, peer),
            partial(alive, f"embedded/alive/{precision}", precision, run, peer),
            partial(task_figures, visit, key.format("figures"), precision, name),
            *([partial(again, run)] if twice else []),
        ]
    )


def _alone(visit: Visit) -> None:
    alone = evaluate(visit, _PART, "vllm-float32-alone", "vllm", "float32", "--tasks", "")
    shared = found(visit, "vllm-float32")
    visit.land(answers(visit, _PART, "embedded/alone/float32", "float32", alone, shared))
