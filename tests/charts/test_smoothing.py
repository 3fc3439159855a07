"""The strong line lags nowhere: beside scipy's filter, and by what a smoothing must keep."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import pytest
from scipy.signal import savgol_filter

from harness.charts import window
from harness.charts.curves import Points, smoothed

_DRAW = Random(13)
NOISE = [_DRAW.gauss(0, 1) for _ in range(2000)]
SHAPES: dict[str, Callable[[int, int], float]] = {
    "falling loss": lambda n, many: 0.69 * math.exp(-10 * n / many),
    "loss with noise": lambda n, many: 4 + 6 * math.exp(-20 * n / many) + 0.3 * NOISE[n],
    "margin that rises": lambda n, many: 7 * (1 - math.exp(-5 * n / many)) + 0.5 * NOISE[n],
    "accuracy of batches": lambda n, many: min(32, max(0, round(16 + 12 * n / many + 3 * NOISE[n]))) / 32,
    "accuracy at its top": lambda n, many: 1.0 if n % 17 else 0.9375,
    "a step": lambda n, many: float(n > many // 2),
    "a spike": lambda n, many: 1e6 if n == many // 3 else 0.5,
    "a spike at the end": lambda n, many: 50.0 if n == many - 1 else 2.0,
    "a spike at the start": lambda n, many: 50.0 if n == 0 else 2.0,
    "a sine": lambda n, many: math.sin(12 * n / many),
    "a parabola": lambda n, many: (n / many - 0.4) ** 2,
    "every other": lambda n, many: float((-1) ** n),
    "tiny": lambda n, many: 1e-9 * (1 + NOISE[n]),
    "huge": lambda n, many: 1e15 * (1 + NOISE[n]),
    "negative rewards": lambda n, many: -8 * n / many + NOISE[n],
    "noise": lambda n, many: NOISE[n],
}
MANY = (20, 21, 57, 100, 397, 1203)


def made(shape: str, many: int) -> Points:
    return tuple((10.0 * n, SHAPES[shape](n, many)) for n in range(many))


@pytest.mark.parametrize("many", MANY)
@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_savitzky_and_golays_filter_of_degree_one(shape: str, many: int) -> None:
    points = made(shape, many)
    values = [value for _, value in points]
    wide = window(points)
    expected = savgol_filter(values, wide, 1, mode="interp")
    reach = wide // 2
    for place, (step, value) in enumerate(smoothed(points)):
        assert step == points[place][0]
        middle = min(max(place, reach), many - 1 - reach)
        near = values[middle - reach : middle + reach + 1]
        # A fitted end does not leave what was logged: no accuracy above 100 %.
        wanted = min(max(expected[place], min(near)), max(near))
        assert value == pytest.approx(wanted, rel=1e-9, abs=1e-9 * max(map(abs, values)))


@pytest.mark.parametrize("many", MANY)
@pytest.mark.parametrize(("start", "slope"), [(0, 1), (5, -0.25), (-3, 1e-7), (1e6, -40), (0.7, 0)])
def test_a_straight_line_stays_as_it_is_at_its_ends_too(start: float, slope: float, many: int) -> None:
    points = tuple((float(n), start + slope * n) for n in range(many))
    assert [value for _, value in smoothed(points)] == pytest.approx([value for _, value in points], rel=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
def test_read_backwards_it_is_the_same_backwards(shape: str) -> None:
    points = made(shape, 397)
    back = tuple((step, value) for (step, _), (_, value) in zip(points, reversed(points), strict=True))
    there, again = ([value for _, value in smoothed(it)] for it in (points, back))
    assert there == pytest.approx(again[::-1], rel=1e-9, abs=1e-9)


def test_a_peak_stays_where_it_is() -> None:
    points = tuple((float(n), math.exp(-(((n - 230) / 25) ** 2))) for n in range(397))
    assert max(smoothed(points), key=lambda point: point[1])[0] == 230


def test_one_diverged_value_does_not_swallow_what_follows() -> None:
    points = tuple((float(n), 1e30 if n == 10 else 0.5) for n in range(100))
    assert smoothed(points)[60][1] == 0.5


@pytest.mark.parametrize(
    ("many", "wide"), [(1, 1), (19, 1), (20, 5), (100, 5), (120, 7), (140, 7), (397, 19), (400, 21), (10_000, 501)]
)
def test_the_window_is_odd_one_in_twenty_and_five_at_least(many: int, wide: int) -> None:
    assert window(tuple((float(n), 0.0) for n in range(many))) == wide
