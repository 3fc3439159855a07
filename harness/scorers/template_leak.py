"""Which part of a text answers the question: what stands before the prompt template comes again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache


def first_answer(text: str, headers: Sequence[str]) -> str:
    """The text before the first reappearing template header, stripped."""
    start = leak_start(text, headers)
    return (text if start is None else text[:start]).strip()


def leak_start(text: str, headers: Sequence[str]) -> int | None:
    """Where a header of the prompt template reappears; None where none does."""
    # Most texts hold none, and a plain search says so many times quicker than the pattern.
    if not any(header.strip() in text for header in headers):
        return None
    pattern = _pattern(tuple(headers))
    found = pattern.search(text) if pattern else None
    return found.start() if found else None


@lru_cache(maxsize=64)
def _pattern(headers: tuple[str, ...]) -> re.Pattern[str] | None:
    wanted = [header.strip() for header in headers]
    parts = [_header(header) for header in wanted if header]
    return re.compile("|".join(parts), re.MULTILINE) if parts else None


def _header(header: str) -> str:
    if header[0].isalnum():
        # "User:" also stands in the middle of ordinary sentences; only a line that begins with it is a turn.
        return rf"^[^\S\n]*{re.escape(header)}"
    # "#### Input:" is another heading than "### Input:".
    return rf"(?<!{re.escape(header[0])}){re.escape(header)}"
