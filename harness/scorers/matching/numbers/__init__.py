"""Numbers, ratios, dates and times in a plain text, in any spelling that a reader knows.

It finds what stands in a text and compares it with a key; which of several counts is said by those who ask.
From below: nothing.
"""

from harness.scorers.matching.numbers.moments import PointInTime, joined_dates, moments_in, parse_moment, same_moment
from harness.scorers.matching.numbers.number import Number, equal
from harness.scorers.matching.numbers.ratios import is_quotient, is_rounded, parse_ratio, ratios_in, same_ratio
from harness.scorers.matching.numbers.reading import numbers_in, parse_number, reader
from harness.scorers.matching.numbers.spelled import language_asked, language_of

__all__ = [
    "Number",
    "PointInTime",
    "equal",
    "is_quotient",
    "is_rounded",
    "joined_dates",
    "language_asked",
    "language_of",
    "moments_in",
    "numbers_in",
    "parse_moment",
    "parse_number",
    "parse_ratio",
    "ratios_in",
    "reader",
    "same_moment",
    "same_ratio",
]
