"""Length as a word processor counts it."""

from __future__ import annotations

import re

# Microsoft Word's count: an East Asian character is a word of its own, and so is full-width punctuation, a full-width
# letter and half-width kana; Hangul is counted in words between spaces; the ideographic space (U+3000) is a space.
_EAST_ASIAN = (
    "\u2e80-\u2fdf"  # radicals
    "\u3001-\u3130"  # punctuation, kana, bopomofo
    "\u3190-\u31ff\u3200-\u33ff"  # strokes, enclosed and squared forms
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Han
    "\ufe30-\ufe4f\uff01-\uff9f\uffe0-\uffe6"  # vertical, full-width and half-width forms
    "\U0001b000-\U0001b16f\U0001f200-\U0001f2ff\U00020000-\U0003fffd"
)
_WORD = re.compile(rf"[{_EAST_ASIAN}]|[^\s{_EAST_ASIAN}]+")


def words_of(text: str) -> list[str]:
    """The words of a text: what stands between spaces, and each East Asian character by itself."""
    if text.isascii():
        return text.split()
    return _WORD.findall(text)


def count_words(text: str) -> int:
    """How many words Microsoft Word would count; for a text without East Asian characters, len(text.split())."""
    return len(words_of(text))
