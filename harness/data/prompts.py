"""How a question is asked: one Jinja file a template, and the fixed lines by which a leak is recognised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, TemplateError

from harness.errors import HarnessError, unknown
from harness.resources import search_path, text_digest

_SYSTEM, _QUESTION = "\x02system\x02", "\x02question\x02"


@dataclass(frozen=True)
class Template:
    """A prompt template, read once."""

    name: str
    source: str
    sha256: str
    """Of the file's text."""
    headers: tuple[str, ...]
    """The lines that every rendering holds, in their order: what must not reappear in an answer."""
    render: Callable[[str, str], str]
    """(question, system) → prompt."""
    chat_sha256: str | None = None
    """Of the tokenizer's own chat template, where the file asks for that."""


@dataclass(frozen=True)
class ChatTemplate:
    """A tokenizer's own chat template."""

    tokenizer: Any

    def __call__(self, system: str, question: str) -> str:
        """The text that it makes of them."""
        user = {"role": "user", "content": question}
        messages = [{"role": "system", "content": system}, user] if system else [user]
        try:
            return self._text(messages)
        except TemplateError:
            # Mistral's and Gemma's templates know no system role: what it says then opens the user's turn.
            return self._text([{"role": "user", "content": f"{system}\n\n{question}"}])

    def sha256(self) -> str:
        """sha256 of the template's Jinja source, which lies with the tokenizer and in no other digest."""
        return text_digest(str(self.tokenizer.chat_template))

    def _text(self, messages: list[dict[str, str]]) -> str:
        return str(self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))


def load_template(name: str, folders: Sequence[Path] = (), chat_template: ChatTemplate | None = None) -> Template:
    """The template of that name; refuses an unknown one, and `chat` where no tokenizer brings a chat template."""
    path = _find(name, folders)
    source = path.read_text(encoding="utf-8")
    environment = Environment(undefined=StrictUndefined, autoescape=False)

    used: list[ChatTemplate] = []

    def need_chat_template(system: str, question: str) -> str:
        if chat_template is None:
            raise HarnessError(
                f"The prompt template '{name}' takes the chat template of a tokenizer, and there is none here. "
                "Ask with another template, for example prompt: alpaca in suite.yaml."
            )
        used[:] = [chat_template]
        return chat_template(system, question)

    try:
        compiled = environment.from_string(source)

        def render(question: str, system: str) -> str:
            return compiled.render(question=question, system=system, chat_template=need_chat_template)

        headers = _fixed_lines(render(_QUESTION, _SYSTEM))
    except TemplateError as error:
        raise HarnessError(f"{path} is not a valid prompt template: {error}. It may use question and system.") from None
    return Template(name, source, text_digest(source), headers, render, used[0].sha256() if used else None)


def template_digest(name: str, folders: Sequence[Path] = ()) -> str:
    """sha256 of the text of that template's file."""
    return text_digest(_find(name, folders).read_text(encoding="utf-8"))


def list_templates(folders: Sequence[Path] = ()) -> list[str]:
    """The names that `prompt:` and --prompt take, shipped ones and those of the user's folders."""
    return sorted({path.stem for folder in search_path("prompts", folders) for path in folder.glob("*.jinja")})


def chat_template_of(tokenizer: Any) -> ChatTemplate | None:
    """A tokenizer's own chat template; None where it has none."""
    return ChatTemplate(tokenizer) if getattr(tokenizer, "chat_template", None) else None


def _find(name: str, folders: Sequence[Path]) -> Path:
    for folder in search_path("prompts", folders):
        path = folder / f"{name}.jinja"
        if path.is_file():
            return path
    unknown("prompt template", name, list_templates(folders), "A template is a file prompts/NAME.jinja.")


def _fixed_lines(rendered: str) -> tuple[str, ...]:
    lines = rendered.replace(_SYSTEM, "\n").replace(_QUESTION, "\n").splitlines()
    return tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))
