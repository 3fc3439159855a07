"""A number where it stands in a text, how it is to be read, and whether it is a key's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Number:
    """A number where it stands in a text."""

    value: float
    percent: bool
    start: int
    end: int
    aside: bool = False
    """An angle or a year, which answers only a question about such."""
    slack: float = 0.0
    """One of its last place, where it goes on (0.333...)."""
    written: str = ""
    """Its digits where they have two readings: 1.234, 1,234."""
    other: float | None = None
    """The other of two readings, where nothing says which is meant."""


@dataclass(frozen=True)
class Manner:
    """How the numbers of a text are to be read: what its key and its question make plain."""

    fractions: bool = False
    """A half, a third and one in four are numbers, where a key is a fraction or a percentage."""
    coins: bool = False
    """Quarters are counted, not parts of something."""
    ordinals: bool = False
    """The 3rd is 3, where an order is asked for."""
    romans: bool = False
    """XIV is 14, where the key is written so."""
    only_romans: bool = False
    """14 is no answer, where XIV is asked for."""
    units: frozenset[str] = frozenset()
    """Of K, M and B those that are units here, not thousands, millions and billions."""
    decimal: str = ""
    """The sign before decimal places, where the text, its currency or its language says so."""
    counts: bool = False
    """A whole number of things is asked for."""
    years: bool = False
    """Nineteen sixty-nine is one number."""
    asks_year: bool = False
    """Of a date, the year alone counts."""
    scale: float = 0.0
    """What the question counts in: of "in millions" a million."""
    wholes: frozenset[str] = frozenset()
    """Keys of four digits and more: 7 400 is one number where it is one of them."""
    japanese: bool = False
    """百二 is 102, not 120."""
    language: str = ""
    """Of de, fr, es, pt and ko the one whose number words count; English ones and Han characters always do."""
    ones: bool = False
    """One is a key: "un" and "ein" are numbers where no other stands beside them."""


PLAIN = Manner()


def equal(number: Number, key: Number, tolerance: float | None, percentage_asked: bool = False) -> bool:
    """Whether a number is the key's, as a share or as a percentage; without a tolerance, to nine digits."""
    if number.written and number.written == key.written and number.percent == key.percent:
        return True
    values = [number.value, *([number.other] if number.other is not None else [])]
    return any(_is_key(value, number, key, tolerance, percentage_asked) for value in values)


def _is_key(value: float, number: Number, key: Number, tolerance: float | None, percentage_asked: bool) -> bool:
    within, slack = tolerance or 0.0, number.slack
    if number.percent and not key.percent:
        as_share = _near(value / 100, key.value, within, slack / 100)
        # A key of 40 to "how many percent" is met by "40 %"; a key of 0.34 is not met by "0.34 %".
        return as_share or ((abs(key.value) > 1 or percentage_asked) and _near(value, key.value, within, slack))
    if key.percent and not number.percent:
        return _near(value, key.value, within, slack) or _near(100 * value, key.value, within, 100 * slack)
    return _near(value, key.value, within, slack)


def _near(value: float, key: float, within: float, slack: float) -> bool:
    """Within a tolerance, or what a value with dots behind it was cut off or rounded from."""
    if slack and -slack / 2 <= abs(key) - abs(value) <= slack and key * value >= 0:
        return True
    return abs(value - key) <= max(within, 1e-9 * max(1.0, abs(key))) * (1 + 1e-9)
