"""How values are written, by hand."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest

from perf.grading.forms import FORMS
from perf.grading.language import languages
from perf.grading.numerals import digits, english, full_width, han, roman
from perf.grading.themes import Value


@pytest.mark.parametrize(
    ("value", "script", "text"),
    [
        ("0", "hant", "零"), ("10", "hant", "十"), ("12", "hant", "十二"), ("20", "hans", "二十"),
        ("105", "hant", "一百零五"), ("110", "hans", "一百一十"), ("1010", "hant", "一千零一十"),
        ("1001", "hans", "一千零一"), ("12345", "hant", "一萬二千三百四十五"), ("10012", "hant", "一萬零一十二"),
        ("82050", "hans", "八万二千零五十"), ("120000", "hans", "十二万"), ("43000000", "hans", "四千三百万"),
        ("3.5", "hant", "三點五"), ("0.25", "hans", "零点二五"), ("1105", "ja", "千百五"), ("2010", "ja", "二千十"),
        ("10000", "ja", "一万"), ("710", "ja", "七百十"), ("2.75", "ja", "二点七五"),
    ],
)  # fmt: skip
def test_han_numerals_are_written_as_they_are_read(value: str, script: str, text: str) -> None:
    assert han(Fraction(value), script) == text


def test_what_han_numerals_do_not_say_is_none() -> None:
    assert (
        han(Fraction(-1), "hant") is None and han(Fraction(1, 3), "ja") is None and han(Fraction(10**8), "ja") is None
    )


def test_english_words_roman_numerals_and_digits() -> None:
    assert [english(it) for it in (0, 17, 42, 100, 605, 1477)] == [
        "zero", "seventeen", "forty-two", "one hundred", "six hundred and five",
        "one thousand four hundred and seventy-seven",
    ]  # fmt: skip
    assert english(2003) == "two thousand and three" and english(40_000) == "forty thousand"
    assert [roman(it) for it in (4, 9, 14, 40, 99, 1994)] == ["IV", "IX", "XIV", "XL", "XCIX", "MCMXCIV"]
    assert digits(Fraction(12345678), group=",", indian=True) == "1,23,45,678"
    assert digits(Fraction("-1234.5"), ",", ".", places=2) == "-1.234,50" and digits(Fraction(1, 3)) is None
    assert full_width("12.5") == "１２．５"


@pytest.mark.parametrize(
    ("form", "code", "value", "texts"),
    [
        ("small words", "de", Fraction(12), {"zwölf"}), ("small words", "fr", Fraction(17), {"dix-sept"}),
        ("small words", "es", Fraction(16), {"dieciséis"}), ("small words", "pt", Fraction(19), {"dezenove"}),
        ("fraction words", "en", Fraction(3, 4), {"three quarters"}),
        ("fraction words", "de", Fraction(2, 3), {"zwei Drittel"}),
        ("fraction words", "fr", Fraction(2, 5), {"deux cinquièmes"}),
        ("fraction words", "es", Fraction(1, 4), {"un cuarto"}),
        ("fraction words", "pt", Fraction(1, 2), {"a metade"}),
        ("fraction words", "ko", Fraction(3, 4), {"사분의 삼"}),
        ("ordinals", "en", Fraction(12), {"12th", "twelfth", "12th place", "twelfth place"}),
        ("ordinals", "en", Fraction(3), {"3rd", "third", "3rd place", "third place"}),
        ("ordinals", "zh-Hant", Fraction(6), {"第6", "第六", "第6名", "第六名"}),
        ("signs", "en", Fraction(-8), {"minus 8", "negative 8", "minus eight", "negative eight", "−8"}),
        ("signs", "fr", Fraction(-13), {"moins 13", "moins treize", "−13"}),
        ("magnitudes", "en-IN", Fraction(250_000), {"2.5 lakh", "2.5 lakhs"}),
        ("magnitudes", "zh-Hant", Fraction(12_000), {"1.2萬"}),
        ("magnitudes", "de", Fraction(2_500_000), {"2,5 Millionen", "2,5 Mio."}),
        ("times", "en", (18, 5), {"18:05", "6:05 p.m."}),
        ("times", "ko", (9, 40), {"09:40", "오전 9시 40분", "9시 40분"}),
    ],
)  # fmt: skip
def test_a_form_writes_a_value_in_its_languages_ways(form: str, code: str, value: Value, texts: set[str]) -> None:
    rng = Random(1)
    found = {FORMS[form].write(languages()[code], value, rng) for _ in range(200)}
    # A magnitude may be said in another one that fits as well.
    assert texts <= found if form == "magnitudes" else texts == found
