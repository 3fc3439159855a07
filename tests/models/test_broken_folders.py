"""Model folders that cannot be asked or trained on: one line that names the folder, and no exception's class."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.cli.main import main
from tests.support.odd_folders import Change, edit, odd_folder, shards


def config(**values: Any) -> Change:
    return lambda folder: edit(folder, "config", **values)


def tokenizer(**values: Any) -> Change:
    return lambda folder: edit(folder, "tokenizer_config", **values)


def text(name: str, written: str) -> Change:
    def change(folder: Path) -> None:
        (folder / name).write_text(written)

    return change


def without(*names: str) -> Change:
    def change(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return change


def without_key(key: str) -> Change:
    def change(folder: Path) -> None:
        row = json.loads((folder / "config.json").read_text())
        del row[key]
        (folder / "config.json").write_text(json.dumps(row))

    return change


def half(folder: Path) -> None:
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])


def without_a_tensor(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    del tensors["model.layers.0.post_attention_layernorm.weight"]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def without_a_shard(folder: Path) -> None:
    shards(folder)
    next(folder.glob("*-00002-of-*")).unlink()


def broken_index(folder: Path) -> None:
    shards(folder)
    (folder / "model.safetensors.index.json").write_text("{")


BROKEN: dict[str, tuple[Change, str]] = {
    "configuration that is no JSON": (text("config.json", "{"), "config.json"),
    "configuration that is a list": (text("config.json", "[]"), "config.json"),
    "no model type": (without_key("model_type"), "model_type"),
    "unknown model type": (config(model_type="llama9"), "llama9"),
    "an encoder and decoder": (config(model_type="t5", architectures=["T5Model"]), "no causal language model"),
    "weights of another architecture": (
        config(model_type="bert", architectures=["BertModel"]),
        "makes a bert an encoder",
    ),
    "code of its own": (config(model_type="mine", auto_map={"AutoConfig": "mine.Mine"}), "custom code"),
    "no heads": (config(num_attention_heads=0), "config.json"),
    "a size in words": (config(hidden_size="many"), "hidden_size"),
    "another size": (config(hidden_size=96), "768 × 128 in the file and 768 × 96 by config.json"),
    "another vocabulary": (config(vocab_size=700), "first model.embed_tokens.weight"),
    "unknown type": (config(dtype="float99"), "float99"),
    "unknown positions": (config(rope_parameters={"rope_type": "spiral", "factor": 2.0}), "'spiral' is not known"),
    "positions that lack a key": (config(rope_parameters={"rope_type": "yarn"}), "factor"),
    "unknown activation": (config(hidden_act="wavy"), "'wavy' is not known"),
    "a quantization that is not installed": (config(quantization_config={"quant_method": "awq"}), "pip install"),
    "no tokenizer": (without("tokenizer.json", "tokenizer_config.json"), "has no tokenizer"),
    "a tokenizer that is no JSON": (text("tokenizer.json", "{"), "tokenizer"),
    "an empty tokenizer": (text("tokenizer.json", "{}"), "tokenizer"),
    "settings of a tokenizer that are no JSON": (text("tokenizer_config.json", "{"), "tokenizer"),
    "settings of a tokenizer that are a list": (text("tokenizer_config.json", "[]"), "tokenizer"),
    "a length in words": (tokenizer(model_max_length="long"), "model_max_length is 'long'"),
    "half of the weights": (half, "does not load"),
    "no weights in the file": (text("model.safetensors", ""), "does not load"),
    "a tensor less": (without_a_tensor, "lack 1 tensors of the model"),
    "a shard less": (without_a_shard, "model-00002-of-"),
    "an index that is no JSON": (broken_index, "does not load"),
}  # fmt: skip
CHATTING: dict[str, tuple[Change, str]] = {
    "a chat template that does not end": (tokenizer(chat_template="{% for m in messages %}{{ m"), "unexpected end"),
    "a chat template that refuses": (tokenizer(chat_template="{{ raise_exception('only tools') }}"), "only tools"),
    "a chat template of what is not there": (tokenizer(chat_template="{{ messages[0].x.y }}"), "no attribute 'x'"),
    "a chat template that adds": (tokenizer(chat_template="{{ messages + 1 }}"), "concatenate"),
    "a chat template for tools alone": (tokenizer(chat_template=[{"name": "tool", "template": "x"}]), "['tool']"),
}


@pytest.mark.parametrize("command", ["evaluate", "train"])
@pytest.mark.parametrize("name", [*BROKEN, *CHATTING])
def test_a_broken_folder_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, command: str
) -> None:
    change, says = (BROKEN | CHATTING)[name]
    folder = odd_folder(tmp_path / "model", change)
    chat = ["--set", "prompt=chat"] if name in CHATTING else []
    if chat:
        (tmp_path / "harness.yaml").write_text("prompt: chat\n")
    asked = {
        "evaluate": ["--base", str(folder), "--suite", "pocket", "--limit", "2", "--tasks", "", "--run", "r"],
        "train": ["dpo", "--set", f"base={folder}", "--set", "data=pairs.jsonl", "--set", "max_steps=1", *chat],
    }
    pair = {"prompt": "What is it?", "chosen": "It is red.", "rejected": "It is blue."}
    (tmp_path / "pairs.jsonl").write_text(f"{json.dumps(pair)}\n")
    status, shown = run(monkeypatch, capsys, tmp_path, command, *asked[command])
    said = [line for line in re.split(r"[\r\n]+", shown) if line.startswith("harness: ")]
    assert status == 2 and len(said) == 1, (status, shown)
    assert says in said[0]
    assert not re.search(r"\b[A-Z]\w*(Error|Exception|Warning)\b|Traceback|--debug", shown)


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str
) -> tuple[int, str]:
    """(exit status, what stood on the terminal) of a command in that folder."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["harness", *arguments])
    ended: Callable[[], None] = main
    capsys.readouterr()
    with pytest.raises(SystemExit) as found:
        ended()
    out, err = capsys.readouterr()
    return int(found.value.code or 0), out + err
