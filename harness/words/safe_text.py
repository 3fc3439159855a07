"""Model text made safe to look at: what would be invisible, or would reorder its surroundings, becomes a sign."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_BIDI = {0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
_CONTROLS = (
    "NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US"
).split()
# Soft hyphen, zero width, operators without a glyph, fillers that are letters to every other program.
_INVISIBLE = {0x00AD, 0x034F, 0x115F, 0x1160, 0x180E, 0x200B, *range(0x2060, 0x2070), 0x3164, 0xFEFF, 0xFFA0}
_NONCHARACTERS = "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 17))
# A set that reaches beyond the first plane is searched one by one, so the look-ahead keeps most characters from it.
_BEYOND = "(?=[\U00010000-\U0010ffff])"
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164"
    f"\ufdd0-\ufdef\ufeff\uffa0\ufff9-\uffff\ud800-\udfff]|{_BEYOND}[\U000e0000-\U000e007f{_NONCHARACTERS}]"
)
_SELECTORS = "\U000e0100-\U000e01ef"
_MOST_STACKED = 4


def visible(text: str) -> str:
    """The text with control characters, direction marks and lone surrogates as visible signs."""
    text = text.replace("\r\n", "\n")
    if text.isascii():
        return _UNSAFE.sub(lambda match: _sign(ord(match[0])), text)
    return _stacked().sub(r"\1", _UNSAFE.sub(lambda match: _sign(ord(match[0])), text))


def plain(text: str) -> str:
    """The same on one line."""
    return " ".join(visible(text).split())


@lru_cache(maxsize=1)
def _stacked() -> re.Pattern[str]:
    """More marks on one letter than any script puts there: they only serve to draw over the lines above and below."""
    found = [chr(code) for code in range(0x0300, 0x1F000) if unicodedata.category(chr(code)) in ("Mn", "Me")]
    near, far = ("".join(mark for mark in found if (mark > "\uffff") is beyond) for beyond in (False, True))
    mark = f"(?:[{near}]|{_BEYOND}[{far}{_SELECTORS}])"
    return re.compile(f"({mark}{{{_MOST_STACKED}}}){mark}+")


def _sign(code: int) -> str:
    if code < 0x20:
        # Their pictures (U+2400 and on) are missing from most fonts, and a missing glyph shows nothing.
        return f"\u2039{_CONTROLS[code]}\u203a"
    if code in (0x2028, 0x2029):
        return "\n"
    if 0xD800 <= code <= 0xDFFF or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
        return "\ufffd"
    if code in _BIDI or code in _INVISIBLE or code < 0xA0 or code >= 0xE0000:
        return f"\u2039U+{code:04X}\u203a"
    return "\ufffd"
