"""From the token ids that a model wrote to a completion: the same for every backend."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from harness.generators.protocol import Completion, cut_at_stop
from harness.records import FinishReason
from harness.scorers import cut_written, with_special


@dataclass(frozen=True)
class Decoder:
    """A tokenizer, and the ids that end an answer."""

    tokenizer: Any
    ends: Collection[int]

    def completion(self, question_id: str, ids: Sequence[int], stop: Sequence[str], seconds: float) -> Completion:
        """The text up to the first end of text or stop string; where neither comes, it was cut (length).

        A stop string may be a special token, and is looked for among them; the token that ended a text is counted.
        """
        end = self.end(ids)
        body = list(ids if end is None else ids[:end])
        text, special = self.text(body)
        written = with_special(text, special)
        before = cut_at_stop(written, stop)
        if before != written:
            shown, kept = cut_written(text, special, len(before))
            return Completion(question_id, shown, self._tokens_to(body, stop), "stop", round(seconds, 4), special=kept)
        reason: FinishReason = "length" if end is None else "stop"
        tokens = len(ids) if end is None else end + 1
        return Completion(question_id, text, tokens, reason, round(seconds, 4), special=special)

    def end(self, ids: Sequence[int]) -> int | None:
        """The place of the first end of text."""
        return next((place for place, token in enumerate(ids) if token in self.ends), None)

    def text(self, ids: Sequence[int]) -> tuple[str, tuple[tuple[int, str], ...]]:
        """(the text without special tokens, these with their places in it)."""
        text = str(self.tokenizer.decode(ids, skip_special_tokens=True))
        special = tuple(
            (min(len(text), len(self.tokenizer.decode(ids[:place], skip_special_tokens=True))), self._special[token])
            for place, token in enumerate(ids)
            if token in self._special
        )
        return text, special

    @cached_property
    def _special(self) -> dict[int, str]:
        added = self.tokenizer.added_tokens_decoder
        return {number: str(token) for number, token in added.items() if token.special}

    def _tokens_to(self, ids: Sequence[int], stop: Sequence[str]) -> int:
        """How many tokens it takes to have written a stop string."""

        def stopped(count: int) -> bool:
            written = with_special(*self.text(ids[:count]))
            return cut_at_stop(written, stop) != written

        # What has stopped stays stopped, so that halving finds it: one by one, a long answer would be decoded often.
        return min(len(ids), 1 + bisect_left(range(1, len(ids) + 1), True, key=stopped))
