"""A base without dropout of its own, which a preference training switches off."""

from __future__ import annotations

from typing import Any


def switch_off_dropout(model: Any) -> None:
    """Makes every probability 0 with which a base leaves something out: in modules, and in numbers beside them.

    OPT, Falcon, Bloom and others give theirs to PyTorch's function, where a look at modules does not find it.
    """
    import torch

    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
        _make_zero(module)
    _make_zero(model.config)


def _make_zero(holder: Any) -> None:
    for name, value in list(vars(holder).items()):
        if "drop" in name and isinstance(value, float):
            setattr(holder, name, 0.0)
