"""Where answers end, by whatever names it, and what a folder says of generating that nobody is asked with."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.models import Adapter, find_base, generation_settings, load_tokenizer, text_ends
from harness.models.text_ends import chat_end
from tests.support.chat_templates import FAMILIES, Family, chatting


def folder(path: Path, **files: Any) -> Path:
    """A copy of the embedded model with other files; a value None takes a file away."""
    shutil.copytree(find_base("pocket").path, path)
    for name, found in files.items():
        file = path / f"{name}.json"
        file.unlink(missing_ok=True) if found is None else file.write_text(json.dumps(found))
    return path


def config(**more: Any) -> dict[str, Any]:
    row: dict[str, Any] = json.loads((Path(find_base("pocket").path) / "config.json").read_text())
    return row | more


def ends(path: Path) -> set[int]:
    base = find_base(str(path))
    return set(text_ends(base, load_tokenizer(base)))


EOS = load_tokenizer(find_base("pocket")).eos_token_id


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, {EOS}),
        ({"generation_config": {"eos_token_id": 9}}, {EOS, 9}),
        ({"generation_config": {"eos_token_id": [9, 11]}}, {EOS, 9, 11}),
        ({"generation_config": {}}, {EOS}),
        ({"generation_config": None, "config": config(eos_token_id=[7, EOS])}, {EOS, 7}),
        # What the generation configuration says is newer than what the model's says.
        ({"generation_config": {"eos_token_id": 9}, "config": config(eos_token_id=7)}, {EOS, 9}),
        # An id beyond the embedding is never written, and an engine refuses it.
        ({"generation_config": {"eos_token_id": [9, 10**6]}}, {EOS, 9}),
        ({"generation_config": None, "config": config(eos_token_id=None)}, {EOS}),
    ],
)
def test_tokenizer_and_configurations_name_the_ends(tmp_path: Path, files: dict[str, Any], expected: set[int]) -> None:
    assert ends(folder(tmp_path / "model", **files)) == expected


def test_a_model_that_names_no_end_has_none(tmp_path: Path) -> None:
    model = folder(tmp_path / "model", generation_config=None, config=config(eos_token_id=None))
    row = json.loads((model / "tokenizer_config.json").read_text())
    row["eos_token"] = None
    (model / "tokenizer_config.json").write_text(json.dumps(row))
    assert ends(model) == set()


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_a_chat_template_names_the_end_of_its_turn(family: Family) -> None:
    tokenizer = chatting(family)
    found = chat_end(tokenizer, tokenizer.chat_template)
    behind_a_text = family.eos if "eos_token" in family.template else None
    assert (None if found is None else tokenizer.convert_ids_to_tokens(found)) == (family.end or behind_a_text)


@pytest.mark.parametrize(
    "template", ["{{ raise_exception('never') }}", "{{ messages[0].content }}", "{{ messages[9].x.y }}"]
)
def test_a_chat_template_that_tells_nothing_names_no_end(template: str) -> None:
    tokenizer = load_tokenizer(find_base("pocket"))
    tokenizer.chat_template = template
    assert chat_end(tokenizer, tokenizer.chat_template) is None


def test_a_token_that_opens_the_next_turn_ends_none() -> None:
    tokenizer = load_tokenizer(find_base("pocket"))
    tokenizer.add_tokens(["<|assistant|>"], special_tokens=True)
    tokenizer.chat_template = "{% for m in messages %}<|{{ m.role }}|>\n{{ m.content }}\n{% endfor %}<|assistant|>\n"
    assert chat_end(tokenizer, tokenizer.chat_template) is None


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, {}),
        ({"generation_config": {"repetition_penalty": 1.3, "eos_token_id": 2}}, {"repetition_penalty": 1.3}),
        ({"generation_config": {"repetition_penalty": 1.0, "num_beams": 1, "top_k": 20}}, {}),
        ({"generation_config": {"num_beams": 4, "max_length": 20, "output_scores": True}}, {"num_beams": 4}),
        ({"generation_config": {"stop_strings": ["\n"]}}, {"stop_strings": ["\n"]}),
        ({"generation_config": {"min_new_tokens": 5, "bad_words_ids": []}}, {"min_new_tokens": 5}),
        ({"generation_config": {"suppress_tokens": [4], "forced_eos_token_id": None}}, {"suppress_tokens": [4]}),
        ({"config": config(no_repeat_ngram_size=3)}, {"no_repeat_ngram_size": 3}),
    ],
)  # fmt: skip
def test_what_a_folder_brings_that_would_change_a_greedy_answer(
    tmp_path: Path, files: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert generation_settings(find_base(str(folder(tmp_path / "model", **files)))) == expected


def test_an_adapter_that_was_saved_with_another_end_is_ended_by_it(tmp_path: Path) -> None:
    base = find_base("pocket")
    tokenizer = load_tokenizer(base)
    adapter = Adapter("a", tmp_path, "", 8, (), None)
    assert set(text_ends(base, tokenizer, [adapter])) == {EOS}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"eos_token": {"content": "###"}}))
    assert text_ends(base, tokenizer, [adapter]) == {EOS: "</s>", tokenizer.get_vocab()["###"]: "###"}
    # A token that the base does not have ends nothing.
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"eos_token": "<|im_end|>"}))
    assert set(text_ends(base, tokenizer, [adapter])) == {EOS}
