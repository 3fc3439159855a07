"""Which prompt template a training takes where nobody says: what base and data suggest."""

from __future__ import annotations

from harness.data.preferences import first_rows, hold_conversations, sampled_with
from harness.models import Weights, has_chat_template

CHAT, USUAL = "chat", "alpaca"


def prompt_for(base: Weights, source: str, split: str, name: str | None, columns: dict[str, str]) -> str:
    """What the data's answers were sampled with, else what suits the base and the kind of the data's first rows.

    The tokenizer's own chat template for conversations where it has one, else the assignment's template: texts without
    roles say nothing of how a model is to be addressed, and a chat template would impose one.
    """
    rows = first_rows(source, split, name, columns)
    usual = CHAT if hold_conversations(rows) and has_chat_template(base) else USUAL
    return sampled_with(rows) or usual
