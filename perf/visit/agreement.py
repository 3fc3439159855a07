"""Whether two runs of the embedded model say the same: texts, log-probabilities, lm-eval's figures."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

from harness.records import BASE
from harness.store import Run
from perf.goals import Finding
from perf.lm_eval_side import equal, figures
from perf.visit.pocket_runs import lm_eval_folder, run_folder
from perf.visit.visit import Visit

ROUNDING = {"float32": 0.02, "bfloat16": 0.3}
"""Nats by which two tokens may differ that rounding exchanges: the embedded model's logits reach 20, which bfloat16's 8
bits round to 0.06 in every layer and both engines; TF32, which a card may multiply float32 in, has 11."""
_STRAY = {"float32": 0.02, "bfloat16": 0.3}
"""Nats by which the log-probability of an ending of a few tokens may differ."""
_NEAR = 1e-3
_CHOICE = "pocket_choice"


def answers(visit: Visit, part: str, key: str, precision: str, run: Run, beside: Run) -> Finding:
    """How many texts are equal, and whether rounding explains the others."""
    shared = [name for name in run.responses if name in beside.responses]
    equal_texts = [name for name in shared if run.responses[name].text == beside.responses[name].text]
    said = f"{', '.join(run.variants)}: {len(equal_texts)} of {len(shared)} texts equal"
    if not shared or len(equal_texts) == len(shared):
        return Finding(key, said, bool(shared), (("equal", len(equal_texts)), ("of", len(shared))))
    gaps = _gaps(visit, part, run.path, beside.path)
    near, most = sum(gap <= ROUNDING[precision] for gap in gaps), max(gaps)
    said += (
        f"; where the others first differ, the two tokens are at most {most:.2g} nats apart by the processor's float32 "
        f"model, {near} of {len(gaps)} within {ROUNDING[precision]}"
    )
    numbers = (("equal", len(equal_texts)), ("of", len(shared)), ("within rounding", near), ("most nats apart", most))
    return Finding(key, said, near == len(gaps), numbers)


def again(key: str, run: Run) -> Finding:
    """How many texts are the same when the questions are asked again, in batches of another order."""
    second = {key[:2]: response for key, response in run.again.items()}
    same = sum(run.responses[key].text == response.text for key, response in second.items())
    said = f"{same} of {len(second)} texts equal"
    # How near the others are was not asked: they are no reason to call an engine wrong.
    met = True if same == len(second) > 0 else None
    return Finding(key, said, met, (("equal", same), ("of", len(second))))


def _gaps(visit: Visit, part: str, run: Path, beside: Path) -> list[float]:
    output = visit.folder("visit") / f"{run.name}-{beside.name}.json"
    command = [sys.executable, "-m", "perf.visit.first_difference", run, beside, output]
    visit.run(part, f"difference-{run.name}-{beside.name}", command, run.parents[2], CUDA_VISIBLE_DEVICES="")
    return [row["gap"] for row in json.loads(output.read_text(encoding="utf-8"))]


def alive(key: str, precision: str, run: Run, reference: Run) -> Finding:
    """By how much each adapter's log-probabilities of endings differ from the base's, and from Transformers' of it."""
    own, peft = ({name: _endings(held, name) for name in held.variants} for held in (run, reference))
    effect = {name: _apart(found, own[BASE]) for name, found in own.items() if name != BASE}
    stray = max(_apart(found, peft[name]) for name, found in own.items())
    least = min(effect.values())
    said = (
        f"log-probabilities of {len(own[BASE])} endings: adapters differ from the base by up to "
        f"{', '.join(f'{name} {most:.2f}' for name, most in effect.items())} nats, all from Transformers and PEFT "
        f"on the processor by at most {stray:.2g}"
    )
    numbers = (("least effect", least), ("most away from PEFT", stray))
    return Finding(key, said, least > 10 * stray and stray <= _STRAY[precision], numbers)


def _endings(run: Run, variant: str) -> list[float]:
    rows = sorted(run.samples(variant, _CHOICE), key=lambda row: int(row["doc_id"]))
    return [float(answer[0][0]) for row in rows for answer in row["resps"]]


def _apart(one: list[float], other: list[float]) -> float:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def task_figures(visit: Visit, key: str, precision: str, name: str) -> Finding:
    """lm-eval's figures of a run beside those of its own command: equal in float32, within a thousandth in bfloat16."""
    same, near, total, apart = 0, 0, 0, 0.0
    asked = [one for one in visit.sizes.variants if run_folder(visit, name).results_file(one).is_file()]
    for variant in asked:
        theirs = figures(next(lm_eval_folder(visit, variant, precision).rglob("results_*.json")))
        ours = figures(run_folder(visit, name).results_file(variant))
        for what, value in theirs.items():
            total += 1
            same += equal(what, value, ours.get(what, math.nan))
            away = abs(ours.get(what, math.inf) - value) / max(1.0, abs(value))
            near, apart = near + (away <= _NEAR), max(apart, away)
    said = (
        f"{', '.join(asked)}: {same} of {total} figures equal (perplexities to 1e-4), {near} within {_NEAR}, "
        f"the farthest {apart:.1e} away"
    )
    met = (same if precision == "float32" else near) == total > 0
    return Finding(key, said, met, (("equal", same), ("near", near), ("of", total), ("farthest", apart)))
