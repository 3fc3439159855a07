"""The embedded model by what vLLM is measured against: Transformers without a card and on it, lm-eval's command."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from perf.goals import Finding
from perf.visit.agreement import answers, task_figures
from perf.visit.pocket_runs import evaluate, everything, found, lm_eval, prepare, side_by_side
from perf.visit.visit import Visit

_PART = "peers"


def ask(visit: Visit) -> None:
    """All of them side by side; what Transformers says on the card is compared with what it says without one."""
    prepare(visit)
    precisions = visit.sizes.precisions
    works: list[Callable[[], None]] = []
    for place in ("cpu", "card") if visit.card else ("cpu",):
        works += [partial(_transformers, visit, place, precision) for precision in precisions]
    works += [
        partial(lm_eval, visit, _PART, variant, precision)
        for precision in precisions
        for variant in visit.sizes.variants
    ]
    faults = side_by_side(works)
    compare = (_answers, _figures)
    visit.try_each(partial(one, visit, precision) for precision in precisions for one in compare)
    if faults:
        raise faults[0]


def _transformers(visit: Visit, place: str, precision: str) -> None:
    evaluate(visit, _PART, f"transformers-{precision}-{place}", "transformers", precision, *everything(visit))


def _answers(visit: Visit, precision: str) -> Finding | None:
    if visit.card is None:
        return None
    here, there = (found(visit, f"transformers-{precision}-{place}") for place in ("card", "cpu"))
    return answers(visit, _PART, f"embedded/answers/transformers/{precision}", precision, here, there)


def _figures(visit: Visit, precision: str) -> Finding:
    name = f"transformers-{precision}-{'card' if visit.card else 'cpu'}"
    return task_figures(visit, f"embedded/figures/transformers/{precision}", precision, name)
