"""Numbers as people write them: grouped digits, English words, Han characters, Roman numerals, LaTeX."""

from __future__ import annotations

from fractions import Fraction

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()
_ROMAN = dict(
    zip("M CM D CD C XC L XL X IX V IV I".split(), (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1), strict=True)
)
_HAN = {"hant": ("零一二三四五六七八九", "點", "萬", "億"), "hans": ("零一二三四五六七八九", "点", "万", "亿")}
_HAN["ja"] = ("〇一二三四五六七八九", "点", "万", "億")
_FULL = str.maketrans("0123456789.,-%", "０１２３４５６７８９．，－％")


def digits(value: Fraction, decimal: str = ".", group: str = "", indian: bool = False, places: int = 0) -> str | None:
    """The value in digits with at least so many decimal places; None where it has more than four."""
    scaled = value * 10_000
    if scaled.denominator != 1:
        return None
    whole, rest = divmod(abs(int(scaled)), 10_000)
    after = f"{rest:04d}".rstrip("0").ljust(places, "0")
    text = _grouped(str(whole), group, indian) + (decimal + after if after else "")
    return f"-{text}" if value < 0 else text


def _grouped(whole: str, group: str, indian: bool) -> str:
    if not group or len(whole) <= 3:
        return whole
    head, tail = whole[:-3], [whole[-3:]]
    size = 2 if indian else 3
    while head:
        tail.insert(0, head[-size:])
        head = head[:-size]
    return group.join(tail)


def english(number: int) -> str:
    """A number below a million in words, with British "and"."""
    if number < 20:
        return _ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return f"{_ONES[hundreds]} hundred" + (f" and {english(rest)}" if rest else "")
    thousands, rest = divmod(number, 1000)
    joint = " and " if 0 < rest < 100 else " "
    return f"{english(thousands)} thousand" + (f"{joint}{english(rest)}" if rest else "")


def han(value: Fraction, script: str) -> str | None:
    """A number from 0 below a hundred million in Han characters (一萬二千三百四十五, 三點五); None for others."""
    signs, point, myriad, _ = _HAN[script]
    scaled = value * 100
    if scaled.denominator != 1 or not 0 <= value < 10**8:
        return None
    whole, rest = divmod(int(scaled), 100)
    high, low = divmod(whole, 10_000)
    text = _han_part(high, signs, script) + myriad if high else ""
    if low or not high:
        text += (signs[0] if high and low < 1000 and script != "ja" else "") + _han_part(low, signs, script, bool(high))
    # After 萬 and 百 a ten is said whole: 一百一十; alone it is not: 十二.
    return text + (point + "".join(signs[int(digit)] for digit in f"{rest:02d}".rstrip("0")) if rest else "")


def _han_part(number: int, signs: str, script: str, inner: bool = False) -> str:
    """A number below ten thousand."""
    if number == 0:
        return "零" if script == "ja" else signs[0]
    text, gap = "", False
    for size, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // size % 10
        if digit == 0:
            gap = bool(text)
            continue
        if gap and script != "ja":
            text += signs[0]
        gap = False
        bare = digit == 1 and unit and (script == "ja" or (unit == "十" and not text and not inner))
        text += ("" if bare else signs[digit]) + unit
    return text


def roman(number: int) -> str:
    """A number from 1 to 3999 in Roman numerals."""
    text = ""
    for sign, value in _ROMAN.items():
        count, number = divmod(number, value)
        text += sign * count
    return text


def full_width(text: str) -> str:
    """Digits and their signs as wide as Han characters."""
    return text.translate(_FULL)
