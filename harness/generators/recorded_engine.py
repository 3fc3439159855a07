"""Answers that were written elsewhere: a generator that needs no model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from harness.config import Generation
from harness.errors import HarnessError
from harness.generators.protocol import Completion, LogLikelihood, TokenIds, cut_at_stop
from harness.models import Adapter
from harness.records import Prompt, Response

_BATCH = 100


class RecordedEngine:
    """Gives each prompt the response that is recorded for its question."""

    def __init__(self, recordings: Mapping[str, Sequence[Response]]) -> None:
        self._found = {(name, row.question_id): row for name, rows in recordings.items() for row in rows}

    def generate(
        self, variant: str, prompts: Sequence[Prompt], generation: Generation, stop: Sequence[str] = ()
    ) -> Iterator[list[Completion]]:
        for start in range(0, len(prompts), _BATCH):
            yield [self._completion(variant, prompt.question_id, stop) for prompt in prompts[start : start + _BATCH]]

    def loglikelihoods(self, variant: str, pairs: Sequence[tuple[TokenIds, TokenIds]]) -> list[LogLikelihood]:
        raise HarnessError(f"{variant} is a recording: it has answers, and no probabilities for lm-eval tasks.")

    def add(self, adapter: Adapter) -> None:
        raise HarnessError(f"Adapter '{adapter.name}' cannot answer here: recordings are read, and no model is loaded.")

    def remove(self, name: str) -> None:
        self._found = {key: row for key, row in self._found.items() if key[0] != name}

    def close(self) -> None:
        self._found.clear()

    def _completion(self, variant: str, question_id: str, stop: Sequence[str]) -> Completion:
        row = self._found.get((variant, question_id))
        if row is None:
            return Completion(question_id, "", None, None, None, "no answer was recorded")
        text = cut_at_stop(row.text, stop)
        reason = "stop" if text != row.text else row.finish_reason
        return Completion(question_id, text, row.completion_tokens, reason, row.seconds, row.error)
