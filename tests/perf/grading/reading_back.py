"""What a generated claim is worth, read by other means than it was written with: Unicode's numeric values, babel's
signs and month names, word2number, and arithmetic of its own."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from fractions import Fraction

from babel.dates import get_month_names
from babel.numbers import get_decimal_symbol
from word2number import w2n

from perf.grading.language import languages
from perf.grading.variants import Variant

Worth = Fraction | str | tuple[int, ...] | None
"""None where this reader knows no other way to read such a claim."""
_SCALES = {
    **{"million": 10**6, "M": 10**6, "thousand": 1000, "k": 1000, "lakh": 10**5, "lakhs": 10**5, "crore": 10**7},
    **{"萬": 10**4, "億": 10**8, "万": 10**4, "亿": 10**8, "만": 10**4, "억": 10**8},
    **{"Millionen": 10**6, "Mio.": 10**6, "Tausend": 1000, "millions": 10**6, "mille": 1000},
    **{"millones": 10**6, "mil": 1000, "milhões": 10**6},
}
_BELOW = ("minus", "negative", "負", "负", "零下", "マイナス", "氷点下", "마이너스", "영하", "moins", "menos")
_LATER = ("p.m.", "下午", "午後", "오후")


def worth(variant: Variant) -> Worth:
    """What the final claim of a variant comes to; a name, a letter or a numeral is its own worth."""
    text = variant.final
    return _READERS.get(variant.form, _amount)(text, variant.language)


def key_worth(variant: Variant) -> Worth:
    """What the key comes to, read as a machine would."""
    key = variant.question.answer or ""
    match variant.form:
        case "dates":
            return tuple(map(int, key.split("-")))
        case "times" | "ratios":
            return tuple(map(int, key.split(":")))
        case "percent asked":
            return Fraction(key.rstrip("%")) / 100
    if variant.form == "formulas":
        return _formula(key, variant.language)
    return Fraction(key) if variant.question.match == "number" and variant.form != "Roman" else key


def _amount(text: str, language: str) -> Worth:
    """A number in digits with the language's own decimal sign."""
    decimal = get_decimal_symbol(languages()[language].locale)
    plain = re.sub(r"\\(?:text|mathrm)\s*\{[^}]*\}", "", unicodedata.normalize("NFKC", text).replace("−", "-"))
    plain = plain.replace("\\,", "").replace("\\!", "")
    found = re.search(r"-?\d[\d{}\\!'’.,\s]*", plain.replace("{,}", ","))
    if found is None:
        return None
    digits = re.sub(rf"[^\d{re.escape(decimal)}-]", "", found[0].rstrip(" .,\\{}"))
    return Fraction(digits.replace(decimal, "."))


def _percent(text: str, language: str) -> Worth:
    if (han := re.search("百分之([^\\d]+)$", text)) is not None:
        return _han(han[1]) / 100
    value = _amount(text, language)
    return value / 100 if isinstance(value, Fraction) else None


def _magnitude(text: str, language: str) -> Worth:
    value = _amount(text, language)
    scale = re.sub(r"[\d.,\s]", "", text.replace("Mio.", "Millionen"))
    return value * _SCALES.get(scale, 1) if isinstance(value, Fraction) else None


def _han(text: str) -> Fraction:
    """By the numeric values that Unicode gives to the characters."""
    whole, _, rest = re.sub("[点點]", ".", text).partition(".")
    total, part, digit = 0, 0, 0
    for sign in whole:
        if (value := int(unicodedata.numeric(sign, -1))) < 0:
            break
        if value >= 10_000:
            total, part, digit = total + (part + digit) * value, 0, 0
        elif value >= 10:
            part, digit = part + (digit or 1) * value, 0
        else:
            digit = value
    after = "".join(str(int(unicodedata.numeric(sign))) for sign in rest if unicodedata.numeric(sign, None) is not None)
    return Fraction(f"{total + part + digit}.{after or 0}")


def _han_or_digits(text: str, language: str) -> Worth:
    return _amount(text, language) if re.search(r"\d", text) else _han(text)


def _signed(text: str, language: str) -> Worth:
    below = any(word in text for word in _BELOW)
    bare = text
    for word in sorted(_BELOW, key=len, reverse=True):
        bare = bare.replace(word, "")
    if re.search(r"\d", bare):
        value = _amount(bare, language)
    elif languages()[language].script:
        value = _han(bare)
    elif language.startswith("en"):
        value = Fraction(w2n.word_to_num(bare))
    else:
        return None
    return -value if below and isinstance(value, Fraction) else value


