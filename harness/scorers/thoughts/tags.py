"""The tags that stand around thoughts, and where they and the fences of code lie in a text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from harness.records import Reasoning
from harness.scorers.thoughts.mentions import is_mention

_ANALYSIS = ("<|channel|>analysis<|message|>", "<|channel|>final<|message|>")

KNOWN = Reasoning(
    tags=(
        ("<think>", "</think>"),
        ("<thinking>", "</thinking>"),
        ("<thought>", "</thought>"),
        ("<thoughts>", "</thoughts>"),
        ("<reasoning>", "</reasoning>"),
        ("<reflection>", "</reflection>"),
        ("<scratchpad>", "</scratchpad>"),
        ("<inner_monologue>", "</inner_monologue>"),
        ("<antthinking>", "</antthinking>"),
        ("<seed:think>", "</seed:think>"),
        ("<mm:think>", "</mm:think>"),
        ("<ifm|think>", "</ifm|think>"),
        ("[THINK]", "[/THINK]"),
        ("◁think▷", "◁/think▷"),
        ("<|think|>", "<|/think|>"),
        ("<|think_start|>", "<|think_end|>"),
        ("<|thinking|>", "<|/thinking|>"),
        ("<|begin_of_thought|>", "<|end_of_thought|>"),
        ("<|START_THINKING|>", "<|END_THINKING|>"),
        ("<|inner_prefix|>", "<|inner_suffix|>"),
        ("<|open|>think<|sep|>", "<|close|>think<|sep|>"),
        ("<|channel>thought", "<channel|>"),
        _ANALYSIS,
        ("<|channel|>commentary<|message|>", "<|channel|>final<|message|>"),
    )
)
"""The pairs of the model families' chat templates, and those that people ask for in prompts."""

Kind = Literal["open", "close", "fence"]
_FENCE = r"^[ \t]{0,3}(?:`{3,}+|~{3,}+)[^\n`]{0,80}$"
# Open WebUI writes <think duration="3">.
_ATTRIBUTES = r"(?:\s[^<>]{0,80}+)?+"
_NAMED = re.compile(r"<[\w:]{1,40}>")
_CHANNEL = re.compile(r"<\|channel\|>[a-z]{1,20}")
_SPOKEN = 200
"""So far behind an opening tag that is spoken of its closing one is spoken of too."""
_BARE_OPENING = re.compile(r"\s{0,9}analysis")
_BARE_BEGUN = re.compile(r"[A-Z0-9\"*(]|[^\x00-\x7f]")
_BARE_CLOSING = "assistantfinal"


@dataclass(frozen=True)
class ThoughtMark:
    """A tag of a thought, or the line that opens or closes a fence of code."""

    kind: Kind
    start: int
    end: int
    pair: int = -1
    """Which of the pairs of tags."""
    named: bool = False
    """Of a fence: whether it names a language, and so can close none."""


def holds_tag(text: str, reasoning: Reasoning) -> bool:
    """Whether any tag stands in the text, be it only spoken of."""
    if not any(sign in text for sign in _signs(reasoning.tags)):
        return False
    return _tags(reasoning.tags).search(text) is not None


def bare_channels(text: str, reasoning: Reasoning) -> tuple[int, int, int] | None:
    """(where the thought begins, where it ends, where the answer begins) of Harmony's channels without their tokens.

    Decoders drop special tokens and leave the channels' names: "analysisWe need …assistantfinalIt is …".
    """
    opening = _BARE_OPENING.match(text) if _ANALYSIS in reasoning.tags else None
    if opening is None:
        return None
    closing = text.find(_BARE_CLOSING, opening.end())
    if closing >= 0:
        return opening.end(), closing, closing + len(_BARE_CLOSING)
    return (opening.end(), len(text), len(text)) if _BARE_BEGUN.match(text, opening.end()) else None


