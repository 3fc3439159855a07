"""Preference pairs: read from any of the usual shapes, rendered once, and cut to length by one rule."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.resources import text_digest

Row = Mapping[str, Any]
# What no text holds but a broken one: controls other than tab and line ends, and halves of a surrogate pair.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class Preference:
    """One question with a better and a worse answer."""

    question: str
    chosen: str
    rejected: str
    system: str | None = None
    row: int = field(default=0, compare=False)
    """Its place in the dataset, counted from 1."""


@dataclass(frozen=True)
class Pair:
    """A preference as token ids: what every trainer sees, and the same prompt ids that an evaluation asks."""

    prompt_ids: list[int]
    chosen_ids: list[int]
    rejected_ids: list[int]
    row: int = field(default=0, compare=False)
    """Its place in the dataset, counted from 1."""


@dataclass(frozen=True)
class Preferences:
    """The usable rows of a dataset, and why the others are not."""

    source: str
    rows: int
    usable: tuple[Preference, ...]
    digest: str
    """sha256 over the usable rows."""
    dropped: Mapping[str, int] = field(default_factory=dict)


class _Unusable(Exception):
    """Why a row cannot be trained on; counted, not raised to the user."""


def read_preferences(source: str, split: str = "train") -> Preferences:
    """The rows of a JSON, JSONL or Parquet file or of a dataset on the hub; refuses one without the columns.

    A row is used as it is or not at all. It is dropped, and counted, when it has no prompt, chosen and rejected, when
    one of them is not a text (wrong type), when the prompt or an answer is empty, when both answers are the same but
    for the space around them, when a text holds control characters, when it is a conversation of several turns, or
    when it repeats an earlier row (duplicate: the first one counts).
    """
    rows = _read_rows(source, split)
    if not rows:
        raise HarnessError(f"{source} has no rows.")
    if not any(isinstance(row, Mapping) and _shape(row) for row in rows):
        raise HarnessError(
            f"{source} has the columns {_columns(rows[0])}. It needs prompt, chosen, rejected (texts or messages), or "
            "system, question, chosen, rejected."
        )
    dropped: Counter[str] = Counter()
    usable: dict[Preference, None] = {}
    for number, row in enumerate(rows, start=1):
        try:
            preference = _checked(_preference(row, number))
        except _Unusable as reason:
            dropped[str(reason)] += 1
            continue
        if preference in usable:
            dropped["duplicate"] += 1
        usable.setdefault(preference)
    if not usable:
        raise HarnessError(f"{source}: none of its {len(rows)} rows can be trained on ({_counts(dropped)}).")
    digest = text_digest(json.dumps([[p.system, p.question, p.chosen, p.rejected] for p in usable]))
    return Preferences(source, len(rows), tuple(usable), digest, dict(dropped))


def tokenize(
    preferences: Iterable[Preference],
    render: Callable[[str, str | None], str],
    prompt_ids: Callable[[str], list[int]],
    tokenizer: Any,
    max_length: int,
) -> tuple[list[Pair], dict[str, int], int]:
    """(pairs, rows dropped by reason, answers cut at max_length), by one rule for every method.

    A prompt is never cut: a row whose prompt leaves no room is dropped. An answer is cut at max_length, and its end
    of text with it: a cut answer teaches no stop. A row whose answers are the same once they are cut is dropped.
    """
    pairs: list[Pair] = []
    dropped: Counter[str] = Counter()
    cut = 0
    for preference in preferences:
        text = render(preference.question, preference.system)
        prompt = prompt_ids(text)
        room = max_length - len(prompt)
        # One token of an answer is no lesson, and ORPO divides by the number of answer tokens.
        if room < 2:
            dropped["prompt too long"] += 1
            continue
        answers = [_completion_ids(tokenizer, text, prompt, a) for a in (preference.chosen, preference.rejected)]
        chosen, rejected = (answer[:room] for answer in answers)
        if chosen == rejected:
            dropped["answers equal when cut"] += 1
            continue
        cut += sum(len(answer) > room for answer in answers)
        pairs.append(Pair(prompt, chosen, rejected, preference.row))
    return pairs, dict(dropped), cut


def _completion_ids(tokenizer: Any, text: str, prompt: list[int], answer: str) -> list[int]:
    whole: list[int] = tokenizer(text + answer, add_special_tokens=False)["input_ids"]
    opening: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    if whole[: len(opening)] == opening:
        ids = whole[len(opening) :]
    else:
        # The answer's first letters merged into the prompt's last token; asked for real, they never do.
        ids = tokenizer(answer, add_special_tokens=False)["input_ids"]
    return [*ids, tokenizer.eos_token_id]


def _read_rows(source: str, split: str) -> Sequence[Row]:
    path = Path(source).expanduser()
    if path.is_file():
        return _read_file(path)
    if path.suffix in {".json", ".jsonl", ".parquet"} or source.count("/") != 1 or source.startswith((".", "/")):
        raise HarnessError(f"No preference data at {source}. Give a JSON, JSONL or Parquet file, or owner/name.")
    from datasets import load_dataset

    try:
        return list(load_dataset(source, split=split))
    except Exception as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise HarnessError(f"The dataset '{source}' (split {split}) cannot be had from the hub: {first}") from None


def _read_file(path: Path) -> Sequence[Row]:
    import pandas

    try:
        if path.suffix == ".parquet":
            return [{str(key): value for key, value in row.items()} for row in _records(pandas.read_parquet(path))]
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json" and text.lstrip().startswith("["):
            rows = json.loads(text)
        else:
            rows = [json.loads(line) for line in text.split("\n") if line.strip()]
    except Exception as error:
        raise HarnessError(f"{path} cannot be read as {path.suffix.lstrip('.') or 'JSONL'}: {error}") from None
    return list(rows)


def _records(frame: Any) -> list[dict[Any, Any]]:
    # Parquet brings lists back as arrays.
    rows: list[dict[Any, Any]] = frame.to_dict("records")
    return [{key: value.tolist() if hasattr(value, "tolist") else value for key, value in row.items()} for row in rows]


def _columns(row: Any) -> str:
    return ", ".join(sorted(map(str, row))) if isinstance(row, Mapping) else f"of a {type(row).__name__}"


def _preference(row: Any, number: int) -> Preference:
    if not isinstance(row, Mapping):
        raise _Unusable("wrong type")
    read = _shape(row)
    if read is None:
        raise _Unusable("missing columns")
    return replace(read(row), row=number)


def _shape(row: Row) -> Callable[[Row], Preference] | None:
    """How a row is read, by its columns; each for itself, because a broken first row must not decide for all."""
    columns = set(row)
    if not {"chosen", "rejected"} <= columns:
        return None
    if "question" in columns:
        return _orca
    if isinstance(row["chosen"], list) or isinstance(row.get("prompt"), list):
        return _messages
    return _plain if "prompt" in columns else None


def _plain(row: Row) -> Preference:
    return Preference(_text(row.get("prompt")), _text(row.get("chosen")), _text(row.get("rejected")))


def _orca(row: Row) -> Preference:
    system = row.get("system")
    return Preference(
        _text(row.get("question")),
        _text(row.get("chosen")),
        _text(row.get("rejected")),
        None if system is None or system == "" else _text(system),
    )


def _messages(row: Row) -> Preference:
    prompt, chosen, rejected = row.get("prompt"), row.get("chosen"), row.get("rejected")
    opening = list(prompt) if isinstance(prompt, list) else []
    answers = []
    for conversation in (chosen, rejected):
        if isinstance(conversation, str):
            conversation = [{"role": "assistant", "content": conversation}]
        if not isinstance(conversation, list) or not conversation:
            raise _Unusable("wrong type")
        if not opening:
            opening = conversation[:-1]
        answers.append(_content(conversation[-1]))
    said = [(message, _content(message)) for message in opening]
    system = next((content for message, content in said if message.get("role") == "system"), None)
    turns = [content for message, content in said if message.get("role") != "system"]
    if len(turns) != 1:
        raise _Unusable("several turns")
    return Preference(turns[0], answers[0], answers[1], system)


def _content(message: Any) -> str:
    if not isinstance(message, dict):
        raise _Unusable("wrong type")
    return _text(message.get("content"))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _Unusable("wrong type")
    return value


def _checked(preference: Preference) -> Preference:
    if not preference.question.strip():
        raise _Unusable("empty prompt")
    if not preference.chosen.strip() or not preference.rejected.strip():
        raise _Unusable("empty answer")
    if preference.chosen.strip() == preference.rejected.strip():
        raise _Unusable("chosen equals rejected")
    texts = (preference.question, preference.chosen, preference.rejected, preference.system or "")
    if any(_CONTROL.search(text) for text in texts):
        raise _Unusable("control characters")
    return preference


def _counts(dropped: Mapping[str, int]) -> str:
    return ", ".join(f"{reason}: {count}" for reason, count in sorted(dropped.items()))
