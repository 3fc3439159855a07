"""Numbers as a reader meets them: true minus signs, thousands apart, and no more digits than the interval deserves."""

from __future__ import annotations

import math
from statistics import quantiles

NOTHING = "–"
MINUS = "−"
SPACE = "\u00a0"
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float | None, digits: int = 0) -> str:
    """1,234.5; a dash where there is no value."""
    if value is None or not math.isfinite(value):
        return NOTHING
    text = f"{value:,.{digits}f}"
    # -0.04 rounds to "-0.0", which would claim a direction that the digits do not show.
    return text.replace("-", "" if float(text.replace(",", "")) == 0 else MINUS)


def signed(value: float | None, digits: int = 0) -> str:
    """+1.3 or −1.3; 0 without a sign, and without decimals where it is exact."""
    if value == 0:
        return "0"
    text = number(value, digits)
    if value is None or not math.isfinite(value) or value <= 0 or not any(digit in text for digit in "123456789"):
        return text
    return f"+{text}"


def told(value: float, digits: int, most: int = 9) -> str:
    """signed, with as many more digits as it takes not to round it to 0 or 100."""
    for more in range(digits, most):
        text = signed(value, more)
        if not rounded_off(text, value):
            return text
    return compact(value)


def rounded_off(text: str, value: float) -> bool:
    """Whether the text says exactly 0, or exactly 100, of a value that is not."""
    if "×" in text:
        return False  # A power of ten is neither.
    shown = abs(float(text.replace(",", "").replace(MINUS, "-")))
    return shown in (0, 100) and not math.isclose(abs(value), shown, abs_tol=1e-9)


def percent(share: float | None, digits: int = 1, sign: str = f"{SPACE}%", exact: int = 0) -> str:
    """A share as a percentage, never rounded to 0 or 100 unless it is exactly so, and then with so many decimals."""
    if share is None or not math.isfinite(share):
        return NOTHING
    # The end of an interval is exactly 0 but for the last bit of a float.
    if any(math.isclose(share, whole, abs_tol=1e-12) for whole in (0, 1)):
        return f"{abs(share) * 100:.{exact}f}{sign}"
    text = number(share * 100, digits)
    edge = 10.0**-digits
    if 0 < share < 1 and float(text.replace(",", "").replace(MINUS, "-")) in (0.0, 100.0):
        text = f"<{edge:.{digits}f}" if share < 0.5 else f">{100 - edge:.{digits}f}"
    return f"{text}{sign}"


def digits_for(low: float | None, high: float | None, most: int = 2) -> int:
    """Decimals that show the interval's half-width to two significant figures, at most so many."""
    if low is None or high is None or not math.isfinite(high - low):
        return min(1, most)
    if high <= low:
        return 0 if low == round(low) else min(1, most)
    return max(0, min(most, 1 - math.floor(math.log10((high - low) / 2))))


def compact(value: float | None, figures: int = 3) -> str:
    """Three significant figures for labels in charts, or as many as are asked for: 0.019, 4.02, 1,250, 5 × 10⁻⁶."""
    if value is None or not math.isfinite(value):
        return NOTHING
    # As it will be read: 0.0009999 is 0.001.
    if value and (abs(float(f"{value:.{figures - 1}e}")) < 1e-3 or abs(value) >= 1e6):
        return scientific(f"{value:.{figures - 1}e}")
    if abs(value) >= 10 ** (figures - 1):
        return number(value)
    return f"{value:.{figures}g}".replace("-", MINUS)


def scientific(text: str) -> str:
    """Python's 5.00e-06 as it is read: 5 × 10⁻⁶."""
    mantissa, exponent = text.split("e")
    digits = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{digits.replace('-', MINUS)}{SPACE}×{SPACE}10{str(int(exponent)).translate(_RAISED)}"


def median_and_quartiles(values: list[float]) -> tuple[float, float, float]:
    """(lower quartile, median, upper quartile), interpolated between neighbours as numpy and R (type 7) do."""
    low, middle, high = quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    return low, middle, high
