"""What an adapter's configuration asks for beyond a plain LoRA, and which backends serve that: said before any load."""

from __future__ import annotations

import re
from pathlib import Path

from harness.errors import HarnessError
from harness.models.adapters import Adapter
from harness.store import ADAPTER_CONFIG

_FROM_ANOTHER_BASE = {"pissa": "PiSSA", "olora": "OLoRA", "corda": "CorDA", "loftq": "LoftQ", "lora_ga": "LoRA-GA"}
"""Beginnings of init_lora_weights with which PEFT trains an adapter beside base weights that it has changed before."""
_CHANGE_BASE = {
    "kasa_config": "KaSA cuts the base's weights when it is loaded",
    "layer_replication": "it repeats layers of the base when it is loaded",
}
_BEYOND_VLLM = {
    "use_dora": "DoRA",
    "modules_to_save": "whole modules beside the LoRA",
    "trainable_token_indices": "trained tokens of the embedding",
    "target_parameters": "LoRA on parameters that are no modules",
    "lora_bias": "biases in the LoRA itself",
    "alora_invocation_tokens": "an activated LoRA",
    "use_qalora": "QALoRA",
    "use_bdlora": "block-diagonal LoRA",
    "velora_config": "VeLoRA",
    "monteclora_config": "MonteCLoRA",
    "arrow_config": "Arrow's routing",
    "megatron_config": "Megatron's layers",
}
"""What vLLM 0.32 refuses when it first asks the adapter, or leaves out without a word."""
_PLAIN = re.compile(r"\.lora_(A|B)\.weight$|\.lora_embedding_(A|B)$|\.(embed_tokens|lm_head)\.base_layer\.weight$")
_HEAD = re.compile(r"(^|\.)lm_head\.lora_")


def refuse_form(adapter: Adapter, backend: str) -> None:
    """Refuses an adapter that would change the base beside it, or that the backend cannot serve as it is."""
    _refuse_changed_base(adapter)
    if backend == "vllm":
        _refuse_beyond_vllm(adapter)


def _refuse_changed_base(adapter: Adapter) -> None:
    initial = str(adapter.config.get("init_lora_weights", True))
    method = next((name for key, name in _FROM_ANOTHER_BASE.items() if initial.lower().startswith(key)), None)
    if method is not None:
        saved = "Merge" if method == "LoftQ" else _PLAIN_WAY
        raise HarnessError(
            f"Adapter '{adapter.name}' was made by {method} (init_lora_weights: {initial} in {_config(adapter)}): it "
            f"belongs to a base whose weights {method} has changed, for all that are asked beside it. {saved} "
            "it into its base (merge_and_unload) and give the full model's folder."
        )
    for key, why in _CHANGE_BASE.items():
        if adapter.config.get(key):
            raise HarnessError(
                f"Adapter '{adapter.name}' would change the base for all that are asked beside it: {why} ({key} in "
                f"{_config(adapter)}). Merge it into its base (merge_and_unload) and give the full model's folder."
            )


_PLAIN_WAY = (
    "Save it as a plain adapter with PEFT's "
    "save_pretrained(FOLDER, path_initial_model_for_weight_conversion=INITIAL_ADAPTER). Or merge"
)


def _refuse_beyond_vllm(adapter: Adapter) -> None:
    for key, what in _BEYOND_VLLM.items():
        if adapter.config.get(key):
            raise _beyond(adapter, f"it has {what} ({key} in {_config(adapter)})")
    if any(_HEAD.search(name) for name in adapter.tensors):
        # Its engine ends there: it maps one token of each request to an adapter, not the prompt's.
        raise _beyond(adapter, "it has a LoRA on lm_head, with which vLLM gives no log-probabilities of a prompt")
    others = [name for name in adapter.tensors if not _PLAIN.search(name)]
    if others:
        raise _beyond(adapter, f"it holds {others[0]}, which is no LoRA ({len(others)} such tensors)")


def _beyond(adapter: Adapter, why: str) -> HarnessError:
    return HarnessError(f"Adapter '{adapter.name}' cannot be served by vLLM: {why}. Ask with --backend transformers.")


def _config(adapter: Adapter) -> Path:
    return adapter.path / ADAPTER_CONFIG
