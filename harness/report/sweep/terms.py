"""What a report calls a sweep's settings and their values; which of them stand in a panel of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.store import Json
from harness.words import MINUS, NOTHING, Words, numerals

_LINES = 6
"""Lines that a panel has room for."""


@dataclass(frozen=True)
class Facet:
    """A setting along which the metrics are shown, with those settings fixed that stand in the panel's title."""

    setting: str
    fixed: tuple[tuple[str, Any], ...]


def setting_title(key: str, say: Words) -> str:
    """Learning rate, Dropout, beta: as the assignment calls it, or as it is given."""
    return say.get(f"sweep.setting.{key}", key)


def setting_within(key: str, say: Words) -> str:
    """The same inside a sentence."""
    return say.get(f"sweep.setting.{key}.within", key)


def value_text(value: Any) -> str:
    """5 × 10⁻⁶, 0.01, sigmoid + sft; a dash where the setting was not given."""
    if value is None:
        return NOTHING
    if isinstance(value, list | tuple):
        return " + ".join(value_text(part) for part in value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if value and abs(value) < 0.01:
        return numerals.scientific(f"{value:e}")
    return f"{value:,g}".replace("-", MINUS) if isinstance(value, float) else f"{value:,}".replace("-", MINUS)


def values_text(values: Iterable[Any], say: Words) -> str:
    """0, 0.01 and 0.1."""
    shown = [value_text(value) for value in values]
    return say.both([say.listed(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def pair_text(key: str, value: Any, say: Words) -> str:
    """DPO; learning rate 5 × 10⁻⁶."""
    if key == "method":
        return str(value).upper()
    return say("sweep.pair", setting=setting_within(key, say), value=value_text(value))


def settings_text(settings: Mapping[str, Any], say: Words) -> str:
    """DPO; learning rate 5 × 10⁻⁶, dropout 0.1: all settings, listed."""
    return say.listed(pair_text(key, value, say) for key, value in settings.items())


def facets(panels: Sequence[Json]) -> list[Facet]:
    """A panel a setting and method; further ones where its lines would be too many."""
    found: dict[Facet, None] = {}
    for panel in panels:
        series = panel["series"]
        keys = list(dict.fromkeys(key for line in series for key in line["fixed"]))
        apart = [key for key in keys if key == "method"]
        for key in keys:
            if _most(series, apart) > _LINES and key not in apart:
                apart.append(key)
        found |= {Facet(panel["setting"], fixed_in(line, apart)): None for line in series}
    return list(found)


def fixed_in(line: Json, keys: Sequence[str]) -> tuple[tuple[str, Any], ...]:
    """The line's own values of these settings, as they can be looked up."""
    return tuple((key, _hashable(line["fixed"][key])) for key in keys if key in line["fixed"])


def lines_of(panel: Json, facet: Facet) -> list[Json]:
    """Those that stand in the facet's panel."""
    keys = [key for key, _ in facet.fixed]
    return [line for line in panel["series"] if fixed_in(line, keys) == facet.fixed]


def rest_of(line: Json, facet: Facet) -> dict[str, Any]:
    """What tells a line from the others of its panel."""
    shown = dict(facet.fixed)
    return {key: value for key, value in line["fixed"].items() if key not in shown}


def _most(series: Sequence[Json], apart: Sequence[str]) -> int:
    counts: dict[tuple[tuple[str, Any], ...], int] = {}
    for line in series:
        counts[fixed_in(line, apart)] = counts.get(fixed_in(line, apart), 0) + 1
    return max(counts.values(), default=0)


def _hashable(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_hashable(part) for part in value)
    return str(value) if isinstance(value, dict) else value
