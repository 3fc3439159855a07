"""Whether an adapter is in the model as a whole: each of its tensors in a module, each of its modules with tensors."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from harness.errors import Refused
from harness.foreign_errors import boundary
from harness.models.adapter_form import refuse_form
from harness.models.adapters import Adapter
from harness.models.base_model import Weights, empty_model
from harness.models.misfits import in_file, misfit, other_size, other_values, too_little, too_much
from harness.store import WEIGHTS

Biases = Sequence[tuple[Any, Any]]
"""(a parameter of the base, what the adapter has in its place)."""
_PREFIX = "base_model.model."
_RAISED = (ValueError, TypeError, RuntimeError, KeyError, AttributeError, ImportError)


def check_fit(adapters: Sequence[Adapter], base: Weights, backend: str, trust_remote_code: bool = False) -> None:
    """Refuses what no backend, or not this one, would serve as a whole; looks at the base's shapes, loads no weights.

    A base whose shapes cannot be had without its weights is passed over: its adapters are looked at as they are loaded.
    """
    for adapter in adapters:
        refuse_form(adapter, backend)
    if not adapters:
        return
    model = _shape(base, trust_remote_code)
    if model is None:
        return
    for number, adapter in enumerate(adapters):
        try:
            model, _ = put_in(model, adapter, f"adapter{number}", base)
        except Refused as error:
            # Something in it computes with weights, and here there are none: loading tells.
            if not isinstance(error.__cause__, ValueError):
                return
            raise


def _shape(base: Weights, trust_remote_code: bool) -> Any:
    """The base without its weights; None where its configuration does not make one."""
    try:
        return empty_model(base, trust_remote_code)
    # Code of the model's own folder may raise anything.
    except Exception:
        return None


def put_in(model: Any, adapter: Adapter, name: str, base: Weights) -> tuple[Any, Biases]:
    """(PEFT's model with the adapter in it under that name, its own biases); refuses one that is there in part only.

    PEFT loads what matches and says nothing of the rest; biases it writes over the base's own.
    """
    from peft import PeftModel

    what = f"Adapter '{adapter.name}' does not fit the base {base.name}"
    with boundary(what, *_RAISED, lines=2), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        config = _configuration(adapter)
        if isinstance(model, PeftModel):
            model.add_adapter(name, config)
        else:
            model = PeftModel(model, config, adapter_name=name)
    tensors = _tensors(adapter, model)
    whole = len(tensors)
    looked_up = _looked_up(model, name)
    biases = _apart(adapter, tensors, looked_up, _parameters(model), base)
    _load(model, adapter, name, tensors, looked_up, whole, base)
    model.base_model._cast_adapter_dtype(adapter_name=name, autocast_adapter_dtype=True)
    return model.eval(), biases


def _configuration(adapter: Adapter) -> Any:
    from peft import PeftConfig

    config = PeftConfig.from_pretrained(str(adapter.path))
    config.inference_mode = True
    # The weights are in the file: how they were begun is no longer of interest, and costs a decomposition of each.
    config.init_lora_weights = True
    # Biases are lent by us: PEFT would write them over the base's.
    config.bias = "none"
    return config


def _tensors(adapter: Adapter, model: Any) -> dict[str, Any]:
    from peft.utils import load_peft_weights

    mapping = getattr(model.get_base_model(), "_checkpoint_conversion_mapping", None) or {}
    with boundary(f"Adapter '{adapter.name}': {adapter.path / WEIGHTS} does not load", ValueError, OSError):
        tensors: dict[str, Any] = load_peft_weights(str(adapter.path), device="cpu", key_mapping=mapping)
    return tensors


def _parameters(model: Any) -> dict[str, Any]:
    """The base's own, by the names that they have without any adapter."""
    return {
        _bare(name): one
        for name, one in model.named_parameters(remove_duplicate=False)
        if ".lora_" not in name and ".modules_to_save." not in name
    }


def _bare(name: str) -> str:
    return name.removeprefix(_PREFIX).replace(".base_layer.", ".").replace(".original_module.", ".")


def _apart(
    adapter: Adapter, tensors: dict[str, Any], looked_up: Mapping[str, Any], own: Mapping[str, Any], base: Weights
) -> Biases:
    """Takes out of the tensors what would be written over the base's own: biases are returned, embeddings compared.

    PEFT saves the base's embedding beside a LoRA on it, and one that was made longer for new tokens.
    """
    biases = []
    for name in [name for name in tensors if _bare(name) in own and looked_up.get(name) is None]:
        parameter, mine = own[_bare(name)], tensors.pop(name)
        if parameter.shape != mine.shape:
            raise other_size(adapter, name, tuple(mine.shape), tuple(parameter.shape), base)
        if name.endswith(".bias"):
            biases.append((parameter, mine.to(parameter.device, parameter.dtype)))
        elif not _alike(parameter, mine):
            raise other_values(adapter, base, name)
    return biases


def _alike(parameter: Any, mine: Any) -> bool:
    """Whether they are the same but for the rounding of bfloat16, which has eight bits."""
    import torch

    if parameter.device.type == "meta":
        return True
    return bool(torch.allclose(parameter.detach().float().cpu(), mine.float(), rtol=2**-7, atol=1e-6))


def _load(
    model: Any,
    adapter: Adapter,
    name: str,
    tensors: Mapping[str, Any],
    looked_up: Mapping[str, Any],
    whole: int,
    base: Weights,
) -> None:
    from peft.utils import set_peft_model_state_dict

    fillers, absent = _fillers(tensors, looked_up)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = set_peft_model_state_dict(model, {**tensors, **fillers}, adapter_name=name)
    except RuntimeError as error:
        raise misfit(adapter, name, base, error) from None
    unknown = [key for key in result.unexpected_keys if in_file(key, name) not in fillers]
    if unknown:
        raise too_much(adapter, base, unknown, whole)
    absent += [in_file(key, name) for key in _missing(model, name, result.missing_keys)]
    if absent:
        raise too_little(adapter, base, absent, len(tensors))


def _looked_up(model: Any, name: str) -> dict[str, Any]:
    """Tensors of saved modules and trained tokens that PEFT looks up in the file → the adapter's parameter for each.

    None where the adapter has none: PEFT looks for trained tokens wherever a neighbour has some.
    """
    from peft.utils.other import AuxiliaryTrainingWrapper

    parts = dict(model.named_parameters(remove_duplicate=False))
    return {
        f"{place}.{key}": parts.get(f"{place}.{kept}")
        for place, module in model.named_modules()
        if isinstance(module, AuxiliaryTrainingWrapper)
        for key, kept in module.adapter_state_dict_load_map(name).items()
    }


def _fillers(tensors: Mapping[str, Any], looked_up: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """(what stands for tensors that are looked up and not in the file, those of them that the file should have)."""
    # Of two that are tied, the file may hold one.
    twins = {id(part): tensors[key] for key, part in looked_up.items() if key in tensors}
    lacking = {key: part for key, part in looked_up.items() if key not in tensors}
    fillers = {key: twins.get(id(part), part) for key, part in lacking.items()}
    return fillers, [key for key, part in lacking.items() if part is not None and id(part) not in twins]


def _missing(model: Any, name: str, keys: Sequence[str]) -> list[str]:
    """Of the adapter's own, without those that are one with a tensor that was found, as tied ones are."""
    parts = dict(model.named_parameters(remove_duplicate=False))
    own = [key for key in keys if name in key.split(".")]
    found = {id(part) for key, part in parts.items() if key not in set(own)}
    return [key for key in own if id(parts.get(key)) not in found]
