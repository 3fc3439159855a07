"""One spelling for what means the same: Unicode forms, LaTeX, Markdown, quotes, dashes."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from harness.scorers.matching.latex import without_latex

EAST_ASIAN = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"
"""For a class of characters: Chinese, Japanese and Korean are written without spaces around a word."""

_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_SUPERSCRIPTS = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+")
_VULGAR = re.compile("(?<=[0-9])(?=[¼½¾⅐-⅞])")
# Spaces that do not break hold a number together: 1 234 567,8.
_THIN_THOUSANDS = re.compile("(?<=[0-9])[\u00a0\u2007\u2009\u202f](?=[0-9]{3}(?![0-9]))")
_SIGNS = str.maketrans(
    {
        "‘": "'", "’": "'", "“": '"', "”": '"', "−": "-", "–": "-", "‐": "-", "‑": "-", "⁄": "/", "∶": ":", "≃": "≈",
        "٫": ".", "٬": ",", "٪": "%",
    }
)  # fmt: skip
# Digits that count in tens: Arabic, Persian, N'Ko, of India, Sinhala, Thai, Lao, Tibetan, …
_ZEROS = (
    *(0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0, 0xF20),
    *(0x1040, 0x17E0, 0x1810),
)
_DIGITS = {zero + digit: str(digit) for zero in _ZEROS for digit in range(10)}
_WRITTEN = _SIGNS | _DIGITS
# Putting marks upon a letter in order takes the square of their number; Unicode's own format for streams allows thirty.
_MARKS = 30
# A comma that ends a clause is none of the number before it, a colon none of the ratio behind it: "585,283，不是…".
_EAST_COMMA = re.compile("(?<=[0-9０-９])，(?![0-9０-９]{3}(?![0-9０-９,]))")
_EAST_COLON = re.compile("(?<=[\u2e80-\u9fff\uac00-\ud7af])：(?=[0-9０-９])")
_STACKED = re.compile(r"[^\w\s\x00-\x7f]{31,}")
_SPACES = re.compile(r"[^\S\n]{2,}")
# Python's power, where no bold text ends.
_POWER = re.compile(r"(?<=\d)\*\*(?=\d)")
_EMPHASIS = re.compile(r"\*\*|__|`")
# What Markdown strikes out is taken back.
_STRUCK = re.compile(r"~~[^~\n]{1,200}~~[ \t]*(?=\S)")
_COUNTER = re.compile(r"^[ \t]*[(]?(\d{1,3})[.)][ \t]+(?=\S)", re.MULTILINE)

# GSM8K's calculator notes, which models trained on it write too: "9 * 2 = <<9*2=18>>18".
_CALCULATOR = re.compile(r"<<[^<>\n]*>>")

# "US$5", "R$ 5" and "a$5$" are no words of letters and digits.
_DOLLAR_WITHIN = re.compile(r"(?<=[A-Za-z])\$(?=[\d.-])")
_BLANKS = re.compile(r"[\W_]+")
_ARTICLES = frozenset(("a", "an", "the"))


@lru_cache(maxsize=8)
def plain(text: str) -> str:
    """The text without typography: NFKC, ASCII quotes and dashes, LaTeX and Markdown reduced to what they show."""
    if not text.isascii():
        text = _THIN_THOUSANDS.sub("", _VULGAR.sub(" ", text))
        text = _SUPERSCRIPTS.sub(lambda found: "^" + found[0].translate(_SUPERSCRIPT), text)
        text = _EAST_COLON.sub(": ", _EAST_COMMA.sub(", ", text))
        text = unicodedata.normalize("NFKC", _STACKED.sub(_low_stacks, text)).translate(_WRITTEN)
    text = _SPACES.sub(" ", text)
    if "\\" in text or "{,}" in text:
        text = without_latex(text)
    if "$" in text:
        text = _DOLLAR_WITHIN.sub(" ", text).replace("$", "")
    if "~~" in text:
        text = _STRUCK.sub("", text)
    if "**" in text:
        text = _POWER.sub("^", text)
    return _without_counters(_EMPHASIS.sub("", _CALCULATOR.sub("", text)))


def bare(text: str) -> str:
    """Words only, for comparing: case folded, no punctuation, no articles, single spaces."""
    words = _BLANKS.sub(" ", plain(text).casefold()).split()
    # "A" may be the whole answer.
    return " ".join(word for word in words if word not in _ARTICLES) or " ".join(words)


def _low_stacks(found: re.Match[str]) -> str:
    """A run of signs with thirty marks at most upon each (Unicode Standard Annex 15, Stream-Safe Text Format)."""
    kept, height = [], 0
    for sign in found[0]:
        height = height + 1 if unicodedata.combining(sign) else 0
        if height <= _MARKS:
            kept.append(sign)
    return "".join(kept)


def _without_counters(text: str) -> str:
    """The same without the numbers of a list: they count items and answer nothing."""
    expected = 1

    def drop(found: re.Match[str]) -> str:
        nonlocal expected
        # "7. They are …" is an answer, "1. Red / 2. Orange" is a list.
        number = int(found[1])
        if number not in (1, expected):
            return found[0]
        expected = number + 1
        return ""

    return _COUNTER.sub(drop, text)
