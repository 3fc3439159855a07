"""Transformers and PEFT: one load of the base, each adapter switched on in turn, batches of one variant only."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from inspect import signature
from itertools import count
from typing import Any

import torch
from transformers import (
    GenerationConfig,
    LogitsProcessor,
    LogitsProcessorList,
    StoppingCriteria,
    StoppingCriteriaList,
    TemperatureLogitsWarper,
    TopPLogitsWarper,
)

from harness.config import Generation, Serving
from harness.errors import HarnessError
from harness.generators.batch_size import BatchSize
from harness.generators.decoding import Decoder
from harness.generators.protocol import (
    Completion,
    LogLikelihood,
    TokenIds,
    prompt_seed,
    refuse_loaded,
    with_room,
)
from harness.models import (
    Adapter,
    Biases,
    Weights,
    context_length,
    load_model,
    load_tokenizer,
    put_in,
    refuse_form,
    release_memory,
    text_ends,
)
from harness.records import BASE, Prompt

_TRACED = tuple(range(3, 19))
_SAME = {"float32": 1e-3, "other": 0.05}
"""By how much the base's probabilities may move between two passes of the same numbers: rounding, by precision.

With 4-bit weights bitsandbytes takes another way through them once PEFT has put a layer around."""


class TransformersEngine:
    """The backend that runs everywhere, and the one that the others are measured against."""

    def __init__(self, base: Weights, adapters: Sequence[Adapter], serving: Serving) -> None:
        self._tokenizer = load_tokenizer(base, serving.trust_remote_code)
        self._model = load_model(base, serving.dtype, serving.quantization, serving.trust_remote_code)
        length = context_length(self._model.config, self._tokenizer)
        self.context_length = min(length, serving.max_model_len or length)
        self._decoder = Decoder(self._tokenizer, text_ends(base, self._tokenizer, adapters))
        self._pad = _padding(self._model, self._tokenizer)
        # In place of the folder's own: a penalty, say, that it brings would change every answer, and under vLLM none.
        self._model.generation_config = GenerationConfig(
            eos_token_id=sorted(self._decoder.ends) or None, pad_token_id=self._pad
        )
        whole = serving.dtype == "float32" and serving.quantization is None
        self._same = _SAME["float32" if whole else "other"]
        self._base = base
        # What an answer takes is not what a text that is judged takes.
        self._answers = BatchSize(serving.batch_size, self._model.device)
        self._judged = BatchSize(serving.batch_size, self._model.device)
        self._keeps_few = "logits_to_keep" in signature(self._model.forward).parameters
        self._inner: dict[str, str] = {}
        self._biases: dict[str, Biases] = {}
        self._numbers = count()
        for adapter in adapters:
            self.add(adapter)
        self._model.eval()

    def add(self, adapter: Adapter) -> None:
        """Loads one more adapter of any rank beside what is loaded; refuses a name that is taken."""
        refuse_loaded(adapter, self._inner)
        # PEFT makes module names of adapter names, and a module's name may hold no dot.
        inner = f"adapter{next(self._numbers)}"
        refuse_form(adapter, "transformers")
        before = self._trace()
        self._model, self._biases[adapter.name] = put_in(self._model, adapter, inner, self._base)
        self._inner[adapter.name] = inner
        if float((self._trace() - before).abs().max()) > self._same:
            raise HarnessError(
                f"Adapter '{adapter.name}' changes the base {self._base.name} when it is loaded: the base's "
                "log-probabilities are others than before, for all that are asked beside it. Merge it into its base "
                "(merge_and_unload) and give the full model's folder."
            )

    def remove(self, name: str) -> None:
        """Gives an adapter's memory back; its name may be added again."""
        inner = self._inner.pop(name)
        del self._biases[name]
        if self._inner:
            self._model.set_adapter(next(iter(self._inner.values())))
        self._model.delete_adapter(inner)
        if not self._inner:
            # PEFT's model still names its last adapter as the active one after it is gone.
            self._model = self._model.unload()

    def generate(
        self, variant: str, prompts: Sequence[Prompt], generation: Generation, stop: Sequence[str] = ()
    ) -> Iterator[list[Completion]]:
        """Every prompt's completion, in batches of prompts of like length."""
        fit, unfit = with_room(prompts, self.context_length)
        if unfit:
            yield unfit
        # Prompts of like length share a batch; the order is the same however often the work was interrupted.
        ordered = sorted(fit, key=lambda prompt: (len(prompt.token_ids), prompt.question_id))
        with torch.inference_mode(), self._as(variant):
            yield from self._answers.batches(
                ordered,
                lambda prompt: len(prompt.token_ids) + _most(prompt, generation, self.context_length),
                lambda batch: self._generate_batch(batch, generation, stop),
            )

    def loglikelihoods(self, variant: str, pairs: Sequence[tuple[TokenIds, TokenIds]]) -> list[LogLikelihood]:
        """For each (context, continuation), in their order; pairs with the same input share one forward pass."""
        # Continuations that differ in their last token only (choices A, B, C) need one pass between them.
        wanted: dict[tuple[int, ...], list[int]] = {}
        for index, (context, continuation) in enumerate(pairs):
            wanted.setdefault((*context, *continuation)[:-1], []).append(index)
        found: dict[int, LogLikelihood] = {}

        def judge(batch: Sequence[tuple[int, ...]]) -> dict[int, LogLikelihood]:
            counts = [max(len(pairs[index][1]) for index in wanted[ids]) for ids in batch]
            return {
                index: _loglikelihood(rows, pairs[index][1])
                for ids, rows in zip(batch, self._log_probabilities(batch, counts), strict=True)
                for index in wanted[ids]
            }

        with torch.inference_mode(), self._as(variant):
            for part in self._judged.batches(sorted(wanted, key=lambda ids: -len(ids)), len, judge):
                found |= part
        return [found[index] for index in range(len(pairs))]

    def close(self) -> None:
        """Gives the memory back, the card's too; the generator answers no more."""
        del self._model
        release_memory()

    def _as(self, variant: str) -> AbstractContextManager[Any]:
        if variant == BASE:
            return self._model.disable_adapter() if self._inner else nullcontext()
        self._model.set_adapter(self._inner[variant])
        return _lent(self._biases[variant])

    def _trace(self) -> torch.Tensor:
        """The base's probabilities after a few tokens: what no adapter may change."""
        with torch.inference_mode(), self._as(BASE):
            (rows,) = self._log_probabilities([_TRACED], [len(_TRACED)])
            return rows.exp()

    def _generate_batch(
        self, prompts: Sequence[Prompt], generation: Generation, stop: Sequence[str]
    ) -> list[Completion]:
        started = time.monotonic()
        rows = [_row(prompt, generation, self.context_length) for prompt in prompts]
        while going := [row for row in rows if row.left and not self._ended(row, stop)]:
            self._write(going, generation, stop)
        seconds = (time.monotonic() - started) / len(prompts)
        return [self._decoder.completion(row.prompt.question_id, row.written, stop, seconds) for row in rows]

    def _write(self, rows: Sequence[_Row], generation: Generation, stop: Sequence[str]) -> None:
        """Goes on with each row up to its end, or until one of them has no room left."""
        # Rows that ended are padded as long as others go on: no padding may lie where the model has no positions.
        steps = min(row.left for row in rows)
        before = [[*row.prompt.token_ids, *row.written] for row in rows]
        width = max(map(len, before))
        pad, device = self._pad, self._model.device
        output = self._model.generate(
            input_ids=torch.tensor([[pad] * (width - len(ids)) + ids for ids in before]).to(device),
            attention_mask=torch.tensor([[0] * (width - len(ids)) + [1] * len(ids) for ids in before]).to(device),
            stopping_criteria=StoppingCriteriaList([_StopAt(stop, self._tokenizer, width)] if stop else []),
            max_new_tokens=steps,
            **_sampling(generation, [row.dice for row in rows], [width - len(ids) for ids in before]),
        )
        for row, ids in zip(rows, output, strict=True):
            row.written += ids[width:].tolist()

    def _ended(self, row: _Row, stop: Sequence[str]) -> bool:
        ended = self._decoder.end(row.written) is not None
        return ended or (bool(stop) and _holds_any(self._tokenizer.decode(row.written), stop))

    def _log_probabilities(self, batch: Sequence[tuple[int, ...]], counts: Sequence[int]) -> Iterator[torch.Tensor]:
        """Of each row, in float32, those of the tokens that follow each of its last so many tokens."""
        width = max(len(ids) for ids in batch)
        padded = torch.tensor([[*ids, *[self._pad] * (width - len(ids))] for ids in batch])
        mask = torch.tensor([[1] * len(ids) + [0] * (width - len(ids)) for ids in batch])
        # All logits of a batch would be its largest tensor by far: only the places are computed that a row judges.
        places = sorted(
            {place for ids, n in zip(batch, counts, strict=True) for place in range(len(ids) - n, len(ids))}
        )
        few = self._keeps_few and len(places) < width
        device = self._model.device
        kept = {"logits_to_keep": torch.tensor(places).to(device)} if few else {}
        logits = self._model(padded.to(device), attention_mask=mask.to(device), **kept).logits
        for row, ids, n in zip(logits, batch, counts, strict=True):
            end = bisect_left(places, len(ids)) if few else len(ids)
            yield torch.log_softmax(row[end - n : end].float(), dim=-1)


