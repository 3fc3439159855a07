"""Every place of a text that could head another speaker's turn, by its form alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from harness.scorers.turns.labels import ASSISTANT, HASHED, PLAIN, USER, Side
from harness.scorers.turns.marks import TURN_MARKS

Form = Literal["token", "hashed", "plain", "inline", "bare", "ended"]
"""token: <|im_start|>user; hashed: ### Human:; plain: a line that begins with User:, or with {"role": "user"; inline:
USER: behind a sentence of the same line; bare: a line that is "user" alone, or "assistant" glued to a sentence; ended:
User: behind a token that ends texts, anywhere."""


@dataclass(frozen=True)
class Heading:
    """What may head a turn, as places of the text."""

    start: int
    end: int
    text: str
    """As it is told: without what only frames it."""
    side: Side
    form: Form
    colon: bool = True
    """Whether a colon, or a token, says that somebody speaks now."""


def _sides(labels: dict[Side, str]) -> str:
    return "|".join(f"(?P<{side}>{words})" for side, words in labels.items())


_COLON = r"[ \t]{0,2}(?:\*\*|__)?[ \t]{0,2}[:：](?:\*\*|__)?"
# A turn mark that opens by one token: Harmony's assistant opens channels of the model's own turn by it.
_MARKS = sorted(
    {
        mark
        for family in TURN_MARKS
        if not family.words
        for mark in (*family.user, *family.system, *(family.assistant if family.family != "harmony" else ()))
    },
    key=len,
    reverse=True,
)
_TOKEN = re.compile(
    "|".join(map(re.escape, _MARKS))
    + r"|<\|im_start\|>(?:human|tool|function)?|<\|start_header_id\|>(?:ipython|tool)?(?:<\|end_header_id\|>)?"
    r"|<start_of_turn>|<\|start_of_role\|>|<\|START_OF_TURN_TOKEN\|>|<\|(?:USER|CHATBOT|SYSTEM)_TOKEN\|>"
    r"|<\|(?:[Hh]uman|HUMAN|[Bb]ot|BOT|AI|prompter|observation|im_user|im_assistant|start\|>user)\|>"
    r"|\[\|(?:Human|AI|User|Assistant)\|\]|<用户>|<AI>|<reserved_10[2367]>"
)
_IS_ASSISTANT = re.compile(r"assistant|model|chatbot|bot\b|/INST|\bAI\b|reserved_10[37]", re.IGNORECASE)
_HASHED = re.compile(
    rf"(?<![#`\"'“「『])#{{2,6}}[ \t]{{0,3}}(?:\*\*)?(?:{_sides(HASHED)})"
    rf"(?:[ \t](?:input|message|query|question|prompt|request|turn|\d{{1,3}}))?(?:{_COLON}|(?:\*\*)?[ \t]{{0,9}}$)",
    re.IGNORECASE | re.MULTILINE,
)
_PLAIN = re.compile(
    rf"^[ \t]{{0,3}}(?:\*\*|__|\[\|?|<\|?|【)?(?:{_sides(PLAIN)})(?:\|?\]|\|?>|】)?"
    rf"(?:{_COLON}|(?<=[\]】>]))",
    re.IGNORECASE | re.MULTILINE,
)
_ENDED = re.compile(
    r"(?:<\|[a-z_]{1,40}\|>|</?s>|<[be]os>|<end_of_turn>|<EOS_TOKEN>"
    r"|<｜end▁of▁sentence｜>)\s{0,3}"
    rf"(?:{_sides(PLAIN)})[ \t]{{0,2}}[:：]",
    re.IGNORECASE,
)
# "It is 7. USER: And? ASSISTANT: 8" in one line, as Vicuna's conversations stand.
_INLINE = re.compile(
    rf"(?:(?<=[.!?\"”)\]*])[ \t]{{1,3}}"
    rf"|(?<=[。！？])[ \t]{{0,3}})(?:{_sides({'user': USER, 'assistant': ASSISTANT})})"
    rf"[ \t]{{0,1}}[:：]",
    re.IGNORECASE,
)
_INSTRUCTED = re.compile(r"^(?:Instruct(?:ion)?|Output|Response)[ \t]{0,2}:", re.MULTILINE | re.IGNORECASE)
_BARE = re.compile(
    r"^(?P<bold>\*\*(?:[Uu]ser|[Hh]uman|[Aa]ssistant)\*\*)[ \t]{0,3}$|^(?P<user>user)[ \t]{0,3}$"
    r"|^(?P<assistant>assistant|model)[ \t]{0,3}$"
    r"|(?<=[.!?。！？”\"')])(?P<glued>assistant|user)(?=[ \t]{0,3}\n)",
    re.MULTILINE,
)
_JSON = re.compile(
    r'^\[?\{"(?:from|role)"[ \t]{0,2}:[ \t]{0,2}'
    r'"(?:(?P<user>human|user|system)|(?P<assistant>gpt|assistant))"',
    re.MULTILINE,
)
_FRAME = " \t\n*_"


def headings(text: str) -> list[Heading]:
    """Every possible one, ascending, none of which overlaps another."""
    found = sorted(_all(text), key=lambda heading: (heading.start, -heading.end))
    kept: list[Heading] = []
    for heading in found:
        if not kept or heading.start >= kept[-1].end:
            kept.append(heading)
    return kept


def _all(text: str) -> Iterator[Heading]:
    if "<" in text or "[" in text:
        for found in _TOKEN.finditer(text):
            side: Side = "assistant" if _IS_ASSISTANT.search(found[0]) else "user"
            yield Heading(found.start(), found.end(), found[0], side, "token")
        for found in _ENDED.finditer(text):
            yield _labelled(found, "ended")
    if "##" in text:
        for found in _HASHED.finditer(text):
            yield _labelled(found, "hashed", ":" in found[0] or "：" in found[0])
    if any(sign in text for sign in ":：]】>"):
        for pattern in (_PLAIN, _JSON):
            for found in pattern.finditer(text):
                yield _labelled(found, "plain", found[0][-1] not in "]】>")
        yield from _instructed(text)
        yield from _inline(text)
    yield from _bare(text)


def _labelled(found: re.Match[str], form: Form, colon: bool = True) -> Heading:
    side = _side(found)
    start = found.start(side) if form == "ended" else found.start()
    told = " ".join(found[0][start - found.start() :].strip(_FRAME).split())
    return Heading(start, found.end(), told.replace("**", "").replace("__", ""), side, form, colon)


def _instructed(text: str) -> Iterator[Heading]:
    """Phi's and others' "Instruct: …", where an "Output:" follows; alone they are ordinary words."""
    found = [(it, it[0].strip().casefold()) for it in _INSTRUCTED.finditer(text)]
    last = max((it.start() for it, told in found if not told.startswith("instruct")), default=-1)
    for it, told in found:
        if told.startswith("instruct") and it.start() < last:
            yield Heading(it.start(), it.end(), it[0].strip(), "user", "plain")


def _inline(text: str) -> Iterator[Heading]:
    """User's labels within a line, where the assistant's follow in one as well."""
    found = [_labelled(it, "inline") for it in _INLINE.finditer(text)]
    last = max((it.start for it in found if it.side == "assistant"), default=-1)
    yield from (it for it in found if it.side == "assistant" or it.start < last)


def _bare(text: str) -> Iterator[Heading]:
    for found in _BARE.finditer(text):
        word = next(name for name, said in found.groupdict().items() if said)
        told = found[0].strip(_FRAME)
        side: Side = "user" if told.casefold() in ("user", "human") else "assistant"
        yield Heading(found.start(), found.end(), told, side, "bare", word == "glued")


def _side(found: re.Match[str]) -> Side:
    sides: tuple[Side, ...] = ("user", "assistant", "question")
    named = found.groupdict()
    return next(side for side in sides if named.get(side))
