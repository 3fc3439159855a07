"""LaTeX in an answer reduced to what it shows."""

from __future__ import annotations

import re

# LaTeX within a number: 7\,400, 7,\!400, 7{,}400.
_NEGATIVE_SPACE = re.compile(r"\\!|\\negthinspace\b")
_GROUPED = re.compile(r"(?<=\d)(?:\\[,;: ]|~|\{[ ]\}|\\(?:thin|med|thick)space\s?){1,3}(?=\d{3}(?!\d))")
_GROUPED_BY_COMMA = re.compile(r"(?<=\d)(?:\{,\}|\\text\{,\}|,\\[,;: ]\s?)(?=\d)")
_BREAK = re.compile(r"\\\\(?![A-Za-z])|\\newline\b")
_LENGTHS = re.compile(r"\\(?:hspace|vspace|hskip|kern|label|ref|color|phantom)\*?\s*\{[^{}]*\}")
_DEGREE = re.compile(r"\s?\^\s?\{?\s?\\circ\b\s?\}?|\\degree\b|\\textdegree\b")
_ORDINAL = re.compile(r"(?<=\d)\s?\^\s?\{?\s?(?:\\(?:text|mathrm|textrm)\s?\{)?\s?(st|nd|rd|th)\b\}{0,2}")
_REPEATING = re.compile(r"(?<!\d)(\d{0,15}+\.\d{0,15}+)\\(?:overline|bar|dot)\s?(?:\{(\d{1,9})\}|(\d))")
_ROOT = re.compile(r"\\sqrt\s*(?:\{([^{}]*)\}|(\d))")
_NTH_ROOT = re.compile(r"\\sqrt\s*\[\s*(\d)\s*\]\s*\{(\d{1,15})\}")
_FRACTION = re.compile(r"\\[dtc]?frac\s*(?:\{([^{}]*)\}|(\d))\s*(?:\{([^{}]*)\}|(\d))")
_TERM = re.compile(
    r"\s*+([-+]?+)\s*+((?>\d{1,30}+(?:,\d{3}){0,9}+(?:\.\d{1,30}+)?+|\.\d{1,30}+)?+\s?+(?:√\d{1,9}+)?+\s?+(?:π"
    r"|\\pi)?+)\s*+"
)
_BOXED = re.compile(r"\\f?boxed\s*(?:\{([^{}]*+(?:\{[^{}]*+\}[^{}]*+){0,99}+)\}|(\d))")
_FONT = re.compile(
    r"\\(?:text|textbf|textit|textrm|textsf|texttt|textnormal|emph|underline|mathrm|mathbf|mathit|mathsf|mathtt|bm"
    r"|boldsymbol|operatorname|mbox|hbox|num|ang|unit|si)\*?\s*\{([^{}]*)\}"
)
_QUANTITY = re.compile(r"\\(?:SI|qty)\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_SPACING = re.compile(r"\\(?:left|right|quad|qquad|displaystyle|[,;: ])|(?<=\d)~(?=\S)")
_SYMBOLS = (
    ("\\%", "%"), ("\\$", "$"), ("\\times", "×"), ("\\cdot", "·"), ("\\approx", "≈"), ("\\simeq", "≈"),
    ("\\colon", ":"), ("\\div", "÷"), ("\\mu", "μ"), ("\\pi", "π"), ("\\pounds", "£"), ("\\texteuro", "€"),
    ("\\euro", "€"), ("\\(", " "), ("\\)", " "),
)  # fmt: skip
# A formula on a line of its own belongs to the sentence that it stands in.
_DISPLAYED = re.compile(r"(?<=[^\s.:!?。:])[ \t]{0,9}\n?[ \t]{0,9}\\\[")
_OVER = re.compile(r"\s{0,3}\\\](?=\s{0,3}[.,;!?。,])")
_COMMAND = re.compile(r"\\([A-Za-z]+)")


def without_latex(text: str) -> str:
    """The text as LaTeX would show it on one line: fractions with a stroke, a root as √, a box as a marked answer."""
    text = _NEGATIVE_SPACE.sub("", _LENGTHS.sub("", text))
    text = _GROUPED.sub("", _GROUPED_BY_COMMA.sub(",", text))
    text = _ORDINAL.sub(r"\1", _DEGREE.sub("°", _REPEATING.sub(_repeated, text)))
    text = _QUANTITY.sub(r"\1 \2", _NTH_ROOT.sub(_nth_root, text))
    for _ in range(3):  # fractions in fractions
        text = _FRACTION.sub(_fraction, _ROOT.sub(_root, text))
    text = _FONT.sub(r"\1", text)
    for command, sign in _SYMBOLS:
        text = text.replace(command, sign)
    text = _OVER.sub("", _DISPLAYED.sub(" ", text)).replace("\\[", "\n").replace("\\]", "\n")
    # "####" is how GSM8K marks a final answer; a box means the same, and so does a box in a box.
    for _ in range(2):
        text = _BOXED.sub(_box, text)
    return _COMMAND.sub(r" \1", _SPACING.sub(" ", _BREAK.sub("\n", text)))


def _box(found: re.Match[str]) -> str:
    return f"\n#### {(found[1] or found[2] or '').lstrip()}\n"


def _repeated(found: re.Match[str]) -> str:
    r"""0.1\overline{6} with as many digits as a float holds."""
    return (found[1] + (found[2] or found[3]) * 18)[: len(found[1]) + 18]


def _root(found: re.Match[str]) -> str:
    inner = (found[1] or found[2] or "").strip()
    return f"√{inner}" if inner.isdecimal() else f"√({inner})"


def _nth_root(found: re.Match[str]) -> str:
    return f"({found[2]})^(1/{found[1]})"


def _fraction(found: re.Match[str]) -> str:
    r"""3\tfrac14 as 3 1/4; what is no number keeps its brackets."""
    over, under = (found[1] or found[2] or "").strip(), (found[3] or found[4] or "").strip()
    above, below = _TERM.fullmatch(over), _TERM.fullmatch(under)
    if not (above and below and above[2] and below[2]):
        return f" ({over})/({under}) "
    sign = "-" if (above[1] == "-") != (below[1] == "-") else ""
    space = " " if found.string[max(0, found.start() - 2) : found.start()].rstrip()[-1:].isdecimal() else ""
    over, under = (part[2].replace(",", "").replace("\\pi", "π").replace(" ", "") for part in (above, below))
    return f"{space}{sign}{over}/{under}"
