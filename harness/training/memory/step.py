"""A training step of a model without weights: what it holds at once, tensor by tensor, as the model's own code asks.

Nothing is computed on PyTorch's meta device, but every operation says how large its result would be. So any
architecture is measured as it is, without a word of its configuration being understood.
"""

from __future__ import annotations

import weakref
from collections.abc import Collection, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map_only
from transformers import AttentionInterface, AttentionMaskInterface

_FUSED = "fused_without_weights"
_HALVED = {
    F.linear, F.conv1d, torch.matmul, torch.mm, torch.bmm, torch.addmm, torch.baddbmm, torch.einsum,
    torch.Tensor.matmul, torch.Tensor.__matmul__, torch.Tensor.bmm, torch.Tensor.baddbmm,
}  # fmt: skip
_WIDENED = {F.layer_norm, F.softmax, F.softplus, torch.softmax, torch.cumsum, torch.exp, torch.pow, torch.Tensor.pow}
"""What PyTorch's autocast computes in 16 bits, and in float32 (torch.amp's lists for CUDA, as far as decoders go)."""


@dataclass(frozen=True)
class TracedStep:
    """Bytes beside the weights."""

    kept: int
    """At the end of the forward pass, up to the head: what the backward pass waits for."""
    above: int
    """What the backward pass holds at once above that."""
    behind_head: int
    """What the model itself keeps behind its head, the logits not counted (a soft cap keeps some)."""
    idle: tuple[str, ...]
    """The adapted modules whose LoRA has no part in what comes out."""


def traced(model: Any, rows: int, length: int, half: Any = None, checkpointing: bool = False) -> TracedStep:
    """One step of PEFT's model on the meta device over (rows, length) token ids; raises what the model's code raises.

    `half` is the type in which autocast computes. Attention is counted as PyTorch's fused one with a mask, unless the
    model computes it in a way of its own.
    """
    base = model.get_base_model()
    if base.config._attn_implementation == "sdpa" and base._can_set_attn_implementation():
        AttentionMaskInterface.register(_FUSED, lambda *_, **__: None)
        AttentionInterface.register(_FUSED, _attention(half))
        base.set_attn_implementation(_FUSED)
    if checkpointing:
        again = {"context_fn": lambda: (nullcontext(), _Autocast(half))}
        base.gradient_checkpointing_enable({"use_reentrant": False, "preserve_rng_state": False, **again})
    trained = {name: one for name, one in model.train().named_parameters() if one.requires_grad}
    reached: set[str] = set()
    for name, one in trained.items():
        # Gradients are there before, as in all steps but the first.
        one.grad = torch.empty_like(one)
        one.register_post_accumulate_grad_hook(lambda _, name=name: reached.add(name))
    ledger = _Ledger([*model.parameters(), *model.buffers(), *(one.grad for one in trained.values())])
    marks: dict[str, Any] = {}

    def before_head(_: Any, given: tuple[Any, ...]) -> None:
        marks["hidden"], marks["kept"] = given[0], ledger.now

    head = base.get_output_embeddings()
    hook = head.register_forward_pre_hook(before_head) if head is not None else None
    with _without_autocast(), _Autocast(half), ledger:
        ids = torch.zeros(rows, length, dtype=torch.long, device="meta")
        logits = model(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False).logits
        hidden, kept = marks.pop("hidden", logits), marks.get("kept", ledger.now)
        behind = max(0, ledger.now - kept - logits.untyped_storage().nbytes())
        del logits
        ledger.peak = kept
        hidden.float().sum().backward()
    if hook is not None:
        hook.remove()
    return TracedStep(kept, ledger.peak - kept, behind, _idle(trained.keys() - reached))


def _idle(dead: Collection[str]) -> tuple[str, ...]:
    places = (name.partition(".lora_")[0].removesuffix(".base_layer") for name in dead if ".lora_" in name)
    return tuple(sorted({place.rpartition(".")[2] for place in places}))


