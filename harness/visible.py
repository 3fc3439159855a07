"""Model text made safe to look at: what would be invisible, or would reorder its surroundings, becomes a sign."""

from __future__ import annotations

import re

_BIDI = {0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
_CONTROLS = (
    "NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US"
).split()
_INVISIBLE = {0x00AD, 0x180E, 0x200B, 0x2060, 0xFEFF}
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff"
    "\ufff9-\uffff\ud800-\udfff\U000e0000-\U000e007f]|[\U0001fffe-\U0001ffff\U0010fffe-\U0010ffff]"
)
# Beyond this many, marks stacked on one letter only serve to draw over the lines above and below.
_MARK = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_STACKED = re.compile(f"({_MARK}{{4}}){_MARK}+")


def visible(text: str) -> str:
    """The text with control characters, direction marks and lone surrogates as visible signs."""
    text = text.replace("\r\n", "\n")
    return _STACKED.sub(r"\1", _UNSAFE.sub(lambda match: _sign(ord(match[0])), text))


def _sign(code: int) -> str:
    if code < 0x20:
        # Their pictures (U+2400 and on) are missing from most fonts, and a missing glyph shows nothing.
        return f"\u2039{_CONTROLS[code]}\u203a"
    if code in (0x2028, 0x2029):
        return "\n"
    if 0xD800 <= code <= 0xDFFF or code & 0xFFFE == 0xFFFE:
        return "\ufffd"
    if code in _BIDI or code in _INVISIBLE or code < 0xA0 or code >= 0xE0000:
        return f"\u2039U+{code:04X}\u203a"
    return "\ufffd"
