"""The mathematical expressions of an answer, where they stand in its sentences: formulas, or what is typed like one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_BOX = re.compile(r"\\(?:fbox|f?boxed)\s{0,9}(?=[{\d])")
_ROUND = re.compile(r"\\\(((?:[^\\\n]|\\[^)\n]){1,250}+)\\\)")
_DISPLAYED = re.compile(r"\$\$([^$]{1,250}+)\$\$|\\\[((?:[^\\]|\\[^\]]){1,250}+)\\\]")
_FORMULA = re.compile(r"\$([^$\n]{1,250}+)\$")
_SENTENCE_END = re.compile(r"(?<=[.。!])\s")
_POWER = re.compile(r"(?<=[\w)])\*\*(?=-?\d|\(|[A-Za-z]\b(?!\*))")
_EMPHASIS = re.compile(r"\*\*|(?<![*\w])\*(?=\S[^*\n]{0,99}\*)|`")
_PUNCTUATION = str.maketrans("，：；？！（）", ",:;?!()")
_JOINT = r"(?:and|or|und|oder|et|ou|y|e|o|とか|または|あるいは|[,、和或及かと]|또는|[와과이]?나|이거나|혹은)"
_JOINED = re.compile(rf"[\s.,;]{{0,9}}{_JOINT}?(?:\s(?:of|de|of the|von)\b)?[\s,;]{{0,9}}", re.IGNORECASE)
_VALUE = re.compile(r"\s*[A-Za-z](?:_\{?\w\}?)?\s?=")
# What is typed: numbers, single letters, names of functions, signs and brackets in a row.
_ATOM = (
    r"(?:\d++(?:[.,]\d++)*+|(?<![A-Za-z\u00c0-\u024f])(?:sqrt|sin|cos|tan|log|ln|exp|pi|theta|infty|inf|oo|[A-Za-z])(?![A-Za-z\u00c0-\u024f'])"
    r"|(?<=\d)[a-zA-Z](?![A-Za-z\u00c0-\u024f'])|\\[A-Za-z]{1,20}+|[-+−±*/^=<>≤≥≠√∞∪∩π·×÷²³⁰¹⁴-⁹ⁿ°%()❨❩\[\]{}|_!&\\∈])"
)
_TYPED = re.compile(rf"{_ATOM}(?:[ ,]{{0,2}}{_ATOM}){{0,200}}+")
# Behind it stands what a step comes to.
_STEP = re.compile(
    r"[\s,;]{0,3}(?:(?:and|und|et|y|e)\s)?(?:then|hence|so|therefore|thus|dann|also|somit|donc|alors|luego|entonces|então"
    r"|portanto|因此|所以|故|則|则|したがって|よって|따라서)[\s,]{0,3}",
    re.IGNORECASE,
)
# Brackets of an expression are none of the sentence's: what stands in those is said by the way.
_HIDDEN = str.maketrans("()", "❨❩")
_SHOWN = str.maketrans("❨❩", "()")
_SIGN = re.compile(r"[\d=^√∞π∪∩]")
_ALONE = re.compile(r"[\s(\[❨]{0,9}([A-Za-z])[\s.)\]❩]{0,9}")
_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{2,}")
_BRACKET = re.compile(r"[(\[{]")
_SAID = re.compile(
    r".{0,200}\b(?:is|are|equals|get|gives|obtain|have|therefore|thus|hence|so|ist|est|es|é)\b[ \t:,]*",
    re.IGNORECASE | re.DOTALL,
)
_MOST_WORDS, _MOST_BRACKETS = 25, 40
_LONGEST = 500
"""Characters of an expression that are read."""


@dataclass(frozen=True)
class Expression:
    """Where one stands, or several that are joined: "$x = 2$ or $x = -2$"."""

    start: int
    end: int
    parts: tuple[str, ...]

    @property
    def said(self) -> str:
        """The expression, several with a comma between them."""
        return ", ".join(self.parts)


def with_formulas(text: str) -> str:
    r"""The text with every formula in $…$ on a line, and each box as a marked answer: it reads in sentences."""
    text = _POWER.sub("^", text.translate(_PUNCTUATION))
    text = _DISPLAYED.sub(lambda found: _inline(found[1] or found[2]), text)
    text = _ROUND.sub(lambda found: _inline(found[1]), text)
    if "box" in text:
        text = _unboxed(text)
    text = _FORMULA.sub(lambda found: found[0].translate(_HIDDEN), _EMPHASIS.sub("", text))
    return _TYPED.sub(lambda found: found[0].translate(_HIDDEN) if _SIGN.search(found[0]) else found[0], text)


def shown(text: str) -> str:
    """The text with the brackets that with_formulas hides."""
    return text.translate(_SHOWN)


def _inline(formula: str) -> str:
    return f"${' '.join(formula.split())}$"


def _unboxed(text: str) -> str:
    """Each box as "#### $…$" on a line of its own; joined boxes stay on one line, and a box in a box is one."""
    boxes: list[tuple[int, int, list[str]]] = []
    for found in _BOX.finditer(text):
        if boxes and found.start() < boxes[-1][1]:
            continue
        inner, end = _braced(text, found.end())
        begin = found.start()
        # The formula that a box stands in goes with it: "$x = \boxed{2}$".
        if boxes and _JOINED.fullmatch(text[boxes[-1][1] : begin].replace("$", "")):
            boxes[-1] = (boxes[-1][0], end, [*boxes[-1][2], _innermost(inner)])
        else:
            boxes.append((begin, end, [_innermost(inner)]))
    kept, last = [], 0
    for begin, end, held in boxes:
        before = text[last:begin]
        opened = before.count("$") % 2 and before.rfind("$") > before.rfind("\n")
        if opened:
            at = before.rfind("$")
            before = before[:at] + before[at + 1 :]
        kept.append(f"{before}\n#### {', '.join(f'${one}$' for one in held)}\n")
        last = end
        if opened and (close := text.find("$", end)) >= 0:
            last = close + 1
    return "".join([*kept, text[last:]])


def _innermost(inner: str) -> str:
    found = _BOX.search(inner)
    return (_innermost(_braced(inner, found.end())[0]) if found else inner).replace("$", "").replace("\n", " ").strip()


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


def expressions_in(sentence: str) -> list[Expression]:
    """The expressions of a sentence (see with_formulas) in its order: its formulas, or what is typed where it has none.

    Twenty-five words or forty brackets in one are prose, or a text that loops.
    """
    found = list(_formulas(sentence)) or list(_typed(sentence))
    return [one for one in _together(sentence, found) if not is_prose(one.said)]


def is_prose(said: str) -> bool:
    """Whether so many words or brackets are no expression that anybody means."""
    return len(_WORD.findall(said)) > _MOST_WORDS or len(_BRACKET.findall(said)) > _MOST_BRACKETS


def last_words(answer: str) -> str:
    """What a text without an expression says at its end: "no solution", "one half"."""
    lines = [line for line in answer[-_LONGEST:].splitlines() if line.strip()]
    if not lines:
        return ""
    last = _SENTENCE_END.split(lines[-1].strip())[-1]
    return _SAID.sub("", last, count=1).strip(" \t*`.。#") or last.strip(" \t*`.。#")


def _formulas(sentence: str) -> Iterator[Expression]:
    for found in _FORMULA.finditer(sentence):
        if inner := found[1].strip():
            yield Expression(found.start(), found.end(), (shown(inner),))


def _typed(sentence: str) -> Iterator[Expression]:
    alone = _ALONE.fullmatch(sentence)
    if alone:
        yield Expression(alone.start(1), alone.end(1), (alone[1],))
        return
    for found in _TYPED.finditer(sentence):
        said = found[0].strip(" ,")
        if _SIGN.search(said) and said.strip("()❨❩[]{}=<> "):
            begin = found.start() + len(found[0]) - len(found[0].lstrip(" ,"))
            yield Expression(begin, begin + len(said), (shown(said),))


def _together(sentence: str, found: list[Expression]) -> list[Expression]:
    """Those that are joined as one: $x = 2$ or $x = -2$; "$x + 1 = 8$ and $x = 7$" is a step and its result."""
    joined: list[Expression] = []
    for one in found:
        before = joined[-1] if joined else None
        is_step = before and "=" in before.parts[-1] and not _VALUE.match(before.parts[-1])
        is_joined = before and _JOINED.fullmatch(sentence, before.end, one.start)
        if before and ((is_step and is_joined) or _STEP.fullmatch(sentence, before.end, one.start)):
            joined[-1] = one
        elif before and is_joined:
            joined[-1] = Expression(before.start, one.end, (*before.parts, *one.parts))
        else:
            joined.append(one)
    return joined
