"""LoRA adapters of random weights for every linear layer of a base, from a seed; they change what it says.

python random_adapters.py --base FOLDER --count N --rank N --output FOLDER
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from transformers import AutoConfig

_LINEARS = {
    "q_proj": "self_attn",
    "k_proj": "self_attn",
    "v_proj": "self_attn",
    "o_proj": "self_attn",
    "gate_proj": "mlp",
    "up_proj": "mlp",
    "down_proj": "mlp",
}
_DEVIATION = 0.02
"""Of A and B: at rank 16 their product has a twelfth of the deviation of the base's own weights, 0.02."""
_SEED = 42


def main() -> None:
    """Writes a0, a1, … as PEFT saves adapters."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--base", required=True, type=Path)
    parser.add_argument("--count", required=True, type=int)
    parser.add_argument("--rank", required=True, type=int)
    parser.add_argument("--output", required=True, type=Path)
    arguments = parser.parse_args()
    config = AutoConfig.from_pretrained(arguments.base)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    generator = torch.Generator(device).manual_seed(_SEED)
    for number in range(arguments.count):
        folder = arguments.output / f"a{number}"
        folder.mkdir(parents=True, exist_ok=True)
        save_file(_tensors(config, arguments.rank, generator), folder / "adapter_model.safetensors", {"format": "pt"})
        settings = _settings(arguments.base, arguments.rank)
        (folder / "adapter_config.json").write_text(json.dumps(settings, indent=2), encoding="utf-8")


def _settings(base: Path, rank: int) -> dict[str, Any]:
    return {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": str(base),
        "r": rank,
        "lora_alpha": rank,
        "lora_dropout": 0.0,
        "bias": "none",
        "inference_mode": True,
        "target_modules": sorted(_LINEARS),
    }


def _tensors(config: Any, rank: int, generator: torch.Generator) -> dict[str, torch.Tensor]:
    found = {}
    for layer in range(config.num_hidden_layers):
        for name, part in _LINEARS.items():
            inputs, outputs = _sizes(config, name)
            where = f"base_model.model.model.layers.{layer}.{part}.{name}"
            found[f"{where}.lora_A.weight"] = _normal((rank, inputs), generator)
            found[f"{where}.lora_B.weight"] = _normal((outputs, rank), generator)
    return found


def _sizes(config: Any, name: str) -> tuple[int, int]:
    hidden, inner = config.hidden_size, config.intermediate_size
    head = getattr(config, "head_dim", None) or hidden // config.num_attention_heads
    queries, keys = head * config.num_attention_heads, head * config.num_key_value_heads
    return {
        "q_proj": (hidden, queries),
        "k_proj": (hidden, keys),
        "v_proj": (hidden, keys),
        "o_proj": (queries, hidden),
        "gate_proj": (hidden, inner),
        "up_proj": (hidden, inner),
        "down_proj": (inner, hidden),
    }[name]


def _normal(shape: Sequence[int], generator: torch.Generator) -> torch.Tensor:
    empty = torch.empty(tuple(shape), dtype=torch.bfloat16, device=generator.device)
    return empty.normal_(0.0, _DEVIATION, generator=generator).cpu()


if __name__ == "__main__":
    main()
