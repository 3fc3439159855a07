"""An optimizer's step with its rows regrouped by length: the same rows, in micro-batches with less padding."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

Row = Mapping[str, Any]
_OF_A_BATCH = {"sft", "aot", "aot_unpaired"}
"""DPO's losses that are no mean over pairs: a mean over tokens, and two that sort the answers of a batch."""


class Uncollated:
    """A micro-batch before it is padded; accelerate, which looks for tensors in lists, leaves it alone."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = list(rows)


class RegroupedSteps:
    """Makes one of TRL's trainers regroup the pairs of each optimizer's step by length, where `regroups` says so.

    Sampler, data loader and processes stay TRL's: each step of each process is shown the pairs that it would be.
    """

    regroups: bool = False
    data_collator: Any

    def get_train_dataloader(self) -> Any:
        """TRL's, of micro-batches that are padded only when their step is put together."""
        if not self.regroups:
            return super().get_train_dataloader()  # type: ignore[misc]
        collator, self.data_collator = self.data_collator, Uncollated
        try:
            return super().get_train_dataloader()  # type: ignore[misc]
        finally:
            self.data_collator = collator

    def get_batch_samples(self, epoch_iterator: Iterator[Any], num_batches: int, device: Any) -> Any:
        """The padded micro-batches of the next step."""
        if self.regroups:
            taken = [batch.rows for batch in islice(epoch_iterator, num_batches)]
            epoch_iterator = iter([self.data_collator(rows) for rows in regrouped(taken, pair_length)])
        return super().get_batch_samples(epoch_iterator, num_batches, device)  # type: ignore[misc]


def is_mean_of_pairs(method: str, trainer: Any) -> bool:
    """Whether a step's gradient is a mean over its pairs, in whichever micro-batches they lie."""
    args = trainer.args
    if args.gradient_accumulation_steps == 1 or args.neftune_noise_alpha or trainer.aux_loss_enabled:
        return False
    if method == "dpo":
        return not set(trainer.loss_types) & _OF_A_BATCH
    return method == "simpo" and trainer.cpo_alpha == 0


def pair_length(row: Row) -> int:
    """Tokens of a pair's longer side, its prompt included."""
    if "prompt_ids" in row:
        return len(row["prompt_ids"]) + max(len(row["chosen_ids"]), len(row["rejected_ids"]))
    return max(len(row["chosen_input_ids"]), len(row["rejected_input_ids"]))


def regrouped(batches: Sequence[Sequence[Row]], length: Callable[[Row], int]) -> list[list[Row]]:
    """Micro-batches of the same sizes with the same rows among them, each of rows of like length, the longest first.

    A smaller one, such as an epoch's last, stays as it is: its rows weigh more, being fewer.
    """
    size = max(map(len, batches), default=0)
    rows = sorted((row for batch in batches if len(batch) == size for row in batch), key=length, reverse=True)
    parts = iter([rows[start : start + size] for start in range(0, len(rows), max(1, size))])
    return [next(parts) if len(batch) == size else list(batch) for batch in batches]
