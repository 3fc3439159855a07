"""The model of a training as it will lie on its device, taken through one step without its weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from harness.models import Weights
from harness.training.memory.estimate import Setting
from harness.training.memory.shape import Shape, adapted

if TYPE_CHECKING:
    from harness.training.memory.step import TracedStep


def step_of(
    base: Weights, lora: Mapping[str, Any], shape: Shape, setting: Setting, trust_remote_code: bool = False
) -> TracedStep | None:
    """What a step of that setting holds; None where the model's own code wants to see numbers."""
    import torch

    from harness.training.memory.step import traced

    model = adapted(base, lora, "bfloat16" if setting.on_gpu else "float32", trust_remote_code)
    if setting.on_gpu and setting.nf4:
        _as_packed(model, shape, setting.wide)
    half = torch.bfloat16 if setting.on_gpu else None
    # Code of the model's own folder may raise anything.
    try:
        return traced(model, setting.rows, setting.max_length, half, setting.checkpointing)
    except Exception:
        return None


def _as_packed(model: Any, shape: Shape, wide: bool) -> None:
    """Makes the layers that NF4 packs give what bitsandbytes' give: numbers of the type that came in."""
    import torch

    base = model.get_base_model()
    if wide:
        for name, one in base.named_parameters():
            if name.replace(".base_layer", "").removesuffix(".weight") not in shape.packed:
                one.data = one.data.to(torch.float32)
    for name, module in base.named_modules():
        if name.removesuffix(".base_layer") in shape.packed and not hasattr(module, "base_layer"):
            module.register_forward_hook(lambda _, given, out: out.to(given[0].dtype))