class _Ledger(TorchDispatchMode):  # type: ignore[misc]
    """Adds up the storages that are alive, those of the weights left out."""

    def __init__(self, own: Collection[Any]) -> None:
        super().__init__()
        self._known = {one.untyped_storage()._cdata for one in own}
        self.now = self.peak = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.ops.aten._local_scalar_dense.default and args[0].dtype == torch.bool:
            # Whether a mask masks nothing, whether a sequence is a long one: it does, and is not.
            return False
        # PyTorch knows its size in bf16 only, where GPUs compute it.
        found = _grouped(*args[:3]) if func is torch.ops.aten._grouped_mm.default else func(*args, **(kwargs or {}))
        tree_map_only(torch.Tensor, self._enter, found)
        return found

    def _enter(self, tensor: Any) -> Any:
        storage = tensor.untyped_storage()
        key, size = storage._cdata, storage.nbytes()
        if key not in self._known:
            self._known.add(key)
            self.now += size
            self.peak = max(self.peak, self.now)
            weakref.finalize(storage, self._leave, key, size)
        return tensor

    def _leave(self, key: int, size: int) -> None:
        self._known.discard(key)
        self.now -= size


class _Autocast(TorchFunctionMode):  # type: ignore[misc]
    """What torch.autocast does on a GPU; the meta device has none of its own."""

    def __init__(self, half: Any) -> None:
        super().__init__()
        self._half = half

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        wanted = self._half if func in _HALVED else torch.float32 if func in _WIDENED else None
        if self._half is not None and wanted is not None:
            args, kwargs = tree_map_only(torch.Tensor, lambda one: _as(one, wanted), (args, kwargs))
        return func(*args, **kwargs)


@contextmanager
def _without_autocast() -> Iterator[None]:
    """Lets autocast be switched off on the meta device, as PEFT does over experts: PyTorch does not know it there."""
    real = torch.autocast

    def autocast(device_type: str, *given: Any, **named: Any) -> Any:
        return nullcontext() if device_type == "meta" else real(device_type, *given, **named)

    torch.autocast = autocast
    try:
        yield
    finally:
        torch.autocast = real


def _grouped(first: Any, second: Any, offsets: Any) -> Any:
    """Room for the product of each expert's tokens and weights, for its gradients too."""
    if second.dim() == 3:
        return first.new_empty(first.shape[0], second.shape[2])
    if first.dim() == 3:
        return first.new_empty(first.shape[1], second.shape[1])
    return first.new_empty(offsets.shape[0], first.shape[0], second.shape[1])


def _as(tensor: Any, dtype: Any) -> Any:
    return tensor.to(dtype) if tensor.is_floating_point() else tensor


def _attention(half: Any) -> Any:
    def attend(module: Any, query: Any, key: Any, value: Any, mask: Any, **_: Any) -> tuple[Any, None]:
        groups = query.shape[1] // key.shape[1]
        # With a mask, PyTorch's kernels want as many heads of keys and values as of queries.
        key, value = (one.repeat_interleave(groups, dim=1) if groups > 1 else one for one in (key, value))
        if half is not None:
            query, key, value = (one.to(half) for one in (query, key, value))
        return _Fused.apply(query, key, value).transpose(1, 2), None

    return attend


class _Fused(torch.autograd.Function):  # type: ignore[misc]
    """Keeps what a fused attention keeps: its inputs, its mask, its result, and a number for each head and token."""

    @staticmethod
    def forward(context: Any, query: Any, key: Any, value: Any) -> Any:
        rows, heads, length, _ = query.shape
        found = query.new_empty(rows, heads, length, value.shape[-1])
        sums = query.new_empty(rows, heads, length, dtype=torch.float32)
        context.save_for_backward(query, key, value, found, sums, query.new_empty(rows, 1, length, length))
        return found

    @staticmethod
    def backward(context: Any, *_: Any) -> Any:
        return tuple(torch.empty_like(one) for one in context.saved_tensors[:3])
