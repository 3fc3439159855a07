"""The embedded model by vLLM: does it start, and is what it says right?

vLLM's kernels for adapters on a GPU take 16-bit numbers alone (lora/ops/triton_ops/lora_shrink_op.py of 0.24 and 0.32
asserts it), and the harness refuses others. So there the base is asked in float32 by itself; whether adapters are
refused is looked at in the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from perf.goals import Finding
from perf.measure import say
from perf.visit.agreement import again, alive, answers, task_figures
from perf.visit.pocket_runs import evaluate, everything, found, tasks
from perf.visit.visit import Visit

_PART = "embedded"
_REFUSED = "in 16 bits alone"


def ask(visit: Visit) -> None:
    """Base and adapters in one engine, beside Transformers without a card and lm-eval's command; then in float32."""
    if visit.card is None:
        _shared(visit, "float32")
        return
    _each(visit, [partial(_shared, precision="bfloat16"), _base_in_float32])


def ask_otherwise(visit: Visit) -> None:
    """The base in an engine of its own, and adapters in float32."""
    if visit.card:
        _each(visit, [_alone, _adapters_in_float32])


def _each(visit: Visit, works: Sequence[Callable[[Visit], None]]) -> None:
    """All of them, though one may fail: the first fault is raised after the last has ended."""
    faults: list[Exception] = []
    for work in works:
        try:
            work(visit)
        except Exception as fault:
            say(f"failed: {fault}")
            faults.append(fault)
    if faults:
        raise faults[0]


def _shared(visit: Visit, precision: str) -> None:
    """Base and adapters in one engine, the questions twice."""
    _beside_peers(visit, precision, f"vllm-{precision}", [*everything(visit), "--noise-floor"])


def _base_in_float32(visit: Visit) -> None:
    _beside_peers(visit, "float32", "vllm-float32-base", tasks())


def _alone(visit: Visit) -> None:
    """What the engine's adapters may not change: what the base says."""
    alone = evaluate(visit, _PART, "vllm-bfloat16-alone", "vllm", "bfloat16", "--tasks", "")
    visit.land(answers(visit, _PART, "embedded/alone", "bfloat16", alone, found(visit, "vllm-bfloat16")))


def _adapters_in_float32(visit: Visit) -> None:
    try:
        _beside_peers(visit, "float32", "vllm-float32", everything(visit))
    except Exception as fault:
        visit.land(Finding("embedded/alive/float32", f"not served: {fault}", _REFUSED in str(fault)))


def _beside_peers(visit: Visit, precision: str, name: str, options: list[str]) -> None:
    peer = found(visit, f"transformers-{precision}-cpu")
    run = evaluate(visit, _PART, name, "vllm", precision, *options)
    key = f"embedded/{{}}/vllm/{precision}"
    works: list[Callable[[], Finding]] = [
        partial(answers, visit, _PART, key.format("answers"), precision, run, peer),
        partial(task_figures, visit, key.format("figures"), precision, name),
    ]
    if len(run.variants) > 1:
        works.append(partial(alive, f"embedded/alive/{precision}", precision, run, peer))
    if run.again:
        works.append(partial(again, "embedded/again", run))
    visit.try_each(works)
