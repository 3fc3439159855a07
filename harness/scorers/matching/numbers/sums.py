"""Sums in words: of "20.75 less 17.5 leaves 3.25" only what it comes to is stated."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.scorers.matching.numbers.number import Number

_UNIT = r"(?:\s?[€$£¥₩元円원個个개枚本人°]|\s{1,3}[^\W\d_]{1,12}){0,2}"
_WORKS = re.compile(
    rf"{_UNIT}\s{{0,3}}(?:[-+×*·÷/]|\b(?:less|minus|plus|times|multiplied by|divided by|take away|and|weniger|und|mal"
    r"|geteilt durch|durch|moins|et|fois|multipliés? par|divisés? par|menos|más|mas|por|entre"
    r"|dividido (?:entre|por)|mais|vezes)\b"
    r"|引く|ひく|足す|たす|かける|掛ける|割る|わる|マイナス|プラス"
    r"|から|빼기|더하기|곱하기|나누기|에서|減去|减去|減|减|加上|加|乘以|乘|除以)\s{0,3}",
    re.IGNORECASE,
)
_COMES_TO = re.compile(
    rf"{_UNIT}\s{{0,3}}(?:[=≈]|\b(?:is|are|equals?|makes?|gives?|leaves?|leaving|comes? to"
    r"|ist|sind|ergibt|ergeben|macht|gleich"
    r"|bleiben|bleibt|est|font|fait|donne(?:nt)?|égale?|laissent?"
    r"|es|son|da|dan|queda|quedan|igual a|é|são|dá|dão|restam|resta"
    r"|fica)\b|は|を引くと|引くと|を足すと|を引いて|が"
    r"|은|는|을 빼면|를 빼면|빼면|等於|等于|是|得|剩下?|即)[\s:$¥₩€£\[(]{0,5}"
    r"(?:(?:de|exactly|genau|about|noch)\s)?",
    re.IGNORECASE,
)


def stated(text: str, numbers: Sequence[Number]) -> list[Number]:
    """The numbers in their order without those that a sum in words works on."""
    worked: set[int] = set()
    for at in range(len(numbers) - 2):
        first, second, result = numbers[at : at + 3]
        sign = _WORKS.fullmatch(text, first.end, second.start)
        comes = _COMES_TO.match(text, second.end, result.start) if sign else None
        if sign and comes and comes.end() == result.start and _holds(first, second, result):
            worked |= {at, at + 1}
    return [number for at, number in enumerate(numbers) if at not in worked]


def _holds(first: Number, second: Number, result: Number) -> bool:
    """Whether the numbers are a sum of any kind: what only looks like one ("2 and 3 are 7") is left as it stands."""
    a, b = abs(first.value), abs(second.value)
    possible = (a - b, a + b, a * b, a / b if b else a, -a - b, b - a)
    return any(abs(abs(value) - abs(result.value)) <= 1e-6 * max(1.0, abs(value)) for value in possible)
