"""The letters of options as answers write them: in brackets, behind "option", first of all, or after a marker."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from harness.scorers.matching.normalizing import EAST_ASIAN

USUAL = "J"
"""The last letter that is looked for where nobody says how many options there are."""


@dataclass(frozen=True)
class Letters:
    """The patterns of the letters from A to a last one; a group that matched holds the letter."""

    first: re.Pattern[str]
    """What a text opens with."""
    after_marker: re.Pattern[str]
    """What follows "the answer is"."""
    anywhere: tuple[re.Pattern[str], ...]
    """What stands anywhere; the second of them counts only where the first finds nothing."""

    def opening(self, text: str) -> str | None:
        """The letter that a text opens with, "" where it names several, None where there is none."""
        return picked(self.first.match(text), text)

    def marked(self, rest: str) -> str | None:
        """The same of what follows a marker."""
        return picked(self.after_marker.match(rest), rest)

    def last(self, text: str, is_denied: Callable[[int, int], bool]) -> str | None:
        """The last letter of a text that is not denied."""
        for pattern in self.anywhere:
            found = [match for match in pattern.finditer(text) if not is_denied(match.start(), match.end())]
            if found:
                return picked(found[-1], text)
        return None


@lru_cache(maxsize=32)
def letters_to(last: str) -> Letters:
    """The patterns of A to that letter."""
    both = f"A-{last}a-{last.lower()}"
    # A bare "A" or "I" is a word of the language: a letter alone needs brackets, punctuation or a line of its own.
    bare = "".join(letter for letter in map(chr, range(ord("B"), ord(max(last, "B")) + 1)) if letter != "I")
    return Letters(
        first=re.compile(
            rf"\s*(?:option |choice |letter )?[(\[]?([{both}])(?:[)\].:,。，]|\s*$|\s*\n|\s+-|"
            r"(?=\s*(?:or|and|/|&)\s*[(\[]?[A-Z]\b))",
            re.IGNORECASE,
        ),
        after_marker=re.compile(
            rf"\s*(?:option |choice |letter )?[(\[\"']*([A-{last}]|[a-{last.lower()}](?=[)\].,\"']|\s*$))"
            rf"(?:(?!\w)|(?=[{EAST_ASIAN}]))(?!'\w)"
        ),
        anywhere=(
            re.compile(
                rf"[(\[]([{both}])[)\]]|(?:\boption|\bchoice)\s+([{both}])\b|(?<![\w'])([{bare}])(?![\w'])|"
                rf"[選选][項项擇择]?\s*([A-{last}])(?![a-zA-Z0-9'])"
            ),
            re.compile(rf"(?<=[{EAST_ASIAN}])([A-{last}])(?![a-zA-Z0-9'])|(?<![\w'])([{bare}])(?=[{EAST_ASIAN}])"),
        ),
    )


_BOTH = re.compile(r"\s*+(?:[)\].]++\s*+)?(?:or|and|/|,|&|或)\s*[(\[]?[A-Z](?![\w'])")


def picked(match: re.Match[str] | None, text: str) -> str | None:
    """The letter of a match, in capitals; "" where another one stands beside it."""
    if match is None:
        return None
    letter = next(group for group in match.groups() if group)
    return "" if _BOTH.match(text, match.end()) else letter.upper()
