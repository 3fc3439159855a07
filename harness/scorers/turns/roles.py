"""Where a text goes on as another speaker by a heading that its own prompt template does not have."""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence

from harness.scorers.thoughts import is_mention
from harness.scorers.turns.askings import asks_about_marks, asks_for_dialogue, is_compared
from harness.scorers.turns.contexts import is_entry, is_introduced, line_before
from harness.scorers.turns.headings import Form, Heading, headings
from harness.scorers.turns.labels import ORDINARY
from harness.scorers.turns.marks import BEGINNINGS, ENDS, PADDING

Span = tuple[int, int]
_FENCE = re.compile(r"^[ \t]{0,3}(?P<sign>`{3,}|~{3,})(?P<kind>[^\n`]{0,60})", re.MULTILINE)
_LISTED = re.compile(r"(?:^|\n)[ \t]{0,9}(?:[-*•|>]|\d{1,3}[.)])[^\n]{0,40}\Z")
_EXPLAINED = re.compile(r"[ \t]{0,2}(?:[=→–—|-]|[:：][ \t])")
_TOKEN = re.compile(r"<\|[^|\n]{1,30}\|>|<[^<>\n]{1,30}>|\[[^\[\]\n]{1,30}\]")
_SAID = re.compile(
    "|".join(map(re.escape, sorted({*BEGINNINGS, *PADDING, *ENDS}, key=len, reverse=True))) + r"|(?P<said>[^\W_])"
)
_ORDINARY = re.compile(rf"#+\s?(?:{ORDINARY})\b(?!\s\w)", re.IGNORECASE)
_WORDS = re.compile(r"[^\W_]{1,80}")
_SHOWN = 5
"""Kinds of headings that a note names."""


def role_headings(
    text: str,
    headers: Sequence[str],
    asked: str,
    outside: Sequence[Span],
    is_token: Callable[[int, int], bool],
) -> list[Heading]:
    """The headings of other speakers' turns in a text with its special tokens, ascending.

    headers: the fixed lines of its prompt template; asked: the question; outside: what is no thought, ascending;
    is_token: whether a place begins with a token of the tokenizer's own rather than with its letters.
    """
    found = [
        heading for heading in headings(text) if _is_within(heading.start, outside) and not _is_own(heading, headers)
    ]
    if not found:
        return []
    fences = _fences(text)
    plain = [it for it in found if is_token(it.start, it.end) or not _is_quoted(text, it, fences)]
    spoken = asks_for_dialogue(asked)
    about = asks_about_marks(asked)
    kept: list[Heading] = []
    exempt: set[Form] = {"plain", "inline", "bare"} if spoken else set()
    begun = _Beginning(text, outside)
    seen: set[Form] = set()
    for heading in plain:
        if begun.is_at(heading) and heading.side != "user":
            # Who writes his own label, or the question again, before he has said anything begins his own turn.
            begun.pass_over(heading)
            continue
        if is_token(heading.start, heading.end):
            kept.append(heading)
            continue
        if heading.form not in seen and heading.form not in ("ended", "inline"):
            seen.add(heading.form)
            hashes = heading.text.count("#") if heading.form == "hashed" else 0
            if not begun.is_at(heading) and is_introduced(text, heading.start, hashes):
                exempt.add(heading.form)
        if about or heading.form in exempt:
            continue
        if heading.form == "plain" and (is_entry(text, heading.start, heading.end) or is_compared(asked, heading.text)):
            continue
        kept.append(heading)
    return _paired(text, kept)


def told(found: Sequence[Heading]) -> str:
    """How many, and which: 11 × "### Human:", 2 × "User:"."""
    counts = Counter(heading.text for heading in found).most_common()
    parts = [f'{many} × "{text}"' for text, many in counts[:_SHOWN]]
    left = sum(many for _, many in counts[_SHOWN:])
    return ", ".join([*parts, *([f"{left} more"] if left else [])])


