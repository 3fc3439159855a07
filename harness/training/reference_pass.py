"""The reference model's log-probabilities of all pairs: computed once, kept by digest, used by every DPO training.

DPO's reward of an answer is beta · (log-probability under the adapter − log-probability under the base), and the base's
never changes. TRL keeps them too (precompute_ref_log_probs), but under a key that holds the fresh LoRA weights, so that
no second training finds them. They depend on the base and the token ids alone.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.data import PreferencePair
from harness.errors import HarnessError
from harness.machine import Progress, take_lock
from harness.store import REFERENCES, draft_file
from harness.training.batches import pair_length

COLUMNS = ("ref_chosen_logps", "ref_rejected_logps")
"""Where TRL's DPO looks for them in a dataset."""
_BATCH = 8
"""Pairs of a batch where they are the longest; of shorter ones, as many as are no more tokens."""
_WORTH = 2
"""How often a training shows its pairs from which on a pass costs clearly less than the base at each step."""

TokenRow = Mapping[str, Any]
Compute = Callable[[Sequence[TokenRow]], tuple[Sequence[float], Sequence[float]]]
"""(chosen, rejected) of a batch, (rows,) each: Σ ln p of the answer's tokens after the prompt, under the base."""


@dataclass(frozen=True)
class ReferencePass:
    """All pairs of a training, those held out too, and what their log-probabilities depend on besides."""

    pairs: tuple[PreferencePair, ...]
    depends_on: Mapping[str, Any]
    """Base digest, precision, versions: anything that would change a number."""
    folder: Path = REFERENCES

    @property
    def path(self) -> Path:
        """The same for every order of the pairs: seeds share it."""
        digest = hashlib.sha256(json.dumps(dict(self.depends_on), sort_keys=True).encode())
        for row in sorted({_digest(vars(pair)) for pair in self.pairs}):
            digest.update(row)
        return self.folder / f"{digest.hexdigest()}.safetensors"

    def columns(self, rows: Sequence[TokenRow], compute: Compute) -> dict[str, list[float]]:
        """Nats, a value a row, under TRL's names; computes those of all pairs where nobody has before, alone."""
        known = self._known(compute)
        found = [known[_digest(row)] for row in rows]
        return {name: [pair[side] for pair in found] for side, name in enumerate(COLUMNS)}

    def _known(self, compute: Compute) -> dict[bytes, tuple[float, float]]:
        unique = {_digest(vars(pair)): vars(pair) for pair in self.pairs}
        path = self.path
        # Others that want the same file wait until it is there.
        with closing(take_lock(path.with_suffix(".lock"))):
            values = _read(path, len(unique))
            if values is None:
                values = _computed(unique, compute)
                _write(path, values)
        return dict(zip(sorted(unique), zip(*values, strict=True), strict=True))


def is_worth_a_pass(pairs: int, training: Mapping[str, Any], processes: int) -> bool:
    """Whether one process that asks the base for all pairs before saves each at least as much again while they train.

    `training` are TRL's arguments for one of so many processes.
    """
    if (steps := int(training.get("max_steps", -1))) > 0:
        batch = int(training.get("per_device_train_batch_size", 8))
        shown = float(steps * batch * int(training.get("gradient_accumulation_steps", 1)))
    else:
        shown = pairs * float(training.get("num_train_epochs", 3.0)) / processes
    return shown >= _WORTH * pairs


def _computed(unique: Mapping[bytes, TokenRow], compute: Compute) -> tuple[list[float], list[float]]:
    """In the order of the rows' digests; asked by length, so that little is padded."""
    values: dict[bytes, tuple[float, float]] = {}
    with Progress("reference pass", len(unique), "pair") as progress:
        for keys in _batches({key: pair_length(row) for key, row in unique.items()}):
            chosen, rejected = compute([unique[key] for key in keys])
            values |= dict(zip(keys, zip(chosen, rejected, strict=True), strict=True))
            progress.advance(len(keys), tokens=sum(tokens_of(unique[key]) for key in keys))
    ordered = [values[key] for key in sorted(unique)]
    return [pair[0] for pair in ordered], [pair[1] for pair in ordered]


def tokens_of(row: TokenRow) -> int:
    """Of a pair as a model is shown it: its prompt with each of its answers."""
    return 2 * len(row["prompt_ids"]) + len(row["chosen_ids"]) + len(row["rejected_ids"])


def _batches(lengths: Mapping[bytes, int]) -> list[list[bytes]]:
    """Pairs of like length together, the longest first, in batches of about as many tokens, padding among them."""
    ordered = sorted(lengths, key=lambda key: (-lengths[key], key))
    most, found = _BATCH * max(lengths.values(), default=0), []
    while ordered:
        count = max(_BATCH, most // lengths[ordered[0]])
        found.append(ordered[:count])
        ordered = ordered[count:]
    return found


def _read(path: Path, count: int) -> tuple[list[float], list[float]] | None:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors = load_file(path)
    except (FileNotFoundError, SafetensorError):
        return None
    chosen, rejected = (tensors[name].tolist() for name in COLUMNS)
    return (chosen, rejected) if len(chosen) == len(rejected) == count else None


def _write(path: Path, values: tuple[list[float], list[float]]) -> None:
    import torch
    from safetensors.torch import save

    tensors = {name: torch.tensor(side, dtype=torch.float32) for name, side in zip(COLUMNS, values, strict=True)}
    broken = sum(int((~tensor.isfinite()).sum()) for tensor in tensors.values())
    if broken:
        raise HarnessError(f"The base gives {broken} answers of the pairs a probability that is no number.")
    with draft_file(path, sync=True) as draft:
        draft.write_bytes(save(tensors))


def _digest(row: TokenRow) -> bytes:
    """Of the token ids that the reference model sees."""
    digest = hashlib.sha256()
    for part in ("prompt_ids", "chosen_ids", "rejected_ids"):
        ids = array("q", row[part])
        digest.update(len(ids).to_bytes(8, "little") + ids.tobytes())
    return digest.digest()
