"""What of a training weights and optimizer do not tell, kept and put back."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from harness.training.stopping.moment import Moment, as_numbers, put_sums, sums_of


def trainer(name: str) -> Any:
    """The attributes of a trainer of TRL's in which sums wait to be logged: DPO's and KTO's, or ORPO's and SimPO's."""
    batches: dict[str, Any] = {"train": defaultdict(list), "eval": defaultdict(list)}
    counts = {"_total_train_tokens": 0} if name == "_metrics" else {}
    return SimpleNamespace(
        **{name: batches}, **counts, _tr_loss=torch.tensor(0.0), _globalstep_last_logged=0, current_flos=0.0,
        args=SimpleNamespace(device="cpu"), guard=SimpleNamespace(tokens=0),
    )  # fmt: skip


def batch(of: Any, name: str, loss: float) -> None:
    """What a batch adds: a tensor where TRL keeps tensors, and a number that has no short decimal form."""
    of._tr_loss += loss / 3
    value = torch.tensor(loss / 3) if name == "_stored_metrics" else loss / 3
    getattr(of, name)["train"]["rewards/margins"].append(value)
    of.guard.tokens += 100


@pytest.mark.parametrize("name", ["_metrics", "_stored_metrics"])
def test_sums_that_go_through_a_checkpoint_are_added_up_to_the_same_figure(name: str) -> None:
    whole, stopped, again = trainer(name), trainer(name), trainer(name)
    for each in (whole, stopped):
        batch(each, name, 0.7)
        each._globalstep_last_logged = 4
    kept = json.loads(json.dumps({**as_numbers(sums_of(stopped)), "_tr_loss": float(stopped._tr_loss)}))
    put_sums(again, kept)
    for each in (whole, again):
        batch(each, name, 0.4)
    assert torch.equal(whole._tr_loss, again._tr_loss) and again._globalstep_last_logged == 4
    figures = [
        torch.tensor([float(one) for one in getattr(it, name)["train"]["rewards/margins"]]) for it in (whole, again)
    ]
    assert torch.equal(figures[0], figures[1])


def test_a_step_that_is_abandoned_leaves_nothing_behind() -> None:
    one = trainer("_metrics")
    batch(one, "_metrics", 0.7)
    end = Moment.of(one)
    after = [random.random(), float(np.random.random()), float(torch.rand(()))]
    batch(one, "_metrics", 0.4)
    one.current_flos = 5.0
    end.restore(one)
    assert float(one._tr_loss) == pytest.approx(0.7 / 3)
    assert (one.guard.tokens, one.current_flos) == (100, 0.0)
    assert one._metrics["train"]["rewards/margins"] == [0.7 / 3]
    assert [random.random(), float(np.random.random()), float(torch.rand(()))] == after
