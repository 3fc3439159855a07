"""Answers that were written elsewhere: a generator that needs no model."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.config import Generation, Serving
from harness.errors import HarnessError
from harness.generators.protocol import Completion, LogLikelihood, TokenIds, cut_at_stop
from harness.models import Adapter, Weights
from harness.records import BASE, FinishReason, Prompt
from harness.store import read_run

_BATCH = 100


class RecordedEngine:
    """Gives each prompt the response that is recorded for its question in a run's folder, the path of its base."""

    context_length = sys.maxsize
    """What was answered had room."""

    def __init__(self, base: Weights, adapters: Sequence[Adapter], serving: Serving) -> None:
        names = {BASE, *(adapter.name for adapter in adapters)}
        rows = read_run(Path(base.path)).responses
        self._found = {key: row for key, row in rows.items() if key[0] in names}

    def generate(
        self, variant: str, prompts: Sequence[Prompt], generation: Generation, stop: Sequence[str] = ()
    ) -> Iterator[list[Completion]]:
        """What was recorded for each prompt's question; an error where nothing was."""
        for start in range(0, len(prompts), _BATCH):
            yield [self._completion(variant, prompt.question_id, stop) for prompt in prompts[start : start + _BATCH]]

    def loglikelihoods(self, variant: str, pairs: Sequence[tuple[TokenIds, TokenIds]]) -> list[LogLikelihood]:
        """Refuses: a recording has texts, and no probabilities."""
        raise HarnessError(f"{variant} is a recording: it has answers, and no probabilities for lm-eval tasks.")

    def add(self, adapter: Adapter) -> None:
        """Refuses: nothing can be asked that was not asked before."""
        raise HarnessError(f"Adapter '{adapter.name}' cannot answer here: recordings are read, and no model is loaded.")

    def remove(self, name: str) -> None:
        """Forgets what was recorded of that variant."""
        self._found = {key: row for key, row in self._found.items() if key[0] != name}

    def close(self) -> None:
        """Forgets all that was recorded."""
        self._found.clear()

    def _completion(self, variant: str, question_id: str, stop: Sequence[str]) -> Completion:
        row = self._found.get((variant, question_id))
        if row is None:
            return Completion(question_id, "", None, None, None, "no answer was recorded")
        text = cut_at_stop(row.text, stop)
        reason: FinishReason | None = "stop" if text != row.text else row.finish_reason
        special = tuple(one for one in row.special if one[0] <= len(text))
        return Completion(question_id, text, row.completion_tokens, reason, row.seconds, row.error, special)
