"""Which expression an answer settles on: its last box, marked answer, formula or line."""

from __future__ import annotations

import re
from typing import Literal

_BOX = re.compile(r"\\f?boxed\s{0,9}(?=[{\d])")
_MARKER = re.compile(
    r"####[ \t]*+|\b(?:final\s++)?(?:answers?|solutions?|result)\b(?:\s++(?:to|for|of)\b[^.:\n=]{1,80}?)?"
    r"(?:\s{0,9}[:：]|\s{1,9}(?:is|are|equals)\b)[ \t:：]*+|(?:答案|正解|答え)(?:是|為|为|は|:|：)++\s*+",
    re.IGNORECASE,
)
_FORMULA = re.compile(
    r"\$\$([^$]{1,250}+)\$\$|\$([^$\n]{1,250}+)\$"
    r"|\\\(((?:[^\\\n]|\\[^)\n]){1,250}+)\\\)|\\\[((?:[^\\]|\\[^\]]){1,250}+)\\\]"
)
_JOINED = re.compile(r"[\s$.,;]{0,9}(?:and|or|,|、|和|或|及)?[\s$.,;]{0,9}", re.IGNORECASE)
_VALUE = re.compile(r"[A-Za-z](?:_\{?\w\}?)?\s?=")
_END = re.compile(r"[.。!](?:\s|$)|\n")
_SAID = re.compile(
    r".{0,200}\b(?:is|are|equals|get|gives|obtain|have|therefore|thus|hence|so)\b[ \t:,]*", re.IGNORECASE | re.DOTALL
)
_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{2,}")
_BRACKET = re.compile(r"[(\[{]")
_MOST_WORDS, _MOST_BRACKETS = 25, 40
_LONGEST = 500
"""Characters of an expression that are read."""


def final_expression(answer: str) -> tuple[str, Literal["marker", "last"]] | None:
    """The expression as it is written, without what marks it, and whether it is marked; None where there is none.

    Twenty-five words or forty brackets are none: they are prose, or a text that loops.
    """
    found = _found(answer)
    if found is None:
        return None
    said, _ = found
    is_prose = len(_WORD.findall(said)) > _MOST_WORDS or len(_BRACKET.findall(said)) > _MOST_BRACKETS
    return None if is_prose or not said else found


def _found(answer: str) -> tuple[str, Literal["marker", "last"]] | None:
    boxed = _boxed(answer)
    if boxed is not None:
        return boxed, "marker"
    marked = [found.end() for found in _MARKER.finditer(answer)]
    rest = answer[marked[-1] : marked[-1] + _LONGEST].strip() if marked else ""
    if rest:
        said = _up_to_its_end(rest)
        formulas = _formulas(said)
        stated = ", ".join(formulas) if formulas else said.strip(" \t*`$")
        return (stated, "marker") if stated else None
    last = _last_formulas(answer[-10 * _LONGEST :])
    if last:
        return last, "last"
    lines = [line for line in answer[-_LONGEST:].splitlines() if line.strip()]
    last = _up_to_its_end(lines[-1].strip()) if lines else ""
    last = _SAID.sub("", last, count=1).strip(" \t*`.") or last
    return (last, "last") if last else None


def _boxed(answer: str) -> str | None:
    """What the last boxes hold, several where they are joined by "and"."""
    boxes: list[tuple[int, int, str]] = []
    for found in reversed(list(_BOX.finditer(answer))[-20:]):
        inner, end = _braced(answer, found.end())
        if boxes and (end > boxes[0][0] or not _JOINED.fullmatch(answer[end : boxes[0][0]])):
            break
        boxes.insert(0, (found.start(), end, inner))
    if not boxes:
        return None
    # A box in a box: the inner one says it.
    return ", ".join(_boxed(inner) or inner for _, _, inner in boxes)


def _braced(text: str, start: int) -> tuple[str, int]:
    """What stands in the braces that open at the place, and where they close; a digit stands for itself."""
    if text[start : start + 1] != "{":
        return text[start : start + 1], start + 1
    depth = 0
    for at in range(start, min(len(text), start + _LONGEST)):
        if text[at] in "{}" and text[at - 1] != "\\":
            depth += 1 if text[at] == "{" else -1
            if not depth:
                return text[start + 1 : at], at + 1
    return text[start + 1 : start + _LONGEST], min(len(text), start + _LONGEST)


def _formulas(text: str) -> list[str]:
    return [next(part for part in found.groups() if part).strip() for found in _FORMULA.finditer(text)]


def _last_formulas(text: str) -> str:
    """The last formula, with those that it is joined to: $x = 2$ or $x = -2$."""
    joined: list[str] = []
    begin = -1
    for found in reversed(list(_FORMULA.finditer(text))):
        if joined and not _JOINED.fullmatch(text[found.end() : begin]):
            break
        formula = next(part for part in found.groups() if part).strip()
        # "$x + 1 = 8$ and $x = 7$" is a step and its result, not two values.
        if joined and "=" in formula and not _VALUE.match(formula):
            break
        joined.insert(0, formula)
        begin = found.start()
    return ", ".join(joined)


def _up_to_its_end(text: str) -> str:
    """The first sentence or line; a formula that goes over several lines is read whole."""
    formula = _FORMULA.match(text)
    begin = formula.end() if formula else 0
    end = _END.search(text, begin)
    return text[: end.start()] if end else text
