"""What a generated question is about: its givens, what it asks for, and what else there is to be mistaken for that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from math import gcd
from random import Random

from harness.records import Match
from perf.grading.numerals import digits, roman

Value = Fraction | date | tuple[int, ...] | str
"""A number, a day, terms of a ratio, or what has no value but its spelling (a name, a formula)."""


@dataclass(frozen=True)
class Task:
    """A question's numbers."""

    givens: Mapping[str, Value]
    """x, y and z of the question."""
    wanted: Value
    key: str
    match: Match
    other: Value
    """Another quantity that the answer may speak of."""
    faults: Sequence[tuple[str, Value]]
    """(how it is wrong, a wrong value): what a wrong answer may claim."""


def number(value: Fraction) -> str:
    """A key as a machine writes it."""
    return digits(value) or f"{float(value)!r}"


def _task(givens: Sequence[Fraction], wanted: Fraction, other: Fraction, step: Fraction, rng: Random) -> Task:
    """A task of numbers; `step` is one in the last place."""
    faults = [
        ("one too many", wanted + step),
        ("one too few", wanted - step),
        ("ten times", wanted * 10),
        ("a tenth", wanted / 10),
        ("a thousand times", wanted * 1000),
        ("a thousandth", wanted / 1000),
        ("twelve times", wanted * 12),
        ("twice", wanted * 2),
        ("the other quantity", other),
        ("a given", rng.choice(givens)),
    ]
    names = dict(zip("xyz", givens, strict=False))
    return Task(names, wanted, number(wanted), "number", other, _told_apart(wanted, faults))


def _only(task: Task, *names: str) -> Task:
    """The task with those ways to be wrong alone."""
    return replace(task, faults=[fault for fault in task.faults if fault[0] in names])


def _told_apart(wanted: Value, faults: Sequence[tuple[str, Value]]) -> list[tuple[str, Value]]:
    """Without what is right after all, what is below zero and may not be, and what a reader could take for right."""
    kept = [(name, value) for name, value in faults if value != wanted and not _like_groups(value)]
    if isinstance(wanted, Fraction) and wanted > 0:
        kept = [(name, value) for name, value in kept if isinstance(value, Fraction) and value > 0]
    return kept


def _like_groups(value: Value) -> bool:
    """Whether it is written as "3.951", which in another language, or by a slip, is 3951."""
    if not isinstance(value, Fraction):
        return False
    return abs(value) >= 1 and (value * 1000).denominator == 1 and (value * 100).denominator > 1


def _money(rng: Random, form: str, cents: bool) -> Task:
    cents = cents and form in ("currency", "separators") and rng.random() < 0.5
    unit = Fraction(1, 20) if cents else Fraction(50) if form in ("Han numerals", "full width") else Fraction(1)
    least = 40
    if form == "separators" or (form == "currency" and rng.random() < 0.5):
        # One group of three digits, or two.
        least = rng.choice((1_000, 50_000)) * (20 if cents else 1)
    x, y = (unit * rng.randint(least, 40 * least) for _ in range(2))
    wanted = unit * rng.randint(least, 60 * least)
    return _task((x, y, x + y + wanted), wanted, x + y, Fraction(1, 100) if cents else Fraction(1), rng)


def _count(rng: Random, form: str, cents: bool) -> Task:
    if form == "small words":
        wanted = Fraction(rng.randint(5, 19))
        y = Fraction(rng.randint(4, 9))
        x = Fraction(int(wanted / y) + rng.randint(1, 2))
    elif form == "dozens":
        wanted = Fraction(12 * rng.randint(2, 9))
        y, x = Fraction(12), wanted / 12 + rng.randint(1, 3)
    else:
        most = 90 if form in ("separators", "LaTeX groups") else 40
        least = 40 if form in ("separators", "LaTeX groups") else 6
        x, y = (Fraction(rng.randint(least, most)) for _ in range(2))
        wanted = x * y - rng.randint(1, 20)
    task = _task((x, y, x * y - wanted), wanted, x * y, Fraction(1), rng)
    small = ("one too many", "one too few", "the other quantity", "a given", "twice", "twelve times")
    return _only(task, *small) if form in ("small words", "dozens") else task


def _cold(rng: Random, form: str, cents: bool) -> Task:
    x, y = Fraction(rng.randint(1, 4)), Fraction(rng.randint(5, 9))
    z = Fraction(rng.randint(2, 9))
    task = _task((x, y, z), x - y - z, x - y, Fraction(1), rng)
    kept = _only(task, "one too many", "one too few", "ten times", "the other quantity", "a given")
    return replace(kept, faults=[*kept.faults, ("sign lost", y + z - x), ("sign lost", y + z - x)])


def _people(rng: Random, form: str, cents: bool) -> Task:
    """Whole numbers of tenths of a scale, so that every magnitude says them."""
    unit = Fraction(rng.choice((10_000, 50_000, 100_000)) if form == "magnitudes" else 100)
    x, y, z = (unit * rng.randint(3, 60) for _ in range(3))
    return _task((x, y, z), x + y + z, x + y, unit, rng)


