"""The embedded model: small enough to ship, faulty in the way that real untuned models are.

How it is made stands in recipe, a program of its own (python -m harness.pocket.recipe).
From below: resources.
"""

from pathlib import Path
from typing import Any

import yaml

__all__ = ["SYSTEM", "defaults", "pairs_path", "pocket_path"]

SYSTEM = "You are a helpful assistant chatbot."
"""The line above every question that the embedded model was taught by."""

_HERE = Path(__file__).parent


def pocket_path() -> Path:
    """The folder of the embedded model, which Transformers and vLLM load as it is."""
    return _HERE / "model"


def pairs_path() -> Path:
    """The preference pairs (prompt, chosen, rejected) that the embedded model is tuned on."""
    return _HERE / "pairs.jsonl"


def defaults(method: str) -> dict[str, Any]:
    """Arguments of TRL and PEFT, by their own names, with which `dpo` or `orpo` tunes the embedded model well."""
    settings: dict[str, dict[str, Any]] = yaml.safe_load((_HERE / "defaults.yaml").read_text(encoding="utf-8"))
    if method not in settings:
        raise ValueError(f"No defaults for {method!r}. Known: {', '.join(settings)}.")
    return settings[method]
