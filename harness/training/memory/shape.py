"""A base and the adapter that is asked for, put together without weights: what each library would really take."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.errors import HarnessError, Refused
from harness.foreign_errors import boundary, said
from harness.models import Weights, empty_model, switch_off_dropout
from harness.training.batches import is_plain_head

_REFUSALS = (ValueError, TypeError, NotImplementedError, ImportError, LookupError, AttributeError, RuntimeError)


@dataclass(frozen=True)
class Shape:
    """What of a model and its adapter takes memory, whatever a batch does."""

    parameters: int
    """Of the base; what is tied counts once."""
    packed: Mapping[str, tuple[int, ...]]
    """The layers whose weights NF4 packs, and their sizes; empty where it is not asked for."""
    head: tuple[int, int]
    """(rows, those to spare included; width) of the head; zeros where there is none."""
    trained: tuple[tuple[int, ...], ...]
    """What PEFT would train, tensor by tensor."""
    left_out: tuple[str, ...] = ()
    """Weights of experts that the adapter leaves as they are."""
    spared: int = 0
    """How many parameters these are."""
    plain_head: bool = True
    """Whether the head is a linear layer without an adapter, so that no full logits are needed."""

    @property
    def trainable(self) -> int:
        """Numbers that are trained."""
        return sum(map(numbers, self.trained))


def numbers(size: tuple[int, ...]) -> int:
    """How many a tensor of that size holds."""
    count = 1
    for one in size:
        count *= one
    return count


def shape_of(base: Weights, lora: Mapping[str, Any], nf4: bool, trust_remote_code: bool = False) -> Shape:
    """The sizes of the base and of what PEFT makes of that configuration on it."""
    model = adapted(base, lora, trust_remote_code=trust_remote_code)
    own = [one for name, one in model.named_parameters() if not _is_adapters(name)]
    head = model.get_base_model().get_output_embeddings()
    left_out = experts_without(model)
    return Shape(
        parameters=sum(one.numel() for one in own),
        packed=_packed(base, trust_remote_code) if nf4 else {},
        head=(0, 0) if head is None else tuple(_inner(head).weight.shape),
        trained=tuple(tuple(one.shape) for one in model.parameters() if one.requires_grad),
        left_out=tuple(left_out),
        spared=sum(left_out.values()),
        plain_head=is_plain_head(model.get_base_model()),
    )


def adapted(base: Weights, lora: Mapping[str, Any], dtype: str = "float32", trust_remote_code: bool = False) -> Any:
    """PEFT's model of the base with a fresh adapter, all on the meta device; refuses what PEFT or the base refuses."""
    import torch
    from peft import LoraConfig, get_peft_model

    with boundary(f"{base.name} does not load", Exception):
        model = empty_model(base, trust_remote_code).to(getattr(torch, dtype))
    switch_off_dropout(model)
    # How the weights begin changes no size, and some beginnings would look at weights.
    given = {key: value for key, value in lora.items() if key != "init_lora_weights"}
    with boundary(_REFUSED, *_REFUSALS, lines=None), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **given))
        except ValueError as error:
            if lora.get("target_modules") == "all-linear" and (others := _without(model, said(error))):
                raise _not_all(base, model, error, others) from None
            raise


def refuse_unadaptable(base: Weights, lora: Mapping[str, Any], trust_remote_code: bool = False) -> None:
    """Refuses what PEFT refuses of that configuration on that base, before its weights are looked for."""
    try:
        adapted(base, lora, trust_remote_code=trust_remote_code)
    except Refused as error:
        # Something in it computes with weights, and here there are none: loading tells.
        if isinstance(error.__cause__, ValueError):
            raise


_REFUSED = "TRL and PEFT refuse these settings"


def _without(model: Any, refusal: str) -> list[str]:
    """The linear layers that the refusal does not name, where it names some."""
    import torch

    quoted = set(re.findall(r"'(\w+)'", refusal))
    head = model.get_output_embeddings()
    linear = [name for name, one in model.named_modules() if isinstance(one, torch.nn.Linear) and one is not head]
    names = {name.rpartition(".")[2] for name in linear}
    return sorted(names - quoted) if names & quoted else []


def _not_all(base: Weights, model: Any, error: ValueError, others: list[str]) -> HarnessError:
    return HarnessError(
        f"target_modules=all-linear is more than PEFT adapts in {base.name}, a {model.config.model_type}: "
        f"{said(error).rstrip('.')}. Name others: --set 'target_modules=[{','.join(others)}]'"
    )


def experts_without(model: Any) -> dict[str, int]:
    """Weights of experts, kept as one tensor of three dimensions, that have no LoRA → how many numbers they are.

    They are no modules, so that all-linear passes them over, except where PEFT knows the architecture.
    """
    import torch

    trained = {name.partition(".lora_")[0].replace(".base_layer", "") for name, _ in model.named_parameters()
               if ".lora_" in name}  # fmt: skip
    found: dict[str, int] = {}
    for place, module in model.named_modules():
        if isinstance(module, torch.nn.modules.conv._ConvNd) or place.replace(".base_layer", "") in trained:
            continue
        for name, one in module.named_parameters(recurse=False):
            if one.dim() == 3 and ".lora_" not in f"{place}.{name}" and not one.requires_grad:
                kind = ".".join([*place.split(".")[-2:], name])
                found[kind] = found.get(kind, 0) + one.numel()
    return found


def _is_adapters(name: str) -> bool:
    return ".lora_" in name or ".modules_to_save." in name or ".token_adapter." in name


def _inner(module: Any) -> Any:
    return getattr(module, "base_layer", getattr(module, "original_module", module))


def _packed(base: Weights, trust_remote_code: bool) -> dict[str, tuple[int, ...]]:
    """The weights of the layers that Transformers itself replaces by bitsandbytes' for 4 bits."""
    from transformers import BitsAndBytesConfig
    from transformers.quantizers.quantizer_bnb_4bit import Bnb4BitHfQuantizer

    with boundary(f"{base.name} does not load", Exception):
        model = empty_model(base, trust_remote_code)
    before = {name: type(one) for name, one in model.named_modules()}
    with boundary("NF4 cannot be asked for here", *_REFUSALS):
        quantizer = Bnb4BitHfQuantizer(BitsAndBytesConfig(load_in_4bit=True), pre_quantized=False)
        quantizer._process_model_before_weight_loading(model, device_map=None)
    changed = {name: one for name, one in model.named_modules() if type(one) is not before.get(name)}
    return {name: tuple(one.weight.shape) for name, one in changed.items()}
