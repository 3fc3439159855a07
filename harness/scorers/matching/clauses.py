"""Which clauses of a sentence may state its answer: not a reason, not what was thought at first, not a concession."""

from __future__ import annotations

import re
from collections.abc import Callable

_CLAUSE = re.compile(
    r"[,;](?!\d)\s?|\s(?=(?:but|yet|although|though|while|whereas|however|hence|therefore|so(?! that)|now|"
    r"(?:and )?is now)\b)|(?=但|而(?!且))",
    re.IGNORECASE,
)
_CONTRAST = re.compile(
    r"\b(?:but|yet|although|though|while|whereas|however|later|then|first|initially|originally|formerly|so|hence|therefore|now)\b"
    r"|但|雖然|虽然|原本|原來|原来",
    re.IGNORECASE,
)
_EARLIER = re.compile(
    r"\W*(?:\w+[ \t]+){0,2}(?:initial(?:ly)?|original(?:ly)?|formerly|(?:at[ \t]+)?first|before|beginning)\b"
    r"|\W*(?:起初|原本|原來|原来|一開始|一开始)",
    re.IGNORECASE,
)
_CONCEDED = re.compile(
    r"\W*(?:but |and )?(?:although|though|while|whereas|many|some|most|modern|others?|if|given|assuming)\b",
    re.IGNORECASE,
)
_NOW = re.compile(r"\bnow\b|現在|现在", re.IGNORECASE)
_SO = re.compile(r"(?:so|hence|therefore)\b", re.IGNORECASE)
_REASON = re.compile(
    r"(?<=\w)[,，;]?\s*(?:\b(?:because|since|due to|as (?:it|they|he|she|this|that|there))\b|因為|因为|由於|由于)",
    re.IGNORECASE,
)
_GIVEN_REASON = re.compile(rf"{_REASON.pattern}[^.!?。！？\n]*", re.IGNORECASE)
_NOTE = re.compile(
    r"\W*(?:(?:please\s+)?(?:note|remember|keep in mind)\b|check\b|verif\w+|for comparison\b|for reference\b|assuming\b"
    r"|this assumes|here,|where\b|(?-i:for|at|with|when)\b|注意|註|注：|備註)",
    re.IGNORECASE,
)


def without_reasons(text: str) -> str:
    """The text without what follows "because" or "since" in each sentence."""
    return _GIVEN_REASON.sub("", text)


def speaks_of_before(sentence: str) -> bool:
    """Whether a sentence opens with what was at first: "Initially the ratio was …"."""
    return bool(_EARLIER.match(sentence))


def is_note(sentence: str) -> bool:
    """Whether a sentence adds to a result rather than states it: "Note: g = 9.8 m/s² was used"."""
    return bool(_NOTE.match(sentence))


def without_late_reason(sentence: str, holds: Callable[[str], bool]) -> str:
    """The sentence up to its first reason, where that part has a value of its own (holds says so)."""
    found = _REASON.search(sentence)
    before = sentence[: found.start()] if found else sentence
    return before if holds(before) else sentence


def on_topic(sentence: str, holds: Callable[[str], bool], overlap: Callable[[str], int]) -> str:
    """Of clauses set against each other the one that states the value; a sentence without a contrast stays whole.

    holds says whether a clause has a value, overlap how much a clause shares with the question. What was at first goes
    last and what is now first; then more overlap wins, then a clause that is not conceded ("although some count six"),
    then what follows "so" where no clause is on topic, then the earlier one.
    """
    if not _CONTRAST.search(sentence):
        return sentence
    clauses = [clause for clause in _CLAUSE.split(sentence) if holds(clause)]
    if len(clauses) < 2:
        return sentence

    def rank(clause: str) -> tuple[bool, bool, int, bool, bool]:
        common = overlap(clause)
        concludes = not common and bool(_SO.match(clause))
        return (not _EARLIER.match(clause), bool(_NOW.search(clause)), common, not _CONCEDED.match(clause), concludes)

    return max(clauses, key=rank)
