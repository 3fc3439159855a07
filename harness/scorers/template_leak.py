"""Which part of a text answers the question: what stands before the prompt template comes again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from harness.scorers.special_tokens import SpecialTokens, place_shown, with_special
from harness.scorers.turn_marks import USER_TURNS, holds_user_turn

_BEGUN = r"^[^\S\n]*"
_BEGUN_OR_TOKEN = rf"(?:{_BEGUN}|(?<=[>\]}}｜]) ?)"
"""The beginning of a line, or the end of a special token."""


def leak_start(text: str, headers: Sequence[str], special: SpecialTokens = ()) -> int | None:
    """Where a header of the prompt template reappears; None where none does.

    Chat templates mark turns by special tokens, which a text does not show: they are put back before it is searched.
    """
    return next((start for start, _ in leak_spans(text, headers, special)), None)


def leak_spans(text: str, headers: Sequence[str], special: SpecialTokens = ()) -> Iterator[tuple[int, int]]:
    """From where to where in the text that is shown a header reappears; a mark that is not shown has no length.

    The special tokens by which any known template begins a question are a leak whatever the prompt's own template was.
    """
    written = with_special(text, special) if special else text
    for start, end in written_leaks(written, headers, bool(special)):
        yield place_shown(special, start), place_shown(special, end)


def written_leaks(written: str, headers: Sequence[str], special: bool) -> Iterator[tuple[int, int]]:
    """The same of a text with its special tokens in their places; special says whether it has any."""
    # Most texts hold none, and a plain search says so many times quicker than the pattern.
    if not (any(header.strip() in written for header in headers) or holds_user_turn(written)):
        return
    for found in _pattern(tuple(headers), special).finditer(written):
        yield found.span()


@lru_cache(maxsize=64)
def _pattern(headers: tuple[str, ...], special: bool) -> re.Pattern[str]:
    wanted = sorted({*map(str.strip, headers), *USER_TURNS} - {""}, key=len, reverse=True)
    return re.compile("|".join(_header(header, special) for header in wanted), re.MULTILINE)


def _header(header: str, special: bool) -> str:
    if header[0].isalnum():
        # "User:" also stands in the middle of ordinary sentences; only a line that begins with it is a turn, or what
        # follows a special token.
        return f"{_BEGUN_OR_TOKEN if special else _BEGUN}{re.escape(header)}"
    # "#### Input:" is another heading than "### Input:".
    return rf"(?<!{re.escape(header[0])}){re.escape(header)}"
