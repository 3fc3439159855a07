"""How lm-eval tasks are asked, by lm-eval's own names: the key lm_eval of harness.yaml, and options of the commands."""

from __future__ import annotations

import ast
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

SEEDS = (0, 1234, 1234, 1234)
"""lm-eval's own: of Python, NumPy, Torch and the choice of examples."""


class TaskSettings(BaseModel):
    """lm-eval's own options under their own names; what is left as it is here leaves it to each task."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    num_fewshot: int | None = Field(None, ge=0)
    """Examples before each question; a task that says 0 itself stays without."""
    apply_chat_template: bool | str = False
    """Prompts as conversations by the tokenizer's chat template; a name takes that one of several."""
    fewshot_as_multiturn: bool | None = None
    """Examples as turns of their own; None: where there is a chat template."""
    system_instruction: str | None = None
    gen_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Beat the settings of every task that generates."""
    samples: dict[str, tuple[int, ...]] = Field(default_factory=dict)
    """Task → the documents that are asked of it, counted from 0; tasks that are not named are asked whole."""
    seed: tuple[int | None, int | None, int | None, int | None] = SEEDS
    """Of Python, NumPy, Torch and the choice of examples; None sets none."""
    confirm_run_unsafe_code: bool = False
    """Whether tasks may run code that a model wrote."""

    @property
    def multiturn(self) -> bool:
        """Whether examples are turns of their own."""
        return bool(self.apply_chat_template) if self.fewshot_as_multiturn is None else self.fewshot_as_multiturn

    @property
    def fewshot_seed(self) -> int | None:
        """What draws the examples."""
        return self.seed[3]

    def told(self) -> dict[str, Any]:
        """What differs from lm-eval's defaults, for the manifest: it shapes prompts, answers or figures."""
        usual = TaskSettings()
        row = self.model_copy(update={"fewshot_as_multiturn": self.multiturn or None}).model_dump(mode="json")
        if self.apply_chat_template and not self.multiturn:
            row["fewshot_as_multiturn"] = False
        before = usual.model_dump(mode="json")
        return {key: value for key, value in row.items() if value != before[key]}

    @field_validator("gen_kwargs", mode="before")
    @classmethod
    def _gen_kwargs(cls, value: object) -> object:
        return parse_gen_kwargs(value) if isinstance(value, str) else value

    @field_validator("samples", mode="before")
    @classmethod
    def _samples(cls, value: object) -> object:
        return parse_samples(value) if isinstance(value, str) else value

    @field_validator("samples")
    @classmethod
    def _documents(cls, value: dict[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
        for task, numbers in value.items():
            if not numbers or min(numbers) < 0:
                raise ValueError(f"{task} needs numbers of documents, counted from 0")
        # lm-eval asks documents in the task's order, each once, whatever order they are named in.
        return {task: tuple(sorted(set(numbers))) for task, numbers in value.items()}

    @field_validator("seed", mode="before")
    @classmethod
    def _seed(cls, value: object) -> object:
        found = value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple) else [value]
        seeds = [_seed(one) for one in found]
        if len(seeds) not in (1, 3, 4):
            raise ValueError("one number for all, or four: of Python, NumPy, Torch and the examples; None sets none")
        return seeds * 4 if len(seeds) == 1 else [*seeds, *SEEDS[len(seeds) :]]

    @model_validator(mode="after")
    def _turns_need_a_template(self) -> Self:
        if self.fewshot_as_multiturn and not self.apply_chat_template:
            raise ValueError("fewshot_as_multiturn needs apply_chat_template, which makes turns of the examples")
        return self


def parse_gen_kwargs(text: str) -> dict[str, Any]:
    """{"key": value} as JSON, or key=value,key=[…],…, with values as Python writes them."""
    if text.lstrip().startswith("{"):
        found = _json(text)
        if not isinstance(found, Mapping):
            raise ValueError("is no object of JSON")
        return dict(found)
    pairs = [part.partition("=") for part in _at_commas(text)]
    for key, equals, _ in pairs:
        if not equals or not key.strip():
            raise ValueError(f"{key.strip()!r} is no key=value")
    return {key.strip(): _value(value.strip()) for key, _, value in pairs}


def parse_samples(text: str) -> object:
    """A mapping of task → numbers of documents, as JSON or in a file of JSON."""
    if not text.lstrip().startswith("{"):
        try:
            text = Path(text).read_text(encoding="utf-8")
        except (OSError, ValueError):
            raise ValueError('is no JSON like {"task": [0, 3]}, and no file of it') from None
    return _json(text)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is no JSON ({error})") from None


def _at_commas(text: str, closing: Mapping[str, str] = {"[": "]", "(": ")", "{": "}"}) -> Collection[str]:
    """The parts between commas that stand in no brackets and no quotes."""
    parts: list[str] = []
    start, open_, quote = 0, 0, ""
    for place, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign == "," and not open_:
            parts.append(text[start:place])
            start = place + 1
        else:
            open_ = max(0, open_ + (sign in closing) - (sign in closing.values()))
    return [part for part in (*parts, text[start:]) if part.strip()]


def _value(text: str) -> Any:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        return int(text) if text.isdecimal() else float(text)
    except ValueError:
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return text


def _seed(value: object) -> int | None:
    if value is None or (isinstance(value, str) and value.strip().lower() == "none"):
        return None
    try:
        return int(value)  # type: ignore[call-overload, no-any-return]
    except (TypeError, ValueError):
        raise ValueError(f"{value!r} is no whole number, nor None") from None
