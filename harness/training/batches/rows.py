"""Pairs as TRL's trainers collate them, from token ids that are there already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def labelled_row(feature: Mapping[str, Any]) -> dict[str, Any]:
    """A row as ORPO and CPO collate it: prompt + answer, and labels of that length, −100 where no loss is taken."""
    prompt = feature["prompt_ids"]
    row: dict[str, Any] = {"prompt_input_ids": prompt, "prompt_attention_mask": [1] * len(prompt)}
    for side in ("chosen", "rejected"):
        answer = feature[f"{side}_ids"]
        row[f"{side}_input_ids"] = prompt + answer
        row[f"{side}_attention_mask"] = [1] * (len(prompt) + len(answer))
        row[f"{side}_labels"] = [-100] * len(prompt) + answer
    return row


def single_answers(pairs: Sequence[Mapping[str, Any]], batch_size: int) -> list[dict[str, Any]]:
    """Chosen and rejected answers in turn, never of the same prompt next to each other, with KTO's mismatched ones.

    KTO takes them in this order, and estimates its KL term from each prompt with the answer before it in the batch.
    """
    rows = []
    for number, pair in enumerate(pairs):
        other = pairs[(number + len(pairs) // 2) % len(pairs)]
        for it, side, label in ((pair, "chosen_ids", True), (other, "rejected_ids", False)):
            if it[side]:
                rows.append({"prompt_ids": it["prompt_ids"], "completion_ids": it[side], "label": label})
    for start in range(0, len(rows), batch_size):
        batch = rows[start : start + batch_size]
        for row, before in zip(batch, [batch[-1], *batch[:-1]], strict=True):
            row["KL_completion_ids"] = before["completion_ids"]
    return rows
