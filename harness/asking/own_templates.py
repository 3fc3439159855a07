"""Adapters that were saved with a chat template of their own: asked with it where base and adapters can share one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jinja2 import TemplateError

from harness.models import Adapter, own_chat_template, own_tokens

_PROBE = [{"role": "user", "content": "question"}, {"role": "assistant", "content": "answer"}]


def lend_template(tokenizer: Any, adapters: Sequence[Adapter]) -> tuple[str, ...]:
    """Who is not asked with its own; a base's tokenizer that has no chat template gets the adapters', if they agree.

    Base and adapters get the same prompts, or their answers could not be compared.
    """
    own = {adapter.name: text for adapter in adapters if (text := own_chat_template(adapter))}
    strange = {adapter.name for adapter in adapters if adapter.name in own and own_tokens(adapter, tokenizer)}
    if not tokenizer.chat_template and len(set(own.values())) == 1 and not strange:
        tokenizer.chat_template = next(iter(own.values()))
    asked = _shown(tokenizer, tokenizer.chat_template)
    return tuple(name for name, text in own.items() if name in strange or _shown(tokenizer, text) != asked)


def _shown(tokenizer: Any, template: str | None) -> str | None:
    """What a template makes of a question, which two that are written differently may agree on."""
    if template is None:
        return None
    turns = []
    for messages in (_PROBE[:1], _PROBE):
        try:
            turns.append(tokenizer.apply_chat_template(messages, chat_template=template, tokenize=False))
        except (TemplateError, TypeError, ValueError):
            return template
    return "\n".join(turns)
