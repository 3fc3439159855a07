"""Transformers and PEFT: one load of the base, each adapter switched on in turn, batches of one variant only."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import count
from typing import Any

import torch
from peft import PeftModel
from transformers import (
    LogitsProcessor,
    LogitsProcessorList,
    StoppingCriteria,
    StoppingCriteriaList,
    TemperatureLogitsWarper,
    TopPLogitsWarper,
)

from harness.config import Generation, Serving
from harness.errors import HarnessError
from harness.generators.protocol import Completion, LogLikelihood, TokenIds, cut_at_stop, prompt_seed, refuse_loaded
from harness.models import Adapter, Weights, load_model, load_tokenizer
from harness.records import BASE, Prompt


class TransformersEngine:
    """The backend that runs everywhere, and the one that the others are measured against."""

    def __init__(self, base: Weights, adapters: Sequence[Adapter], serving: Serving) -> None:
        self._tokenizer = load_tokenizer(base, serving.trust_remote_code)
        self._model = load_model(base, serving.dtype, serving.quantization, serving.trust_remote_code)
        self._base = base
        self._batch_size = serving.batch_size
        self._inner: dict[str, str] = {}
        self._numbers = count()
        for adapter in adapters:
            self.add(adapter)
        self._model.eval()

    def add(self, adapter: Adapter) -> None:
        refuse_loaded(adapter, self._inner)
        # PEFT makes module names of adapter names, and a module's name may hold no dot.
        inner = f"adapter{next(self._numbers)}"
        self._model = _with_adapter(self._model, self._base, adapter, inner)
        self._model.eval()
        self._inner[adapter.name] = inner

    def remove(self, name: str) -> None:
        inner = self._inner.pop(name)
        if self._inner:
            self._model.set_adapter(next(iter(self._inner.values())))
            self._model.delete_adapter(inner)
        else:
            # PEFT's model still names its last adapter as the active one after it is gone.
            self._model = self._model.unload()

    def generate(
        self, variant: str, prompts: Sequence[Prompt], generation: Generation, stop: Sequence[str] = ()
    ) -> Iterator[list[Completion]]:
        # Prompts of like length share a batch; the order is the same however often the work was interrupted.
        ordered = sorted(prompts, key=lambda prompt: (len(prompt.token_ids), prompt.question_id))
        with torch.inference_mode(), self._as(variant):
            for start in range(0, len(ordered), self._batch_size):
                yield self._generate_batch(ordered[start : start + self._batch_size], generation, stop)

    def loglikelihoods(self, variant: str, pairs: Sequence[tuple[TokenIds, TokenIds]]) -> list[LogLikelihood]:
        # Continuations that differ in their last token only (choices A, B, C) need one pass between them.
        inputs = sorted({(*context, *continuation)[:-1] for context, continuation in pairs}, key=lambda ids: -len(ids))
        wanted: dict[tuple[int, ...], list[int]] = {}
        for index, (context, continuation) in enumerate(pairs):
            wanted.setdefault((*context, *continuation)[:-1], []).append(index)
        found: dict[int, LogLikelihood] = {}
        with torch.inference_mode(), self._as(variant):
            for start in range(0, len(inputs), self._batch_size):
                batch = inputs[start : start + self._batch_size]
                for ids, logits in zip(batch, self._logits(batch), strict=True):
                    for index in wanted[ids]:
                        found[index] = _loglikelihood(logits[: len(ids)], pairs[index][1])
        return [found[index] for index in range(len(pairs))]

    def close(self) -> None:
        del self._model
        # A module and its parts refer to each other: until they are collected, the next model has no room.
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _as(self, variant: str) -> AbstractContextManager[Any]:
        if variant == BASE:
            return self._model.disable_adapter() if self._inner else nullcontext()
        self._model.set_adapter(self._inner[variant])
        return nullcontext()

    def _generate_batch(
        self, prompts: Sequence[Prompt], generation: Generation, stop: Sequence[str]
    ) -> list[Completion]:
        started = time.monotonic()
        width = max(len(prompt.token_ids) for prompt in prompts)
        pad = self._tokenizer.pad_token_id
        ids = torch.tensor([[pad] * (width - len(p.token_ids)) + list(p.token_ids) for p in prompts])
        mask = torch.tensor([[0] * (width - len(p.token_ids)) + [1] * len(p.token_ids) for p in prompts])
        device = self._model.device
        output = self._model.generate(
            input_ids=ids.to(device),
            attention_mask=mask.to(device),
            stopping_criteria=StoppingCriteriaList([_StopAt(stop, self._tokenizer, width)] if stop else []),
            pad_token_id=pad,
            max_new_tokens=generation.max_new_tokens,
            **_sampling(generation, prompts),
        )
        seconds = (time.monotonic() - started) / len(prompts)
        return [
            self._completion(prompt.question_id, row[width:].tolist(), generation, stop, seconds)
            for prompt, row in zip(prompts, output, strict=True)
        ]

    def _completion(
        self, question_id: str, ids: list[int], generation: Generation, stop: Sequence[str], seconds: float
    ) -> Completion:
        ends = self._model.generation_config.eos_token_id or self._tokenizer.eos_token_id
        ends = {ends} if isinstance(ends, int) else set(ends)
        length = next((place for place, token in enumerate(ids) if token in ends), None)
        whole = self._tokenizer.decode(ids[:length], skip_special_tokens=True)
        text = cut_at_stop(whole, stop)
        stopped = length is not None or text != whole
        # The token that ended the text was written too, and vLLM counts it as well.
        tokens = generation.max_new_tokens if length is None else length + 1
        reason = "stop" if stopped else "length"
        return Completion(question_id, text, min(tokens, len(ids)), reason, round(seconds, 4))

    def _logits(self, batch: Sequence[tuple[int, ...]]) -> torch.Tensor:
        width = max(len(ids) for ids in batch)
        pad = self._tokenizer.pad_token_id
        padded = torch.tensor([[*ids, *[pad] * (width - len(ids))] for ids in batch])
        mask = torch.tensor([[1] * len(ids) + [0] * (width - len(ids)) for ids in batch])
        device = self._model.device
        logits: torch.Tensor = self._model(padded.to(device), attention_mask=mask.to(device)).logits
        return logits


class _StopAt(StoppingCriteria):  # type: ignore[misc]
    """Ends each row of a batch once its new text holds one of the strings."""

    def __init__(self, strings: Sequence[str], tokenizer: Any, start: int) -> None:
        self._strings, self._tokenizer, self._start = strings, tokenizer, start
        # Each token is at least one byte, so this many tokens hold the longest string, and one more its first part.
        self._window = max(len(string.encode()) for string in strings) + 1

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        recent = input_ids[:, max(self._start, input_ids.shape[1] - self._window) :]
        texts = self._tokenizer.batch_decode(recent)
        stopped = [any(string in text for string in self._strings) for text in texts]
        return torch.tensor(stopped, device=input_ids.device, dtype=torch.bool)


def _with_adapter(model: Any, base: Weights, adapter: Adapter, name: str) -> Any:
    try:
        if isinstance(model, PeftModel):
            model.load_adapter(str(adapter.path), adapter_name=name)
            return model
        return PeftModel.from_pretrained(model, str(adapter.path), adapter_name=name)
    except (ValueError, RuntimeError, KeyError) as error:
        reason = str(error).strip().splitlines()
        shown = " ".join(reason[:2])[:200]
        raise HarnessError(f"Adapter '{adapter.name}' does not fit the base {base.name}: {shown}") from None


class _OwnDice(LogitsProcessor):  # type: ignore[misc]
    """Leaves each row one token, drawn by its distribution with the row's own seed, whatever it is batched with."""

    def __init__(self, seeds: Sequence[int]) -> None:
        self._generators = [torch.Generator().manual_seed(seed) for seed in seeds]

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        width = scores.shape[-1]
        waits = torch.stack([torch.empty(width).exponential_(generator=one) for one in self._generators])
        # Of clocks that ring at rates p, each is the first to ring with probability p.
        first = (scores.float().softmax(dim=-1) / waits.clamp_min(1e-30).to(scores.device)).argmax(dim=-1, keepdim=True)
        return torch.full_like(scores, -torch.inf).scatter(1, first, 0.0)


def _sampling(generation: Generation, prompts: Sequence[Prompt]) -> dict[str, Any]:
    # A checkpoint's own sampling settings would only be warned about.
    settings: dict[str, Any] = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
    if generation.temperature > 0:
        own = [TemperatureLogitsWarper(generation.temperature)]
        own += [TopPLogitsWarper(generation.top_p)] if generation.top_p < 1 else []
        dice = _OwnDice([prompt_seed(generation, prompt) for prompt in prompts])
        settings["logits_processor"] = LogitsProcessorList([*own, dice])
    return settings


def _loglikelihood(logits: torch.Tensor, continuation: TokenIds) -> LogLikelihood:
    rows = torch.log_softmax(logits[-len(continuation) :].float(), dim=-1)
    wanted = torch.tensor(list(continuation), device=rows.device)
    chosen = rows.gather(1, wanted[:, None]).squeeze(1)
    return LogLikelihood(float(chosen.sum()), bool((rows.argmax(dim=-1) == wanted).all()))
