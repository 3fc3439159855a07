"""How much a model holds: what its configuration states is what both engines serve, and not a token more."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    BloomConfig,
    CohereConfig,
    Gemma3Config,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    MptConfig,
    PreTrainedConfig,
)

from harness.config import Generation, Serving
from harness.generators import Completion, Generator, open_generator
from harness.models import context_length, find_base, load_tokenizer
from harness.pocket import pocket_path
from harness.records import Prompt

TOKENIZER = type("Tokenizer", (), {"model_max_length": int(1e30)})()


def rope(kind: str, **more: Any) -> dict[str, Any]:
    return {"rope_type": kind, "rope_theta": 10000.0, "factor": 4.0, **more}


@pytest.mark.parametrize(
    ("config", "tokens"),
    [
        (LlamaConfig(max_position_embeddings=8192), 8192),
        (LlamaConfig(max_position_embeddings=4096, rope_parameters=rope("linear")), 16384),
        (LlamaConfig(max_position_embeddings=4096, rope_parameters=rope("dynamic")), 16384),
        (
            LlamaConfig(
                max_position_embeddings=4096, rope_parameters=rope("yarn", original_max_position_embeddings=1024)
            ),
            4096,
        ),
        (GPT2Config(n_positions=512), 512),
        (MptConfig(max_seq_len=640), 640),
        (CohereConfig(max_position_embeddings=8192, model_max_length=131072), 131072),
        (Gemma3Config(text_config={"max_position_embeddings": 32768}), 32768),
        (BloomConfig(), 2048),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, PreTrainedConfig) else str(value),
)
def test_the_context_length_is_what_the_configuration_of_the_text_model_states(
    config: PreTrainedConfig, tokens: int
) -> None:
    assert context_length(config, TOKENIZER) == tokens


def test_a_model_that_states_no_length_holds_what_its_tokenizer_says() -> None:
    assert context_length(BloomConfig(), type("Tokenizer", (), {"model_max_length": 1234})()) == 1234


def of_length(ids: list[int], name: str, tokens: int) -> Prompt:
    return Prompt(name, "", (ids[0], *(ids[1:] * tokens)[: tokens - 1]))


def asked(generator: Generator, prompts: list[Prompt], most: int) -> dict[str, Completion]:
    batches = generator.generate("base", prompts, Generation(max_new_tokens=most))
    return {row.question_id: row for batch in batches for row in batch}


def test_no_answer_leaves_the_positions_of_a_model_that_learned_them_and_none_is_cut_for_anothers_sake(
    tmp_path: Path,
) -> None:
    tokenizer = load_tokenizer(find_base("pocket"))
    torch.manual_seed(1)
    GPT2LMHeadModel(
        GPT2Config(vocab_size=len(tokenizer), n_positions=64, n_embd=32, n_layer=2, n_head=2, eos_token_id=2)
    ).save_pretrained(tmp_path / "model")
    tokenizer.save_pretrained(tmp_path / "model")
    generator = open_generator("transformers", find_base(str(tmp_path / "model")), [], Serving(batch_size=8))
    ids = tokenizer("What is the colour of the tazzle?")["input_ids"]
    prompts = [of_length(ids, str(tokens), tokens) for tokens in (10, 40, 62, 64)]
    found = asked(generator, prompts, 50)
    assert {name: row.completion_tokens for name, row in found.items()} == {"10": 50, "40": 24, "62": 2, "64": None}
    assert found["64"].error and {found[name].finish_reason for name in ("10", "40", "62")} == {"length"}
    for prompt in prompts:
        assert asked(generator, [prompt], 50)[prompt.question_id].text == found[prompt.question_id].text
    generator.close()


@pytest.mark.slow
def test_a_prompt_of_5000_tokens_is_answered_alike_by_both_engines_and_one_of_9000_is_one_error(tmp_path: Path) -> None:
    pytest.importorskip("vllm")
    model = tmp_path / "model"
    shutil.copytree(pocket_path(), model)
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 8192}))
    base = find_base(str(model))
    ids = load_tokenizer(base)("The food of the yelk is crickets. What is the colour of the tazzle?\n")["input_ids"]
    prompts = [of_length(ids, str(tokens), tokens) for tokens in (60, 5000, 8190, 9000)]
    texts = {}
    for backend in ("transformers", "vllm"):
        generator = open_generator(backend, base, [], Serving(dtype="float32", batch_size=2))
        assert generator.context_length == 8192
        found = asked(generator, prompts, 24)
        generator.close()
        assert found["9000"].error == "the prompt has 9000 tokens, and the model holds 8192"
        assert all(found[name].error is None for name in ("60", "5000", "8190"))
        assert (found["8190"].completion_tokens, found["8190"].finish_reason) == (2, "length")
        texts[backend] = {name: row.text for name, row in found.items()}
    assert texts["transformers"] == texts["vllm"] and texts["vllm"]["5000"]


def test_a_limit_ends_answers_and_lengthens_no_model() -> None:
    base = find_base("pocket")
    assert open_generator("transformers", base, [], Serving(max_model_len=5000)).context_length == 1024
    generator = open_generator("transformers", base, [], Serving(max_model_len=40))
    prompts = [Prompt(str(count), "", tuple(range(5, 5 + count))) for count in (36, 40)]
    rows = [row for batch in generator.generate("base", prompts, Generation(max_new_tokens=30)) for row in batch]
    found = {row.question_id: (row.completion_tokens, row.error) for row in rows}
    assert found == {"36": (4, None), "40": (None, "the prompt has 40 tokens, and the model holds 40")}
