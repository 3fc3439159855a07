"""What an answer claims in the end and what stands beside it, both as they are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from random import Random
from string import ascii_uppercase
from typing import Any

from harness.records import Match
from harness.scorers.matching import with_options
from perf.grading.forms import FORMS, plain, written_date
from perf.grading.formulas import formula
from perf.grading.language import Half, Language
from perf.grading.themes import THEMES, Task, Value, number

_SMALL = range(2, 20)
"""As many examples, or questions, may be offered at an answer's end."""
_BOX = "\\boxed{"
_OF_ANOTHER = ("steps", "givens", "other first", "other last")
"""Where what stands beside the claim is said to be the other quantity, or a given."""


class NoClaim(Exception):
    """These values cannot be written in that form."""


@dataclass(frozen=True)
class Claims:
    """What a wording is filled with, and the question that it answers."""

    asked: str
    key: str
    match: Match
    final: str
    beside: str
    fault: str
    places: Mapping[str, str]
    options: tuple[str, ...] = ()


def claims_of(language: Language, half: Half, form: str, right: bool, distractor: str, rng: Random) -> Claims:
    """The claims of one answer, drawn."""
    if form in FORMS:
        return _of_values(language, half, form, right, distractor, rng)
    return _OTHERS[form](language, half, form, right, rng)


def _of_values(language: Language, half: Half, form: str, right: bool, distractor: str, rng: Random) -> Claims:
    theme = rng.choice(FORMS[form].themes)
    scene = rng.choice(language.scenes[theme][half])
    task = THEMES[theme](rng, form, language.cents)
    write = _Writer(language, form, rng.choice(scene.get("units") or language.money), scene.get("symbol", ""), rng)
    asked = scene["percent"] if form == "percent asked" else scene["ask"]
    fault, wrong = _drawn_fault(task, write, rng)
    claimed = task.wanted if right else wrong
    other = task.other if distractor in _OF_ANOTHER else wrong
    final = write.in_form(task.wanted) if right else write.somehow(wrong)
    beside = write.somehow(other) if right else write.in_form(task.wanted)
    beside = beside and without_box(beside)
    if not final or not beside or final == beside:
        raise NoClaim
    if not right and fault == "twelve hours away" and not any(half in final for half in language.halves_of_day):
        raise NoClaim  # "3:10" is said of the afternoon, too
    places = _places(scene, final, beside, rng)
    if distractor in ("checked", "difference"):
        places |= write.sum_of(claimed, task.other, task.wanted)
    if distractor == "pleasantry" and not right and task.wanted in _SMALL:
        places["k"] = write.given(task.wanted)
    asked = asked.format(**{name: write.given(value) for name, value in task.givens.items()})
    return Claims(asked, task.key, task.match, final, beside, "" if right else fault, places)


def without_box(text: str) -> str:
    r"""The formula without \boxed, which marks an answer: nobody boxes what only stands beside it."""
    bare = text
    while (start := bare.find(_BOX)) >= 0:
        depth, end = 1, start + len(_BOX)
        while depth:
            depth += {"{": 1, "}": -1}.get(bare[end], 0)
            end += 1
        bare = bare[:start] + bare[start + len(_BOX) : end - 1] + bare[end:]
    return bare if bare == text or "$" in bare else f"${bare}$"


def _drawn_fault(task: Task, write: _Writer, rng: Random) -> tuple[str, Value]:
    """One of the ways to be wrong that can be written."""
    sayable = [fault for fault in task.faults if write.somehow(fault[1])]
    if not sayable:
        raise NoClaim
    return rng.choice(sayable)


@dataclass(frozen=True)
class _Writer:
    """Writes values in one form of a language, all with the same unit."""

    language: Language
    form: str
    unit: str
    symbol: str
    """The unit as a formula has it."""
    rng: Random

    def in_form(self, value: Value) -> str | None:
        """As the form has it; None where it does not say such a value."""
        form = FORMS[self.form]
        text = form.write(self.language, value, self.rng)
        if text and "{u}" in text:
            return text.replace("{u}", self.symbol)
        return self.unit.replace("{n}", text) if text and form.unit else text

    def somehow(self, value: Value) -> str | None:
        """As the form has it, or else in digits."""
        if text := self.in_form(value):
            return text
        text = plain(self.language, value, self.rng)
        return text and self.unit.replace("{n}", text)

    def given(self, value: Value) -> str:
        """As a question gives it."""
        if isinstance(value, str):
            return value
        if isinstance(value, date):
            return written_date(self.language, value, 0)
        if isinstance(value, tuple):
            return f"{value[0]:02d}:{value[1]:02d}"
        return plain(self.language, value, self.rng) or number(value)

    def sum_of(self, claimed: Value, other: Value, wanted: Value) -> dict[str, str]:
        """A sum that holds, whatever is claimed, and that does not come to what is wanted."""
        if not isinstance(claimed, Fraction) or not isinstance(other, Fraction) or claimed + other == wanted:
            raise NoClaim
        terms = [plain(self.language, value, self.rng) for value in (claimed, other, claimed + other)]
        if None in terms:
            raise NoClaim
        return {"check": f"{terms[0]} + {terms[1]} = {terms[2]}", "m": f"{terms[2]}", "s": f"{terms[1]}"}


