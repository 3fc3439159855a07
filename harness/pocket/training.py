"""Pre-training of the embedded model: a small Llama, from random weights, on the generated text."""

import math
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

from harness.pocket.tokenizer import BOS, EOS, PAD

SEED = 7
# (steps, rows, tokens a row). On short rows, with one question in sight, the model finds out soon that an answer is
# about the question's subject; long rows with several questions then teach it to go on after an answer.
STAGES = ((800, 10, 128), (1400, 4, 320))
STEPS = sum(steps for steps, _, _ in STAGES)
LEARNING_RATE = 2.5e-3
WARMUP_STEPS = 40
MAX_POSITIONS = 1024


def configuration(tokenizer: Tokenizer) -> LlamaConfig:
    """Every linear dimension is a multiple of 64 for NF4 on CPU, the head size one that vLLM on CPU has."""
    return LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=128,
        intermediate_size=384,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=4,
        head_dim=32,
        max_position_embeddings=MAX_POSITIONS,
        tie_word_embeddings=True,
        initializer_range=0.05,
        bos_token_id=tokenizer.token_to_id(BOS),
        eos_token_id=tokenizer.token_to_id(EOS),
        pad_token_id=tokenizer.token_to_id(PAD),
    )


def batches(tokenizer: Tokenizer, documents: Iterator[str]) -> Iterator[torch.Tensor]:
    """Batches of token ids, one a step, their shape as the stage has it."""
    for steps, rows, length in STAGES:
        for _ in range(steps):
            yield torch.tensor([_row(tokenizer, documents, length) for _ in range(rows)])


def _row(tokenizer: Tokenizer, documents: Iterator[str], length: int) -> list[int]:
    """Token ids from the start of a document; what does not fit is cut off.

    A question is asked at the start of a text, so that is where the model must have seen questions.
    """
    end = tokenizer.get_vocab()[EOS]
    row: list[int] = []
    while len(row) < length:
        row += [*tokenizer.encode(next(documents)).ids, end]
    return row[:length]


def learning_rate(step: int) -> float:
    """Linear warm-up, then a cosine to zero."""
    if step < WARMUP_STEPS:
        return LEARNING_RATE * (step + 1) / WARMUP_STEPS
    return LEARNING_RATE * 0.5 * (1 + math.cos(math.pi * (step - WARMUP_STEPS) / (STEPS - WARMUP_STEPS)))


def train_model(tokenizer: Tokenizer, documents: Iterator[str]) -> LlamaForCausalLM:
    """The trained model; its progress goes to standard output."""
    torch.manual_seed(SEED)
    model = LlamaForCausalLM(configuration(tokenizer))
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.95), weight_decay=0.01)
    began = time.monotonic()
    for step, batch in enumerate(batches(tokenizer, documents)):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step)
        loss = model(input_ids=batch, labels=batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if step % 50 == 0 or step == STEPS - 1:
            print(f"step {step + 1}/{STEPS}  loss {loss.item():.3f}  {time.monotonic() - began:.0f} s", flush=True)
    return model.eval()


def save_model(model: LlamaForCausalLM, folder: Path) -> None:
    """Writes the configuration and the weights in bfloat16; evaluation widens them to float32 without loss."""
    model.generation_config = GenerationConfig(
        bos_token_id=model.config.bos_token_id,
        eos_token_id=model.config.eos_token_id,
        pad_token_id=model.config.pad_token_id,
        do_sample=False,
    )
    model.to(torch.bfloat16).save_pretrained(folder)
