"""Proof that each adapter is alive before it is believed: it must change log-probabilities, and as PEFT says."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from harness.config import Serving
from harness.errors import ChangesNothing, HarnessError, OutOfMemory
from harness.generators import Generator, SharesBatches, TokenIds, Written
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
_WRITTEN = 16
"""Tokens that are written after each, to see how they are written too: not by the code that reads a prompt."""


def probes(prompts: Sequence[TokenIds], most: int | None = None) -> list[tuple[TokenIds, TokenIds]]:
    """A few prompts as (first token, the rest): every layer that an adapter touches bears on their probability.

    None has more tokens than `most`, a limit on what a model is asked.
    """
    longest = min(_LONGEST, most or _LONGEST)
    return [(ids[:1], ids[1:longest]) for ids in prompts[:_PROBES] if len(ids) > 1]


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


def prove_shared(generator: Generator, adapters: Sequence[Adapter], asked: Probes, precision: str) -> None:
    """Has variants asked one after the other, and says so, where in one batch they do not answer as each alone.

    Texts may differ by rounding. So what a variant wrote among the others is given to it alone, and must be as probable
    there as it was when it was written; and so must the probe.
    """
    if not (adapters and asked and isinstance(generator, SharesBatches) and generator.shares):
        return
    variants = [BASE, *(adapter.name for adapter in adapters)]
    room = max(0, generator.context_length - _WRITTEN)
    texts = [text for context, continuation in asked if len(text := (*context, *continuation)[:room]) > 1]
    if not texts:
        # What cannot be looked at is not believed.
        generator.shares = False
        return
    together = generator.write_together([(name, text) for text in texts for name in variants], _WRITTEN)
    stray = {
        name: _stray(generator, name, texts, together[place :: len(variants)]) for place, name in enumerate(variants)
    }
    worst = max(stray, key=lambda name: stray[name])
    if not stray[worst] <= _TOLERANCE.get(precision, _TOLERANCE["other"]):
        generator.shares = False
        logging.getLogger("harness").warning(
            "Variants are asked one after the other: in one batch with the others, %s answers otherwise than alone "
            "(log-probabilities %.3f nats a token away).",
            worst,
            stray[worst],
        )


def _stray(generator: Generator, name: str, texts: Sequence[TokenIds], together: Sequence[Written]) -> float:
    """How far what was read and written among others lies from what is alone: the greater, in nats a token."""
    pairs = [(text[:1], text[1:]) for text in texts] + [
        (text, one.tokens) for text, one in zip(texts, together, strict=True)
    ]
    alone = [found.total for found in generator.loglikelihoods(name, pairs)]
    read = [abs(a - one.read) for a, one in zip(alone, together, strict=False)]
    written = [abs(a - one.total) for a, one in zip(alone[len(texts) :], together, strict=True)]
    return max(sum(read) / sum(len(text) - 1 for text in texts), sum(written) / (_WRITTEN * len(texts)))


def peft_reference(
    base: Weights, adapters: Sequence[Adapter], serving: Serving, asked: Probes, cache: Path
) -> dict[str, list[float]]:
    """Adapter → PEFT's log-probabilities of the probes, from a process of its own, so that its memory is free again."""
    request = {
        "base": {"name": base.name, "path": base.path, "digest": base.digest},
        "serving": {key: value for key, value in serving.row().items() if key != "memory"},
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
