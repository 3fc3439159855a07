"""A variant as lm-eval sees it: the same requests as lm-eval's own classes make, answered by any of our generators."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from lm_eval.api.model import TemplateLM
from lm_eval.models.utils import handle_stop_sequences, normalize_gen_kwargs
from lm_eval.utils import get_rolling_token_windows, make_disjoint_window

from harness.config import Generation
from harness.data import chat_text
from harness.errors import HarnessError
from harness.generators.protocol import Generator, cut_at_stop
from harness.records import Prompt

MAX_GEN_TOKS = 256
"""lm-eval's default for tasks that do not say."""


class VariantLM(TemplateLM):  # type: ignore[misc]
    """One variant of an open generator; making one loads nothing."""

    def __init__(self, generator: Generator, variant: str, tokenizer: Any, day: date) -> None:
        super().__init__()
        self._generator = generator
        self._variant = variant
        self.tokenizer = tokenizer
        self._day = day
        self.max_length = generator.context_length

    @property
    def eot_token_id(self) -> int:
        """The token that ends a text, at which lm-eval cuts an answer."""
        return int(self.tokenizer.eos_token_id)

    @property
    def prefix_token_id(self) -> int:
        """What the first token of a text is conditioned on: BOS, or EOS where the tokenizer has none."""
        bos = self.tokenizer.bos_token_id
        return self.eot_token_id if bos is None else int(bos)

    @property
    def tokenizer_name(self) -> str:
        """By which lm-eval tells cached requests of one chat template from another's."""
        return str(self.tokenizer.name_or_path).replace("/", "__")

    def apply_chat_template(self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True) -> str:
        """The conversation as the tokenizer's own chat template writes it."""
        going_on = not add_generation_prompt
        return chat_text(
            self.tokenizer,
            chat_history,
            self._day,
            add_generation_prompt=add_generation_prompt,
            continue_final_message=going_on,
        )

    def tok_encode(self, string: str, add_special_tokens: bool | None = None, **_: Any) -> list[int]:
        """Token ids, with BOS as the tokenizer sets it, and never twice."""
        if add_special_tokens is None:
            # A text that begins with BOS already gets no second one; otherwise the tokenizer's own way holds.
            begun = string.startswith(self.tokenizer.decode(self.prefix_token_id))
            ids: list[int] = self.tokenizer.encode(string, **({"add_special_tokens": False} if begun else {}))
            return ids
        ids = self.tokenizer.encode(string, add_special_tokens=add_special_tokens)
        return ids

    def loglikelihood(self, requests: Any, disable_tqdm: bool = True) -> list[tuple[float, bool]]:
        """(Σ ln p of the continuation's tokens, whether all are the most probable) of each request."""
        found: list[tuple[float, bool]] = super().loglikelihood(requests, disable_tqdm=True)
        return found

    def _loglikelihood_tokens(
        self, requests: Sequence[tuple[Any, list[int], list[int]]], **_: Any
    ) -> list[tuple[float, bool]]:
        pairs = []
        for _text, context, continuation in requests:
            room = self.max_length + 1 - len(continuation)
            # Cut from the left, as lm-eval does: the continuation is what is judged.
            pairs.append((context[-room:] if room > 0 else [], continuation))
        return [(found.total, found.greedy) for found in self._generator.loglikelihoods(self._variant, pairs)]

    def loglikelihood_rolling(self, requests: Sequence[Any], disable_tqdm: bool = False) -> list[float]:
        """Σ ln p of all tokens of each text, in nats, every token judged once.

        A text beyond the context is judged in windows that do not overlap: the first tokens of each know little of what
        was before, so a perplexity depends on the context's length.
        """
        windows: list[tuple[None, list[int], list[int]]] = []
        owners: list[int] = []
        for number, request in enumerate(requests):
            tokens = self.tok_encode(request.args[0])
            rolled = get_rolling_token_windows(tokens, self.prefix_token_id, max_seq_len=self.max_length, context_len=1)
            for context, continuation in map(make_disjoint_window, rolled):
                windows.append((None, context, continuation))
                owners.append(number)
        totals: dict[int, float] = defaultdict(float)
        for number, (total, _greedy) in zip(owners, self._loglikelihood_tokens(windows), strict=True):
            totals[number] += total
        return [totals[number] for number in range(len(requests))]

    def generate_until(self, requests: Sequence[Any], disable_tqdm: bool = False) -> list[str]:
        """Each request's answer up to its first stop string; refuses the task where a generation failed."""
        answers: dict[int, str] = {}
        groups: dict[str, list[int]] = defaultdict(list)
        for number, request in enumerate(requests):
            groups[repr(sorted(request.args[1].items()))].append(number)
        for numbers in groups.values():
            settings = normalize_gen_kwargs(requests[numbers[0]].args[1], MAX_GEN_TOKS)
            stop = handle_stop_sequences(settings.get("until"), self.tokenizer.decode(self.eot_token_id))
            generation = _generation(settings)
            prompts = [self._prompt(number, requests[number].args[0], generation) for number in numbers]
            for batch in self._generator.generate(self._variant, prompts, generation, stop):
                for completion in batch:
                    if completion.error:
                        raise HarnessError(f"lm-eval got no answer from {self._variant}: {completion.error}")
                    answers[int(completion.question_id)] = cut_at_stop(completion.text, stop)
        return [answers[number] for number in range(len(requests))]

    def _prompt(self, number: int, text: str, generation: Generation) -> Prompt:
        room = self.max_length - generation.max_new_tokens
        if room <= 0:
            raise HarnessError(
                f"A task asks for {generation.max_new_tokens} new tokens, and the model holds {self.max_length} in all."
            )
        return Prompt(str(number), text, tuple(self.tok_encode(text)[-room:]))


def _generation(settings: Any) -> Generation:
    temperature = float(settings.get("temperature") or 0.0) if settings.get("do_sample") else 0.0
    return Generation(
        max_new_tokens=int(settings["max_gen_toks"]), temperature=temperature, top_p=float(settings.get("top_p") or 1.0)
    )
