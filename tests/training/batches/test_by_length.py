"""A model that runs in passes of like length gives what one pass gives."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from harness.models import find_base, load_model
from harness.training.batches.by_length import pass_cost, run_by_length
from harness.training.batches.fused_head import is_plain_head
from harness.training.batches.passes import PassCost

LENGTHS = [40, 5, 12, 38, 4, 1]
FIELDS = ("log_probs", "entropy", "mean_logits", "is_top1", "label_mask")


def fused() -> Any:
    from trl.trainer.utils import add_fused_lm_head

    model = load_model(find_base("pocket"), "float32", None)
    add_fused_lm_head(model, outputs=("log_probs", "entropy", "mean_logits", "is_top1"))
    return model


def batch(lengths: list[int] = LENGTHS) -> dict[str, Any]:
    torch.manual_seed(4)
    mask = torch.tensor([[1] * length + [0] * (max(lengths) - length) for length in lengths])
    ids = torch.randint(5, 600, mask.shape) * mask
    labels = ids.masked_fill(mask == 0, -100)
    labels[:, :2] = -100
    return {"input_ids": ids, "attention_mask": mask, "labels": labels, "fused_lm_head": True, "use_cache": False}


def test_outputs_and_gradients_are_those_of_one_pass() -> None:
    model, given, tokens = fused(), batch(), []
    model.model.register_forward_pre_hook(
        lambda _, __, named: tokens.append(named["input_ids"].shape), with_kwargs=True
    )
    weight = model.model.layers[0].self_attn.q_proj.weight
    found = []
    for cut_up in (False, True):
        if cut_up:
            run_by_length(model, PassCost(fixed=4))
        output = model(**given)
        (gradient,) = torch.autograd.grad(output.log_probs.pow(2).sum() + output.loss, weight)
        found.append((output, gradient))
    (one, gradient), (several, other) = found
    assert tokens[0] == (6, 40) and [tuple(shape) for shape in tokens[1:]] == [(2, 40), (1, 12), (3, 5)]
    for name in FIELDS:
        torch.testing.assert_close(several[name], one[name], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(several.loss, one.loss)
    torch.testing.assert_close(other, gradient, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    "change",
    [
        {"fused_lm_head": False},
        # The loss that balances experts is one of the whole batch.
        {"output_router_logits": True},
        {"attention_mask": None},
    ],
)
def test_what_asks_for_something_of_the_whole_batch_gets_one_pass(change: dict[str, Any]) -> None:
    model, tokens = load_model(find_base("pocket"), "float32", None), []
    model.forward = lambda **named: tokens.append(tuple(named["input_ids"].shape))
    run_by_length(model, PassCost(fixed=0))
    model(**{**batch(), **change})
    assert tokens == [(6, 40)]


def test_padding_on_the_left_is_kept() -> None:
    model, given = fused(), batch([6, 6, 6])
    given["attention_mask"][0, :4] = 0
    run_by_length(model, PassCost(fixed=0))
    one = model(**given)
    torch.testing.assert_close(one.log_probs.shape, torch.Size([3, 5]))
    assert model.runs_by_length and torch.isfinite(one.log_probs).all()


def test_a_model_still_writes_after_it_runs_by_length() -> None:
    model = fused()
    ids = torch.tensor([[5, 6, 7]])
    before = model.generate(ids, max_new_tokens=4, do_sample=False)
    run_by_length(model, pass_cost(model))
    assert torch.equal(model.generate(ids, max_new_tokens=4, do_sample=False), before)
    assert is_plain_head(model)
