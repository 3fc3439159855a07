"""A pair as a line of JSON: what a training reads, and beside it where the pair is from."""

from __future__ import annotations

from typing import Any

from harness.pairs.choosing import Sample, SampledPair
from harness.pairs.criteria import CRITERIA
from harness.pairs.plan import PairPlan
from harness.records import Question, Variant


def pair_row(plan: PairPlan, question: Question, found: SampledPair) -> dict[str, Any]:
    """Texts first, then the contrast, then its origin: enough to find both samples again, and to ask for them again."""
    evaluation = plan.evaluation
    asked = next(load for load in evaluation.loads if load.variants)
    (variant,) = asked.variants
    generation = evaluation.generation
    return {
        **({"system": evaluation.system} if evaluation.system else {}),
        "prompt": question.question,
        "chosen": found.chosen.response.text,
        "rejected": found.rejected.response.text,
        "prefer": [criterion.name for criterion in plan.criteria],
        "decided_by": found.decided_by,
        "margin": found.margins,
        "scores_chosen": _scores(found.chosen, found),
        "scores_rejected": _scores(found.rejected, found),
        "question_id": question.id,
        "suite": evaluation.suite.name,
        "suite_digest": evaluation.suite.digest,
        "prompt_template": asked.template.name,
        "prompt_sha256": found.chosen.response.prompt_sha256,
        "base": asked.base.name,
        "base_digest": asked.base.digest,
        **_adapter(variant),
        "samples": generation.samples,
        "seed_chosen": generation.seed + found.chosen.response.sample,
        "seed_rejected": generation.seed + found.rejected.response.sample,
        "temperature": generation.temperature,
        "top_p": generation.top_p,
        "max_new_tokens": generation.max_new_tokens,
        "backend": evaluation.backend,
    }


def _scores(sample: Sample, found: SampledPair) -> dict[str, float | None]:
    """By metric, of the criteria that judged."""
    metrics = [CRITERIA[name].metric for name in found.margins]
    return {metric: sample.scores[metric] for metric in metrics}


def _adapter(variant: Variant) -> dict[str, Any]:
    return {"adapter": variant.name, "adapter_digest": variant.digest} if variant.kind == "adapter" else {}
