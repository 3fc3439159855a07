"""Adapters as people publish them, made by PEFT on the embedded model: one maker, and bases of three kinds to fit."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

from harness.pocket import pocket_path

ATTENTION = ["q_proj", "v_proj"]


def make_base(folder: Path, kind: str) -> Path:
    """The embedded model as it is (tied), with a head of its own (untied), or with biases in its attention (biased)."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    if kind == "tied":
        return pocket_path()
    if folder.is_dir():
        return folder
    torch.manual_seed(7)
    tied = AutoModelForCausalLM.from_pretrained(pocket_path(), dtype=torch.float32)
    config = AutoConfig.from_pretrained(pocket_path())
    config.tie_word_embeddings = kind != "untied"
    config.attention_bias = kind == "biased"
    config.dtype = "float32"
    model = AutoModelForCausalLM.from_config(config)
    weights = dict(tied.state_dict())
    for name, one in model.state_dict().items():
        if name.endswith(".bias"):
            weights[name] = 0.02 * torch.randn_like(one)
    model.load_state_dict(weights)
    model.tie_weights()
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(pocket_path()).save_pretrained(folder)
    return folder


def make_adapter(
    folder: Path, base: Path, seed: int = 1, size: float = 0.05, dtype: str = "float32", **config: Any
) -> Path:
    """An adapter that PEFT saved, each of its trained weights moved by a random step of that size."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    given = {"r": 8, "lora_alpha": 16, "target_modules": ATTENTION, "task_type": "CAUSAL_LM", **config}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = get_peft_model(model, LoraConfig(**given))
        for part in model.parameters():
            if part.requires_grad:
                part.data += size * torch.randn_like(part)
        if dtype != "float32":
            for part in model.parameters():
                part.data = part.data.to(getattr(torch, dtype))
        model.save_pretrained(folder)
    return folder


def changed(folder: Path, **settings: Any) -> Path:
    """The same with other settings in its adapter_config.json; one that is set to ... is taken out."""
    file = folder / "adapter_config.json"
    config = {**json.loads(file.read_text()), **settings}
    file.write_text(json.dumps({key: value for key, value in config.items() if value is not ...}))
    return folder


def rewritten(folder: Path, rename: Any) -> Path:
    """The same with its tensors renamed; those of which rename makes None are left out."""
    from safetensors.torch import load_file, save_file

    file = folder / "adapter_model.safetensors"
    tensors = {new: one for name, one in load_file(file).items() if (new := rename(name)) is not None}
    save_file(tensors, file, metadata={"format": "pt"})
    return folder
