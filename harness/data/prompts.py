"""How a question is asked: one Jinja file a template, and the fixed lines by which a leak is recognised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, TemplateError, meta

from harness.data.preferences import Turn
from harness.data.thought_tags import prompt_reasoning
from harness.errors import HarnessError, unknown
from harness.foreign_errors import said
from harness.models import chat_end, prompt_ids
from harness.records import Reasoning
from harness.resources import search_path, text_digest
from harness.scorers import TURN_MARKS

_SYSTEM, _QUESTION, _ANSWER = "\x02system\x02", "\x02question\x02", "\x02answer\x02"
_UNLIKE = (("a", "b"), ("word " * 2000 + "a", "word " * 2000 + "b"))
"""Questions that a template must tell apart: short ones, and long ones that end differently."""
_REFUSALS = (TemplateError, TypeError, ValueError, AttributeError, KeyError)
"""What a chat template raises that does not take a conversation."""


class NotRendered(Exception):
    """Why a template does not take these turns."""


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
    day: date | None = None
    """The day that the chat template prints; None where it prints none."""
    chat: ChatTemplate | None = None
    """That chat template."""
    is_chat: bool = False
    """Whether the file asks for that and nothing else, so that it takes conversations of several turns."""
    reasoning: Reasoning | None = None
    """What is known of thoughts: the tags of the chat template, and the one that prompts end with."""

    @property
    def has_system(self) -> bool:
        """Whether it has a place for a system line."""
        return self.render("q", "a") != self.render("q", "b")

    def prompt(self, turns: Sequence[Turn]) -> str:
        """The prompt that these turns make, the last of them the user's; raises NotRendered where it takes no such."""
        if self.is_chat and self.chat is not None:
            return self.chat.conversation(turns)
        system = next((text for role, text in turns if role == "system"), "")
        said = [turn for turn in turns if turn[0] != "system"]
        if len(said) != 1:
            raise NotRendered("several turns")
        return self.render(said[0][1], system)

    def completion(self, turns: Sequence[Turn], answer: str, prompt: str) -> str:
        """What stands behind the prompt of these turns once they are answered, as the chat template renders it."""
        if self.chat is None:
            return answer
        if self.is_chat:
            whole = self.chat.conversation(turns, answer)
            if whole.startswith(prompt):
                return whole.removeprefix(prompt)
        # Behind a prompt that a whole conversation does not begin with (an opened block of thoughts), only the end.
        return answer + self.chat.behind_answer()

    @property
    def ends_answers(self) -> bool:
        """Whether a token that ends texts or turns stands behind an answer already."""
        return self.chat is not None and self.chat.ends_answers()

    def prompt_ids(self, tokenizer: Any, text: str) -> list[int]:
        """Token ids of one of its prompts; what a chat template renders begins as it says, with nothing added."""
        if self.chat is None:
            return prompt_ids(tokenizer, text)
        ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids


@dataclass(frozen=True)
class ChatTemplate:
    """A tokenizer's own chat template, on a day that is the same however late it is asked."""

    tokenizer: Any
    day: date

    def __call__(self, system: str, question: str) -> str:
        """The text that it makes of them."""
        turns = (("system", system), ("user", question)) if system else (("user", question),)
        try:
            return self.conversation(turns)
        except NotRendered as error:
            raise HarnessError(
                f"The tokenizer in {self.tokenizer.name_or_path}: a question is {error}. "
                "Ask with another template, for example --prompt alpaca."
            ) from None

    def conversation(self, turns: Sequence[Turn], answer: str | None = None) -> str:
        """Turns as it renders them, up to where the assistant's answer starts, or with an answer whole.

        Where it knows no system role (Mistral's, Gemma's), what that says opens the first turn of the user.
        """
        said = [*turns, *([] if answer is None else [("assistant", answer)])]
        try:
            return self._text(said, asks=answer is None)
        except TemplateError as error:
            if said[0][0] != "system" or len(said) < 2:
                raise _not_rendered(error) from None
        except _REFUSALS as error:
            raise _not_rendered(error) from None
        (_, system), (role, first), *rest = said
        try:
            return self._text([(role, f"{system}\n\n{first}"), *rest], asks=answer is None)
        except _REFUSALS as error:
            raise _not_rendered(error) from None

    def behind_answer(self) -> str:
        """What it puts behind an answer at the end of a conversation."""
        return self.conversation([("user", _QUESTION)], _ANSWER).rpartition(_ANSWER)[2]

    def ends_answers(self) -> bool:
        """Whether it puts a token behind an answer that ends texts or turns."""
        eos = self.tokenizer.eos_token
        ends = eos is not None and eos in self.behind_answer()
        return ends or chat_end(self.tokenizer, self.tokenizer.chat_template) is not None

    def sha256(self) -> str:
        """sha256 of the template's Jinja source, which lies with the tokenizer and in no other digest."""
        return text_digest(str(self.tokenizer.chat_template))

    def prints_day(self) -> bool:
        """Whether its prompts are others on another day (Llama 3.2's and Granite's are)."""
        other = replace(self, day=self.day - timedelta(days=400))
        return other("system", "question") != self("system", "question")

    def turns(self) -> str:
        """What it puts between an answer and the question that follows; empty where it takes one question only."""
        said = (("user", _QUESTION), ("assistant", _ANSWER), ("user", _QUESTION))
        try:
            text = self._text(said)
        except TemplateError:
            return ""
        return text.partition(_ANSWER)[2].partition(_QUESTION)[0]

    def without_ends(self, line: str) -> str:
        """A line without the tokens that begin and end texts and turns, which a model may leave out."""
        end = chat_end(self.tokenizer, self.tokenizer.chat_template)
        turn = None if end is None else self.tokenizer.convert_ids_to_tokens(end)
        for token in (self.tokenizer.bos_token, self.tokenizer.eos_token, turn):
            line = line.replace(token, "") if token else line
        return line.strip()

    def _text(self, turns: Sequence[Turn], asks: bool = True) -> str:
        messages = [{"role": role, "content": text} for role, text in turns]
        return chat_text(self.tokenizer, messages, self.day, add_generation_prompt=asks)


