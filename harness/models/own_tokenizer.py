"""What a base's or an adapter's folder says of its own tokenizer: its chat template, and tokens added for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.models.adapters import Adapter
from harness.models.base_model import Weights, hub_file
from harness.store import Json, read_json


def own_chat_template(adapter: Adapter) -> str | None:
    """The chat template that was saved with the adapter; None where there is none."""
    return _chat_template(adapter.path)


def has_chat_template(base: Weights) -> bool:
    """Whether the base's tokenizer brings a chat template, by its files alone: no tokenizer is loaded."""
    if Path(base.path).is_dir():
        return _chat_template(Path(base.path)) is not None
    found = [hub_file(base.path, name) for name in ("chat_template.jinja", "tokenizer_config.json")]
    return any(_chat_template(path.parent) is not None for path in found if path is not None)


def _chat_template(folder: Path) -> str | None:
    file = folder / "chat_template.jinja"
    if file.is_file():
        return file.read_text(encoding="utf-8")
    template: Any = _settings(folder, "tokenizer_config.json").get("chat_template")
    if isinstance(template, list):
        # Older tokenizers keep several, by name.
        template = {row["name"]: row["template"] for row in template}.get("default")
    return template or None


def own_end(adapter: Adapter) -> str | None:
    """The end of text of the tokenizer that was saved with the adapter; None where there is none."""
    token: Any = _settings(adapter.path, "tokenizer_config.json").get("eos_token")
    return token.get("content") if isinstance(token, dict) else token


def own_tokens(adapter: Adapter, tokenizer: Any) -> tuple[str, ...]:
    """Tokens of the adapter's tokenizer that the base's does not have."""
    decoder = _settings(adapter.path, "tokenizer_config.json").get("added_tokens_decoder") or {}
    rows = _settings(adapter.path, "tokenizer.json").get("added_tokens") or []
    added = [*_settings(adapter.path, "added_tokens.json"), *(row["content"] for row in [*decoder.values(), *rows])]
    known = tokenizer.get_vocab()
    return tuple(dict.fromkeys(token for token in added if token not in known))


def _settings(folder: Path, name: str) -> Json:
    return read_json(folder / name) if (folder / name).is_file() else {}