@dataclass
class _Row:
    """An answer while it is written."""

    prompt: Prompt
    most: int
    """Tokens that it may have."""
    dice: torch.Generator
    written: list[int] = field(default_factory=list)

    @property
    def left(self) -> int:
        return self.most - len(self.written)


def _padding(model: Any, tokenizer: Any) -> int:
    """An id that the embedding has: what it stands for is masked, and some tokenizers pad with one beyond."""
    known, rows = tokenizer.pad_token_id, model.get_input_embeddings().weight.shape[0]
    return int(known) if known is not None and known < rows else 0


def _most(prompt: Prompt, generation: Generation, length: int) -> int:
    """Tokens that the prompt's answer may have."""
    return min(generation.max_new_tokens, length - len(prompt.token_ids))


def _row(prompt: Prompt, generation: Generation, length: int) -> _Row:
    most = _most(prompt, generation, length)
    return _Row(prompt, most, torch.Generator().manual_seed(prompt_seed(generation, prompt)))


def _holds_any(text: str, strings: Sequence[str]) -> bool:
    return any(string in text for string in strings)


class _StopAt(StoppingCriteria):  # type: ignore[misc]
    """Ends each row of a batch once its new text holds one of the strings."""

    def __init__(self, strings: Sequence[str], tokenizer: Any, start: int) -> None:
        self._strings, self._tokenizer, self._start = strings, tokenizer, start
        # Each token is at least one byte, so this many tokens hold the longest string, and one more its first part.
        self._window = max(len(string.encode()) for string in strings) + 1

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        recent = input_ids[:, max(self._start, input_ids.shape[1] - self._window) :]
        texts = self._tokenizer.batch_decode(recent)
        stopped = [_holds_any(text, self._strings) for text in texts]
        return torch.tensor(stopped, device=input_ids.device, dtype=torch.bool)