def load_template(name: str, folders: Sequence[Path] = (), chat_template: ChatTemplate | None = None) -> Template:
    """The template of that name; refuses an unknown one, and `chat` where no tokenizer brings a chat template.

    One that makes the same prompt of different questions is refused.
    """
    path = _find(name, folders)
    source = path.read_text(encoding="utf-8")
    environment = Environment(undefined=StrictUndefined, autoescape=False)

    used: list[ChatTemplate] = []

    def need_chat_template(system: str, question: str) -> str:
        if chat_template is None:
            raise HarnessError(
                f"The prompt template '{name}' takes the chat template of a tokenizer, and there is none here. "
                "Ask with another template, for example --prompt alpaca."
            )
        used[:] = [chat_template]
        return chat_template(system, question)

    try:
        compiled = environment.from_string(source)

        def render(question: str, system: str) -> str:
            return compiled.render(question=question, system=system, chat_template=need_chat_template)

        whole, bare = (_fixed_lines(render(_QUESTION, system)) for system in (_SYSTEM, ""))
        # The last of them is what an answer follows, with a system line and without one.
        headers = (*(line for line in bare if line not in whole), *whole)
        chat = used[0] if used else None
        if chat:
            lines = map(chat.without_ends, (*headers, *chat.turns().splitlines()))
            headers = tuple(dict.fromkeys(line for line in lines if line))
        alike = any(render(one, _SYSTEM) == render(other, _SYSTEM) for one, other in _UNLIKE)
    except TemplateError as error:
        why = said(error).rstrip(".")
        raise HarnessError(f"{path} is not a valid prompt template: {why}. It may use question and system.") from None
    if alike:
        raise HarnessError(
            f"{path} makes the same prompt of different questions. Write {{{{ question }}}} where the question belongs."
        )
    is_chat = chat is not None and render(_QUESTION, _SYSTEM) == chat(_SYSTEM, _QUESTION)
    digest, day = (chat.sha256(), chat.day if chat.prints_day() else None) if chat else (None, None)
    reasoning = prompt_reasoning(render(_QUESTION, ""), chat.tokenizer if chat else None)
    return Template(name, source, text_digest(source), headers, render, digest, day, chat, is_chat, reasoning)


def template_without_tokenizer(name: str, folders: Sequence[Path] = ()) -> Template:
    """The same where no tokenizer is at hand: of a chat template, all but what it makes of a question.

    Its prompts are then "", and its headers the marks of turns of every family of templates.
    """
    path = _find(name, folders)
    source = path.read_text(encoding="utf-8")
    try:
        asks = "chat_template" in meta.find_undeclared_variables(Environment().parse(source))
    except TemplateError:
        asks = False
    if not asks:
        return load_template(name, folders)
    families = [family for family in TURN_MARKS if not family.words]
    marks = [*(mark for it in families for mark in it.user), *(mark for it in families for mark in it.assistant)]
    return Template(name, source, text_digest(source), tuple(dict.fromkeys(marks)), lambda question, system: "")


def template_digest(name: str, folders: Sequence[Path] = ()) -> str:
    """sha256 of the text of that template's file."""
    return text_digest(_find(name, folders).read_text(encoding="utf-8"))


def list_templates(folders: Sequence[Path] = ()) -> list[str]:
    """The names that `prompt:` and --prompt take, shipped ones and those of the user's folders."""
    return sorted({path.stem for folder in search_path("prompts", folders) for path in folder.glob("*.jinja")})


def chat_template_of(tokenizer: Any, day: date) -> ChatTemplate | None:
    """A tokenizer's own chat template, as it is rendered on that day; None where it has none."""
    return ChatTemplate(tokenizer, day) if getattr(tokenizer, "chat_template", None) else None


def chat_text(tokenizer: Any, messages: list[dict[str, str]], day: date, **settings: Any) -> str:
    """A conversation as the tokenizer's chat template writes it at the midnight that begins a day."""
    moment = datetime.combine(day, time())
    given = {"add_generation_prompt": True, **settings}
    return str(tokenizer.apply_chat_template(messages, tokenize=False, strftime_now=moment.strftime, **given))


def _not_rendered(error: Exception) -> NotRendered:
    return NotRendered(f"not taken by the chat template ({said(error).rstrip('.')})")


def _find(name: str, folders: Sequence[Path]) -> Path:
    for folder in search_path("prompts", folders):
        path = folder / f"{name}.jinja"
        if path.is_file():
            return path
    unknown("prompt template", name, list_templates(folders), "A template is a file prompts/NAME.jinja.")


def _fixed_lines(rendered: str) -> tuple[str, ...]:
    lines = rendered.replace(_SYSTEM, "\n").replace(_QUESTION, "\n").splitlines()
    return tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))
