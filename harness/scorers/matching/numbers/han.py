"""Numbers as Chinese, Japanese and Korean write them: 三點五, 四分之三, 十二萬三千, 12万3千, 三割五分, 2の10乗.

cn2an reads the plain ones among them, but neither 兆 nor what stands in a sentence, mixes digits and characters or is
Japanese; the tests hold this reading against what it writes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace

from harness.scorers.matching.numbers.digits import negated_from
from harness.scorers.matching.numbers.number import Manner, Number

_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {
    **{digit: value for value, digit in enumerate("〇壹貳參肆伍陸柒捌玖")},
    **{digit: value for value, digit in enumerate("零壹贰叁肆伍陆柒捌玖")},
    "兩": 2, "两": 2, "弍": 2, "叄": 3, "参": 3, "壱": 1, "弐": 2, "幺": 1,
}  # fmt: skip
_SMALL_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "천": 1000, "백": 100, "십": 10}
_TWENTIES = {"廿": 20, "卅": 30, "卌": 40}
_LARGE_UNITS = {
    "萬": 10**4,
    "万": 10**4,
    "億": 10**8,
    "亿": 10**8,
    "兆": 10**12,
    "만": 10**4,
    "억": 10**8,
    "조": 10**12,
}
_D = "".join(_DIGITS)
_SMALL = "".join(_SMALL_UNITS) + "".join(_TWENTIES)
_LARGE = "".join(_LARGE_UNITS)
_ARABIC = r"(?>\d{1,15}+(?:,\d{3}){0,9}+(?:\.\d{1,15}+)?+)"
# One number: characters of digits and units, digits before a unit, and a point behind either.
_NUMERAL = (
    rf"(?>(?:[{_D}{_SMALL}]++\s?+[{_LARGE}{_SMALL}]?+|{_ARABIC}\s?+[{_LARGE}{_SMALL}])"
    rf"(?:[{_D}{_SMALL}{_LARGE}]|(?<=[{_LARGE}{_SMALL}]),?+\s?+{_ARABIC}\s?+(?=[{_LARGE}{_SMALL}])"
    rf"|(?<=[{_LARGE}{_SMALL}])\d{{1,4}}+(?![\d.,]))*+(?:[點点・][{_D}]++[{_LARGE}]?+)?+)"
)
_ANY = rf"(?>{_NUMERAL}|{_ARABIC})"
_OF = r"\s?+(?:分之|分の|분의)\s?+"
_COUNTERS = "個个年天位小時小时間间點点斤公里米倍杯月碗日週周塊块"
_BEFORE = r"(?<![\d.,A-Za-z])"
_FRACTION = re.compile(rf"{_BEFORE}(?:(?P<whole>{_ANY})\s?+(?:又|と)\s?+)?+(?P<under>{_ANY}){_OF}(?P<over>{_ANY})")
_POWER = re.compile(
    rf"{_BEFORE}(?P<base>{_ANY})\s?+(?:の|的)\s?+"
    rf"(?:(?P<to>{_ANY})\s?+(?:乗|次方|次幂|次冪|乘方)|(?P<power>平方|立方|二乗|三乗)(?!根|米|公|メ))"
)
_TENTHS = re.compile(
    rf"{_BEFORE}(?P<tenths>{_ANY})(?:割(?:(?P<bu>{_ANY})分)?+(?:(?P<rin>{_ANY})厘)?+"
    rf"|成(?![功立為为本果員员長长就分年人都交績绩])(?P<more>[{_D}半])?+)"
)
_HALVED = re.compile(rf"{_BEFORE}(?P<digits>{_ARABIC})\s?+[{_COUNTERS}]{{1,2}}半(?![徑径])")
_PLAIN = re.compile(
    rf"{_BEFORE}(?P<plain>{_NUMERAL})(?P<half>[{_COUNTERS}]{{1,2}}半(?![徑径圓圆島岛導导數数]))?+"
    r"(?P<percent>\s?+(?:%|パーセント|퍼센트|프로))?+"
    r"(?P<dozen>\s?+(?:ダース|打(?![開开破掉碎電电了折扮斷断碼码的])))?+"
)
_DOZENS = re.compile(
    rf"{_BEFORE}(?P<count>{_ARABIC})\s?+(?:ダース|다스|打(?![開开破掉碎電电了折扮斷断碼码的])"
    r"|타(?=입니다|이다|예요|이에요|[를가는로와.,]|\s|$))(?P<half>半)?+"
)
_HALF = re.compile(r"一半|半分|(?<![一-龥])半(?:個|个)?(?=[\s。,，、!]|$)|절반")
_ORDINAL = re.compile(rf"第\s?+(?P<after>{_ANY})|{_BEFORE}(?P<before>{_ANY})\s?+(?:番目|位目|번째|等賞)")
_TOKEN = re.compile(rf"{_ARABIC}|[^\s,.\d]")
_NUMERALS = frozenset(_DIGITS) | frozenset(_SMALL) | frozenset(_LARGE)
_UNITS = frozenset("百千佰仟천백십") | frozenset(_LARGE_UNITS)
_LONGEST = 60
"""Characters of a numeral; more of them are no number that anybody means."""
_HINTS = re.compile(rf"[{_D}{_SMALL}{_LARGE}半割成の的打]|분의|절반|ダース|다스|타")
_DOZEN = re.compile("ダース|打|다스|타")
_KANA = re.compile("[\u3041-\u30fa]")
# 一 stands in many words (一般, 一些); alone it is a number only before a counter or at the end.
_COUNTED = frozenset(("", *"個个種种次位名隻只元圓円塊块歲岁倍件つ人公。,，、!%"))
# What characters of numbers stand in that are none: 三角形, 二氧化碳, 十分.
_WORDS = re.compile(
    r"角形|角函|邊形|边形|氧化|次方程|次函|元一次|元二次|維|维|進制|进制|進位|进位|面體|面体|川省|夕|氏|牛頓"
)
_NO_NUMBER = re.compile(r"十分(?![之鐘钟の])|千万(?![元人個个])|萬一|万一|一十足|百姓|千金|萬物|万物|八卦|五行|三明治")


def han(text: str, manner: Manner) -> Iterator[Number]:
    """The numbers of a text that stand in East Asian characters, or in digits among such."""
    if not _HINTS.search(text):
        return
    spoken = not (manner.japanese or _KANA.search(text))
    for number in _numbers(text, spoken):
        if math.isfinite(number.value):
            begin = negated_from(text, number.start)
            yield number if begin is None else replace(number, value=-number.value, start=begin)
    if manner.fractions:
        yield from (Number(0.5, False, match.start(), match.end()) for match in _HALF.finditer(text))


def han_ordinals(text: str) -> Iterator[Number]:
    """第三, 第3, 3番目."""
    for match in _ORDINAL.finditer(text):
        yield Number(_value(match["after"] or match["before"], True), False, match.start(), match.end())


def value_of(run: str) -> float:
    """What a numeral alone means."""
    return _value(run, True)


def _numbers(text: str, spoken: bool) -> Iterator[Number]:
    """What holds other numbers goes before them."""

    def value(run: str | None) -> float:
        return _value(run, spoken) if run else 0.0

    for match in _FRACTION.finditer(text) if "分" in text or "분" in text else ():
        under, over = value(match["under"]), value(match["over"])
        share = match["under"] not in ("百", "100")
        number = (value(match["whole"]) + over / under if under else math.nan) if share else over
        yield Number(number, not share, *match.span())
    for match in _POWER.finditer(text) if "の" in text or "的" in text else ():
        base, to = value(match["base"]), value(match["to"])
        to = to if match["to"] else {"平": 2.0, "二": 2.0, "立": 3.0, "三": 3.0}[match["power"][0]]
        possible = base > 0 and abs(to * math.log10(base)) < 300
        yield Number(base**to if possible else math.nan, False, *match.span())
    for match in _TENTHS.finditer(text) if "割" in text or "成" in text else ():
        more = 5.0 if match["more"] == "半" else value(match["more"])
        tenths = 10 * value(match["tenths"]) + value(match["bu"]) + more + value(match["rin"]) / 10
        yield Number(tenths, True, *match.span())
    for match in _DOZENS.finditer(text) if _DOZEN.search(text) else ():
        yield Number(12 * (value(match["count"]) + (0.5 if match["half"] else 0)), False, *match.span())
    for match in _HALVED.finditer(text) if "半" in text else ():
        yield Number(value(match["digits"]) + 0.5, False, *match.span())
    for match in _PLAIN.finditer(text):
        number_of = _plain(match, spoken)
        if number_of:
            yield number_of


def _plain(match: re.Match[str], spoken: bool) -> Number | None:
    """A whole or decimal number, where its characters are no part of a word."""
    text, run, end = match.string, match["plain"].strip(), match.end()
    following, before = text[end : end + 1], text[max(0, match.start() - 1) : match.start()]
    lonely = run == "一" and not match["half"] and following not in _COUNTED
    # 百萬 is a number, 百 and 萬 alone stand in words.
    units = not set(run) - _UNITS and not (len(run) > 1 and run[0] not in _LARGE_UNITS and run[-1] in _LARGE_UNITS)
    if lonely or before == "第" or units:
        return None
    if run == "零" and following == "下":
        return None
    if _WORDS.match(text, end) or (_NO_NUMBER.match(text, match.start()) and len(run) <= 2):
        return None
    value = (_value(run, spoken) + (0.5 if match["half"] else 0)) * (12 if match["dozen"] else 1)
    return Number(value, bool(match["percent"]), match.start(), end)


def _value(run: str, spoken: bool) -> float:
    """What a numeral means: 一萬二 is 12,000 as it is spoken in Chinese, 二〇二四 a row of digits."""
    run = run.strip().replace(",", "")
    if len(run) > _LONGEST:
        return math.nan
    for point in "點点・":
        if point in run:
            whole, _, places = run.partition(point)
            scale = _LARGE_UNITS.get(places[-1:], 1)
            digits = "".join(str(_DIGITS[digit]) for digit in places if digit in _DIGITS)
            return float(f"{int(_integer(whole, False))}.{digits}") * scale
    return _integer(run, spoken)


def _integer(run: str, spoken: bool) -> float:
    total = section = 0.0
    number: float | None = None
    unit, zero, last_large = 1.0, False, math.inf
    for token in _TOKEN.findall(run):
        if token in _DIGITS:
            zero = zero or (_DIGITS[token] == 0 and number is None)
            number = (number or 0) * 10 + _DIGITS[token]
        elif token in _TWENTIES:
            section, number, unit = section + _TWENTIES[token], None, 10.0
        elif token in _SMALL_UNITS:
            unit = float(_SMALL_UNITS[token])
            section, number, zero = (
                section + (1.0 if number is None or (zero and number == 0) else number) * unit,
                None,
                False,
            )
        elif token in _LARGE_UNITS:
            large = float(_LARGE_UNITS[token])
            section += number or 0
            # 一萬億: ten thousand times a hundred million.
            total = (total + section) * large if large > last_large else total + (section or 1.0) * large
            section, number, unit, zero, last_large = 0.0, None, large, False, large
        else:
            number = float(token)
            # "3萬5" is spoken, "3萬5000" is written out.
            if spoken and unit >= 100 and len(token) == 1:
                return total + section + number * unit / 10
    if spoken and number and number < 10 and unit >= 100 and not zero:
        return total + section + number * unit / 10
    return total + section + (number or 0)
