"""Numbers in digits: separators of any country, fractions, powers of ten, scales, percentages, signs in words."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace

from harness.scorers.matching.numbers.number import Manner, Number

SCALES = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "dozen": 12.0,
    "lakh": 1e5, "lac": 1e5, "crore": 1e7, "k": 1e3, "m": 1e6, "b": 1e9, "bn": 1e9, "mn": 1e6, "tn": 1e12,
    "mio": 1e6, "mrd": 1e9, "millionen": 1e6, "milliarden": 1e9, "tausend": 1e3, "milliard": 1e9,
    "millones": 1e6, "milhão": 1e6, "milhões": 1e6, "bilhão": 1e9, "bilhões": 1e9, "milioni": 1e6,
    "miliardi": 1e9, "mil": 1e3, "dutzend": 12.0, "douzaine": 12.0, "docena": 12.0, "dúzia": 12.0, "duzia": 12.0,
    "mille": 1e3, "millón": 1e6, "billón": 1e12, "tsd": 1e3, "тыс": 1e3, "тысяч": 1e3, "млн": 1e6, "млрд": 1e9,
}  # fmt: skip
_NAMES = (
    "hundred|thousand|million(?:en|s)?|milliard(?:en|s)?|billions?|trillions?|dozen|lakhs?|lacs?|crores?|tausend"
    "|millones|milh[ãõ](?:o|es)|bilh[ãõ](?:o|es)|milioni|miliardi|mil|тысяч|тыс|млн|млрд|bn|mn|tn|mio|mrd|tsd"
    "|mille|mill[óo]n|dutzend|douzaines?|docenas?|d[úu]zias?"
)
_MONEY = frozenset("€£¥₹₽₩₺₫₱₪₦฿")
_CURRENCIES = f"[{''.join(sorted(_MONEY))}]"
# What a country's own letters for its currency may stand before without a space.
_CODES = "".join(f"|(?<={code})" for code in ("USD", "EUR", "GBP", "INR", "CHF", "JPY", "CNY", "RMB", "TWD", "BRL"))
# What is read is kept (++, ?+, (?>…)): a shorter reading could only end in the middle of a number or a word.
_WRITTEN = (
    r"(?>\d{1,3}(?:,\d{3}){1,20}+(?!,?\d)(?:\.\d++)?+"
    r"|\d{1,2}(?:,\d{2}){1,20},\d{3}(?![\d,])(?:\.\d++)?+"
    r"|\d{1,3}(?:\.\d{3}){1,20}+,\d++(?![.,]\d)"
    r"|\d{1,3}(?:\.\d{3}){2,20}+(?![\d.])"
    r"|\d{1,3}(?:'\d{3}){1,20}+(?!\d)(?:[.,]\d++)?+"
    r"|\d{1,3}(?: \d{3}){1,20}+(?:,\d{1,2}(?!\d)|(?=\s?(?:€|₽|kr\b|zł|Kč|Ft\b|руб|грн|FCFA|EUR\b|euros?\b)))"
    r"|\d{1,3}(?: \d{3}){2,20}+(?! ?\d)(?:\.\d++)?+"
    r"|0,\d++|\d++,\d{1,2}(?![\d,])|\d++,\d{4,20}(?![\d,])|\d++(?:\.\d++)?+|\.\d++)"
)
_NUMBER = re.compile(
    rf"(?<![\d_^])(?<![0-9][.,])(?<![_^][{{\-+])(?:(?<![A-Za-z]){_CODES})"
    rf"(?P<sign>(?:(?<![\w)\]%])|(?<=[\u3040-\u9fff]))[-+]{_CURRENCIES}?+)?+"
    rf"(?P<number>{_WRITTEN})"
    r"(?!\.?\d|\^)(?!(?:st|nd|rd|th)\b)"
    r"(?:[eE](?P<e>[-+]?+\d{1,3}+)(?!\w)"
    r"|\s*+(?:[×x*·]|times)\s*+10\s?+(?:\^|\*\*)\s?+[{(]?+\s?+(?P<ten>[-+]?+\d{1,3}+)[})]?+)?+"
    r"(?:(?P<mixed>(?:\s++(?:and\s++)?+|-)\d{1,4}+)?+\s*+/\s*+(?P<under>\d++(?:\.\d++)?+)(?![\d/]))?+"
    r"(?P<half>\s++and\s++(?:a\s++half|(?:a|one)\s++quarter|three[\s-]quarters)\b)?+"
    rf"(?P<scale>\s?+[kKMB](?![\w/°'^])|(?<=\d)m(?!\w)|[\s-]*+(?:{_NAMES})\b)?+"
    r"(?P<percent>\s*+(?:%|percent\b|per cent\b|percentage points?\b|pct\b|パーセント|퍼센트|Prozent\b|por ciento\b"
    r"|por cento\b|pour cent\b))?+(?P<mille>\s?‰)?+",
    re.IGNORECASE,
)
_SPACED = re.compile(r"\W*[-+]?\d{1,3}(?: \d{3})+(?:[.,]\d+)?\W*")
_DIGIT = re.compile(r"\d++")
_GROUPS = re.compile(r"(?<![\w.,])\d{1,3}(?: \d{3}){1,9}+(?![.,]?\d)")
_TWO_READINGS = re.compile(r"\d{1,3}[.,]\d{3}")
_NO_DIGIT = re.compile(r"\D")
_ORDINAL = re.compile(r"(?<![\w.,])(\d{1,9})(?:st|nd|rd|th)\b", re.IGNORECASE)
_POWER = re.compile(
    r"(?<![\w.,^])(?:(?P<negative>(?<![\w)\]%\s])-)?+(?P<base>\d{1,6}+(?:\.\d{1,6}+)?+)\s?+\^\s?+[{(]?+\s?+"
    r"(?P<to>[-+]?+\d{1,4}+)(?![\d.]\d)|(?P<of>\d{1,6}+)\s++(?:raised\s++)?+to\s++the\s++"
    r"(?:power\s++(?:of\s++)?+(?P<power>-?+\d{1,4}+)|(?P<nth>\d{1,3}+)(?:st|nd|rd|th)\s++power)\b)"
)
_FACTOR = re.compile(r"\d\s{0,3}(?:[×x*·]|times)\s{0,3}$")
_SURD = re.compile(
    r"(?<![\w.,^])(?P<sign>(?<![\w)\]%])-)?+"
    r"(?P<times>(?>\d{1,9}+(?:\.\d{1,9}+)?+(?:/\d{1,9}+)?+\s?+[*·×]?+\s?+))?+"
    r"(?:(?:√|\bsqrt\b)\s?+[({]?+\s?+(?P<root>\d{1,9}+(?:\.\d{1,9}+)?+)\s?+[)}]?+)?+"
    r"(?P<pi>\s?+[*·×]?+\s?+(?:π|\bpi\b))?+(?:\s?+/\s?+(?P<under>\d{1,9}+))?+"
)
_MULTIPLE = re.compile(r"[√π]|sqrt|pi(?![A-Za-z])")
_LABEL = re.compile(
    r"\b(?:step|part|equation|eq|figure|fig|table|case|option|question|example|section|chapter|item|note)s?\.?\s*"
    r"(?:[#(]\s*)?$",
    re.I,
)
_LABELS = re.compile(r"step|part|eq|fig|table|case|option|question|example|section|chapter|item|note", re.I)
_SCALE_OF_DEGREES = re.compile(r"\s?°\s?(?:[CF](?![A-Za-z]))?+")
_DEGREES = re.compile(r"\s*(?:°|℃|℉|(?:\^\s*)?circ\b|degrees?\b)")
_BELOW = re.compile(
    r"\s{0,9}(?:°|degrees?\b)?\s{0,9}(?:celsius|fahrenheit|[CF]\b)?\s{0,9}below\s+zero\b"
    r"|\s{0,9}(?:°\s?C?|degrés?|grados?|graus?|grad)?\s{0,9}(?:celsius\s{1,9})?(?:unter\s+null|bajo\s+cero|abaixo\s+de\s+zero"
    r"|(?:au-dessous\s+de|en\s+dessous\s+de|sous)\s+zéro|negativos)\b",
    re.I,
)
_YEAR = re.compile(r"1[0-9]{3}|20[0-9]{2}")
_IN_YEAR = re.compile(r"(?:^|[,;(.]\s*)(?:in|since|by|until)\s+(?:the year\s+)?$", re.I)
# "10 minus 2" takes away; "is minus 2" is below zero.
_NEGATIVE = re.compile(
    r"\b(neg(?:ative|\.)\s+)$|(?:^|[^\w\s)\]%]\s{0,9}|\b(?:is|are|was|were|be|equals?|to|of|answer|result|gives?|get|gets|got|at"
    r"|about|approximately|exactly|by|than|and|or|not|number|temperature|still|then|reaches|becomes|just|only|say|says"
    r"|ist|sind|war|waren|wäre|beträgt|betragen|lautet|ergibt|macht|sondern|nicht|auf|bei|von|etwa|rund|genau|oder|und"
    r"|dann|nur|gleich|égale?|igual|es|est|sont|était|fait|de|à|donne|vaut|pas|mais|ou|et|environ|plutôt|soit|exactement|son|era|a|hace|hacen"
    r"|da|sino|no|o|y|en|exactamente|é|são|faz|dá|não|e|em|fica|sim|exatamente)\s{1,9})"
    r"(?<!más\so\s)(?<!mas\so\s)(?<!plus\sou\s)(?<!mais\sou\s)((?:minus|moins|menos)\s{1,9})$"
    r"|((?:負|负|マイナス|零下|氷点下|氷點下|마이너스|영하)\s?)$",
    re.I,
)
_NEGATES = re.compile(r"minus|moins|menos|neg|[負负下]|マイナス|마이너스|영하", re.I)
# A set-off minus is a sign where nothing stands before it that it could take from: "= - 5".
_SET_OFF = re.compile(r"(?:[=≈:(,]\s*|\b(?:is|equals|answer)\s+)-\s$")
_REPEATS = re.compile(r"\.{3}(?!\d)")


def digits(text: str, manner: Manner) -> list[Number]:
    """The numbers of a text that are written in digits."""
    labelled, negated = _LABELS.search(text), _NEGATES.search(text)
    found = []
    if " " in text and ((len(text) < 40 and _SPACED.fullmatch(text)) or manner.wholes):
        text = _GROUPS.sub(lambda groups: _closed(groups, manner, len(text) < 40), text)
    for match in _written(text):
        start = match.start()
        if labelled and is_label(text, start):
            continue
        number = _number(match, manner)
        begin = negated_from(text, start) if negated else None
        below = below_zero(text, number.end)
        if begin is not None or below or _SET_OFF.search(text, max(0, start - 12), start):
            number = _negative(number, start if begin is None else begin, below or number.end)
        if degrees := _SCALE_OF_DEGREES.match(text, number.end):
            number = replace(number, end=degrees.end())
        found.append(number)
    return found


def is_label(text: str, start: int) -> bool:
    """Whether a number at the place counts parts of the text: "Step 2", "Eq. 3"."""
    return _LABEL.search(text, max(0, start - 16), start) is not None


def _closed(groups: re.Match[str], manner: Manner, alone: bool) -> str:
    """12 345 in one where it is all of a text or a key, with blanks behind it, so that the text stays as long."""
    closed = groups[0].replace(" ", "")
    is_meant = (alone and _SPACED.fullmatch(groups.string)) or closed in manner.wholes
    return closed.ljust(len(groups[0])) if is_meant else groups[0]


def _written(text: str) -> Iterator[re.Match[str]]:
    """Each number, looked for where digits stand only: the pattern is slow to say no."""
    digit = _DIGIT.search(text)
    while digit:
        start = digit.start()
        if start and text[start - 1] == "." and not text[max(0, start - 2) : start - 1].isdecimal():
            start -= 1
        if start and text[start - 1] in _MONEY and text[max(0, start - 2) : start - 1] in ("-", "+"):
            start -= 2
        elif start and text[start - 1] in "-+":
            start -= 1
        match = _NUMBER.match(text, start) or _NUMBER.match(text, digit.start())
        if match:
            yield match
        digit = _DIGIT.search(text, match.end() if match else digit.end())


def negated_from(text: str, start: int) -> int | None:
    """Where the word begins that makes a number at the place negative ("is minus 8", 負8); None for none."""
    found = _NEGATIVE.search(text, max(0, start - 30), start)
    return found.start(found.lastindex or 0) if found else None


def below_zero(text: str, end: int) -> int | None:
    """Where "below zero" ends behind a number; None where it does not stand there."""
    found = _BELOW.match(text, end)
    return found.end() if found else None


def ordinals(text: str) -> Iterator[Number]:
    """1st, 22nd, as numbers."""
    for match in _ORDINAL.finditer(text):
        yield Number(float(match[1]), False, match.start(), match.end())


def powers(text: str) -> Iterator[Number]:
    """2^10, 10^{-3} and "2 to the power of 10" where they stand alone, not behind a factor ("3 × 10^5")."""
    for match in _POWER.finditer(text) if "^" in text or " to the " in text else ():
        base = float(match["base"] or match["of"])
        exponent = int(match["to"] or match["power"] or match["nth"])
        factor = base == 10 and _FACTOR.search(text, max(0, match.start() - 9), match.start())
        if not factor and base > 0 and abs(exponent * math.log10(base)) < 300:
            value = base**exponent if base != 10 else float(f"1e{exponent}")
            yield Number(-value if match["negative"] else value, False, match.start(), match.end())


def multiples(text: str) -> Iterator[Number]:
    """Multiples of roots and of pi: 2√3, √2/2, 5π/6."""
    if not _MULTIPLE.search(text):
        return
    for match in _SURD.finditer(text):
        if match["root"] or match["pi"]:
            over, _, under = (match["times"] or "1").strip(" *·×").partition("/")
            below = float(under or 1) * float(match["under"] or 1)
            if below:
                value = float(over) * math.sqrt(float(match["root"] or 1)) * (math.pi if match["pi"] else 1) / below
                yield Number(-value if match["sign"] else value, False, match.start(), match.end())


def _number(match: re.Match[str], manner: Manner) -> Number:
    text, written = match.string, match["number"]
    value, other = _decimal(written, manner)
    scale = _scale(match, manner)
    end = match.end() if scale is not None else match.start("scale")
    times = scale or 1.0
    value, other = _whole(match, value), None if other is None else other * times
    counted = value if scale and scale == manner.scale else None
    value *= times
    slack = 0.0
    if _REPEATS.match(text, match.end()) and "." in written and len(written.partition(".")[2]) >= 2:
        slack = 10.0 ** -len(written.partition(".")[2]) * times
    if match["mille"]:
        value /= 1000
    number = Number(
        value,
        bool(match["percent"]),
        match.start(),
        end,
        bool(_DEGREES.match(text, match.end()) or _is_year(text, match)),
        slack,
        written if other is not None else "",
        other if other is not None and (not manner.decimal or (manner.counts and other > value)) else counted,
    )
    return _negative(number, number.start, number.end) if (match["sign"] or "").startswith("-") else number


def _negative(number: Number, start: int, end: int) -> Number:
    other = None if number.other is None else -abs(number.other)
    return replace(number, value=-abs(number.value), other=other, start=start, end=end)


def _is_year(text: str, match: re.Match[str]) -> bool:
    start = match.start()
    return bool(_YEAR.fullmatch(match[0]) and _IN_YEAR.search(text, max(0, start - 16), start))


def _scale(match: re.Match[str], manner: Manner) -> float | None:
    """What a word or letter behind the digits multiplies them with; None where it is a unit."""
    said = match["scale"]
    if not said:
        return 1.0
    letters = said.strip(" \t\n-")
    if letters.upper() in manner.units or (letters == "b" and said != letters):
        return None
    # 5m and 5 m are metres, £5m are millions.
    if letters == "m" and _before(match) not in _MONEY:
        return None
    name = letters.lower()
    return SCALES.get(name) or SCALES.get(name.rstrip("s")) or SCALES.get(name.removesuffix("en"))


def _before(match: re.Match[str]) -> str:
    """The sign before the digits, over a blank too."""
    start = match.start("number")
    return match.string[max(0, start - 2) : start].strip()[-1:]


def _whole(match: re.Match[str], value: float) -> float:
    """The number with its fraction and its power of ten; not a number for a division by zero."""
    if match["under"]:
        under = float(match["under"])
        if under == 0:
            return math.nan
        mixed = _NO_DIGIT.sub("", match["mixed"] or "")
        value = value + float(mixed) / under if mixed else value / under
    if half := match["half"]:
        value += 0.5 if "half" in half.lower() else 0.75 if "three" in half.lower() else 0.25
    exponent = match["e"] or match["ten"]
    if exponent:
        value = float(f"{value!r}e{int(exponent)}") if math.isfinite(value) and "e" not in repr(value) else math.nan
    return value


def _decimal(number: str, manner: Manner) -> tuple[float, float | None]:
    """What digits and separators mean, and what else they could where both readings are usual (1.234, 1,234)."""
    number = number.replace("'", "").replace(" ", "")
    point, comma = number.rfind("."), number.rfind(",")
    if _TWO_READINGS.fullmatch(number) and number[0] != "0":
        as_decimal, as_whole = float(number.replace(",", ".")), float(number.replace(",", "").replace(".", ""))
        decimal = (manner.decimal or ".") == number[-4]
        return (as_decimal, as_whole) if decimal else (as_whole, as_decimal)
    if point >= 0 and comma >= 0:
        last = max(point, comma)
        whole = number[:last].replace(",", "").replace(".", "")
        return float(f"{whole}.{number[last + 1 :]}"), None
    if number.count(".") > 1:
        return float(number.replace(".", "")), None
    if comma >= 0 and (number.count(",") > 1 or (len(number) - comma == 4 and number[:comma] != "0")):
        return float(number.replace(",", "")), None
    return float(number.replace(",", ".")), None
