"""PEFT's log-probabilities of probe prompts: a request as JSON on standard input, the answer on standard output."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from harness.config import Serving
from harness.errors import HarnessError
from harness.generators.transformers_engine import TransformersEngine
from harness.models import Weights, read_adapter
from harness.out_of_memory import out_of_memory
from harness.store import Json


def answer(request: Json) -> Json:
    """Adapter → log-probabilities of the probes under "found"; why there are none under "refused" or "short"."""
    try:
        return {"found": _asked(request)}
    except Exception as error:
        if short := out_of_memory(error, ""):
            return {"short": asdict(short)}
        if isinstance(error, HarnessError):
            return {"refused": str(error)}
        raise


def _asked(request: Json) -> dict[str, list[float]]:
    adapters = [read_adapter(row["name"], Path(row["path"])) for row in request["adapters"]]
    engine = TransformersEngine(Weights(**request["base"]), adapters, Serving.model_validate(request["serving"]))
    return {
        adapter.name: [row.total for row in engine.loglikelihoods(adapter.name, request["probes"])]
        for adapter in adapters
    }


if __name__ == "__main__":
    print(json.dumps(answer(json.load(sys.stdin))))
