"""The audit's sentences: said in English when a run is scored, in the report's language when it is reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.comparing import called, suite_measure, value_text
from harness.curves import quantity_text
from harness.records import Caveat
from harness.words import Words, words

_SHOWN, _GROUPED = 3, 5
"""How many ids stand in a sentence, and how many groups of at most so many."""


def warning(code: str, variants: Sequence[str] = (), case: str = "", **values: object) -> Caveat:
    """What a check found; case tells the sentences of a code that has several."""
    found = {"case": case, **values} if case else values
    made = Caveat(code, "", tuple(variants), found)
    return replace(made, message=_filled(made, words("en")))


def sentence(warning: Caveat, say: Words) -> str:
    """The warning in that language; as it was written where a summary does not say what it is made of."""
    try:
        return _filled(warning, say)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return warning.message


def _filled(warning: Caveat, say: Words) -> str:
    case = f".{warning.values['case']}" if "case" in warning.values else ""
    values: dict[str, Any] = {
        name: _FORMS[name](value, say) if name in _FORMS else value
        for name, value in warning.values.items()
        if name not in ("case", "n")
    }
    key = f"audit.{warning.code}{case}"
    n: Any = warning.values.get("n")
    return say(key, **values) if n is None else say.counted(key, n, **values)


def _counts(counts: Mapping[str, int], say: Words) -> str:
    return say.listed(f"{name} {count}" for name, count in counts.items())


def _shares(shares: Mapping[str, float], say: Words) -> str:
    return say.listed(f"{name} {say.percent(share, 0)}" for name, share in shares.items())


def _parts(parts: Sequence[tuple[str, int, int]], say: Words) -> str:
    return say.listed([say("audit.tasks_in_part", task=task, n=n, of=of) for task, n, of in parts], _SHOWN)


def _groups(groups: Sequence[Sequence[str]], say: Words) -> str:
    return say.listed([say.listed(group, _GROUPED) for group in groups], _GROUPED, "list.clause")


def _who(groups: Sequence[Mapping[str, Any]], say: Words) -> str:
    """Which adapters were trained on what: "a and c 1; b 7"."""
    said = [
        say(
            "audit.trained.group",
            names=say.both(group["names"]),
            what=say(f"audit.trained.{group['part']}", **group["values"]),
        )
        for group in groups
    ]
    return say("list.clause").join(said)


def _levels(levels: tuple[str, Sequence[tuple[str, float]]], say: Words) -> str:
    """Of a metric: "Correct (base 33 %, dpo 17 %)"."""
    metric, found = levels
    measure = suite_measure(metric)
    told = say.listed(
        f"{name} {value_text(value, measure, 0 if measure.kind == 'share' else None, say)}" for name, value in found
    )
    return say("audit.reference_in_part.shown", measure=called(measure, say), levels=told)


_FORMS: dict[str, Callable[[Any, Words], str]] = {
    "accuracy": lambda accuracy, say: quantity_text("rewards/accuracies", accuracy, say),
    "share": lambda share, say: say.percent(share, 0),
    "shares": _shares,
    "counts": _counts,
    "levels": _levels,
    "ids": lambda ids, say: say.listed(ids, _SHOWN),
    "tasks": lambda tasks, say: say.listed(tasks, _SHOWN),
    "parts": _parts,
    "groups": _groups,
    "who": _who,
    "settings": lambda settings, say: say.listed(settings),
    "trained_on": lambda names, say: say.both(names),
    "asked_of": lambda names, say: say.listed(names),
}
"""How a value is shown that is not shown as it is, by its name."""
