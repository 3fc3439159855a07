"""A language of the benchmark, as its file in languages/ says it: scenes, wordings, and how it writes numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

Half = Literal["dev", "held"]
"""What graders may be tuned by, and what nobody looks at before they are judged: no scene or wording is in both."""
HALVES: tuple[Half, ...] = ("dev", "held")
_FOLDER = Path(__file__).with_name("languages")


@dataclass(frozen=True)
class Language:
    """How a language asks, answers and writes numbers; an empty list where it has no such way."""

    code: str
    name: str
    locale: str
    scenes: Mapping[str, Mapping[Half, Sequence[Mapping[str, Any]]]]
    """theme → half → what is asked, what it is called ({a}), what else there is ({o}), units."""
    wordings: Mapping[Half, Mapping[str, Sequence[str]]]
    """half → distractor → texts with {f} for the final claim and {d} for what distracts from it."""
    named: Mapping[Half, Mapping[str, Sequence[str]]]
    """The same for what is no amount: nothing "comes to" Canberra."""
    choice: Mapping[Half, Mapping[str, Sequence[str]]]
    """The same for one of several options: {l} and {t} letter and text of what is claimed, {e} and {u} of another."""
    options: Sequence[str]
    """How an option is named: "(B)"."""
    decimal: str = "."
    groups: Sequence[str] = (",",)
    """What may stand between thousands."""
    indian: bool = False
    """Groups of two digits before the last three: 12,34,567."""
    script: str = ""
    """hant, hans or ja where numbers are written in Han characters, too."""
    words: Sequence[str] = ()
    """Number words from zero on; English ones are made, see numerals.english."""
    currency: Sequence[str] = ()
    cents: bool = True
    """Whether its amounts have a hundredth part."""
    money: Sequence[str] = ("{n}",)
    """Units of an amount that is not written by a currency's own pattern."""
    joins: Sequence[Sequence[str]] = ((", ", ", "),)
    """(between letters, before the last letter)."""
    percent: Sequence[str] = ()
    magnitudes: Mapping[str, int] = field(default_factory=dict)
    minus: Sequence[str] = ()
    dozen: Sequence[str] = ()
    fraction: Sequence[str] = ()
    fractions: Mapping[str, str] = field(default_factory=dict)
    """"3/4" → "three quarters"."""
    ordinals: Sequence[str] = ()
    """Patterns with {n}, or with {w} for an entry of ordinal_words."""
    ordinal_words: Sequence[str] = ()
    months: Sequence[str] = ()
    dates: Sequence[str] = ()
    times: Sequence[str] = ()
    halves_of_day: Sequence[str] = ("a.m.", "p.m.")
    ratios: Sequence[str] = ()


@cache
def languages() -> Mapping[str, Language]:
    """Code → language; a file that is `like` another takes from it what it does not say itself."""
    files = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(_FOLDER.glob("*.yaml"))}
    return {code: Language(code, **_whole(files, file)) for code, file in files.items()}


def _whole(files: Mapping[str, Mapping[str, Any]], file: Mapping[str, Any]) -> Mapping[str, Any]:
    own = {key: value for key, value in file.items() if key != "like"}
    if "like" not in file:
        return own
    base = files[file["like"]]
    return {**base, **own, "scenes": {**base["scenes"], **own.get("scenes", {})}}
