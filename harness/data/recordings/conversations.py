"""Messages as files hold them: turns with a role each, of a chat API, of ShareGPT's lists, or as JSON in a cell."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Turn = tuple[str, str]
"""(role, text)."""
_ROLES = {"human": "user", "gpt": "assistant", "model": "assistant", "bot": "assistant", "developer": "system"}


@dataclass(frozen=True)
class SentPrompt:
    """What a model was sent, as a recording holds it."""

    turns: tuple[Turn, ...]
    is_chat: bool
    """Whether it was sent as messages, which a server made a prompt of that nobody wrote down."""

    @property
    def wording(self) -> str:
        """What the user said last."""
        return next((text for role, text in reversed(self.turns) if role == "user"), "")

    def said(self, system: str) -> str:
        """All of it as one text: the user's words alone where nothing else was sent but that system line."""
        turns = [turn for turn in self.turns if turn[1].strip() and turn != ("system", system)]
        return turns[0][1] if len(turns) == 1 else "\n\n".join(f"{role}: {text}" for role, text in turns)


def sent_in(value: Any) -> SentPrompt | None:
    """What stands in a prompt's cell: a text, messages, or promptfoo's object of a text; None where it is neither."""
    if isinstance(value, Mapping) and "raw" in value:
        value = value["raw"]
    if turns := turns_in(value):
        before = turns[:-1] if turns[-1][0] == "assistant" else turns
        return SentPrompt(before, True) if before else None
    return SentPrompt((("user", value),), False) if isinstance(value, str) and value.strip() else None


def turns_in(value: Any) -> tuple[Turn, ...]:
    """The turns of a list of messages; none where the value is no such list."""
    value = _parsed(value)
    if isinstance(value, Mapping):
        value = value.get("messages") or [value]
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        return ()
    turns = [_turn(message) for message in value]
    return () if None in turns else tuple(turn for turn in turns if turn is not None)


def text_in(value: Any) -> str | None:
    """The text of a message's content or of an answer's cell; None where it holds none."""
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, Mapping):
        return next((value[name] for name in ("text", "answer") if isinstance(value.get(name), str)), None)
    if not isinstance(value, Sequence):
        return None
    parts = [part if isinstance(part, str) else text_in(part) for part in value if not _is_thought(part)]
    return "".join(part for part in parts if part) if any(part is not None for part in parts) else None


def _turn(message: Any) -> Turn | None:
    if not isinstance(message, Mapping):
        return None
    for role, content in (("role", "content"), ("from", "value"), ("role", "parts"), ("role", "prompt")):
        said = message.get(role)
        if isinstance(said, str) and content in message:
            text = text_in(message[content])
            # What cannot be read is no empty text.
            is_read = text is not None or not message[content] or isinstance(message[content], list)
            return (_ROLES.get(said.casefold(), said), text or "") if is_read else None
    return None


def _is_thought(part: Any) -> bool:
    return isinstance(part, Mapping) and part.get("type") in ("reasoning", "thinking", "redacted_thinking")


def _parsed(value: Any) -> Any:
    """A cell of a table holds its messages as JSON."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value
