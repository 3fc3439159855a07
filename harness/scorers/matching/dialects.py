"""A pattern of Python's `re` as the same pattern of the `regex` package, which can be told when to stop.

`regex` reads most of them alike. What it does not: `{` may count errors there ("x{e}" is an x with a fault), a set may
name a class ("[[:alpha:]]"), combining marks are word characters and "²" is none, and four separators are no space.
"""

from __future__ import annotations

import re

_WORD = r"\p{L}\p{N}_"
_SPACE = r"\s\x1c-\x1f"
_WITHIN = {r"\w": _WORD, r"\s": _SPACE, "[": r"\["}
_BESIDE = {r"\W": f"[^{_WORD}]", r"\S": f"[^{_SPACE}]"}
_OUTSIDE = {
    **_BESIDE,
    r"\w": f"[{_WORD}]",
    r"\s": f"[{_SPACE}]",
    r"\b": f"(?:(?<=[{_WORD}])(?![{_WORD}])|(?<![{_WORD}])(?=[{_WORD}]))",
    r"\B": f"(?:(?<=[{_WORD}])(?=[{_WORD}])|(?<![{_WORD}])(?![{_WORD}]))",
}
_ESCAPE = r"\\N\{[^{}]*\}|\\."
_TOKEN = re.compile(rf"{_ESCAPE}|\[\^?+(\]?+(?:\\.|[^\]\\])*+)\]?|\{{(?!\d*(?:,\d*)?\}})|\{{\}}", re.DOTALL)
_IN_SET = re.compile(rf"{_ESCAPE}|\[", re.DOTALL)
_ASCII = re.compile(r"\(\?\w{0,9}a")


def for_regex(pattern: str) -> str:
    """The same pattern for the `regex` package; of one that `re` refuses, nothing is promised."""
    return _TOKEN.sub(_ascii_token if _ASCII.search(pattern) else _token, pattern)


def _token(found: re.Match[str]) -> str:
    token = found[0]
    if token.startswith("["):
        return _set(found[1], negated=token.startswith("[^"))
    return f"\\{token}" if token.startswith("{") else _OUTSIDE.get(token, token)


def _ascii_token(found: re.Match[str]) -> str:
    """The same where classes are of ASCII alone, on which both agree."""
    token = found[0]
    if token.startswith("["):
        return "[" + _IN_SET.sub(lambda inner: r"\[" if inner[0] == "[" else inner[0], token[1:])
    return f"\\{token}" if token.startswith("{") else token


def _set(inside: str, negated: bool) -> str:
    """A set; what is no word and no space goes beside it, since a set of this dialect cannot hold another."""
    beside: list[str] = []

    def kept(found: re.Match[str]) -> str:
        if found[0] in _BESIDE:
            beside.append(_BESIDE[found[0]])
            return ""
        return _WITHIN.get(found[0], found[0])

    rest = _IN_SET.sub(kept, inside)
    rest = rf"\{rest}" if rest.startswith("^") and not negated else rest
    if not beside:
        return f"[{'^' * negated}{rest}]"
    either = "|".join([*beside, *([f"[{rest}]"] if rest else [])])
    return f"(?:(?!{either})(?s:.))" if negated else f"(?:{either})"
