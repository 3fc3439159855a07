"""What could make a run's numbers mean something else, each with a code, a sentence, and the variants concerned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.compare import Column
from harness.records import Curve, Question, Response, Warning

_FEW = 100
_COLLAPSE = 0.5
"""Share of answers that loop or leak from which a variant counts as collapsed."""


@dataclass(frozen=True)
class Evidence:
    """What the checks look at."""

    manifest: Mapping[str, Any]
    questions: Sequence[Question]
    responses: Mapping[tuple[str, str], Response]
    table: Mapping[str, Mapping[str, Column]]
    curves: Sequence[Curve]

    @property
    def trainings(self) -> Mapping[str, Mapping[str, Any]]:
        """variant → certificate, for the adapters that have one."""
        found: Mapping[str, Mapping[str, Any]] = self.manifest.get("trainings", {})
        return found

    def share(self, variant: str, metric: str) -> float:
        values = self.table.get(variant, {}).get(metric, Column({}, 0)).values
        return sum(values.values()) / len(values) if values else 0.0


def audit(
    manifest: Mapping[str, Any],
    questions: Sequence[Question],
    responses: Mapping[tuple[str, str], Response],
    table: Mapping[str, Mapping[str, Column]],
    curves: Sequence[Curve],
) -> list[Warning]:
    """Every warning that the run folder gives cause for, worst first."""
    evidence = Evidence(manifest, questions, responses, table, curves)
    return [warning for check in _CHECKS for warning in check(evidence)]


def _failed(evidence: Evidence) -> Iterator[Warning]:
    failed: dict[str, int] = defaultdict(int)
    for (variant, _), response in evidence.responses.items():
        failed[variant] += response.error is not None
    if any(failed.values()):
        counts = ", ".join(f"{name} {count}" for name, count in failed.items() if count)
        yield Warning("failed_answers", f"Generations failed and are not judged: {counts}.", _names(failed))


def _missing(evidence: Evidence) -> Iterator[Warning]:
    missing = {}
    for name in _variants(evidence):
        count = sum((name, question.id) not in evidence.responses for question in evidence.questions)
        if count:
            missing[name] = count
    if missing:
        counts = ", ".join(f"{name} {count}" for name, count in missing.items())
        yield Warning("missing_answers", f"Answers are missing: {counts} of {len(evidence.questions)}.", tuple(missing))


def _unlike_prompts(evidence: Evidence) -> Iterator[Warning]:
    seen: dict[str, set[str]] = defaultdict(set)
    for (_, question), response in evidence.responses.items():
        seen[question].add(response.prompt_sha256)
    unlike = sum(len(digests) > 1 for digests in seen.values())
    if unlike:
        yield Warning("prompts_differ", f"{unlike} questions were not asked alike; those pairs are not compared.")


def _base_mismatch(evidence: Evidence) -> Iterator[Warning]:
    for name, found in evidence.manifest.get("base_names", {}).items():
        yield Warning(
            "base_name_differs",
            f"{name} names {found} as its base, and was asked on {evidence.manifest['base']['name']}: "
            "it has no certificate by which the weights could be compared.",
            (name,),
        )


def _other_precision(evidence: Evidence) -> Iterator[Warning]:
    serving = evidence.manifest.get("serving", {})
    for name, training in evidence.trainings.items():
        if training.get("quantization") != serving.get("quantization"):
            trained = training.get("quantization") or training.get("dtype")
            served = serving.get("quantization") or serving.get("dtype")
            yield Warning(
                "precision_differs", f"{name} was trained on a {trained} base and asked on a {served} one.", (name,)
            )


def _unlike_training_prompt(evidence: Evidence) -> Iterator[Warning]:
    asked = evidence.manifest.get("prompt", {}).get("sha256")
    for name, training in evidence.trainings.items():
        trained = training.get("prompt", {})
        if trained and trained.get("sha256") != asked:
            yield Warning(
                "prompt_template_differs",
                f"{name} was trained on the prompt template '{trained.get('name')}' and asked with "
                f"'{evidence.manifest['prompt'].get('name')}'.",
                (name,),
            )


def _collapsed(evidence: Evidence) -> Iterator[Warning]:
    last: dict[str, float] = {}
    for curve in evidence.curves:
        if curve.key == "rewards/accuracies":
            last[curve.variant] = curve.value
    for name, accuracy in last.items():
        worst = max(("loop", "leak"), key=lambda metric: evidence.share(name, metric))
        share = evidence.share(name, worst)
        if accuracy >= 0.95 and share >= _COLLAPSE:
            what = "end in a loop" if worst == "loop" else "run on into the prompt template"
            yield Warning(
                "rewards_look_good_answers_do_not",
                f"{name} ended its training with reward accuracy {accuracy:.2f}; {share:.0%} of its answers {what}.",
                (name,),
            )


def _truncated(evidence: Evidence) -> Iterator[Warning]:
    cut = {name: evidence.share(name, "truncated") for name in _variants(evidence)}
    cut = {name: share for name, share in cut.items() if share >= 0.1}
    if cut:
        shares = ", ".join(f"{name} {share:.0%}" for name, share in cut.items())
        yield Warning(
            "answers_cut", f"Answers were cut at the token limit ({shares}): their length is at least this.", tuple(cut)
        )


def _repeated_questions(evidence: Evidence) -> Iterator[Warning]:
    groups: dict[str, list[str]] = defaultdict(list)
    for question in evidence.questions:
        groups[" ".join(question.question.casefold().split())].append(question.id)
    for question in evidence.questions:
        if question.cluster:
            groups[f"cluster {question.cluster}"].append(question.id)
    repeated = dict.fromkeys(", ".join(ids) for ids in groups.values() if len(ids) > 1)
    if repeated:
        yield Warning(
            "repeated_questions",
            f"Questions that are not independent of each other: {'; '.join(repeated)}. Intervals are narrower than "
            "they should be.",
        )


def _few_questions(evidence: Evidence) -> Iterator[Warning]:
    n = len(evidence.questions)
    if n < _FEW:
        yield Warning(
            "few_questions",
            f"{n} question{'s' * (n != 1)}: a rate of 50 % is known to ±{min(50, 98 / n**0.5):.0f} points only.",
        )


def _unlike_rewards(evidence: Evidence) -> Iterator[Warning]:
    methods = {name: row.get("method") for name, row in evidence.trainings.items()}
    methods |= {row["name"]: row["method"] for row in evidence.manifest.get("variants", []) if row.get("method")}
    drawn = {curve.variant for curve in evidence.curves if curve.key.startswith("rewards/")}
    found = {name: method for name, method in methods.items() if name in drawn}
    if len(set(found.values())) > 1:
        yield Warning(
            "rewards_not_comparable",
            "DPO's rewards are β·Σ(log π − log ref), ORPO's β·mean log π: their curves are not on one scale.",
            tuple(found),
        )


def _variants(evidence: Evidence) -> list[str]:
    return [row["name"] for row in evidence.manifest.get("variants", [])]


def _names(counts: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(name for name, count in counts.items() if count)


_CHECKS: tuple[Callable[[Evidence], Iterator[Warning]], ...] = (
    _failed,
    _missing,
    _unlike_prompts,
    _unlike_training_prompt,
    _base_mismatch,
    _other_precision,
    _collapsed,
    _truncated,
    _repeated_questions,
    _few_questions,
    _unlike_rewards,
)
