"""One spelling for what means the same: Unicode forms, LaTeX, Markdown, quotes, dashes."""

from __future__ import annotations

import re
import unicodedata

EAST_ASIAN = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"
"""For a class of characters: Chinese, Japanese and Korean are written without spaces around a word."""

_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_SUPERSCRIPTS = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+")
_VULGAR = re.compile("(?<=[0-9])(?=[¼½¾⅐-⅞])")
_THIN_THOUSANDS = re.compile("(?<=[0-9])[\u00a0\u2009\u202f](?=[0-9]{3}(?![0-9]))")
_SIGNS = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "−": "-", "–": "-", "⁄": "/", "∶": ":", "≃": "≈"})
# Putting marks upon a letter in order takes the square of their number; Unicode's own format for streams allows thirty.
_MARKS = 30
_STACKED = re.compile(r"[^\w\s\x00-\x7f]{31,}")
_SPACES = re.compile(r"[^\S\n]{2,}")
_EMPHASIS = re.compile(r"\*\*|__|`")
_COUNTER = re.compile(r"^[ \t]*[(]?(\d{1,3})[.)][ \t]+(?=\S)", re.MULTILINE)

# GSM8K's calculator notes, which models trained on it write too: "9 * 2 = <<9*2=18>>18".
_CALCULATOR = re.compile(r"<<[^<>\n]*>>")

_FRACTION = re.compile(r"\\[dtc]?frac\s*(?:\{([^{}]*)\}|(\d))\s*(?:\{([^{}]*)\}|(\d))")
_BOXED = re.compile(r"\\f?boxed\s*\{([^{}]*+(?:\{[^{}]*+\}[^{}]*+){0,99}+)\}")
_FONT = re.compile(r"\\(?:text|textbf|textit|mathrm|mathbf|mathit|operatorname|mbox)\s*\{([^{}]*)\}")
_SPACING = re.compile(r"\\(?:left|right|quad|qquad|displaystyle|[,;!: ])")
_SYMBOLS = (
    ("{,}", ","), ("\\%", "%"), ("\\$", ""), ("\\times", "×"), ("\\cdot", "·"), ("\\approx", "≈"), ("\\simeq", "≈"),
    ("\\colon", ":"), ("\\div", "÷"), ("\\mu", "μ"), ("\\(", " "), ("\\)", " "), ("\\[", "\n"), ("\\]", "\n"),
)  # fmt: skip
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_BLANKS = re.compile(r"[\W_]+")
_ARTICLES = frozenset(("a", "an", "the"))


def plain(text: str) -> str:
    """The text without typography: NFKC, ASCII quotes and dashes, LaTeX and Markdown reduced to what they show."""
    if not text.isascii():
        text = _THIN_THOUSANDS.sub(",", _VULGAR.sub(" ", text))
        text = _SUPERSCRIPTS.sub(lambda found: "^" + found[0].translate(_SUPERSCRIPT), text)
        text = unicodedata.normalize("NFKC", _STACKED.sub(_low_stacks, text)).translate(_SIGNS)
    text = _SPACES.sub(" ", text)
    if "\\" in text:
        text = _without_latex(text)
    return _without_counters(_EMPHASIS.sub("", _CALCULATOR.sub("", text.replace("$", ""))))


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


def _without_latex(text: str) -> str:
    for _ in range(3):  # fractions in fractions
        text = _FRACTION.sub(_fraction, text)
    text = _FONT.sub(r"\1", text)
    for command, sign in _SYMBOLS:
        text = text.replace(command, sign)
    # "####" is how GSM8K marks a final answer; a box means the same.
    text = _BOXED.sub("\n#### \\1\n", text)
    return _COMMAND.sub(r" \1", _SPACING.sub(" ", text))


def _fraction(found: re.Match[str]) -> str:
    over, under = (found[1] or found[2] or "").strip(), (found[3] or found[4] or "").strip()
    return f"{over}/{under}" if (over + under).replace(".", "").isdecimal() else f" ({over})/({under}) "


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
