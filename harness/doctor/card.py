"""The cards: each with its driver and its free memory, and what fits there."""

from __future__ import annotations

from collections.abc import Sequence

from harness.doctor.diagnosis import Diagnosis
from harness.doctor.looking import Sight
from harness.doctor.room import told
from harness.machine import Card

_TORCH = "pip uninstall -y torch && pip install torch==2.13.0"
"""A build for the CPU counts as that version, and would be left where it is."""


def torch_beside(seen: Sequence[Card], torch: str | None) -> Diagnosis:
    """Where torch uses no card: whether there is one."""
    if torch is None:
        return Diagnosis("GPU", False, "unknown without torch", "make setup")
    if seen:
        return Diagnosis("GPU", False, f"{seen[0].name} is here, and torch {torch} cannot use it", _TORCH)
    return Diagnosis("GPU", False, "none: everything runs on the CPU, slowly for models of billions of weights")


def card_findings(cards: Sequence[Card], sight: Sight | None) -> list[Diagnosis]:
    """Two lines a card: what it is, and what fits in what is free there now."""
    return [found for number, card in enumerate(cards) for found in _of_one(number, card, sight)]


def _of_one(number: int, card: Card, sight: Sight | None) -> list[Diagnosis]:
    half = "bf16" if card.has_bf16 else "fp16"
    major, minor = card.capability
    says = (
        f"{card.name}: {_gb(card.free_bytes)} of {_gb(card.total_bytes)} GB free, compute capability {major}.{minor} "
        f"({half}), driver {card.driver}, CUDA {card.cuda}"
    )
    fits = list(told(card.free_bytes, half))
    return [
        _usable(f"GPU {number}", card, sight) or Diagnosis(f"GPU {number}", True, says),
        Diagnosis(f"room on GPU {number}", not all(one.startswith("no ") for one in fits), ", ".join(fits)),
    ]


def _usable(what: str, card: Card, sight: Sight | None) -> Diagnosis | None:
    """Why torch cannot compute there; None where it can, or where nobody knows."""
    if sight is None or sight.cuda is None or not card.cuda[0].isdigit():
        return None
    if int(card.cuda.partition(".")[0]) < int(sight.cuda.partition(".")[0]):
        says = f"{card.name}: its driver {card.driver} serves CUDA {card.cuda}, and torch is built for {sight.cuda}"
        return Diagnosis(what, False, says, "update the driver, or install a torch for that CUDA", blocking=True)
    if sight.architectures and not any(_runs(one, card.capability) for one in sight.architectures):
        major, minor = card.capability
        says = f"{card.name}: this torch has no kernels for compute capability {major}.{minor}"
        return Diagnosis(what, False, says, "install a torch that names it among its architectures", blocking=True)
    return None


def _runs(architecture: str, capability: tuple[int, int]) -> bool:
    """Whether such kernels run there: machine code on the same generation, what is compiled later on all later ones."""
    kind, _, number = architecture.partition("_")
    digits = number.rstrip("af")
    if not digits.isdigit():
        return True
    built = (int(digits[:-1]), int(digits[-1]))
    return built <= capability and (kind == "compute" or built[0] == capability[0])


def _gb(count: int) -> str:
    return f"{count / 1e9:.1f}"
