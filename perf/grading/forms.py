"""How an answer may write a value: a table of forms, each a function of language and value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from random import Random

from perf.grading.language import Language
from perf.grading.numerals import digits, english, full_width, han
from perf.grading.themes import Value

Write = Callable[[Language, Value, Random], str | None]
"""A value as the language writes it, without its unit; None where this form does not say such a value."""


@dataclass(frozen=True)
class Form:
    """One way to write."""

    themes: tuple[str, ...]
    write: Write
    languages: Callable[[Language], bool] = lambda language: True
    unit: bool = True
    """Whether the scene's unit may stand around it."""


def plain(language: Language, value: Value, rng: Random) -> str | None:
    """Digits with the language's decimal sign, not grouped."""
    return digits(value, language.decimal) if isinstance(value, Fraction) else None


def grouped(language: Language, value: Value, rng: Random) -> str | None:
    """Digits with a sign between thousands."""
    if not isinstance(value, Fraction) or abs(value) < 1000:
        return None
    places = 0 if value.denominator == 1 else 2
    return digits(value, language.decimal, rng.choice(language.groups), language.indian, places)


def _currency(language: Language, value: Value, rng: Random) -> str | None:
    if not isinstance(value, Fraction):
        return None
    places = 0 if value.denominator == 1 else 2
    amount = digits(value, language.decimal, rng.choice(language.groups), language.indian, places)
    return amount and rng.choice(language.currency).replace("{n}", amount)


def _words(language: Language, value: Value, rng: Random) -> str | None:
    if isinstance(value, Fraction) and value.denominator == 1 and 0 <= value < 100_000:
        return english(int(value))
    return None


def _small_words(language: Language, value: Value, rng: Random) -> str | None:
    known = isinstance(value, Fraction) and value.denominator == 1 and 0 < value < len(language.words)
    return language.words[int(value)] if known and isinstance(value, Fraction) else None


def _han(language: Language, value: Value, rng: Random) -> str | None:
    return han(value, language.script) if isinstance(value, Fraction) else None


def _full_width(language: Language, value: Value, rng: Random) -> str | None:
    text = plain(language, value, rng)
    return text and full_width(text)


def _latex_groups(language: Language, value: Value, rng: Random) -> str | None:
    if not isinstance(value, Fraction) or value < 1000:
        return None
    signs = ("\\,",) if language.decimal == "," else ("{,}", "\\,", ",\\!")
    text = digits(value, language.decimal, rng.choice(signs))
    return text and rng.choice(("${n}$", "\\({n}\\)", "$\\boxed{{n}}$")).replace("{n}", text)


def _latex_decimal(language: Language, value: Value, rng: Random) -> str | None:
    if not isinstance(value, Fraction):
        return None
    text = digits(value, "{,}" if language.decimal == "," else ".")
    unit = rng.choice(("", "\\text{ {u}}", "\\,\\mathrm{{u}}", "~\\text{{u}}"))
    return text and rng.choice(("${n}$", "\\boxed{{n}}", "\\[{n}\\]", "$\\boxed{\\boxed{{n}}}$")).replace(
        "{n}", text + unit
    )


def _mixed(language: Language, value: Value, rng: Random) -> str | None:
    if not isinstance(value, Fraction) or value < 1 or value.denominator == 1 or value.denominator > 9:
        return None
    whole, rest = divmod(value, 1)
    p, q = rest.numerator, rest.denominator
    short = [f"${whole}\\tfrac{p}{q}$", f"${whole}\\tfrac{{{p}}}{{{q}}}$", f"${whole}\\frac{{{p}}}{{{q}}}$"]
    return rng.choice([*short, f"{whole} {p}/{q}", *([f"{whole}{_VULGAR[value % 1]}"] if value % 1 in _VULGAR else [])])


_VULGAR = {Fraction(1, 2): "½", Fraction(1, 4): "¼", Fraction(3, 4): "¾"}


def _degrees(language: Language, value: Value, rng: Random) -> str | None:
    if not isinstance(value, Fraction) or value.denominator != 1:
        return None
    texts = ("${n}^\\circ$", "${n}^{\\circ}\\text{C}$", "\\boxed{{n}^\\circ\\mathrm{C}}", "${n}\\,^\\circ\\text{C}$")
    return rng.choice(texts).replace("{n}", str(int(value)))


def _magnitudes(language: Language, value: Value, rng: Random) -> str | None:
    if not isinstance(value, Fraction):
        return None
    texts = []
    for word, scale in language.magnitudes.items():
        part = value / scale
        text = digits(part, language.decimal)
        if text and part >= Fraction(1, 2) and part < 1000 and (part * 100).denominator == 1:
            apart = "" if len(word) == 1 else " "
            texts.append(f"{text}{apart}{word}")
    return rng.choice(texts) if texts else None


def _signs(language: Language, value: Value, rng: Random) -> str | None:
    if not isinstance(value, Fraction) or value.denominator != 1:
        return None
    size = str(int(abs(value)))
    if value >= 0:
        return size
    pattern = rng.choice(language.minus)
    if "{h}" in pattern:
        return pattern.replace("{h}", han(abs(value), language.script or "hant") or size)
    if "{w}" in pattern:
        return pattern.replace("{w}", _word(language, int(abs(value))))
    return pattern.replace("{n}", size)