@contextmanager
def _lent(biases: Biases) -> Iterator[None]:
    """An adapter's own biases in the base's place, for as long as it is asked."""
    own = [parameter.data for parameter, _ in biases]
    try:
        for parameter, lent in biases:
            parameter.data = lent
        yield
    finally:
        for (parameter, _), data in zip(biases, own, strict=True):
            parameter.data = data


class _OwnDice(LogitsProcessor):  # type: ignore[misc]
    """Leaves each row one token, drawn by its distribution with the row's own seed, whatever it is batched with."""

    def __init__(self, generators: Sequence[torch.Generator]) -> None:
        self._generators = generators

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        width = scores.shape[-1]
        waits = torch.stack([torch.empty(width).exponential_(generator=one) for one in self._generators])
        # Of clocks that ring at rates p, each is the first to ring with probability p.
        first = (scores.float().softmax(dim=-1) / waits.clamp_min(1e-30).to(scores.device)).argmax(dim=-1, keepdim=True)
        return torch.full_like(scores, -torch.inf).scatter(1, first, 0.0)


class _Penalty(LogitsProcessor):  # type: ignore[misc]
    """Makes what stands in a row already less probable; its padding stands there for nobody."""

    def __init__(self, penalty: float, starts: Sequence[int]) -> None:
        self._penalty, self._starts = penalty, starts

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        penalized = scores.clone()
        for row, start in enumerate(self._starts):
            seen = input_ids[row, start:].unique()
            logits = scores[row, seen]
            penalized[row, seen] = torch.where(logits < 0, logits * self._penalty, logits / self._penalty)
        return penalized


def _sampling(generation: Generation, dice: Sequence[torch.Generator], starts: Sequence[int]) -> dict[str, Any]:
    own: list[Any] = []
    if generation.repetition_penalty != 1:
        own.append(_Penalty(generation.repetition_penalty, starts))
    if generation.temperature > 0:
        own.append(TemperatureLogitsWarper(generation.temperature))
        own += [TopPLogitsWarper(generation.top_p)] if generation.top_p < 1 else []
        own.append(_OwnDice(dice))
    return {"do_sample": False, "logits_processor": LogitsProcessorList(own)}


def _loglikelihood(rows: torch.Tensor, continuation: TokenIds) -> LogLikelihood:
    judged = rows[-len(continuation) :]
    wanted = torch.tensor(list(continuation), device=rows.device)
    chosen = judged.gather(1, wanted[:, None]).squeeze(1)
    return LogLikelihood(float(chosen.sum()), bool((judged.argmax(dim=-1) == wanted).all()))