class _Beginning:
    """Where a text has said its first word, headings of its own turn aside."""

    def __init__(self, text: str, outside: Sequence[Span]) -> None:
        self._text, self._outside = text, outside
        self._place = self._next(0)

    def is_at(self, heading: Heading) -> bool:
        return self._place >= heading.start

    def pass_over(self, heading: Heading) -> None:
        self._place = self._next(heading.end)

    def _next(self, past: int) -> int:
        for start, end in self._outside:
            for found in _SAID.finditer(self._text, max(start, past), end):
                if found["said"]:
                    return found.start()
        return len(self._text)


def _is_within(place: int, spans: Sequence[Span]) -> bool:
    """Whether one of the spans, which ascend, holds it."""
    at = bisect_right(spans, (place, sys.maxsize)) - 1
    return at >= 0 and place < spans[at][1]


def _is_own(heading: Heading, headers: Sequence[str]) -> bool:
    """Whether the template of the prompt writes such headings itself; these are leaks of it."""
    mark = _TOKEN.match(heading.text)
    bare = _flat(heading.text)
    return any((mark[0] in header if heading.form == "token" and mark else _flat(header) == bare) for header in headers)


def _flat(text: str) -> str:
    return " ".join(text.casefold().strip().strip("*_").split()).replace("：", ":")


def _is_quoted(text: str, heading: Heading, fences: Sequence[Span]) -> bool:
    if _is_within(heading.start, fences):
        return True
    before = text[max(0, heading.start - 80) : heading.start]
    behind = text[heading.end : heading.end + 40].partition("\n")[0]
    line = before.rpartition("\n")[2]
    if heading.form in ("token", "hashed", "ended") and "\n" in f"\n{before}":
        if _LISTED.search(f"\n{line}") and line.strip():
            return True
        return is_mention(text, heading.start, heading.end, True) or (
            heading.form == "token" and bool(_EXPLAINED.match(behind)) and not behind.lstrip().startswith("--")
        )
    return heading.form == "plain" and bool(line.strip()) and line.count("`") % 2 == 1


def _fences(text: str) -> list[Span]:
    """From fence to fence of code; one that is never closed reaches to the end."""
    spans: list[Span] = []
    opened: tuple[int, str] | None = None
    for found in _FENCE.finditer(text) if "```" in text or "~~~" in text else ():
        sign = found["sign"]
        if opened is None:
            opened = (found.start(), sign)
        elif sign.startswith(opened[1]) and not found["kind"].strip():
            spans.append((opened[0], found.end()))
            opened = None
    return [*spans, *([(opened[0], len(text))] if opened else [])]


def _paired(text: str, found: Sequence[Heading]) -> list[Heading]:
    """Without those that are words of their own and stand alone: "### Input:" of a manual, a line that says "user"."""
    sides = {(it.form, it.side) for it in found if not it.colon}
    both = {form for form, _ in sides if {(form, "user"), (form, "assistant")} <= sides}
    kept = [it for it in found if it.colon or it.form in both or _speaks(text, it)]
    hashed = any(it.form == "hashed" and not _is_ordinary(it) for it in kept)
    return [it for it in kept if hashed or not _is_ordinary(it)]


def _is_ordinary(heading: Heading) -> bool:
    return heading.form == "hashed" and _ORDINARY.match(heading.text) is not None


def _speaks(text: str, heading: Heading) -> bool:
    """Whether a heading without a colon heads a turn by itself: behind a sentence, with another one below."""
    word = heading.text.strip("# *").casefold()
    if heading.form == "hashed":
        return word in ("human", "assistant", "人類", "人类", "人間", "question", "問題", "问题", "質問")
    own, _, below = text[heading.end : heading.end + 200].partition("\n")
    behind = own.strip() or (below.strip().partition("\n")[0] if heading.form == "bare" else "")
    before = line_before(text, heading.start)
    if heading.form == "plain":
        return heading.text.startswith("[") and not behind
    if "*" in text[heading.start : heading.end]:
        return False
    return heading.side == "user" and all(len(_WORDS.findall(it)) > 2 or len(it) > 12 for it in (before, behind))