def marks(text: str, reasoning: Reasoning) -> Iterator[ThoughtMark]:
    """Tags and fences of the text in their order, without tags that are spoken of and not used."""
    kinds = _kinds(reasoning.tags)
    found = [*(_tag(it, kinds) for it in _tags(reasoning.tags).finditer(text)), *map(_fence, _FENCES.finditer(text))]
    return _used(text, sorted(found, key=lambda mark: mark.start))


def pair_of(reasoning: Reasoning) -> int | None:
    """The pair of the tag that the prompt ends with; None where it ends with none of them."""
    return _kinds(reasoning.tags).get((reasoning.opened or "").casefold(), (None, "open"))[0]


def _used(text: str, found: Iterable[ThoughtMark]) -> Iterator[ThoughtMark]:
    told: ThoughtMark | None = None
    for mark in found:
        if mark.kind == "fence":
            yield mark
        elif _closes(text, told, mark) or is_mention(text, mark.start, mark.end, mark.kind == "open"):
            told = mark if mark.kind == "open" else None
        else:
            told = None
            yield mark


def _closes(text: str, told: ThoughtMark | None, mark: ThoughtMark) -> bool:
    """Whether it closes, in the same line, what is only spoken of: "write <think>…</think> around it"."""
    if told is None or mark.kind != "close" or mark.pair != told.pair or mark.start - told.end > _SPOKEN:
        return False
    return "\n" not in text[told.end : mark.start]


_FENCES = re.compile(_FENCE, re.MULTILINE)


def _fence(found: re.Match[str]) -> ThoughtMark:
    return ThoughtMark("fence", found.start(), found.end(), named=bool(found[0].strip("`~ \t\r")))


def _tag(found: re.Match[str], kinds: dict[str, tuple[int, Kind]]) -> ThoughtMark:
    said = found[0].casefold()
    if channel := _CHANNEL.search(said):
        said = f"{channel[0]}<|message|>"
    pair, kind = kinds.get(said) or kinds[f"{said.split()[0]}>"]
    return ThoughtMark(kind, found.start(), found.end(), pair)


@lru_cache(maxsize=16)
def _signs(tags: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """Texts of which every one with a tag holds one, as few as can be: most answers hold none."""
    return tuple(dict.fromkeys("<" if tag.startswith("<") else tag for pair in tags for tag in pair))


@lru_cache(maxsize=16)
def _kinds(tags: tuple[tuple[str, ...], ...]) -> dict[str, tuple[int, Kind]]:
    """Tag in small letters → its pair, and whether it opens or closes."""
    kinds: dict[str, tuple[int, Kind]] = {}
    for number, (opening, closing) in enumerate(tags):
        # Pairs that close alike are one: Harmony thinks in two channels.
        pair, _ = kinds.setdefault(closing.casefold(), (number, "close"))
        kinds.setdefault(opening.casefold(), (pair, "open"))
    return kinds


@lru_cache(maxsize=16)
def _tags(tags: tuple[tuple[str, ...], ...]) -> re.Pattern[str]:
    wanted = sorted({tag for pair in tags for tag in pair}, key=len, reverse=True)
    return re.compile("|".join(map(_spelled, wanted)) or r"(?!)")


def _spelled(tag: str) -> str:
    """Tags in angle brackets in any letters, and with attributes; others as they stand."""
    if channel := _CHANNEL.match(tag):
        # With the turns' marks before it, and whom or what form it is for: commentary to=functions.f <|constrain|>json.
        form = r"(?:[ ]?to=[\w.]{1,80}+)?+(?:[ ]?<\|constrain\|>\w{1,20}+)?+"
        return rf"(?:<\|end\|>)?(?:<\|start\|>assistant)?{re.escape(channel[0])}{form}<\|message\|>"
    if _NAMED.fullmatch(tag):
        return f"(?i:{re.escape(tag[:-1])}){_ATTRIBUTES}>"
    return f"(?i:{re.escape(tag)})" if tag.startswith("<") else re.escape(tag)
