"""A training at the end of a step, as far as weights and optimizer do not tell: dice, and sums that are not logged yet.

Within the next step, weights and optimizer are still those of that end until its last batch. So a checkpoint of it can
be written from there, once all else is put back.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_COUNTS = ("_globalstep_last_logged", "_total_train_tokens")
"""Attributes of Transformers' and TRL's trainers that a checkpoint of theirs lacks."""
_SUMS = ("_metrics", "_stored_metrics")
"""Where TRL's trainers keep what each batch gives until it is logged: one or the other."""


@dataclass(frozen=True)
class Moment:
    """What a checkpoint of that moment holds besides weights, optimizer and schedule."""

    dice: Mapping[str, Any]
    sums: Mapping[str, Any]
    tokens: Any
    """Shown since the last checkpoint, as the guard counts them."""
    flos: float
    evaluates: bool
    """Whether the evaluation of the step has not come to its end."""

    @classmethod
    def of(cls, trainer: Any, evaluates: bool = False) -> Moment:
        """The moment that it is now."""
        return cls(_dice(), sums_of(trainer), trainer.guard.tokens, trainer.current_flos, evaluates)

    def restore(self, trainer: Any) -> None:
        """Makes it that moment again."""
        _throw_again(self.dice)
        put_sums(trainer, self.sums)
        trainer.guard.tokens, trainer.current_flos = self.tokens, self.flos


def sums_of(trainer: Any) -> dict[str, Any]:
    """What was not logged yet, and what is counted on from there; of the loss a tensor, as it is on its device."""
    found = {name: getattr(trainer, name) for name in _COUNTS if hasattr(trainer, name)}
    for name in _SUMS:
        if hasattr(trainer, name):
            batches = getattr(trainer, name).get("train", {})
            found[name] = {key: list(values) for key, values in batches.items()}
    return {**found, "_tr_loss": trainer._tr_loss.detach().clone()}


def as_numbers(sums: Mapping[str, Any]) -> dict[str, Any]:
    """The same as JSON can hold it; what TRL keeps as a tensor is one number."""
    return {
        name: {key: [float(value) for value in values] for key, values in value.items()} if name in _SUMS else value
        for name, value in sums.items()
    }


def put_sums(trainer: Any, sums: Mapping[str, Any]) -> None:
    """Makes the trainer add up and count on from there."""
    import torch

    for name, value in sums.items():
        if name in _SUMS:
            batches = getattr(trainer, name)["train"]
            batches.clear()
            batches.update(copy.deepcopy(value))
        elif name == "_tr_loss":
            trainer._tr_loss = torch.as_tensor(value, dtype=torch.float32, device=trainer.args.device).clone()
        else:
            setattr(trainer, name, value)


def _dice() -> dict[str, Any]:
    """The random states that Transformers' checkpoints hold, too."""
    import numpy as np
    import torch

    cards = torch.cuda.get_rng_state_all() if torch.cuda.is_available() and torch.cuda.is_initialized() else None
    return {
        "python": random.getstate(), "numpy": np.random.get_state(), "cpu": torch.get_rng_state(), "cards": cards
    }  # fmt: skip


def _throw_again(dice: Mapping[str, Any]) -> None:
    import numpy as np
    import torch

    random.setstate(dice["python"])
    np.random.set_state(dice["numpy"])
    torch.set_rng_state(dice["cpu"])
    if dice["cards"] is not None:
        torch.cuda.set_rng_state_all(dice["cards"])