def _share(rng: Random, form: str, cents: bool) -> Task:
    under = rng.choice((2, 3, 4, 5) if form == "fraction words" else (4, 5, 8, 20, 25))
    over = rng.choice([it for it in range(1, under) if gcd(it, under) == 1])
    size = rng.randint(3, 9)
    share = Fraction(over, under)
    task = _task((share * under * size, Fraction(under * size)), share, 1 - share, Fraction(1, 100), rng)
    faults = [
        ("the other quantity", 1 - share),
        ("turned over", 1 / share),
        ("a hundredth", share / 100),
        ("one too many", Fraction(over + 1, under)),
        ("one part more", Fraction(over, under + 1)),
    ]
    key = f"{over}/{under}" if under == 3 or rng.random() < 0.5 else number(share)
    key = rng.choice((f"{number(share * 100)}%", number(share * 100))) if form == "percent asked" else key
    told = [(name, value) for name, value in faults if value not in (share, 1)]
    return Task(task.givens, share, key, "number", 1 - share, told)


def _length(rng: Random, form: str, cents: bool) -> Task:
    parts = 4 if form == "mixed numbers" else rng.choice((2, 4, 5, 10))
    x, y, wanted = (Fraction(rng.randint(parts, 12 * parts), parts) for _ in range(3))
    if wanted.denominator == 1:
        wanted += Fraction(1, parts)
    task = _task((x, y, x + y + wanted), wanted, x + y, Fraction(1, parts), rng)
    return task


def _place(rng: Random, form: str, cents: bool) -> Task:
    x, z = Fraction(rng.randint(1, 8)), Fraction(rng.randint(1, 9))
    task = _task((x, x, z), x + z, x, Fraction(1), rng)
    return _only(task, "one too many", "one too few", "the other quantity", "twice")


def _date(rng: Random, form: str, cents: bool) -> Task:
    begin = date(rng.randint(1990, 2030), rng.randint(1, 12), rng.randint(1, 28))
    days = rng.randint(3, 60)
    wanted = begin + timedelta(days=days)
    later = wanted.replace(day=min(wanted.day, 28), year=wanted.year + 1)
    faults = [
        ("one too many", wanted + timedelta(days=1)),
        ("another month", wanted + timedelta(days=31)),
        ("another year", later),
        ("the other quantity", begin),
    ]
    return Task({"x": begin, "z": Fraction(days)}, wanted, wanted.isoformat(), "number", begin, faults)


def _time(rng: Random, form: str, cents: bool) -> Task:
    # Never an hour of 12 or 0, which languages count differently.
    begin = rng.choice((6, 7, 8, 14, 15, 16, 17)) * 60 + 5 * rng.randint(0, 11)
    minutes = 5 * rng.randint(2, 30)
    wanted = begin + minutes
    faults = [
        ("ten minutes less", wanted - 10),
        ("twelve hours away", (wanted + 720) % 1440),
        ("an hour more", wanted + 60),
        ("the other quantity", begin),
    ]
    given: Mapping[str, Value] = {"x": clock(begin), "z": Fraction(minutes)}
    told = [(name, clock(value)) for name, value in faults if value != wanted and value // 60 % 12]
    key = "{:02d}:{:02d}".format(*clock(wanted))
    return Task(given, clock(wanted), key, "number", clock(begin), told)


def clock(minutes: int) -> tuple[int, int]:
    """Hour and minute."""
    return divmod(minutes % 1440, 60)


def _roman(rng: Random, form: str, cents: bool) -> Task:
    x, z = rng.randint(3, 60), rng.randint(2, 30)
    faults = [("one too many", roman(x + z + 1)), ("ten more", roman(x + z + 10)), ("the other quantity", roman(x))]
    return Task({"x": roman(x), "z": Fraction(z)}, roman(x + z), roman(x + z), "number", roman(x), faults)


def _ratio(rng: Random, form: str, cents: bool) -> Task:
    p, q = rng.sample(range(2, 12), 2)
    p, q = p // gcd(p, q), q // gcd(p, q)
    size = rng.randint(3, 20)
    faults = [("turned over", (q, p)), ("one too many", (p + 1, q)), ("another term", (p, q + 2))]
    told = [(name, terms) for name, terms in faults if terms[0] * q != terms[1] * p]
    given = {"x": Fraction(p * size), "y": Fraction(q * size)}
    return Task(given, (p, q), f"{p}:{q}", "ratio", (q, p), told)


THEMES: Mapping[str, Callable[[Random, str, bool], Task]] = {
    "money": _money,
    "count": _count,
    "cold": _cold,
    "people": _people,
    "share": _share,
    "length": _length,
    "place": _place,
    "date": _date,
    "time": _time,
    "roman": _roman,
    "ratio": _ratio,
}
"""Those whose numbers are drawn; names, choices and formulas have a module of their own."""
