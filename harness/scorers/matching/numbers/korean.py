"""Numbers in Korean words: 스물한 개, 백이십삼, 두 다스, 열두 번째, 4분의 삼."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.scorers.matching.numbers.digits import negated_from
from harness.scorers.matching.numbers.han import value_of
from harness.scorers.matching.numbers.number import Manner, Number

_SINO = dict(zip("영공일이삼사오육칠팔구십백천만억조", "零零一二三四五六七八九十百千萬億兆", strict=True))
_TO_HAN = str.maketrans(_SINO)
_TENS = {
    "열": 10, "스물": 20, "스무": 20, "서른": 30, "마흔": 40,
    "쉰": 50, "예순": 60, "일흔": 70, "여든": 80, "아흔": 90,
}  # fmt: skip
_ONES = {"하나": 1, "둘": 2, "셋": 3, "넷": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9}
_BEFORE_COUNTERS = {"한": 1, "두": 2, "세": 3, "네": 4, "서": 3, "너": 4}
_COUNTERS = (
    "개월|개|명|마리|권|자루|송이|상자|시간|번째|번|장|대|살|판|병|잔|그루|채|켤레|사람|분"
    "|곳|가지|쪽|달|알|줄|팀|배|척|벌|봉지"
)
_SINO_COUNTERS = "원|도|점|년|월|일|퍼센트|프로|미터|킬로|센티|그램|리터|등|위|층|호|분|초|인|개월|개|명|배|번|권|세"
_DOZEN = r"다스|타(?=입니다|이다|예요|이에요|[를가는로와.,]|\s|$)"
# What may stand behind a number: a particle, "it is", or no letter at all.
_BEHIND = (
    r"(?=입니다|이다|이에요|예요|였|이었|이고|이며|이 아|가 아|"
    r"[은는이가을를의로]?(?![가-힣])|으로|에서|보다|이라|라|대\s)"
)
_NATIVE = (
    rf"(?:(?:{'|'.join(_TENS)})(?:{'|'.join(_ONES)}|[한두세네](?=\s?(?:{_COUNTERS}|{_DOZEN})))?+"
    rf"|{'|'.join(_ONES)}|[한두세네서너](?=\s?(?:{_COUNTERS}|{_DOZEN})))"
)
_SEVERAL = rf"[{''.join(_SINO)}]{{2,30}}+"
_NUMBER = re.compile(
    rf"(?<![가-힣\d])(?:(?P<native>{_NATIVE})(?:\s?(?:(?P<dozen>{_DOZEN})|{_COUNTERS})|{_BEHIND})"
    rf"|(?P<sino>{_SEVERAL}|(?<=영하 )[일이삼사오육칠팔구십]|(?<=마이너스 )[일이삼사오육칠팔구십]"
    rf"|[일이삼사오육칠팔구십백천](?=\s?(?:{_SINO_COUNTERS})(?![가-힣])|\s?(?:{_SINO_COUNTERS})?입니다|\s대\s))"
    rf"(?:점\s?(?P<places>[영공일이삼사오육칠팔구]{{1,15}}+))?+(?:(?P<percent>\s?(?:퍼센트|프로))"
    rf"|(?=\s?(?:{_SINO_COUNTERS}))|{_BEHIND}))"
)
_PART = re.compile(
    rf"(?<![가-힣\d])(?P<under>{_SEVERAL}|[이삼사오육칠팔구십]|\d{{1,4}}+)\s?분의\s?"
    r"(?P<over>[일이삼사오육칠팔구십]{1,9}|\d{1,4}+)"
)
# 이만, 천만에, 이사, 구조 and 사이 are words.
_WORDS = frozenset(
    "이만 만일 일만 이사 사이 구조 조사 조이 이조 천사 구천 공사 오이 이상 이십사시 일이 영이 사구 만이 "
    "이이 조만".split()
)
_ORDINAL = re.compile(rf"(?<![가-힣\d])(?P<at>첫|{_NATIVE}|{'|'.join(_TENS)})\s?번째")


def korean(text: str, manner: Manner) -> Iterator[Number]:
    """The numbers of a text in Korean words; 번째 counts only where an order is asked for."""
    for match in _PART.finditer(text) if "분의" in text else ():
        under, over = _sino(match["under"]), _sino(match["over"])
        if under and not (match["under"].isdecimal() and match["over"].isdecimal()):
            yield Number(over / under, False, *match.span())
    for match in _ORDINAL.finditer(text) if "번째" in text else ():
        if manner.ordinals:
            yield Number(1.0 if match["at"] == "첫" else _native(match["at"]), False, *match.span())
    for match in _NUMBER.finditer(text):
        if match["native"]:
            if match["native"] == "하나" and text.startswith("의", match.end()):
                continue
            value = _native(match["native"]) * (12 if match["dozen"] else 1)
        else:
            if match["sino"] in _WORDS:
                continue
            value = _sino(match["sino"])
            if match["places"]:
                value = float(f"{value:.0f}.{''.join(f'{_sino(digit):.0f}' for digit in match['places'])}")
        begin = negated_from(text, match.start())
        end = match.end("native") if match["native"] and not match["dozen"] else match.end()
        number = Number(value, bool(match["percent"]), match.start(), end)
        yield number if begin is None else Number(-value, number.percent, begin, end)


def _native(word: str) -> float:
    tens = next((name for name in _TENS if word.startswith(name)), "")
    rest = word.removeprefix(tens)
    return float(_TENS.get(tens, 0) + (_ONES.get(rest) or _BEFORE_COUNTERS.get(rest) or 0))


def _sino(word: str) -> float:
    return float(word) if word.isdecimal() else value_of(word.translate(_TO_HAN))
