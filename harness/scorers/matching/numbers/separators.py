"""Which sign stands before decimal places: what a text's own numbers, its currency and its language say.

What a country writes is Unicode's (CLDR, through Babel).
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

_COMMA_IS_DECIMAL = re.compile(
    r"(?<![\d.,])(?:\d{1,3}(?:\.\d{3}){1,9}+,\d|\d{1,3}(?:\.\d{3}){2,9}+(?!\.?\d)|\d{1,9}+,\d{1,2}(?!,?\d))"
)
_POINT_IS_DECIMAL = re.compile(
    r"(?<![\d.,])(?:\d{1,3}(?:,\d{3}){1,9}+\.\d|\d{1,3}(?:,\d{3}){2,9}+(?!,?\d)|\d{0,9}+\.(?:\d{1,2}|\d{4,9}+)(?!\.?\d))"
)
_MONEY = (
    (re.compile(r"R\$"), "pt_BR"),
    (re.compile(r"[₹]|\bRs\b|\bINR\b|\blakhs?\b|\bcrores?\b"), "en_IN"),
    (re.compile(r"\d\s?€|\d\s?EUR\b|\d\s?[Ee]uros?\b"), "de"),
    (re.compile(r"\bCHF\b|\bFr\."), "de_CH"),
    (re.compile(r"\d\s?zł"), "pl"),
    (re.compile(r"\d\s?Kč"), "cs"),
    (re.compile(r"\d\s?kr\b"), "sv"),
    (re.compile(r"₽|\d\s?руб"), "ru"),
    (re.compile(r"₺"), "tr"),
    (re.compile(r"₫"), "vi"),
    (re.compile(r"\bRp\s?\d|\bIDR\b"), "id"),
    (re.compile(r"[$£]\s?\d|NT\$|US\$|\bUSD\b|\bGBP\b"), "en"),
)
_LANGUAGES = (
    (re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]"), "zh"),
    (re.compile(r"\b(?:the|is|are|how|what|of|and|which|there|answer|in total)\b", re.I), "en"),
    (re.compile(r"\b(?:der|die|das|ist|sind|wie|viele|und|nicht|beträgt|Antwort|kostet|Einwohner)\b", re.I), "de"),
    (re.compile(r"\b(?:le|les|des|est|combien|une|réponse|coûte|sont|quel|quelle|habitants)\b", re.I), "fr"),
    (re.compile(r"\b(?:el|los|las|cuánt[oa]s?|es|una|respuesta|cuesta|son|habitantes)\b", re.I), "es"),
    (re.compile(r"\b(?:os|quant[oa]s?|uma|resposta|custa|são|não|habitantes|é)\b", re.I), "pt"),
    (re.compile(r"\b(?:il|gli|quant[oaie]|risposta|costa|sono|della|abitanti)\b", re.I), "it"),
    (re.compile(r"\b(?:het|een|hoeveel|antwoord|kost|zijn|inwoners|van)\b", re.I), "nl"),
    (re.compile(r"\b(?:och|är|hur|många|svaret|kostar|det)\b", re.I), "sv"),
    (re.compile(r"\b(?:ile|jest|odpowiedź|kosztuje|wynosi)\b", re.I), "pl"),
    (re.compile(r"\b(?:kaç|cevap|toplam|ve|bir)\b", re.I), "tr"),
    (re.compile(r"\b(?:berapa|jawaban|adalah|dan|yang)\b", re.I), "id"),
    (re.compile(r"[\u0400-\u04ff]{3}"), "ru"),
)  # fmt: skip
_LOOKED_AT = 2_000
"""Characters of a text that its language is told from."""


def decimal_sign(answer: str, question: str) -> str:
    """The sign before decimal places, "" where nothing says which: the answer's own numbers count before all else.

    Then its currency and its language, then the same of the question.
    """
    return _said_by(answer[:_LOOKED_AT]) or _of_question(question)


@lru_cache(maxsize=1024)
def _of_question(question: str) -> str:
    return _said_by(question)


def _said_by(text: str) -> str:
    comma, point = _COMMA_IS_DECIMAL.search(text), _POINT_IS_DECIMAL.search(text)
    if bool(comma) != bool(point):
        return "," if comma else "."
    for sign, locale in _MONEY:
        if sign.search(text):
            return _sign_of(locale)
    counts = [(len(pattern.findall(text)), -at, locale) for at, (pattern, locale) in enumerate(_LANGUAGES)]
    most, _, locale = max(counts)
    return _sign_of(locale) if most else ""


@cache
def _sign_of(locale: str) -> str:
    from babel import Locale

    return str(Locale.parse(locale).number_symbols["latn"]["decimal"])
