"""Proof that each adapter is alive before it is believed: it must change log-probabilities, and as PEFT says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from harness.config import Serving
from harness.errors import ChangesNothing, HarnessError, OutOfMemory
from harness.generators import Generator, TokenIds
from harness.machine import how_ended, why_killed
from harness.models import Adapter, Weights
from harness.out_of_memory import said_out_of_memory
from harness.records import BASE
from harness.store import Json, read_json, write_json

Probes = Sequence[tuple[TokenIds, TokenIds]]
_TOLERANCE = {"float32": 0.002, "other": 0.08}
"""Nats a token by which an engine's log-probabilities may stray from PEFT's: rounding, by precision."""
_UNASKED = "PEFT could not be asked for its log-probabilities"
_PROBES = 4
_LONGEST = 256
"""Tokens of a prompt that are looked at: enough for an adapter to show."""


def probes(prompts: Sequence[TokenIds]) -> list[tuple[TokenIds, TokenIds]]:
    """A few prompts as (first token, the rest): every layer that an adapter touches bears on their probability."""
    return [(ids[:1], ids[1:_LONGEST]) for ids in prompts[:_PROBES] if len(ids) > 1]


def prove_alive(
    generator: Generator,
    adapters: Sequence[Adapter],
    asked: Probes,
    reference: Mapping[str, list[float]],
    precision: str,
) -> None:
    """Refuses an adapter whose log-probabilities are the base's, or not PEFT's (`reference`, where given)."""
    base = [found.total for found in generator.loglikelihoods(BASE, asked)]
    tokens = [len(continuation) for _, continuation in asked]
    tolerance = _TOLERANCE.get(precision, _TOLERANCE["other"])
    dead: list[Adapter] = []
    for adapter in adapters:
        own = [found.total for found in generator.loglikelihoods(adapter.name, asked)]
        if all(abs(a - b) < 1e-6 for a, b in zip(own, base, strict=True)):
            dead.append(adapter)
            continue
        stray = [abs(a - b) / n for a, b, n in zip(own, reference.get(adapter.name, own), tokens, strict=True)]
        if max(stray) > tolerance:
            raise HarnessError(
                f"Adapter '{adapter.name}' is served wrongly: its log-probabilities are {max(stray):.3f} nats a token "
                "away from PEFT's. Ask with --backend transformers."
            )
    if dead:
        raise ChangesNothing(tuple(adapter.name for adapter in dead), str(dead[0].path), len(asked))


def peft_reference(
    base: Weights, adapters: Sequence[Adapter], serving: Serving, asked: Probes, cache: Path
) -> dict[str, list[float]]:
    """Adapter → PEFT's log-probabilities of the probes, from a process of its own, so that its memory is free again."""
    request = {
        "base": asdict(base),
        "serving": serving.model_dump(mode="json"),
        "adapters": [{"name": a.name, "path": str(a.path), "digest": a.digest} for a in adapters],
        "probes": [[list(context), list(continuation)] for context, continuation in asked],
    }
    if cache.exists() and (before := read_json(cache)).get("request") == request:
        found: dict[str, list[float]] = before["found"]
        return found
    done = subprocess.run(
        [sys.executable, "-m", "harness.generators.peft_process"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=False,
    )
    answer: Json = json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else _crash(done)
    if "short" in answer:
        raise OutOfMemory(**{**answer["short"], "what": _UNASKED})
    if "refused" in answer:
        raise HarnessError(f"{_UNASKED}: {answer['refused']}")
    found = answer["found"]
    write_json(cache, {"request": request, "found": found})
    return found


def _crash(done: subprocess.CompletedProcess[str]) -> Json:
    if done.returncode < 0:
        return {"refused": f"the process {how_ended(done.returncode)}. {why_killed(done.returncode)}".rstrip()}
    last = (done.stderr.strip().splitlines() or ["no message"])[-1]
    short = said_out_of_memory(last, _UNASKED)
    return {"short": asdict(short)} if short else {"refused": last}
