"""Whether this machine's fonts can draw a text, asked of fontconfig, which chooses them for the PDF as well."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from functools import lru_cache

_CJK = "apt-get install fonts-noto-cjk"
_EMOJI = "apt-get install fonts-noto-color-emoji"
_REST = "apt-get install fonts-noto-core fonts-noto-extra"
# They choose between pictures of the sign before them, and have none of their own.
_SELECTORS = {chr(code) for code in range(0xFE00, 0xFE10)}


def missing_glyphs(texts: Iterable[str]) -> dict[str, list[str]]:
    """Characters that no font here can draw, under the command that mends it; {} where fontconfig cannot be asked."""
    drawn = _drawable()
    if drawn is None:
        return {}
    wanted = {letter for text in texts for letter in text if ord(letter) > 0x7E and letter.isprintable()} - _SELECTORS
    found: dict[str, list[str]] = {}
    for letter in sorted(wanted):
        if not any(start <= ord(letter) <= end for start, end in drawn):
            found.setdefault(_mended_by(ord(letter)), []).append(letter)
    return found


def _mended_by(code: int) -> str:
    if 0x2E80 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0xFE30 <= code <= 0xFFEF or 0x20000 <= code <= 0x3FFFF:
        return _CJK
    return _EMOJI if 0x1F000 <= code <= 0x1FAFF or 0x2600 <= code <= 0x27BF else _REST


@lru_cache(maxsize=1)
def _drawable() -> tuple[tuple[int, int], ...] | None:
    """Ranges of code points that some font has, merged; None without fontconfig."""
    command = ["fc-list", "--format", "%{charset}\n"]
    try:
        listed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    ranges = []
    for part in {part for line in listed.splitlines() for part in line.split()}:
        first, _, last = part.partition("-")
        ranges.append((int(first, 16), int(last or first, 16)))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
