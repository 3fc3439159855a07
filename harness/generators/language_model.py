"""A variant as lm-eval sees it: the same requests as lm-eval's own classes make, answered by any of our generators."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from jinja2 import TemplateError
from lm_eval.api.model import TemplateLM
from lm_eval.models.utils import handle_stop_sequences, normalize_gen_kwargs
from lm_eval.utils import get_rolling_token_windows, make_disjoint_window

from harness.config import Generation
from harness.data import chat_text
from harness.errors import BrokenTask, HarnessError, unknown
from harness.generators.protocol import Generator, cut_at_stop
from harness.records import Prompt

MAX_GEN_TOKS = 256
"""lm-eval's default for tasks that do not say."""
_HONOURED = {"until", "do_sample", "max_gen_toks", "temperature", "top_p", "repetition_penalty"}
_OF_DICE = {"top_k", "min_p", "typical_p", "seed"}
"""Settings that mean nothing to a greedy answer."""
_OFF = {"num_beams": (1,), "num_return_sequences": (1,), "top_k": (0, -1), "min_p": (0,), "use_cache": (True, False)}
"""Settings that change nothing where they have these values."""


class VariantLM(TemplateLM):  # type: ignore[misc]
    """One variant of an open generator; making one loads nothing."""

    def __init__(
        self, generator: Generator, variant: str, tokenizer: Any, day: date, chat_template: bool | str = False
    ) -> None:
        super().__init__()
        if chat_template:
            _refuse_template(tokenizer, chat_template)
        named = isinstance(chat_template, str) and isinstance(tokenizer.chat_template, dict)
        self._template = chat_template if named else None
        self._generator = generator
        self._variant = variant
        self.tokenizer = tokenizer
        self._day = day
        self.max_length = generator.context_length
        self._said_so = False

    @property
    def eot_token_id(self) -> int:
        """The token that ends a text, at which lm-eval cuts an answer; refuses a tokenizer without one."""
        if self.tokenizer.eos_token_id is None:
            raise HarnessError(
                f"lm-eval's tasks begin texts, and the tokenizer of {self.tokenizer.name_or_path} names no token that "
                "does. Name its bos_token or eos_token in tokenizer_config.json, or ask without tasks: --tasks ''"
            )
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
        """The conversation as the tokenizer's own chat template writes it, or that of the name that was given.

        As under lm-eval, a template that takes no system line gets none.
        """
        try:
            return self._chat(chat_history, add_generation_prompt)
        except TemplateError:
            without = [message for message in chat_history if message["role"] != "system"]
            if without == chat_history:
                raise
            if not self._said_so:
                self._said_so = True
                logging.getLogger("harness").warning(
                    "The chat template takes no system line: lm-eval's tasks are asked without it, as lm-eval asks."
                )
            return self._chat(without, add_generation_prompt)

    def _chat(self, messages: list[dict[str, str]], add_generation_prompt: bool) -> str:
        named = {} if self._template is None else {"chat_template": self._template}
        return chat_text(
            self.tokenizer,
            messages,
            self._day,
            add_generation_prompt=add_generation_prompt,
            continue_final_message=not add_generation_prompt,
            **named,
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
        for request in requests:
            context, continuation = _texts(request, 2)
            if not continuation:
                raise _broken(request, f"nothing is to be judged after {context[-40:]!r}")
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
            tokens = self.tok_encode(_texts(request, 1)[0])
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
            stop = handle_stop_sequences(settings.get("until"), self.tokenizer.eos_token)
            generation = _generation(settings, requests[numbers[0]])
            # Asked greedily once more (repeats), a question has the same answer.
            alike: dict[object, list[int]] = defaultdict(list)
            for number in numbers:
                (text,) = _texts(requests[number], 1)
                alike[text if generation.temperature == 0 else number].append(number)
            prompts = [self._prompt(same[0], requests[same[0]], generation) for same in alike.values()]
            twins = {same[0]: same for same in alike.values()}
            for batch in self._generator.generate(self._variant, prompts, generation, stop):
                for completion in batch:
                    number = int(completion.question_id)
                    if completion.error:
                        raise _broken(requests[number], completion.error, "has no answer", self._variant)
                    answers |= dict.fromkeys(twins[number], cut_at_stop(completion.text, stop))
        return [answers[number] for number in range(len(requests))]

    def _prompt(self, number: int, request: Any, generation: Generation) -> Prompt:
        room = self.max_length - generation.max_new_tokens
        if room <= 0:
            raise _broken_task(
                request,
                f"it asks for {generation.max_new_tokens} new tokens, and the model holds {self.max_length} in all; "
                f"fewer are --gen_kwargs max_gen_toks={self.max_length // 2}",
            )
        text = request.args[0]
        return Prompt(str(number), text, tuple(self.tok_encode(text)[-room:]))


def _texts(request: Any, count: int) -> tuple[str, ...]:
    """The first texts of a request; a document that has something else in their place is named."""
    for text in request.args[:count]:
        if not isinstance(text, str):
            raise _broken(request, f"{text!r} is no text")
    return tuple(request.args[:count])


def _broken(request: Any, said: str, doing: str = "cannot be asked", variant: str = "") -> BrokenTask:
    return BrokenTask(str(request.task_name), request.doc_id, doing, said, variant)


def _broken_task(request: Any, said: str) -> BrokenTask:
    return BrokenTask(str(request.task_name), None, "cannot be asked", said)


def _refuse_template(tokenizer: Any, wanted: bool | str) -> None:
    """Refuses what the tokenizer does not have: any chat template, or one of that name."""
    own = tokenizer.chat_template
    if not own:
        raise HarnessError(
            f"The tokenizer of {tokenizer.name_or_path} has no chat template. Ask without --apply_chat_template, or "
            "put a chat_template.jinja into the model's folder."
        )
    if isinstance(wanted, str) and wanted not in (own if isinstance(own, dict) else {"default": own}):
        unknown("chat template", wanted, own if isinstance(own, dict) else ["default"])


def _generation(settings: Any, request: Any) -> Generation:
    greedy = not settings.get("do_sample") or not float(settings.get("temperature") or 0.0)
    for key, value in settings.items():
        known = key in _HONOURED or (greedy and key in _OF_DICE) or value is None or value in _OFF.get(key, ())
        if not known:
            raise _broken_task(
                request,
                f"it asks for {key}={value!r}, which no backend here does; without it, with other answers, it is asked "
                f"by --gen_kwargs {key}=None",
            )
    temperature = float(settings.get("temperature") or 0.0) if settings.get("do_sample") else 0.0
    return Generation(
        max_new_tokens=int(settings["max_gen_toks"]),
        temperature=temperature,
        top_p=float(settings.get("top_p") or 1.0),
        repetition_penalty=float(settings.get("repetition_penalty") or 1.0),
    )
