"""Proof that each adapter is alive before it is believed: it must change log-probabilities, and as PEFT says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from harness.config import Serving
from harness.errors import HarnessError
from harness.generators import Generator, TokenIds
from harness.models import Adapter, Weights
from harness.records import BASE
from harness.store import read_json, write_json

Probes = Sequence[tuple[TokenIds, TokenIds]]
_TOLERANCE = {"float32": 0.002, "other": 0.08}
"""Nats a token by which an engine's log-probabilities may stray from PEFT's: rounding, by precision."""


class ChangesNothing(HarnessError):
    """Adapters that answer as the base does."""

    adapters: tuple[str, ...] = ()


def probes(prompts: Sequence[TokenIds], count: int = 4, longest: int = 256) -> list[tuple[TokenIds, TokenIds]]:
    """A few prompts as (first token, the rest): every layer that an adapter touches bears on their probability."""
    return [(ids[:1], ids[1:longest]) for ids in prompts[:count] if len(ids) > 1]


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
        raise _change_nothing(dead, len(asked))


def _change_nothing(dead: Sequence[Adapter], asked: int) -> ChangesNothing:
    first, *others = dead
    more = f" So do {', '.join(adapter.name for adapter in others)}." if others else ""
    error = ChangesNothing(
        f"Adapter '{first.name}' changes nothing: its log-probabilities are the base's on {asked} probe prompts. "
        f"Its weights are zero or match no module of the base. Look at {first.path}.{more}"
    )
    error.adapters = tuple(adapter.name for adapter in dead)
    return error


def peft_reference(
    base: Weights, adapters: Sequence[Adapter], serving: Serving, asked: Probes, cache: Path
) -> dict[str, list[float]]:
    """adapter → PEFT's log-probabilities of the probes, from a process of its own, so that its memory is free again."""
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
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise HarnessError(f"PEFT could not be asked for its log-probabilities: {last}")
    found = json.loads(done.stdout.splitlines()[-1])
    write_json(cache, {"request": request, "found": found})
    return found
