"""Every aggregation by name, and which one lm-eval takes for a metric whose task names none."""

from __future__ import annotations

from collections.abc import Mapping

from harness.comparing.aggregations import labels, numbers, texts
from harness.comparing.aggregations.aggregation import Aggregation

AGGREGATIONS: Mapping[str, Aggregation] = {
    "mean": numbers.mean(),
    "nanmean": numbers.nanmean(),
    "median": numbers.median(),
    "perplexity": numbers.perplexity(),
    "weighted_perplexity": numbers.weighted_perplexity(),
    "bits_per_byte": numbers.bits_per_byte(),
    "brier_score": numbers.brier_score(),
    "f1": labels.f1(),
    "matthews_corrcoef": labels.matthews(),
    "bleu": texts.bleu(),
    "chrf": texts.chrf(),
    "chrf++": texts.chrf_words(),
    "ter": texts.ter(),
}
"""lm-eval's own, by its names; its bypass (999, whatever was said) is no figure."""

OWN: Mapping[str, Aggregation] = {
    "mean": AGGREGATIONS["mean"],
    "pooled mean": numbers.pooled_mean(),
    "macro f1": labels.macro_f1(),
    "micro f1": labels.micro_f1(),
    "weighted f1": labels.weighted_f1(),
}
"""What functions of a task's own mostly compute, kept only where the stored figures prove it."""

KNOWN: Mapping[str, Aggregation] = {**AGGREGATIONS, **OWN}

USUAL: Mapping[str, str] = {
    "perplexity": "perplexity",
    "word_perplexity": "weighted_perplexity",
    "byte_perplexity": "weighted_perplexity",
    "bits_per_byte": "bits_per_byte",
    "brier_score": "brier_score",
    "f1": "f1",
    "mcc": "matthews_corrcoef",
    "bleu": "bleu",
    "chrf": "chrf",
    "chrf++": "chrf++",
    "ter": "ter",
    "bypass": "bypass",
}
"""lm-eval's aggregation of a metric; of every other it is the mean."""
