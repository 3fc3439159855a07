"""ORPO and SimPO without full logits: log-probabilities tile by tile, by the head that TRL gives its other trainers.

Their own trainers keep a logit for every token and word in float32, which on a small card is the most of a step.
"""

from __future__ import annotations

from typing import Any


class FusedHead:
    """Makes TRL's ORPO or CPO trainer compute log-probabilities by the fused head, where that gives the model's own."""

    model: Any
    accelerator: Any
    likelihood_of_prompt: bool
    """Whether the likelihood term is of prompt and answer (ORPO's), or of the answer alone."""
    _fused: bool = False

    def fuse_head(self) -> None:
        """Puts the head in; a model whose head is adapted, or computes otherwise, keeps its full logits."""
        from trl.trainer.utils import add_fused_lm_head

        base = self.model.get_base_model()
        if self.is_fsdp_enabled or self.aux_loss_enabled or not is_plain_head(base):  # type: ignore[attr-defined]
            return
        forward = base.forward
        add_fused_lm_head(base, outputs=("log_probs", "mean_logits"))
        self._fused = _agrees(self.model, base)
        if not self._fused:
            base.forward = forward

    def concatenated_forward(self, model: Any, batch: Any) -> Any:
        """(mean or summed log-probabilities of chosen and rejected answers, mean logits of both, likelihood term)."""
        import torch

        if not self._fused:
            return super().concatenated_forward(model, batch)  # type: ignore[misc]
        padding = getattr(self, "padding_value", None)
        both = self.concatenated_inputs(  # type: ignore[attr-defined]
            batch,
            padding_value=self.pad_token_id if padding is None else padding,  # type: ignore[attr-defined]
            device=self.accelerator.device,
        )
        count, answers = batch["chosen_labels"].shape[0], both["concatenated_labels"]
        ids, mask = both["concatenated_input_ids"], both["concatenated_attention_mask"]
        labels = answers.clone()
        if self.likelihood_of_prompt:
            labels[:count] = ids[:count].masked_fill(mask[:count] == 0, -100)
        found = model(input_ids=ids, attention_mask=mask, labels=labels, fused_lm_head=True, use_cache=False)
        answered = answers[:, 1:] != -100
        logps = (found.log_probs * answered).sum(-1)
        if self.averages:
            logps = logps / answered.sum(-1)
        likelihood = -found.log_probs[:count].sum() / found.label_mask[:count].sum()
        if getattr(self, "cpo_alpha", 1.0) == 0:
            likelihood = torch.zeros_like(likelihood)
        logits = [found.mean_logits[half][answered[half]] for half in (slice(None, count), slice(count, None))]
        return logps[:count], logps[count:], *logits, likelihood

    @property
    def averages(self) -> bool:
        """Whether an answer's log-probability is the mean of its tokens', as in ORPO, SimPO and IPO."""
        return getattr(self, "loss_type", "simpo") in ("ipo", "simpo")


def is_plain_head(model: Any) -> bool:
    """Whether a model's head is a linear layer that no adapter changes: TRL's fused head reads its weight alone."""
    import torch

    return type(model.get_output_embeddings()) is torch.nn.Linear


def _agrees(model: Any, base: Any) -> bool:
    """Whether both heads give a few tokens the same log-probabilities: some models scale their logits by themselves."""
    import torch

    ids = torch.arange(1, 17, device=base.device).remainder(base.config.get_text_config().vocab_size)[None]
    devices = [base.device] if base.device.type == "cuda" else []
    training, exact = model.training, base.dtype == torch.float32
    # In training, because bitsandbytes packs 4-bit weights anew for answering; no dice of the training are thrown.
    with torch.no_grad(), torch.random.fork_rng(devices), model.disable_adapter():
        model.train()
        logits = base(input_ids=ids, use_cache=False).logits[:, :-1].float()
        fused = base(input_ids=ids, attention_mask=torch.ones_like(ids), labels=ids, fused_lm_head=True).log_probs
        model.train(training)
    own = logits.log_softmax(-1).gather(-1, ids[:, 1:, None]).squeeze(-1)
    return bool(torch.allclose(own, fused, rtol=0, atol=1e-3 if exact else 0.1))
