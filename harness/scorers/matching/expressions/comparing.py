"""Whether two expressions are the same, as math-verify says: it takes LaTeX, and people write more than that."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from harness.scorers.matching.expressions.checking import Relation

_SIGNS = str.maketrans(
    {
        "−": "-", "–": "-", "×": r"\times ", "·": r"\cdot ", "÷": r"\div ", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ",
        "∞": r"\infty ", "∪": r"\cup ", "∩": r"\cap ", "∅": r"\emptyset ", "∈": r"\in ", "π": r"\pi ", "θ": r"\theta ",
        "±": r"\pm ", "°": r"^\circ ", "ℝ": r"\mathbb{R}", "，": ",", "（": "(", "）": ")", "＝": "=", "≈": "=",
    }
)  # fmt: skip
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "0123456789+-n")
_SUPERSCRIPTS = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ]+")
_ROOT = re.compile(r"(?<!\\)(?:\bsqrt\s*|√\s*)(?:\(([^()]*)\)|(\d+(?:\.\d+)?|[A-Za-z]))")
_POWER = re.compile(r"\^\s*(?:\(([^()]*)\)|(-?\d{2,20}|-\d))")
_NAMES = re.compile(r"(?<![\\A-Za-z])(pi|theta|alpha|beta|sin|cos|tan|log|ln|exp|infty)(?![A-Za-z])")
_INFINITY = re.compile(r"(?<![\\A-Za-z])(?:inf(?:inity)?|oo)(?![A-Za-z])", re.IGNORECASE)
_FRACTION = re.compile(r"(?<![\w.])\(([^()]{1,80}+)\)\s?+/\s?+(?:\(([^()]{1,80}+)\)|(\d{1,20}+|[A-Za-z]))")
_ROWS = re.compile(r"\[\s?\[((?:[^\[\]]|\]\s?,?\s?\[){1,200}+)\]\s?\]")
_NEXT_ROW = re.compile(r"\]\s?,?\s?\[")
_BRACES = re.compile(r"(?<![\\\w^_}])\{([^{}]{1,200}+)\}")
_COLUMN = re.compile(r"\\begin\{[pb]matrix\}([^&]{1,400})\\end\{[pb]matrix\}")
_ROW_END = re.compile(r"\\\\")
_ANGLE = re.compile(r"(\\(?:sin|cos|tan)) ?\(? ?(\d{1,4}) ?\^\{?\\circ ?\}? ?\)?")
_NAMED_SETS = (
    (
        re.compile(r"(?:all|any|the set of) real(?: number)?s?|全體實數|全体实数|所有實數|所有实数|すべての実数", re.I),
        r"\mathbb{R}",
    ),
    (
        re.compile(r"(?:there (?:is|are) )?no(?: real)? solutions?|(?:the )?empty set|無解|无解|解なし", re.I),
        r"\emptyset",
    ),
)
_BETWEEN = re.compile(r",?\s(?:and|or)\s|(?<=[\d\w}])\s?[和或及]\s?", re.IGNORECASE)
_DELIMITERS = re.compile(r"\\[()\[\]]|\$|\\displaystyle|\\(?:left|right)(?=[\s.|(){}\[\]\\])|\\[,;!:]|\\q?quad\b")
_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}")
_MACRO = re.compile(
    r"\\(?:text|mathrm|textbf|mathbf|operatorname)\s*\{[^{}]*\}|\\[A-Za-z]+|\\begin\{\w+\}|\\end\{\w+\}"
)
_UNKNOWN = re.compile(r"\s*(?:[A-Za-z](?:_\{?\w{1,9}\}?)?(?:\([A-Za-z]\))?'?|\\theta|\\alpha)\s*")
_SIX_PLACES, _DIGITS = 6, 15


def compare(key: str, said: str) -> Relation:
    """The relation of what an answer says to its key, each as LaTeX or as people type it."""
    if {_kind(key), _kind(said)} == {"set", "tuple"}:
        return "other"
    gold = [parsed for text in _sides(key) if (parsed := _parsed(text))]
    if not gold:
        return "no key"
    targets = [parsed for text in _sides(said) if (parsed := _parsed(text))]
    if _WORD.search(_MACRO.sub("", said)):
        targets += [parsed for parsed in (_within(said),) if parsed]
    if not targets:
        return "no expression"
    return "same" if any(_equal(one, other) for one in gold for other in targets) else "other"


def _kind(text: str) -> str:
    """Whether several values stand in braces or in brackets: math-verify takes {1, 2} for (1, 2)."""
    latex = as_latex(text).strip()
    several = "," in latex
    if several and latex.startswith("\\{") and latex.endswith("\\}"):
        return "set"
    return "tuple" if several and latex.startswith("(") and latex.endswith(")") else ""


def as_latex(text: str) -> str:
    """What people type (sqrt(2), x**2, pi/4, [[1, 2], [3, 4]], ½, ≤) as LaTeX."""
    text = _SUPERSCRIPTS.sub(lambda found: "^{" + found[0].translate(_SUPERSCRIPT) + "}", text)
    text = unicodedata.normalize("NFKC", text).replace("\u2044", "/").translate(_SIGNS)
    text = _DELIMITERS.sub(" ", text.strip().rstrip(".。,;").replace("**", "^"))
    for name, sign in _NAMED_SETS:
        if name.fullmatch(text.strip()):
            return sign
    text = _BRACES.sub(lambda found: rf"\{{{found[1]}\}}" if "," in found[1] else found[0], text)
    rows = _ROWS.search(text)
    if rows and "\\" not in text:
        inner = r" \\ ".join(row.replace(",", " & ") for row in _NEXT_ROW.split(rows[1]))
        text = rf"{text[: rows.start()]}\begin{{pmatrix}}{inner}\end{{pmatrix}}{text[rows.end() :]}"
    for _ in range(3):
        text = _FRACTION.sub(_over, _ROOT.sub(lambda found: rf"\sqrt{{{found[1] or found[2]}}}", text))
        text = _POWER.sub(lambda found: f"^{{{found[1] or found[2]}}}", text)
    text = _INFINITY.sub(r"\\infty ", _NAMES.sub(r"\\\1 ", text))
    text = _ANGLE.sub(lambda found: rf"{found[1]}(\frac{{{found[2]}\pi}}{{180}})", text)
    return _BETWEEN.sub(", ", text.replace("*", r" \cdot ").replace("<=", r"\le ").replace(">=", r"\ge "))


def _over(found: re.Match[str]) -> str:
    return rf"\frac{{{found[1]}}}{{{found[2] or found[3]}}}"


def _sides(text: str) -> Iterator[str]:
    """The expression, and without the unknown that it is said of: x = 5, f(x) = 2x + 1, x ∈ (0, 1]."""
    latex = as_latex(text)
    yield latex
    column = _COLUMN.fullmatch(latex.strip())
    if column:
        yield f"({', '.join(_ROW_END.split(column[1]))})"
    for sign in ("=", r"\in "):
        name, found, value = latex.partition(sign)
        if found and _UNKNOWN.fullmatch(name):
            # x = 1 + 1 = 2 ends in what x is; x = 1, x = 2 are two values.
            parts = (
                [part.partition("=")[2] or part for part in latex.split(",")]
                if latex.count("=") > 1 and "," in latex
                else []
            )
            yield ", ".join(parts) if parts else value.rpartition("=")[2]


@lru_cache(maxsize=4096)
def _parsed(latex: str) -> list[Any]:
    from math_verify import LatexExtractionConfig, parse

    found = parse(f"${latex}$", [LatexExtractionConfig()], fallback_mode="no_fallback", parsing_timeout=None)
    return list(found)


def _within(said: str) -> list[Any]:
    """What math-verify itself finds among words."""
    from math_verify import parse

    return list(parse(said, fallback_mode="no_fallback", parsing_timeout=None))


def _equal(gold: list[Any], target: list[Any]) -> bool:
    from math_verify import verify

    return bool(verify(gold, target, _SIX_PLACES, _DIGITS, timeout_seconds=None, allow_set_relation_comp=True))
