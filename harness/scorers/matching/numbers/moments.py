"""Dates and times of day, however they are written: 1969-07-20, July 20, 1969, 1969年7月20日, 3:45 pm, 下午3點45分."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from harness.scorers.matching.numbers.han import value_of

_MONTHS = {
    "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8,
    "september": 9, "october": 10, "november": 11, "december": 12, "jan": 1, "feb": 2, "mar": 3, "apr": 4,
    "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9, "oct": 10, "nov": 11, "dec": 12,
    "januar": 1, "februar": 2, "märz": 3, "mai": 5, "juni": 6, "juli": 7, "oktober": 10, "dezember": 12,
    "janvier": 1, "février": 2, "mars": 3, "avril": 4, "juin": 6, "juillet": 7, "août": 8, "septembre": 9,
    "octobre": 10, "novembre": 11, "décembre": 12, "enero": 1, "febrero": 2, "marzo": 3, "abril": 4, "mayo": 5,
    "junio": 6, "julio": 7, "agosto": 8, "septiembre": 9, "octubre": 10, "noviembre": 11, "diciembre": 12,
    "janeiro": 1, "fevereiro": 2, "março": 3, "maio": 5, "junho": 6, "julho": 7, "setembro": 9, "outubro": 10,
    "novembro": 11, "dezembro": 12, "jänner": 1, "gennaio": 1, "febbraio": 2, "aprile": 4, "maggio": 5, "giugno": 6,
    "luglio": 7, "settembre": 9, "ottobre": 10, "dicembre": 12,
}  # fmt: skip
_MONTH = rf"(?:{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b\.?"
_DAY = r"\d{1,2}(?:st|nd|rd|th|er|[ºªo]|\.)?(?!\d)"
_YEAR = r"\d{4}(?!\d)"
_HAN = r"[\d零〇一二三四五六七八九十廿]"
_DATES = re.compile(
    r"(?<![\w.])(?P<iso>\d{4}(?:-\d{1,2}-|/\d{1,2}/|\.\d{1,2}\.)\d{1,2})(?![\w-]|[./]\d)"
    r"|(?<![\w./-])(?P<abc>\d{1,2}(?:-\d{1,2}-|/\d{1,2}/|\.\d{1,2}\.)(?:\d{4}|\d{2}(?![\d:])))(?![\w-]|[./]\d)"
    rf"|\b(?P<en_m>{_MONTH})\s{{0,3}}(?:the\s)?(?P<en_d>{_DAY})(?:(?:\s?,\s?|\s)(?:in\s)?(?P<en_y>{_YEAR}))?"
    rf"|(?<!\w)(?:the\s)?(?P<eu_d>{_DAY})\s{{0,3}}(?:of\s|de\s)?(?P<eu_m>{_MONTH})(?:\s?,?\s?(?:del?\s)?(?P<eu_y>{_YEAR}))?"
    rf"|\b(?P<my_m>{_MONTH}),?\s(?:of\s|del?\s)?(?P<my_y>{_YEAR})"
    rf"|(?:(?P<era>民國|民国|昭和|平成|令和)\s?(?P<era_y>{_HAN}{{1,3}}|元)\s?年|(?P<ea_y>{_HAN}{{4}})\s?[年년])\s?(?P<ea_m>{_HAN}{{1,3}})\s?[月월](?:\s?(?P<ea_d>{_HAN}{{1,3}})\s?[日號号일])?"
    rf"|(?P<md_m>{_HAN}{{1,3}})\s?[月월]\s?(?P<md_d>{_HAN}{{1,3}})\s?[日號号일]",
    re.IGNORECASE,
)
_POINT_OF_MONTH = re.compile(rf"\b({'|'.join(name for name in _MONTHS if len(name) <= 4)})\.(?=\s?\d)", re.I)
_POINT_OF_DAY = re.compile(rf"(?<!\w)(\d{{1,2}})\.(?=\s{_MONTH})", re.I)
# Before a capital letter the last point ends the sentence too.
_POINT_OF_HALF = re.compile(r"\b([ap])\.\s?m(?:\.(?!\s++(?-i:[A-Z¿¡]))|(?=\.))", re.I)
_ERAS = {"民國": 1911, "民国": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
_HALVES = r"(?P<{name}>下午|上午|早上|凌晨|晚上|傍晚|中午|清晨|午後|午前|夜|夕方|朝|오후|오전|저녁|아침|밤|새벽)"
_MERIDIEM = (
    r"(?:\s?(?P<{name}>a\.?m\b\.?|p\.?m\b\.?|in\sthe\s(?:morning|afternoon|evening)|at\snight|Uhr\b|de\sla\s(?:mañana|tarde|noche)|da\s(?:manhã|tarde|noite)|du\s(?:matin|soir)"
    r"|de\sl'après-midi|(?:morgens|vormittags|nachmittags|abends|nachts)\b))"
)
_SPELLED = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_TIMES = re.compile(
    rf"(?:{_HALVES.format(name='first')}\s?)?(?<![\d.:/])(?P<h>\d{{1,2}})\s?(?:[:：]|[hH](?=\s?\d\d)|(?:heures?|horas?|Uhr)\s(?:e\s|y\s|et\s)?(?=\d\d)|\.(?=\d\d\s?(?:Uhr\b|[ap]\.?m\b)))\s?(?P<m>\d\d)(?::(?P<s>\d\d))?(?![\d:]){_MERIDIEM.format(name='half')}?"
    rf"|(?<![\w.:])(?P<h2>\d{{1,2}}|{_SPELLED})(?:\s?o'?clock)?{_MERIDIEM.format(name='half2')}"
    rf"|(?<![\w.:])(?P<h6>\d{{1,2}})\s?(?:h|heures?|horas?)\b(?!\s?\d)(?:\s?{_MERIDIEM.format(name='half6')})?"
    rf"|(?<![\w.:])(?P<h4>\d{{1,2}}|{_SPELLED})\s?o'?clock\b"
    rf"|(?:{_HALVES.format(name='first3')}\s?)?(?P<h3>{_HAN}{{1,3}})\s?(?:點鐘|点钟|[點点時时시])\s?(?:(?P<quarter3>[一三])刻|(?P<m3>{_HAN}{{1,3}})\s?[分분]?|(?P<half3>半|반))?(?![間间小個个])"
    rf"|\b(?P<part>half|quarter|{_SPELLED}|twenty(?:[\s-]five)?|\d{{1,2}})\s(?:minutes?\s)?(?P<to>past|to|after|before)\s(?P<h5>\d{{1,2}}|{_SPELLED})\b(?:\s?o'?clock)?{_MERIDIEM.format(name='half5')}?"
    r"|\b(?P<named>noon|midday|midnight)\b|(?P<han_named>正午|午夜|자정|정오)",
    re.IGNORECASE,
)
_NO_DIGIT = re.compile(r"\D")
_ENDING = re.compile(r"(?:st|nd|rd|th|er|[ºªo]|\.)$", re.I)
_WORD = re.compile(r"\w{2,}|\d")
_HOURS = {word: value for value, word in enumerate(_SPELLED.split("|"), start=1)}
_LATE = (
    "p",
    "下",
    "晚",
    "傍",
    "午後",
    "夜",
    "夕",
    "오후",
    "저녁",
    "밤",
    "in the a",
    "in the e",
    "at n",
    "de la t",
    "de la n",
    "da t",
    "da n",
    "du s",
    "de l'a",
    "nachm",
    "abends",
)
_EARLY = (
    "a",
    "上",
    "早",
    "凌",
    "清",
    "午前",
    "朝",
    "오전",
    "아침",
    "새벽",
    "in the m",
    "de la m",
    "da m",
    "du m",
    "morg",
    "vorm",
)


@dataclass(frozen=True)
class PointInTime:
    """A date, a time of day or both, where they stand in a text; None for what is not said."""

    year: int | None
    month: int | None
    day: int | None
    hour: int | None
    minute: int | None
    start: int
    end: int
    second: int | None = None
    swapped: bool = False
    """Day and month may be meant the other way round: 03/04/2024."""
    late: bool | None = None
    """Whether the hour is after noon; None where nothing says so, and the hour may be either."""


def joined_dates(text: str) -> str:
    """The text without the points within a date or a time, which end no sentence: Jul. 20, 20. Juli, 3 p.m."""
    return _POINT_OF_HALF.sub(r"\1m", _POINT_OF_DAY.sub(r"\1", _POINT_OF_MONTH.sub(r"\1", text)))


def moments_in(text: str) -> list[PointInTime]:
    """The dates and times of a plain text in its order; a time right behind a date, or before it, is one with it."""
    found = sorted([*_dates(text), *_times(text)], key=lambda moment: moment.start)
    joined: list[PointInTime] = []
    for moment in found:
        last = joined[-1] if joined else None
        if last and moment.start < last.end:
            continue
        between = text[last.end : moment.start].strip(" ,;") if last else ""
        if (
            last
            and (last.month is None) != (moment.month is None)
            and between in ("", "T", "at", "on", "um", "o", "à", "の", "的")
        ):
            joined[-1] = _both(last, moment)
        else:
            joined.append(moment)
    return joined


@lru_cache(maxsize=4096)
def parse_moment(text: str) -> PointInTime | None:
    """The date or time that is all of an answer key; None where the key is something else, a number too."""
    found = moments_in(text)
    if len(found) != 1 or _WORD.search(text[: found[0].start]) or _WORD.search(text[found[0].end :]):
        return None
    return found[0]


def same_moment(moment: PointInTime, key: PointInTime) -> bool:
    """Whether a moment says all that the key says; 03/04/2024 is no date of a key that says which is the month."""
    return _same_date(moment, key) and _same_time(moment, key)


def _same_date(moment: PointInTime, key: PointInTime) -> bool:
    if key.month is None:
        return True
    if key.year is not None and moment.year != key.year:
        return False
    said, wanted = (moment.day, moment.month), (key.day, key.month)
    if moment.swapped and not key.swapped and moment.day != moment.month:
        return False
    if said == wanted or (key.day is None and moment.month == key.month):
        return True
    return key.swapped and not moment.swapped and said == wanted[::-1]


def _same_time(moment: PointInTime, key: PointInTime) -> bool:
    if key.hour is None:
        return True
    if moment.hour is None or (moment.minute, moment.second or 0) != (key.minute, key.second or 0):
        return False
    if moment.hour == key.hour and (moment.late is None or key.late is None or moment.late == key.late):
        return True
    # A key of 3:45 does not say which half of the day; 15:45 and 3:45 pm do.
    return key.late is None and moment.late is not None and moment.hour % 12 == key.hour % 12


def _both(first: PointInTime, second: PointInTime) -> PointInTime:
    date, time = (first, second) if first.month is not None else (second, first)
    return PointInTime(
        date.year, date.month, date.day, time.hour, time.minute, first.start, second.end, time.second, date.swapped,
        time.late,
    )  # fmt: skip


def _dates(text: str) -> Iterator[PointInTime]:
    for match in _DATES.finditer(text):
        moment = _date(match)
        if moment and 1 <= (moment.month or 0) <= 12 and (moment.day is None or 1 <= moment.day <= 31):
            yield moment


def _date(match: re.Match[str]) -> PointInTime | None:
    start, end = match.span()

    def made(year: str | int | None, month: str, day: str | None, swapped: bool = False) -> PointInTime:
        value = year if isinstance(year, int) else _number(year) if year else None
        return PointInTime(value, _month(month), _number(day) if day else None, None, None, start, end, swapped=swapped)

    if match["iso"]:
        year_of, month, day = _NO_DIGIT.split(match["iso"])
        return made(year_of, month, day)
    if match["abc"]:
        return _by_order(match["abc"], start, end)
    for name in ("en", "eu", "my", "ea", "md"):
        if match[f"{name}_m"]:
            parts = match.groupdict()
            year: str | int | None = parts.get(f"{name}_y")
            if match["era"]:
                year = _ERAS[match["era"]] + (1 if match["era_y"] == "元" else _number(match["era_y"]))
            return made(year, match[f"{name}_m"], parts.get(f"{name}_d"))
    return None


def _by_order(written: str, start: int, end: int) -> PointInTime | None:
    """20/07/1969 has one reading, 03/04/2024 two; with points the day comes first."""
    first, second, year = map(int, _NO_DIGIT.split(written))
    if year < 100:
        year += 2000 if year < 50 else 1900
    if first > 12 or "." in written:
        return PointInTime(year, second, first, None, None, start, end)
    swapped = second <= 12 and first != second
    return PointInTime(year, first, second, None, None, start, end, swapped=swapped)


def _month(text: str) -> int:
    return _MONTHS.get(text.lower().rstrip("."), 0) or _number(text)


def _number(text: str) -> int:
    digits = _ENDING.sub("", text)
    return int(digits) if digits.isdecimal() else int(value_of(digits))


def _times(text: str) -> Iterator[PointInTime]:
    for match in _TIMES.finditer(text):
        hour, minute = _clock(match)
        half = (
            match["first"]
            or match["half"]
            or match["half2"]
            or match["first3"]
            or match["half5"]
            or match["half6"]
            or ""
        ).lower()
        if match["named"] or match["han_named"]:
            half = "pm" if hour else "am"
        if not (0 <= hour <= 24 and 0 <= minute < 60):
            continue
        hour, late = _of_day(hour, half, leading=(match["h"] or "").startswith("0"))
        second = int(match["s"]) if match["s"] else None
        yield PointInTime(None, None, None, hour, minute, match.start(), match.end(), second, late=late)


def _of_day(hour: int, half: str, leading: bool) -> tuple[int, bool | None]:
    """The hour of 24, and whether it is after noon where that is said."""
    if half.startswith(_LATE):
        return (hour + 12 if hour < 12 else hour), True
    if half == "中午":
        return (hour + 12 if hour < 6 else hour), True
    if half.startswith(_EARLY):
        return (0 if hour == 12 else hour), False
    if hour == 24:
        return 0, False
    if hour > 12 or hour == 0 or leading or half == "uhr":
        return hour, hour >= 12
    return hour, None


def _clock(match: re.Match[str]) -> tuple[int, int]:
    if match["h"]:
        return int(match["h"]), int(match["m"])
    if match["h2"] or match["h4"] or match["h6"]:
        return _hour(match["h2"] or match["h4"] or match["h6"]), 0
    if match["h3"]:
        minute = 30 if match["half3"] else 15 * _number(match["quarter3"]) if match["quarter3"] else 0
        return _number(match["h3"]), _number(match["m3"]) if match["m3"] else minute
    if match["h5"]:
        part = match["part"].lower().replace("-", " ")
        minutes = {"half": 30, "quarter": 15, "twenty": 20, "twenty five": 25}.get(part) or _hour(part)
        hour = _hour(match["h5"])
        return (hour, minutes) if match["to"].lower() in ("past", "after") else ((hour - 2) % 12 + 1, 60 - minutes)
    return (0 if (match["named"] or "").lower() == "midnight" or match["han_named"] in ("午夜", "자정") else 12), 0


def _hour(text: str) -> int:
    return int(text) if text.isdecimal() else _HOURS[text.lower()]