def _words(text: str, language: str) -> Worth:
    return Fraction(w2n.word_to_num(text)) if not re.search(r"\d", text) else _amount(text, language)


def _mixed(text: str, language: str) -> Worth:
    parts = re.search(r"(\d+)(?:\\[td]?frac\{?(\d+?)\}?\{?(\d+)\}?| (\d+)/(\d+))", text)
    if parts is not None:
        over, under = (parts[2], parts[3]) if parts[2] else (parts[4], parts[5])
        return int(parts[1]) + Fraction(int(over), int(under))
    sign = next((character for character in text if character in "½¼¾"), "")
    if sign:
        return int(text.partition(sign)[0].strip("$")) + Fraction(unicodedata.numeric(sign))
    return _amount(text, language)


def _fraction(text: str, language: str) -> Worth:
    if (turned := re.search(r"(\d+)(?:分の|분의 )(\d+)", text)) is not None:
        return Fraction(int(turned[2]), int(turned[1]))
    if (over := re.search(r"(\d+)/(\d+)|frac\{(\d+)\}\{(\d+)\}|frac(\d)(\d)", text)) is not None:
        p, q = (int(part) for part in over.groups() if part)
        return Fraction(p, q)
    return _amount(text, language)


def _fraction_words(text: str, language: str) -> Worth:
    if (han := re.fullmatch("(.)分[之の](.)", text)) is not None:
        return Fraction(int(unicodedata.numeric(han[2])), int(unicodedata.numeric(han[1])))
    return _amount(text, language) if re.search(r"\d", text) else None


def _dozens(text: str, language: str) -> Worth:
    value = _amount(text, language)
    dozen = re.search("dozen|打|ダース|다스|Dutzend|douzaine|docena|dúzia", text)
    return value * 12 if dozen and isinstance(value, Fraction) else value


def _ordinal(text: str, language: str) -> Worth:
    if re.search(r"\d", text):
        return Fraction(re.findall(r"\d+", text)[0])
    return _han(text.strip("第名位")) if languages()[language].script else None


def _date(text: str, language: str) -> Worth:
    numbers = [int(found) for found in re.findall(r"\d+", text)]
    months = get_month_names("wide", locale=languages()[language].locale)
    for month, name in months.items():
        if len(numbers) == 2 and name in text:
            return (numbers[1], month, numbers[0])
    return tuple(numbers) if numbers[0] > 31 else tuple(reversed(numbers))


def _time(text: str, language: str) -> Worth:
    hour, minute = (int(found) for found in re.findall(r"\d+", text))
    return (hour + 12 * any(word in text for word in _LATER), minute)


def _ratio(text: str, language: str) -> Worth:
    p, q = (int(found) for found in re.findall(r"\d+", text))
    return (p, q)


def _letters(text: str, language: str) -> Worth:
    return ", ".join(re.findall(r"\b[A-E]\b|[A-E](?=[、와と和])|(?<=[、와と和])[A-E]", text))


def _formula(text: str, language: str) -> Worth:
    """Its values at three places of x, to nine digits: what is worth the same everywhere is the same."""
    plain = re.sub(r"\\boxed\{(.*)\}|[$]|\\[()]", lambda found: found[1] or "", text)
    plain = re.sub(r"\\d?frac(\d)(\d)", r"(\1/\2)", plain)
    plain = re.sub(r"\\d?frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1)/(\2))", plain)
    plain = re.sub(r"\\sqrt *\{?(\d+)\}?", r"(\1**0.5)", plain).replace("\\pi", f"({math.pi!r})").replace("\\cdot", "")
    plain = re.sub(r"\^\{?(\d)\}?", r"**\1", plain).replace(" ", "").replace("x", "(x)")
    plain = re.sub(r"(?<=[\d)])(?=\()", "*", plain)
    return ", ".join(f"{eval(plain, {'x': place}):.9g}" for place in (2, 3, 5))


def _itself(text: str, language: str) -> Worth:
    return text


_READERS: dict[str, Callable[[str, str], Worth]] = {
    "words": _words,
    "small words": lambda text, language: _amount(text, language) if re.search(r"\d", text) else None,
    "Han numerals": _han_or_digits,
    "mixed numbers": _mixed,
    "magnitudes": _magnitude,
    "signs": _signed,
    "percent": _percent,
    "percent asked": _percent,
    "fractions": _fraction,
    "fraction words": _fraction_words,
    "dozens": _dozens,
    "ordinals": _ordinal,
    "dates": _date,
    "times": _time,
    "Roman": _itself,
    "ratios": _ratio,
    "names": _itself,
    "exact": _itself,
    "choice": _itself,
    "choices": _letters,
    "formulas": _formula,
}
