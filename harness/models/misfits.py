"""How an adapter that is not in its base as a whole is refused: what is missing or too much, and what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.errors import HarnessError, Refused
from harness.foreign_errors import said
from harness.models.adapters import Adapter
from harness.models.base_model import Weights
from harness.store import ADAPTER_CONFIG, WEIGHTS

_PREFIX = "base_model.model."
_WRAPPED = ("_orig_mod.", "module.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module.")
"""What torch.compile, DataParallel or DeepSpeed, and FSDP put into names of modules that they wrap."""
_SIZES = re.compile(
    r"size mismatch for (\S+): copying a param with shape torch\.Size\(\[([^\]]*)\]\).*shape in current model is "
    r"torch\.Size\(\[([^\]]*)\]\)"
)
_FULL = "Merge it into its base (merge_and_unload) and give the full model's folder."


def in_file(key: str, name: str) -> str:
    """A name in the model as it is in the file, where no adapter's name is."""
    return ".".join(part for part in key.split(".") if part != name).replace(".modules_to_save.", ".")


def too_much(adapter: Adapter, base: Weights, unknown: Sequence[str], whole: int) -> HarnessError:
    """Of so many tensors in the file, these match no module."""
    first = unknown[0]
    wrapped = next((mark for mark in _WRAPPED if f".{mark}" in f".{first}"), "")
    if first.startswith(_PREFIX * 2) or not first.startswith("base_model."):
        how = f"PEFT's names begin with {_PREFIX}, once. Save it from the model that get_peft_model returned."
    elif wrapped:
        how = f"{wrapped} is the name of a wrapper. Save it from the model inside (accelerator.unwrap_model)."
    else:
        how = "Give the base that it was trained on with --base."
    return HarnessError(
        f"Adapter '{adapter.name}' is in {base.name} in part only: {whole - len(unknown)} of {whole} tensors are in "
        f"the model; the first that matches no module is {first} in {adapter.path / WEIGHTS}. {how}"
    )


def too_little(adapter: Adapter, base: Weights, absent: Sequence[str], there: int) -> HarnessError:
    """The configuration names modules for which the file holds no tensors."""
    return HarnessError(
        f"Adapter '{adapter.name}' is in {base.name} in part only: {adapter.path / ADAPTER_CONFIG} names modules for "
        f"which {WEIGHTS} holds no tensors. {there} of {there + len(absent)} tensors are in the model; the first that "
        f"is missing is {absent[0]}. Save it again as a whole (gathered from all processes, where several trained it)."
    )


def other_values(adapter: Adapter, base: Weights, tensor: str) -> HarnessError:
    """A tensor of the base's own, changed."""
    return HarnessError(
        f"Adapter '{adapter.name}' brings {tensor} in {adapter.path / WEIGHTS}, which is not the base's own: it would "
        f"change {base.name} for all that are asked beside it. {_FULL}"
    )


def misfit(adapter: Adapter, name: str, base: Weights, error: RuntimeError) -> HarnessError:
    """What PyTorch said of a tensor that has no room, in our words where it is a size."""
    found = _SIZES.search(str(error))
    if found is None:
        return Refused(f"Adapter '{adapter.name}' does not fit the base {base.name}", said(error, lines=2))
    mine, its = ([int(size) for size in found[group].split(",") if size.strip()] for group in (2, 3))
    return other_size(adapter, in_file(found[1], name), mine, its, base)


def other_size(adapter: Adapter, tensor: str, mine: Sequence[int], its: Sequence[int], base: Weights) -> HarnessError:
    """A tensor of another size than the one in the model that it is for."""
    how = "Give the base that it was trained on with --base."
    if any(word in tensor for word in ("embed", "lm_head", "wte")):
        how = (
            "It was trained after tokens were added to its base: give that base, resized and saved, with --base, or "
            "merge it and give the full model's folder."
        )
    return HarnessError(
        f"Adapter '{adapter.name}' does not fit the base {base.name}: {tensor} in {adapter.path / WEIGHTS} is "
        f"{_size(mine)}, and the model has room for {_size(its)}. {how}"
    )


def _size(shape: Sequence[int]) -> str:
    return " × ".join(map(str, shape))
