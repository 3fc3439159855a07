"""bitsandbytes, which packs weights in 4 bits, brought in without beginning CUDA.

As it is imported it asks torch for the compute capability of each card, and torch begins CUDA to tell. PEFT imports
it wherever it is installed, lm-eval imports PEFT, and so every process that plans would come to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.machine.cards import Card

Cards = Callable[[], Sequence["Card"]]


class FourBitFinder(MetaPathFinder):
    """Finds it as Python does, and has it imported while the driver answers for torch."""

    def __init__(self, cards: Cards) -> None:
        self._cards = cards

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Python's own answer with another loader; None for all other modules."""
        if name != "bitsandbytes":
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(name, spec.loader.path, self._cards)
        return spec


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, cards: Cards) -> None:
        super().__init__(name, path)
        self._cards = cards

    def exec_module(self, module: ModuleType) -> None:
        with _told_by_the_driver(self._cards()):
            super().exec_module(module)


@contextmanager
def _told_by_the_driver(found: Sequence[Card]) -> Iterator[None]:
    """What torch says of cards is the driver's word meanwhile; a process that has begun CUDA asks torch itself."""
    import torch

    if not found or torch.cuda.is_initialized():
        yield
        return
    # CUDA shows a process one part of a GPU that is shared out, however many are named.
    count = 1 if found[0].is_part else len(found)
    real = {name: getattr(torch.cuda, name) for name in ("is_available", "device_count", "get_device_capability")}
    torch.cuda.is_available = lambda: True
    torch.cuda.device_count = lambda: count
    torch.cuda.get_device_capability = lambda device: found[device.idx].capability
    try:
        yield
    finally:
        for name, function in real.items():
            setattr(torch.cuda, name, function)
