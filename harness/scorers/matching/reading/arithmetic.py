"""Whether a sentence calculates: "9 * 2 = 18" may be any step of it, "10/115 = 2/23" is one ratio said twice."""

from __future__ import annotations

import re

_OPERATOR = re.compile(r"(?=([+*×÷·]|\s[-x/]\s|\d[-x]\s?\d))")
_LONGEST_OPERATOR = 4
_DIGIT = re.compile(r"\d")
# So far from the sign may stand what it works on, and what it comes to.
_NEAR = 200
_PLAIN = re.compile(
    r"\d\s*/\s*[\d.]+\s*=\D{0,4}\d[\d.,]{0,40}+(?![\d.,]|\s*/)"
    r"|\d\s*[+*×÷]\s*[$(]*\.?\d"
)


def calculates(sentence: str) -> bool:
    """True where a sentence works on numbers and says what that comes to, or works on two of them."""
    return bool(_PLAIN.search(sentence)) or any(map(_is_worked, sentence.split("=")[:-1]))


def _is_worked(side: str) -> bool:
    """Whether an operator near the end of what stands before a "=" has a digit before it."""
    near = len(side) - _NEAR
    return any(
        found.end(1) >= near and _DIGIT.search(side, max(0, found.start() - _NEAR - 1), found.start())
        for found in _OPERATOR.finditer(side, max(0, near - _LONGEST_OPERATOR))
    )
