"""The right one of several choices, whether a file names it by letter, by label, by index or by its text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.data.suites.values import BETWEEN, one, several
from harness.scorers.matching import MOST_OPTIONS, lettered, plain

_LETTER = " ()[]."
_LETTERS = re.compile(r"(?<![A-Z])AND(?![A-Z])|([A-Z])")
_LETTER_LIST = re.compile(r"[(\[]?[A-Z](?:[)\]]?(?:\s*[,;/&+、]\s*|\s+and\s+|\s*)[(\[]?[A-Z])+[)\]]?")
_BY_NAME = ("label", "letter", "text")


@dataclass(frozen=True)
class Choices:
    """What a row offers, with what it says of the right one."""

    texts: tuple[str, ...]
    answer: Any
    readings: Mapping[str, int]
    """How the answer may be meant → place of the choice."""


def read_choices(value: Any, answer: Any, in_cells: bool, numbered: bool = False) -> Choices:
    """The choices of a row; ValueError where they are none that could be told apart.

    numbered says that the file's columns count them from 1, as option1 and option2 do.
    """
    texts, labels = _texts_and_labels(value, in_cells)
    if not 2 <= len(texts) <= MOST_OPTIONS:
        divided = f' (lists are written ["…", "…"], or divided by {BETWEEN})' if len(texts) == 1 else ""
        raise ValueError(f"{len(texts)} of the 2 to {MOST_OPTIONS} choices that a question needs{divided}")
    seen: dict[str, str] = {}
    for letter, text in lettered(texts).items():
        first = seen.setdefault(" ".join(plain(text).split()), letter)
        if first != letter:
            raise ValueError(f"choices {first} and {letter} are the same text")
    if isinstance(answer, list | tuple):
        if len(answer) > 1:
            raise ValueError("several answers, where one of the choices is right")
        answer = answer[0] if answer else None
    typed = isinstance(value, list) and any(isinstance(item, int | float) for item in value)
    readings = dict(_readings(answer, texts, labels, typed))
    said = (one("answer", answer) or "").strip() if numbered and not isinstance(answer, dict) else ""
    if said.isascii() and said.isdecimal() and 1 <= int(said[:9]) <= len(texts):
        readings["label"] = int(said) - 1
    return Choices(texts, answer, readings)


def read_several(value: Any, answer: Any, in_cells: bool, numbered: bool = False) -> tuple[Choices, ...]:
    """The same with each of several right answers: a list, or letters as "A,C", "AC" and "A and C"; one at least."""
    said = [text for text in several("answer", answer, in_cells) if text is not None] if answer is not None else []
    parts = [letter for text in said for letter in letters_of(text)]
    return tuple(read_choices(value, part, False, numbered) for part in parts) or (
        read_choices(value, None, in_cells, numbered),
    )


def letters_of(text: str) -> list[str]:
    """The letters that a text is a list of, "A,C" or "AC"; the text itself where it is none."""
    return [letter for letter in _LETTERS.findall(text.upper()) if letter] if _LETTER_LIST.fullmatch(text) else [text]


def settle(rows: Sequence[Choices]) -> list[tuple[str | None, str]]:
    """(letter of the right choice, what is wrong with it or "") of each row; None where it names none.

    One file names them one way: a "2" that may be an index or a text is what all of its answers can be.
    """
    closed = [row for row in rows if row.answer is not None]
    kinds = [kind for kind in (*_BY_NAME, "index") if all(kind in row.readings for row in closed)]
    if "label" in kinds:  # option1 to option4 are counted as they are called, where no answer is 0
        kinds = [kind for kind in kinds if kind != "index"]
    if not kinds:
        indices = sum("index" in row.readings for row in closed)
        named = sum(any(kind in row.readings for kind in _BY_NAME) for row in closed)
        kinds = ["index"] if indices > named else [*_BY_NAME]
    return [(None, "") if row.answer is None else _settled(row, kinds) for row in rows]


def _settled(row: Choices, kinds: Sequence[str]) -> tuple[str | None, str]:
    meant = {kind: row.readings[kind] for kind in kinds if kind in row.readings}
    letters = list(lettered(row.texts))
    if len(set(meant.values())) == 1:
        return letters[next(iter(meant.values()))], ""
    said = f"answer '{row.answer}'"
    if meant:
        ways = " or ".join(f"{letters[place]} (by {kind})" for kind, place in meant.items())
        return None, f"{said} may be {ways}: write the letter"
    known = f"the choices {letters[0]} to {letters[-1]}, by letter, text or index from 0"
    return None, f"{said} is none of {known}"


def _readings(answer: Any, texts: Sequence[str], labels: Sequence[str], typed: bool) -> Iterator[tuple[str, int]]:
    if answer is None or isinstance(answer, dict):
        return
    said = (one("answer", answer) or "").strip()
    if said in labels:
        yield "label", labels.index(said)
        return  # the file says itself what its answers are
    letter = said.strip(_LETTER).upper()
    places = {name: place for place, name in enumerate(lettered(texts))}
    if letter in places:
        yield "letter", places[letter]
    is_number = isinstance(answer, int | float) and not isinstance(answer, bool)
    # A number among texts counts them, as MMLU's does.
    if (place := _place_of(said, texts)) is not None and (typed or not is_number):
        yield "text", place
    if said.isascii() and said.isdecimal() and int(said[:9]) < len(texts):
        yield "index", int(said)


def _place_of(said: str, texts: Sequence[str]) -> int | None:
    for same in (str.strip, lambda text: " ".join(plain(text).casefold().split()).rstrip(".")):
        found = [place for place, text in enumerate(texts) if same(text) == same(said)]
        if len(found) == 1:
            return found[0]
    return None


def _is_option(value: Any) -> bool:
    return isinstance(value, Mapping) and "text" in value and value.keys() <= {"text", "label"}


def _texts_and_labels(value: Any, in_cells: bool) -> tuple[tuple[str, ...], list[str]]:
    """Texts, with the labels that a file gives them itself, as ARC's {text: […], label: […]} and {A: …, B: …} do."""
    if isinstance(value, list) and value and all(_is_option(it) for it in value):
        labelled = all(it.get("label") is not None for it in value)
        labels = [str(it["label"]) for it in value] if labelled else []
        return several("choices", [it["text"] for it in value], False), labels
    if not isinstance(value, Mapping):
        # One text cannot be a choice, so that "|" divides it in a cell or not.
        return several("choices", value, in_cells or isinstance(value, str)), []
    if isinstance(value.get("text"), list):
        texts = several("choices", value["text"], False)
        labels = [str(label) for label in value.get("label") or ()]
    else:
        held = {str(key): text for key, text in value.items() if text is not None}
        texts, labels = several("choices", list(held.values()), False), list(held)
    if labels and len(labels) != len(texts):
        raise ValueError(f"{len(texts)} choices with {len(labels)} labels")
    return texts, labels
