"""Model folders as people publish them: the embedded model with one oddity after the other, made by real libraries."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.models import find_base

Change = Callable[[Path], None]


def odd_folder(path: Path, *changes: Change) -> Path:
    """A copy of the embedded model, changed."""
    shutil.copytree(find_base("pocket").path, path)
    for change in changes:
        change(path)
    return path


def edit(folder: Path, name: str, **values: Any) -> None:
    """Sets keys of a JSON file; None is JSON's null."""
    file = folder / f"{name}.json"
    row = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps({**row, **values}))


def settings(folder: Path) -> None:
    edit(
        folder,
        "generation_config",
        **{"repetition_penalty": 1.6, "no_repeat_ngram_size": 2, "num_beams": 3, "min_new_tokens": 30},
        **{"suppress_tokens": list(range(30, 60)), "bad_words_ids": [[61]], "stop_strings": ["e"], "max_length": 12},
        **{"do_sample": True, "temperature": 0.2, "top_k": 3, "forced_eos_token_id": 9},
    )


def settings_of_old(folder: Path) -> None:
    edit(folder, "config", repetition_penalty=1.6, no_repeat_ngram_size=2, min_length=30, num_beams=3)


def no_generation_configuration(folder: Path) -> None:
    (folder / "generation_config.json").unlink()


def two_ends(folder: Path) -> None:
    edit(folder, "generation_config", eos_token_id=[2, token_id(folder, ".")])


def end_of_the_tokenizer(folder: Path) -> None:
    edit(folder, "tokenizer_config", eos_token="###")


def no_end(folder: Path) -> None:
    no_generation_configuration(folder)
    edit(folder, "config", eos_token_id=None)
    edit(folder, "tokenizer_config", eos_token=None, pad_token=None)


def pad_outside(folder: Path) -> None:
    tokenizer = _tokenizer(folder)
    tokenizer.add_special_tokens({"pad_token": "<|beyond|>"})
    assert len(tokenizer) > 768
    tokenizer.save_pretrained(folder)


def added_tokens(folder: Path) -> None:
    tokenizer, model = _tokenizer(folder), _model(folder)
    tokenizer.add_tokens(["<|im_start|>", "<|im_end|>"], special_tokens=True)
    tokenizer.chat_template = (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )
    model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)


def rows_to_spare(folder: Path) -> None:
    """An embedding longer than the tokenizer, as Qwen's is."""
    model = _model(folder)
    model.resize_token_embeddings(832, mean_resizing=False)
    model.save_pretrained(folder)


def untied(folder: Path) -> None:
    model = _model(folder)
    head = model.get_input_embeddings().weight.detach().clone()
    model.config.tie_word_embeddings = False
    model.lm_head.weight = type(model.lm_head.weight)(head * 1.01)
    model.save_pretrained(folder)


def sliding_window(folder: Path) -> None:
    edit(folder, "config", architectures=["MistralForCausalLM"], model_type="mistral", sliding_window=24)


def qwen_with_biases(folder: Path) -> None:
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    before = _model(folder)
    config = Qwen2Config(**{**before.config.to_dict(), "model_type": "qwen2", "architectures": None})
    model = Qwen2ForCausalLM(config)
    model.load_state_dict(before.state_dict(), strict=False)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith("bias"):
                weight.copy_(torch.randn(weight.shape, generator=generator) * 0.05)
    model.save_pretrained(folder)


def in_type(name: str) -> Change:
    def change(folder: Path) -> None:
        import torch

        _model(folder).to(getattr(torch, name)).save_pretrained(folder)

    change.__name__ = name
    return change


def shards(folder: Path) -> None:
    model = _model(folder)
    (folder / "model.safetensors").unlink()
    model.save_pretrained(folder, max_shard_size="300KB")
    assert len(list(folder.glob("*.safetensors"))) > 3


def type_of_old(folder: Path) -> None:
    row = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**row, "torch_dtype": row.pop("dtype")}))


def type_of_none(folder: Path) -> None:
    edit(folder, "config", dtype=None, torch_dtype=None)


def rope_of_old(folder: Path) -> None:
    row = json.loads((folder / "config.json").read_text())
    del row["rope_parameters"]
    scaled = {**row, "rope_theta": 10000.0, "rope_scaling": {"type": "linear", "factor": 2.0}}
    (folder / "config.json").write_text(json.dumps(scaled))


def no_beginning(folder: Path) -> None:
    """A tokenizer without BOS; Qwen's and GPT-2's have none."""
    edit(folder, "tokenizer_config", bos_token=None)
    row = json.loads((folder / "tokenizer.json").read_text())
    (folder / "tokenizer.json").write_text(json.dumps({**row, "post_processor": None}))


def beginning_twice(folder: Path) -> None:
    """A chat template that writes BOS, and a tokenizer that adds it."""
    edit(folder, "tokenizer_config", add_bos_token=True)
    assert "bos_token" in json.loads((folder / "tokenizer_config.json").read_text())["chat_template"]


def learned_positions(folder: Path) -> None:
    """Another architecture altogether: GPT-2's, of random weights."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(7)
    config = GPT2Config(
        vocab_size=768, n_positions=256, n_embd=64, n_layer=2, n_head=2, initializer_range=0.5,
        bos_token_id=1, eos_token_id=2, pad_token_id=0,
    )  # fmt: skip
    (folder / "model.safetensors").unlink()
    GPT2LMHeadModel(config).save_pretrained(folder)


def token_id(folder: Path, token: str) -> int:
    return int(_tokenizer(folder).convert_tokens_to_ids(token))


def _tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder)


def _model(folder: Path) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
