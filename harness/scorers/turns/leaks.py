"""Which part of a text answers the question: what stands before the prompt template comes again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from harness.scorers.turns.marks import own_marks
from harness.scorers.turns.special_tokens import SpecialTokens, place_shown, with_special

_BEGUN = r"^[^\S\n]*"
_BEGUN_OR_TOKEN = rf"(?:{_BEGUN}|(?<=[>\]}}｜]) ?)"
"""The beginning of a line, or the end of a special token."""


def leak_spans(text: str, headers: Sequence[str], special: SpecialTokens = ()) -> Iterator[tuple[int, int]]:
    """From where to where in the text that is shown a header reappears; a mark that is not shown has no length.

    Chat templates mark turns by special tokens, which a text does not show: they are put back before it is searched.
    Of a chat template, so are the special tokens by which its whole family begins a question or a system line.
    """
    written = with_special(text, special) if special else text
    for start, end in written_leaks(written, headers, bool(special)):
        yield place_shown(special, start), place_shown(special, end)


def written_leaks(written: str, headers: Sequence[str], special: bool) -> Iterator[tuple[int, int]]:
    """The same of a text with its special tokens in their places; special says whether it has any."""
    wanted = _wanted(tuple(headers))
    # Most texts hold none, and a plain search says so many times quicker than the pattern.
    if not any(header in written for header in wanted):
        return
    for found in _pattern(wanted, special).finditer(written):
        yield found.span()


@lru_cache(maxsize=64)
def _wanted(headers: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({*map(str.strip, headers), *own_marks(headers)} - {""}, key=len, reverse=True))


@lru_cache(maxsize=64)
def _pattern(wanted: tuple[str, ...], special: bool) -> re.Pattern[str]:
    return re.compile("|".join(_header(header, special) for header in wanted), re.MULTILINE)


def _header(header: str, special: bool) -> str:
    if header[0].isalnum():
        # "User:" also stands in the middle of ordinary sentences; only a line that begins with it is a turn, or what
        # follows a special token.
        return f"{_BEGUN_OR_TOKEN if special else _BEGUN}{re.escape(header)}"
    # "#### Input:" is another heading than "### Input:".
    return rf"(?<!{re.escape(header[0])}){re.escape(header)}"