def _places(scene: Mapping[str, Any], final: str, beside: str, rng: Random) -> dict[str, str]:
    names = {name: scene[name] for name in ("a", "o")}
    large = {name.upper(): text[:1].upper() + text[1:] for name, text in names.items()}
    return {**names, **large, "f": final, "d": beside, "k": str(rng.randint(2, 5))}


def _of_names(language: Language, half: Half, form: str, right: bool, rng: Random) -> Claims:
    scene = rng.choice(language.scenes["name"][half])
    final, beside = (scene["right"], scene["wrong"]) if right else (scene["wrong"], scene["right"])
    match: Match = "exact" if form == "exact" else "contains"
    fault = "" if right else "another name"
    return Claims(scene["ask"], scene["right"], match, final, beside, fault, _places(scene, final, beside, rng))


def _of_formulas(language: Language, half: Half, form: str, right: bool, rng: Random) -> Claims:
    scene = rng.choice(language.scenes["math"][half])
    one = formula(rng)
    fault, wrong = rng.choice(one.wrong)
    within = rng.choice(("${}$", "\\({}\\)", "$\\boxed{{{}}}$"))
    good, bad = within.format(rng.choice(one.right)), within.format(wrong)
    final, beside = (good, without_box(bad)) if right else (bad, without_box(good))
    asked = scene["ask"].format(x=one.asked)
    return Claims(asked, one.key, "math", final, beside, "" if right else fault, _places(scene, final, beside, rng))


def _of_sets(language: Language, half: Half, form: str, right: bool, rng: Random) -> Claims:
    """Several of five options are right."""
    scene = rng.choice(language.scenes["choices"][half])
    size = rng.randint(2, 3)
    good, bad = rng.sample(scene["right"], size), rng.sample(scene["wrong"], 5 - size)
    options = tuple(rng.sample([*good, *bad], 5))
    wanted = [letter for letter, option in zip(ascii_uppercase, options, strict=False) if option in good]
    others = [letter for letter in ascii_uppercase[:5] if letter not in wanted]
    faults = {
        "one is missing": wanted[:-1],
        "one too many": sorted([*wanted, others[0]]),
        "one is another": sorted([*wanted[1:], others[-1]]),
    }
    fault = rng.choice(list(faults))
    join = rng.choice(language.joins)
    good_text, bad_text = _joined(wanted, join), _joined(faults[fault], join)
    final, beside = (good_text, bad_text) if right else (bad_text, good_text)
    asked = with_options(scene["ask"], options)
    places = _places(scene, final, beside, rng)
    return Claims(asked, ", ".join(wanted), "choices", final, beside, "" if right else fault, places, options)


def _joined(letters: Sequence[str], join: Sequence[str]) -> str:
    """Letters with the first sign between them and the second before the last: "A, B and C"."""
    return join[1].join([join[0].join(letters[:-1]), letters[-1]]) if len(letters) > 1 else letters[0]


def _of_options(language: Language, half: Half, form: str, right: bool, rng: Random) -> Claims:
    """One of four options is right; the first that a scene names is."""
    scene = rng.choice(language.scenes["choice"][half])
    options = tuple(rng.sample(scene["options"], 4))
    best = scene["options"][0]
    letters = dict(zip(options, ascii_uppercase, strict=False))
    another = rng.choice(scene["options"][1:])
    told, untold = (best, another) if right else (another, best)
    listing = rng.choice(("{l}. {t}", "({l}) {t}", "{l}) {t}"))
    lines = "\n".join(listing.format(l=letter, t=option) for option, letter in letters.items())
    form_of_option = rng.choice(language.options)
    places = {
        "l": letters[told],
        "t": told,
        "e": letters[untold],
        "u": untold,
        "f": form_of_option.format(l=letters[told], t=told),
        "list": lines,
    }
    fault = "" if right else "another option"
    asked = f"{scene['ask']}\n{lines}"
    return Claims(asked, letters[best], "choice", letters[told], letters[untold], fault, places, options)


_OTHERS: Mapping[str, Callable[[Language, Half, str, bool, Random], Claims]] = {
    "names": _of_names,
    "exact": _of_names,
    "formulas": _of_formulas,
    "choices": _of_sets,
    "choice": _of_options,
}
