"""PEFT's log-probabilities of probe prompts: a request as JSON on standard input, the answer on standard output."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from harness.config import Serving
from harness.errors import HarnessError
from harness.generators.transformers_engine import TransformersEngine
from harness.models import Weights, read_adapter


def main() -> None:
    request = json.load(sys.stdin)
    adapters = [read_adapter(row["name"], Path(row["path"])) for row in request["adapters"]]
    engine = TransformersEngine(Weights(**request["base"]), adapters, Serving.model_validate(request["serving"]))
    found = {
        adapter.name: [row.total for row in engine.loglikelihoods(adapter.name, request["probes"])]
        for adapter in adapters
    }
    print(json.dumps(found))


if __name__ == "__main__":
    try:
        main()
    except HarnessError as error:
        sys.exit(str(error))
