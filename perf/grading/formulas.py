"""Formulas that are worth the same and look different, and some that are not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import gcd
from random import Random


@dataclass(frozen=True)
class Formula:
    """What is to be simplified, its key, other spellings of the key, and what is worth something else."""

    asked: str
    key: str
    right: Sequence[str]
    wrong: Sequence[tuple[str, str]]


def formula(rng: Random) -> Formula:
    """One of a root, a multiple of π, a polynomial and a fraction."""
    return rng.choice(_KINDS)(rng)


def _root(rng: Random) -> Formula:
    a, b = rng.randint(2, 9), rng.choice((2, 3, 5, 6, 7))
    a += a == b
    right = [f"{a}\\sqrt{{{b}}}", f"{a}\\cdot\\sqrt{{{b}}}", f"{a}\\sqrt {b}", f"{a} \\sqrt{{{b}}}"]
    wrong = [
        ("turned over", f"{b}\\sqrt{{{a}}}"),
        ("one too many", f"{a + 1}\\sqrt{{{b}}}"),
        ("a part", f"\\sqrt{{{b}}}"),
    ]
    return Formula(f"$\\sqrt{{{a * a * b}}}$", right[0], right, wrong)


def _circle(rng: Random) -> Formula:
    p, q, size = rng.choice((3, 5, 7)), rng.choice((2, 4, 8)), rng.randint(2, 6)
    right = [f"\\frac{{{p}\\pi}}{{{q}}}", f"\\frac{{{p}}}{{{q}}}\\pi", f"\\dfrac{{{p}\\pi}}{{{q}}}", f"{p}\\pi/{q}"]
    wrong = [
        ("turned over", f"\\frac{{{q}\\pi}}{{{p}}}"),
        ("one too many", f"\\frac{{{p + 2}\\pi}}{{{q}}}"),
        ("a part", f"\\frac{{{p}}}{{{q}}}"),
    ]
    return Formula(f"$\\frac{{{p * size}\\pi}}{{{q * size}}}$", right[0], right, wrong)


def _polynomial(rng: Random) -> Formula:
    a, b = rng.randint(2, 9), rng.randint(2, 9)
    right = [f"x^2+{a}x+{b}", f"x^2 + {a}x + {b}", f"{b} + {a}x + x^2", f"x^{{2}}+{a}x+{b}"]
    wrong = [
        ("sign lost", f"x^2+{a}x-{b}"),
        ("one too many", f"x^2+{a + 1}x+{b}"),
        ("a part", f"x^2+{a}x"),
        ("turned over", f"{a}x^2+x+{b}"),
    ]
    return Formula(f"$x(x+{a})+{b}$", right[0], right, wrong)


def _fraction(rng: Random) -> Formula:
    p, q = rng.sample(range(2, 10), 2)
    p, q, size = p // gcd(p, q), q // gcd(p, q), rng.randint(2, 9)
    if q == 1:
        p, q = 1, p
    right = [f"\\frac{{{p}}}{{{q}}}", f"{p}/{q}", f"\\dfrac{{{p}}}{{{q}}}", f"\\frac{p}{q}"]
    wrong = [("turned over", f"\\frac{{{q}}}{{{p}}}"), ("one too many", f"\\frac{{{p + q}}}{{{q}}}")]
    return Formula(f"$\\frac{{{p * size}}}{{{q * size}}}$", right[0], right, wrong)


_KINDS: tuple[Callable[[Random], Formula], ...] = (_root, _circle, _polynomial, _fraction)
