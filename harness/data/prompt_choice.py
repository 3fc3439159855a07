"""Which prompt template a training takes where nobody says: what base and data suggest."""

from __future__ import annotations

from harness.data.preferences import holds_conversations
from harness.models import Weights, has_chat_template

CHAT, USUAL = "chat", "alpaca"


def suggested_prompt(base: Weights, conversations: bool) -> str:
    """The tokenizer's own chat template for conversations where it has one, else the assignment's template.

    Texts without roles say nothing of how a model is to be addressed, and a chat template would impose one.
    """
    return CHAT if conversations and has_chat_template(base) else USUAL


def prompt_for(base: Weights, source: str, split: str, name: str | None, columns: dict[str, str]) -> str:
    """The same for data that are not read yet: a look at their first rows tells what they are."""
    conversations = has_chat_template(base) and holds_conversations(source, split, name, columns)
    return suggested_prompt(base, conversations)
