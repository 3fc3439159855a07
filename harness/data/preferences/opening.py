"""What a row asks, and its answers to that: from columns or from the beginnings of conversations to one preference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from harness.data.preferences.columns import SYSTEMS, TALKS, TEXTS, Row, first, margin_of
from harness.data.preferences.preference import Origin, Preference, Turn, Unusable
from harness.data.preferences.turns import (
    dialogue,
    is_talk,
    opened_dialogue,
    text_of,
    turns_of,
    with_system,
    without_system,
)

_STRUCTURED = (list, dict)


@dataclass(frozen=True)
class Opening:
    """What the columns of a row ask."""

    turns: tuple[Turn, ...]
    columns: tuple[str, ...]
    """Where that stands."""
    has_roles: bool
    is_dialogue: bool = False
    """Whether it is a dialogue in one text, where space around a turn is no part of it."""


def asked_by(row: Row) -> Opening | None:
    """What stands before the answers in columns of its own, messages before texts; None where nothing does."""
    for name in TALKS:
        # Most rows hold texts only, and there are millions of them.
        if isinstance(row.get(name), _STRUCTURED) and is_talk(row[name]):
            turns = turns_of(row[name])
            # Of a prompt that ends with the beginning of an answer, nothing may be lost.
            return Opening(turns if name == "prompt" else _without_answer(turns), (name,), True)
    name, text = first(row, TEXTS)
    if not name:
        return None
    if turns := opened_dialogue(text) if isinstance(text, str) else ():
        return Opening(turns, (name,), True, is_dialogue=True)
    before = _history(row.get("history"))
    beside = ("input",) if name == "instruction" and "input" in row else ()
    said = [text_of(row[it]) for it in (name, *beside) if row[it] or it == name]
    columns = (*(("history",) if before else ()), name, *beside)
    # Joined as LLaMA-Factory does, whose shape it is.
    return Opening((*before, ("user", "\n".join(said))), columns, bool(before))


def preference_of(
    row: Row, asked: Opening | None, chosen: Any, rejected: Any, margin: float | None = None
) -> Preference:
    """The preference that a row states; raises Unusable where its answers are none to the same conversation.

    `chosen` and `rejected` are texts, messages, or whole conversations, and one is None where there is no such answer.
    The pair is the last answer of each; what goes before it must be the same in both.
    """
    if chosen is None and rejected is None:
        raise Unusable("wrong type")
    openings, answers = [], []
    for said in (chosen, rejected):
        before, answer = ((), None) if said is None else _divided(said, asked)
        answers.append(answer)
        if said is not None:
            openings.append(_joined(asked, before))
    if openings[0] != openings[-1]:
        raise Unusable("prompts differ")
    turns = _opened(row, openings[0])
    if not without_system(turns):
        raise Unusable("empty prompt")
    if turns[-1][0] != "user":
        raise Unusable("wrong type")
    has_roles = asked is None or asked.has_roles or is_talk(chosen) or is_talk(rejected)
    margin = margin_of(row) if margin is None else margin
    return Preference(turns, answers[0], answers[1], 0, has_roles, margin, _origin(row))


def _origin(row: Row) -> Origin | None:
    # Most rows have none, and there are millions of them.
    if "suite_digest" not in row:
        return None
    named = [it for field in fields(Origin) if isinstance(it := row.get(field.name), str)]
    return Origin(*named) if len(named) == len(fields(Origin)) else None


def is_conversation(said: Any) -> bool:
    """Whether it is messages of which one asks."""
    return isinstance(said, list) and is_talk(said) and any(_asks(message) for message in said)


def _asks(message: Any) -> bool:
    return any(message.get(name) in ("user", "human", "prompter") for name in ("role", "from"))


def _divided(said: Any, asked: Opening | None) -> tuple[tuple[Turn, ...], str]:
    """(what it says before its last answer, that answer)."""
    if isinstance(said, str):
        # A text that goes on from a dialogue may say that dialogue once more.
        turns = dialogue(said) if asked is None or asked.has_roles else ()
        if not turns or (asked is not None and turns[:-1] != asked.turns):
            return (), said.strip() if asked is not None and asked.is_dialogue else said
    else:
        turns = turns_of(said, last="assistant")
    if not turns or turns[-1][0] != "assistant":
        raise Unusable("wrong type")
    return turns[:-1], turns[-1][1]


def _joined(asked: Opening | None, before: Sequence[Turn]) -> tuple[Turn, ...]:
    """What was asked by the columns and by the conversation's own beginning, which mostly says the same once more."""
    if asked is None or not before:
        return tuple(before) if asked is None else asked.turns
    line = [turn for turn in before if turn[0] == "system"] or [turn for turn in asked.turns if turn[0] == "system"]
    return (*line, *_once(asked, without_system(asked.turns), without_system(before)))


def _once(asked: Opening, questions: tuple[Turn, ...], own: tuple[Turn, ...]) -> tuple[Turn, ...]:
    if not own or own[0][0] == "assistant":
        return (*questions, *own)
    if asked.has_roles and questions[-len(own) :] == own:
        return questions
    # A prompt in messages is the conversation's own; others stand there for another use, and the conversation is whole.
    if asked.has_roles and asked.columns == ("prompt",) and own[-len(questions) :] != questions:
        raise Unusable("prompts differ")
    return own


def _opened(row: Row, turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """With the line of the row's own column, where the conversation has none."""
    if turns and turns[0][0] == "system":
        return turns
    _, line = first(row, SYSTEMS)
    return with_system(turns, None if line in (None, "") else text_of(line))


def _without_answer(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """Messages for supervised tuning end with an answer, which the pair has of its own."""
    return turns[:-1] if len(without_system(turns)) > 1 and turns[-1][0] == "assistant" else turns


def _history(said: Any) -> tuple[Turn, ...]:
    """Turns of before, as LLaMA-Factory has them: lists of question and answer."""
    if not isinstance(said, list):
        return ()
    if any(not isinstance(turn, list) or len(turn) != 2 for turn in said):
        raise Unusable("wrong type")
    return tuple((role, text_of(text)) for turn in said for role, text in zip(("user", "assistant"), turn, strict=True))
