"""What vLLM's engine is opened with, by card, adapters and settings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from harness.config import Serving
from harness.machine import Card
from harness.models import Adapter, Weights, context_length, resolve_dtype, stated_length

_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
_CARD_SHARE = 0.85
"""Of a card's memory at most; the rest is for what vLLM does not count, and for what else runs there."""
_FREE_SHARE = 0.9
"""Of what is free: vLLM does not start where less is free than it is told to take, and others take some meanwhile."""
_CONTEXT_BYTES = 600 * 1024**2
"""What beginning CUDA takes of a card before vLLM looks at what is free."""
_CPU_BYTES = 2 * 1024**3
"""For keys and values without a GPU."""
_STEP_TOKENS = 4096
_STEP_REQUESTS = 512


def engine_settings(
    base: Weights, adapters: Sequence[Adapter], serving: Serving, card: Card | None, tokenizer: Any
) -> dict[str, Any]:
    """Arguments of vllm.LLM; card is the GPU that it runs on, None without one."""
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(base.path, trust_remote_code=serving.trust_remote_code)
    arguments: dict[str, Any] = {
        "model": base.path,
        "dtype": served_dtype(serving.dtype, getattr(config, "dtype", None), card),
        "disable_log_stats": True,
        "enforce_eager": card is None,
        "trust_remote_code": serving.trust_remote_code,
        "seed": 0,
        # What the folder says of generating is not asked for, as under Transformers.
        "generation_config": "vllm",
        "max_model_len": _length(config, tokenizer, serving.max_model_len),
    }
    if serving.quantization == "nf4":
        arguments["quantization"] = "bitsandbytes"
    return arguments | (_on_cpu() if card is None else _on_card(card, serving)) | _for_adapters(adapters, card)


def share_of_card(card: Card, wished: float | None = None) -> float:
    """How much of a card's memory vLLM is told to take: as wished, else by what is free on it now."""
    if wished is not None:
        return wished
    free = max(0, card.free_bytes - _CONTEXT_BYTES)
    share = min(_CARD_SHARE, _FREE_SHARE * free / card.total_bytes)
    return max(0.01, math.floor(share * 1000) / 1000)


def served_dtype(asked: str, kept: object, card: Card | None) -> str:
    """The precision to serve weights in that are kept in one: vLLM's own "auto" makes bfloat16 of float32."""
    dtype = resolve_dtype(asked, card is not None, card is None or card.has_bf16)
    return dtype if dtype != "auto" or kept is None else str(kept).removeprefix("torch.")


def _on_cpu() -> dict[str, Any]:
    # The user's own VLLM_CPU_KVCACHE_SPACE wins over the bytes; without either, vLLM wants nearly all of the memory.
    # A prompt that a step reads in part winds its dice back, which a CPU's dice cannot be: each is read whole.
    return {"kv_cache_memory_bytes": _CPU_BYTES, "enable_chunked_prefill": False}


def _on_card(card: Card, serving: Serving) -> dict[str, Any]:
    return {
        "gpu_memory_utilization": share_of_card(card, serving.memory),
        # Log-probabilities of a prompt are made for all its tokens of a step at once, in float32 over the vocabulary,
        # and vLLM's count of what it needs leaves them out: 16,384 tokens, its own default on a large card, would take
        # 13 GB with a vocabulary of 128,256. So many fill a card as well: 7B parameters take 57 TFLOP for them.
        "max_num_batched_tokens": _STEP_TOKENS,
        # No step of more rows is one CUDA graph, and without one each LoRA kernel is started from Python; vLLM's
        # default on a large card is 1,024.
        "max_num_seqs": _STEP_REQUESTS,
    }


def _for_adapters(adapters: Sequence[Adapter], card: Card | None) -> dict[str, Any]:
    if not adapters:
        return {}
    rank = max(adapter.rank for adapter in adapters)
    return {
        "enable_lora": True,
        # On a card, kernels are started and memory is set aside for so many, and for the base besides. One more without
        # one: with as many as there are, CPU kernels give the last adapter's answers for the base.
        "max_loras": len(adapters) + (card is None),
        "max_lora_rank": next(allowed for allowed in _RANKS if allowed >= rank),
        # Without it, prompt_logprobs crash on CPU in an output head that no adapter targets.
        "lora_target_modules": sorted({name for adapter in adapters for name in adapter.target_modules}),
        # Left at their defaults: cudagraph_specialize_lora gives batches of the base alone graphs without LoRA;
        # specialize_active_lora would add graphs for each number of adapters, and a batch here holds all or few;
        # fully_sharded_loras is for several cards.
    }


def _length(config: Any, tokenizer: Any, most: int | None) -> int:
    if most is not None:
        return min(most, context_length(config, tokenizer))
    # -1: the model's own length, or as much of it as the memory for keys and values holds; it needs a stated length.
    return -1 if stated_length(config) else context_length(config, tokenizer)