def _word(language: Language, number: int) -> str:
    if number < len(language.words):
        return language.words[number]
    return english(number) if language.locale.startswith("en") else str(number)


def _percent(language: Language, value: Value, rng: Random) -> str | None:
    if not isinstance(value, Fraction):
        return None
    pattern = rng.choice(language.percent)
    if "{h}" in pattern:
        written = han(value * 100, language.script)
        return written and pattern.replace("{h}", written)
    text = digits(value * 100, language.decimal)
    return text and pattern.replace("{n}", text)


def _fraction(language: Language, value: Value, rng: Random) -> str | None:
    if not isinstance(value, Fraction) or value.denominator == 1 or value.denominator > 200:
        return None
    p, q = value.numerator, value.denominator
    texts = [text.format(p=p, q=q) for text in language.fraction]
    texts += [f"$\\frac{{{p}}}{{{q}}}$", f"$\\dfrac{{{p}}}{{{q}}}$", f"\\boxed{{\\frac{{{p}}}{{{q}}}}}"]
    return rng.choice([*texts, *([f"$\\tfrac{p}{q}$"] if p < 10 and q < 10 else [])])


def _fraction_words(language: Language, value: Value, rng: Random) -> str | None:
    return language.fractions.get(f"{value}")


def _dozens(language: Language, value: Value, rng: Random) -> str | None:
    if not isinstance(value, Fraction) or (value / 12).denominator != 1 or not 12 < value < 12 * 150:
        return None
    return rng.choice(language.dozen).replace("{n}", str(int(value / 12)))


def _ordinal(language: Language, value: Value, rng: Random) -> str | None:
    if not isinstance(value, Fraction) or value.denominator != 1 or not 0 < value <= 20:
        return None
    at = int(value)
    pattern = rng.choice(language.ordinals)
    if "{w}" in pattern:
        return pattern.replace("{w}", language.ordinal_words[at - 1])
    if "{h}" in pattern:
        return pattern.replace("{h}", han(value, language.script) or "")
    if "{nth}" in pattern:
        return pattern.replace("{nth}", nth(at))
    return pattern.replace("{n}", str(at))


def nth(number: int) -> str:
    """1st, 2nd, 3rd, 11th."""
    end = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{end}"


def _date(language: Language, value: Value, rng: Random) -> str | None:
    return written_date(language, value, rng.randrange(len(language.dates))) if isinstance(value, date) else None


def written_date(language: Language, day: date, pattern: int) -> str:
    """A day by one of the language's patterns."""
    month = language.months[day.month - 1] if language.months else ""
    fields = {"year": day.year, "m": day.month, "day": day.day, "ordinal": nth(day.day), "month": month}
    return language.dates[pattern].format(**fields)


def _time(language: Language, value: Value, rng: Random) -> str | None:
    if not isinstance(value, tuple):
        return None
    hour, minute = value
    half = language.halves_of_day[hour >= 12]
    twelve = (hour - 1) % 12 + 1
    fields = {"hh": f"{hour:02d}", "h": hour, "mm": f"{minute:02d}", "h12": twelve, "half": half}
    return rng.choice(language.times).format(**fields)


def _roman(language: Language, value: Value, rng: Random) -> str | None:
    return value if isinstance(value, str) else None


def _ratio(language: Language, value: Value, rng: Random) -> str | None:
    if not isinstance(value, tuple):
        return None
    return rng.choice(language.ratios).format(p=value[0], q=value[1])


FORMS: Mapping[str, Form] = {
    "digits": Form(("money", "count", "cold", "people", "length"), plain),
    "separators": Form(("money", "people", "count"), grouped),
    "currency": Form(("money",), _currency, unit=False),
    "words": Form(("count", "money"), _words, lambda language: language.locale.startswith("en")),
    "small words": Form(("count",), _small_words, lambda language: bool(language.words)),
    "Han numerals": Form(("count", "money", "length"), _han, lambda language: bool(language.script)),
    "full width": Form(("count", "money", "length"), _full_width, lambda language: bool(language.script)),
    "LaTeX groups": Form(("count", "people"), _latex_groups, lambda language: not language.indian, unit=False),
    "LaTeX decimals": Form(("length",), _latex_decimal, unit=False),
    "mixed numbers": Form(("length",), _mixed),
    "degrees": Form(("cold",), _degrees, unit=False),
    "magnitudes": Form(("people",), _magnitudes, unit=False),
    "signs": Form(("cold",), _signs),
    "percent": Form(("share",), _percent),
    "percent asked": Form(("share",), _percent),
    "fractions": Form(("share",), _fraction),
    "fraction words": Form(("share",), _fraction_words, lambda language: bool(language.fractions)),
    "dozens": Form(("count",), _dozens, lambda language: bool(language.dozen), unit=False),
    "ordinals": Form(("place",), _ordinal, lambda language: bool(language.ordinals)),
    "dates": Form(("date",), _date),
    "times": Form(("time",), _time),
    "Roman": Form(("roman",), _roman),
    "ratios": Form(("ratio",), _ratio),
}
