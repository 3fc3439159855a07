"""Who said what: messages in every dialect, and dialogues that are written as one text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from harness.data.preferences.preference import Turn, Unusable

_ROLES = {
    "system": "system", "developer": "system",
    "user": "user", "human": "user", "prompter": "user",
    "assistant": "assistant", "gpt": "assistant", "model": "assistant", "chatgpt": "assistant", "bot": "assistant",
}  # fmt: skip
MORE = "more than text"
"""Why a row is dropped that holds pictures, sound, tools or thoughts: without them it would be another one."""
_BESIDE = ("tool_calls", "function_call", "reasoning_content", "reasoning", "thinking")
"""What a message may hold besides its text."""
_DIALECTS = tuple(
    re.compile(pattern)
    for pattern in (
        # Anthropic's; the same in single lines; Guanaco's.
        r"(?:\A\s*|\n\n)(Human|Assistant):",
        r"(?:\A\s*|\n)(Human|Assistant):",
        r"(?:\A\s*|\n)(User|Assistant):",
        r"(?:\A\s*|\s*)### (Human|Assistant):",
    )
)
"""How a text marks who speaks; the first by which it begins with a question and goes on with an answer."""


def is_talk(value: Any) -> bool:
    """Whether it is messages: a list of them, a single one, or an object that holds them."""
    if isinstance(value, dict):
        return "messages" in value or _names_speaker(value)
    return isinstance(value, list) and bool(value) and all(map(_names_speaker, value))


def turns_of(value: Any, last: str = "") -> tuple[Turn, ...]:
    """The turns of messages; `last` is the role of a last one that names none.

    What system messages say comes first, as one line.
    """
    if isinstance(value, dict):
        value = value.get("messages", [value])
    if not isinstance(value, list):
        raise Unusable("wrong type")
    said = [_turn(message, last if message is value[-1] else "") for message in value]
    return with_system(tuple(said))


def with_system(turns: Sequence[Turn], otherwise: str | None = None) -> tuple[Turn, ...]:
    """The same with its system lines in front, as one; without any, with the other where that is given."""
    lines = [text for role, text in turns if role == "system"]
    line = "\n\n".join(lines) if lines else otherwise
    return (*(() if line is None else (("system", line),)), *without_system(turns))


def without_system(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """The turns of user and assistant."""
    return tuple(turn for turn in turns if turn[0] != "system")


def dialogue(text: str) -> tuple[Turn, ...]:
    """The turns of a dialogue that is written as one text; none where it is no dialogue."""
    # A look for the word spares most texts the patterns.
    if "Assistant:" not in text:
        return ()
    for pattern in _DIALECTS:
        before, *parts = pattern.split(text)
        roles = ["assistant" if name == "Assistant" else "user" for name in parts[::2]]
        if not before.strip() and roles[:1] == ["user"] and "assistant" in roles:
            return tuple(zip(roles, (part.strip() for part in parts[1::2]), strict=True))
    return ()


def opened_dialogue(text: str) -> tuple[Turn, ...]:
    """The turns of one that ends where the assistant is to speak; none where it is no such."""
    turns = dialogue(text) if text.rstrip().endswith("Assistant:") else ()
    return turns[:-1]


def text_of(value: Any) -> str:
    """A text as it is, or the texts that are the parts of one message; whatever else is of a wrong type."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(map(_is_text, value)):
        return "".join(part["text"] for part in value)
    if isinstance(value, list) and any(isinstance(part, dict) and "type" in part for part in value):
        raise Unusable(MORE)
    raise Unusable("wrong type")


def _is_text(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type", "text") == "text" and isinstance(part.get("text"), str)


def _names_speaker(message: Any) -> bool:
    return isinstance(message, dict) and ("role" in message or "from" in message or "content" in message)


def _turn(message: Any, otherwise: str) -> Turn:
    if not isinstance(message, dict):
        raise Unusable("wrong type")
    speaker = message.get("role") or message.get("from") or otherwise
    if any(message.get(name) for name in _BESIDE):
        raise Unusable(MORE)
    said = message.get("content")
    role = _ROLES.get(str(speaker).casefold())
    if role is None:
        raise Unusable("wrong type")
    return role, text_of(message.get("value") if said is None else said)
