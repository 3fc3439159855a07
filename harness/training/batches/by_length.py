"""A model that runs the rows of a padded batch in passes of like length, and gives what one pass would give.

A row's log-probabilities depend on no other row, and in a decoder not on the padding behind it. So each loss, whatever
it makes of the rows of a batch, gets the same numbers up to rounding.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Mapping, Sequence
from typing import Any

from harness.training.batches.passes import PassCost, cut

_ON_CPU = PassCost(fixed=64)
_READING, _READING_4_BIT = 128, 288
"""Tokens that a GPU computes while it reads the weights: bytes of a weight · FLOP/s ÷ (2 · bytes/s), about alike on
cards of all sizes. Weights in 4 bits are read, written unpacked and read again."""
_PYTHON = 30e-6
"""Seconds that Python takes to start the work of one module."""
_FLOPS = {9: 400e12, 8: 150e12}
"""What large matrices reach in 16 bits, by the major number of a card's compute capability."""
_OTHER_FLOPS = 60e12


def pass_by_length(trainer: Any) -> None:
    """Makes its model run batches in passes of like length, where nothing in it looks at the batch as a whole."""
    adapter, args = trainer.model.peft_config["default"], trainer.args
    # NEFTune's noise is measured by a batch's length; activated LoRA keeps where each row of a batch begins; all
    # processes of FSDP must call a layer alike; compiled code would be compiled anew for each length.
    whole = (args.neftune_noise_alpha, adapter.alora_invocation_tokens, trainer.is_fsdp_enabled, args.torch_compile)
    if not any(whole):
        base = trainer.model.get_base_model()
        run_by_length(base, pass_cost(base))


def run_by_length(model: Any, cost: PassCost) -> None:
    """Makes a model with TRL's fused head run a batch in passes of like length, where it is asked for that head."""
    if hasattr(model, "runs_by_length"):
        return
    forward = model.forward

    # Generation looks at the parameters that a model's forward takes.
    @functools.wraps(type(model).forward)
    def by_length(self: Any, *given: Any, **named: Any) -> Any:
        if given or not _can_be_cut(self, named):
            return forward(*given, **named)
        lengths = _lengths(named["attention_mask"])
        groups = cut(lengths, cost)
        if len(groups) == 1:
            return forward(**named)
        parts = [forward(**_part(named, rows, max(lengths[row] for row in rows))) for rows in groups]
        return _joined(groups, parts, named["attention_mask"])

    model.runs_by_length = True
    model.forward = types.MethodType(by_length, model)


def pass_cost(model: Any) -> PassCost:
    """What a pass of that model costs on its device: computed from its size, and careful where that is not exact."""
    import torch

    if model.device.type != "cuda":
        return _ON_CPU
    flops = _FLOPS.get(torch.cuda.get_device_capability(model.device)[0], _OTHER_FLOPS)
    modules = sum(1 for module in model.modules() if next(module.children(), None) is None)
    return PassCost(
        fixed=_READING_4_BIT if getattr(model, "is_loaded_in_4bit", False) else _READING,
        least=modules * _PYTHON * flops / (2 * model.num_parameters()),
    )


def _can_be_cut(model: Any, named: Mapping[str, Any]) -> bool:
    mask = named.get("attention_mask")
    if not named.get("fused_lm_head") or named.get("labels") is None or mask is None or mask.dim() != 2:
        return False
    # The loss that balances experts is one of the whole batch.
    text = model.config.get_text_config()
    return not (named.get("output_router_logits") or getattr(text, "output_router_logits", False))


def _lengths(mask: Any) -> list[int]:
    """Tokens of each row up to its last one; two at least, because a lone one predicts nothing."""
    import torch

    places = torch.arange(1, mask.shape[1] + 1, device=mask.device)
    found: list[int] = (mask.ne(0) * places).amax(dim=1).clamp(min=2).tolist()
    return found


def _part(named: Mapping[str, Any], rows: Sequence[int], length: int) -> dict[str, Any]:
    """The arguments of a pass of those rows, without the padding behind the longest of them."""
    import torch

    mask = named["attention_mask"]
    chosen = torch.tensor(rows, device=mask.device)
    return {
        name: value[chosen, :length] if torch.is_tensor(value) and value.shape[:2] == mask.shape else value
        for name, value in named.items()
    }


def _joined(groups: Sequence[Sequence[int]], parts: Sequence[Any], mask: Any) -> Any:
    """One output of all rows in their order, padded to the length of the batch."""
    import torch

    order = torch.tensor([row for rows in groups for row in rows], device=mask.device).argsort()
    pad, length = torch.nn.functional.pad, mask.shape[1] - 1
    fields = {
        name: torch.cat([pad(part[name], (0, length - part[name].shape[1])) for part in parts])[order]
        for name, value in parts[0].items()
        if torch.is_tensor(value) and value.dim() == 2
    }
    fields["loss"] = -fields["log_probs"].sum() / fields["label_mask"].sum().clamp(min=1)
    return type(parts[0])(**fields)
