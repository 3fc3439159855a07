"""Several evaluation sets in one training's log: Transformers puts each one's name into its keys (eval_NAME_loss)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_TIMED = re.compile(r"eval_(.+)_runtime")
_LOSS = re.compile(r"eval_(.+)_loss")
_TERMS = {"nll", "sft", "aux", "kl", "policy", "value", "bco", "lm"}
"""What a trainer calls a part of its loss: eval_nll_loss is of no set named nll."""


def evaluation_sets(keys: Iterable[str]) -> tuple[str, ...]:
    """The names of the sets that the keys speak of, in their order; none where there is one set without a name."""
    logged = dict.fromkeys(keys)
    named = dict.fromkeys(found[1] for key in logged if (found := _TIMED.fullmatch(key)))
    for key in logged:
        found = _LOSS.fullmatch(key)
        # A part of the loss is logged in training as well.
        if found and not _is_part(found[1], named) and f"{found[1]}_loss" not in logged:
            named.setdefault(found[1])
    return tuple(named)


def _is_part(name: str, sets: Iterable[str]) -> bool:
    """Whether it is a part of a loss, of a set that is known or of the one without a name."""
    return name in _TERMS or any(name == f"{known}_{term}" for known in sets for term in _TERMS)


def with_set_names(row: Mapping[str, float]) -> Mapping[str, float]:
    """A logged row in which every key of the evaluation names the set that it is of.

    TRL logs its rewards without that name, so that those of the last set would stand for all of them.
    """
    names = evaluation_sets(row)
    if len(names) != 1:
        return row
    own = f"eval_{names[0]}_"
    return {
        own + key.removeprefix("eval_") if key.startswith("eval_") and not key.startswith(own) else key: value
        for key, value in row.items()
    }
