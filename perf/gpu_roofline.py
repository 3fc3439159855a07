"""How many pairs a second a card could train at most, of a benchmark's own base and pairs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from tokenizers import Tokenizer

from harness.data import load_template
from perf.gpu_base import Shape
from perf.roofline import Training, decoder_of, pair_flops, peak_of


@dataclass(frozen=True)
class Most:
    """What the roofline allows."""

    tokens: float
    """Of a pair, prompt and answer of both texts, on the mean."""
    pairs_per_second: float | None
    """With checkpointing, and for DPO with a live reference; None for a card that is not in the table."""

    def share(self, rate: float) -> float | None:
        """Of that, what so many pairs a second are."""
        return None if self.pairs_per_second is None else rate / self.pairs_per_second

    def said(self, rate: float) -> str:
        """In words, after the rate."""
        share = self.share(rate)
        of = f"of {self.tokens:.0f} tokens"
        return of if share is None else f"{of}, {share:.0%} of the roofline's {self.pairs_per_second:.1f}"


def most(shape: Shape, card: str | None, method: str, rank: int, lengths: Sequence[tuple[int, int]]) -> Most:
    """Of pairs of these lengths, trained by that method with an adapter of that rank."""
    how, peak = Training(rank, checkpointing=True, live_reference=method == "dpo"), peak_of(card or "")
    flops = fmean(pair_flops(decoder_of(shape.model), how, pair) for pair in lengths)
    return Most(fmean(map(sum, lengths)), None if peak is None else peak.flops / flops)


def pair_lengths(made: Path, file: str, longest: int) -> list[tuple[int, int]]:
    """Tokens of both texts of every pair, prompt and answer, as far as a training reads them."""
    tokenizer = Tokenizer.from_file(str(made / "model" / "tokenizer.json"))
    render = load_template("alpaca").render
    rows = [json.loads(line) for line in (made / file).read_text(encoding="utf-8").splitlines()]

    def length(row: dict[str, str], side: str) -> int:
        return min(longest, len(tokenizer.encode(render(row["prompt"], "") + row[side]).ids))

    return [(length(row, "chosen"), length(row, "rejected")) for row in rows]
