"""Every word of the reports that is not a user's own: one table a language, by key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.errors import HarnessError

_EN = {
    "report.kind": "Evaluation report",
    "report.questions": "{n} questions",
    "report.question": "1 question",
    "report.variants": "{n} variants",
    "report.variant": "1 variant",
    "report.against": "compared with {base}",
    "report.alone": "nothing to compare with",
    "report.created": "Asked {date}",
    "report.run": "Run {run}",
    "report.contents": "Contents",
    "report.made": "Made by the harness from the run folder {run}; every number is one of its summary.json or counted "
    "from its answers.",
    "title.verdict": "Verdict",
    "title.changes": "What changed",
    "title.spread": "Distributions",
    "title.answers": "Answers side by side",
    "title.training": "Training",
    "title.audit": "Audit",
    "title.provenance": "Provenance",
    "verdict.improved": "improved",
    "verdict.regressed": "regressed",
    "verdict.shifted": "shifted",
    "verdict.unchanged": "unchanged",
    "verdict.undecided": "undecided",
    "verdict.lead": "What each variant does differently from {base}, on the same questions.",
    "verdict.lead_alone": "One variant only: its levels, and no difference to claim.",
    "verdict.warnings": "{n} findings of the audit bear on these numbers.",
    "verdict.warning": "1 finding of the audit bears on these numbers.",
    "verdict.clean": "The audit found nothing that would change what these numbers mean.",
    "verdict.table": "Levels, and differences to {base} with 95 % intervals",
    "verdict.table_alone": "Levels with 95 % intervals",
    "verdict.measure": "Measure",
    "verdict.note": "Each cell: the level with its verdict; beneath, the difference to {base} and its 95 % interval. "
    "Shares in percent, their differences in percentage points.",
    "verdict.note_alone": "Each cell: the level; beneath, its 95 % interval.",
    "verdict.meaning": "Unchanged: the interval lies inside the margin. Improved, regressed: it lies beyond zero, and "
    "the test agrees (p < 0.05). Shifted: the same on a measure without a good direction. Undecided: all else. "
    "Would show: the smallest difference that this sample would have shown with 80 % power.",
    "verdict.none": "No measure has a score yet.",
    "training.recorded": "answers recorded elsewhere",
    "training.recorded_method": "{method}, answers recorded elsewhere",
    "training.base": "not tuned",
    "training.unknown": "tuned elsewhere; no certificate",
    "training.steps": "{n} steps",
    "training.rate": "learning rate {value}",
    "training.beta": "β {value}",
    "training.rank": "LoRA rank {value}",
    "training.logged": "{n} steps logged",
    "fact.count": "Correct {before} → {after} of {n}: {gained} gained, {lost} lost ({delta} points, {low} to {high}).",
    "fact.rate": "{title} {before} → {after} ({delta} points, {low} to {high}).",
    "fact.mean": "{title} {before} → {after} ({delta}, {low} to {high}).",
    "fact.length": "{percent} {shorter}: mean {before} → {after} words ({delta}, {low} to {high}){median}.",
    "fact.length_plain": "Words an answer: mean {before} → {after} ({delta}, {low} to {high}){median}.",
    "fact.median": "; median {before} → {after}",
    "fact.shorter": "shorter",
    "fact.longer": "longer",
    "fact.mde": "This sample would have shown {mde}.",
    "fact.inside": "No difference of {margin} or more.",
    "fact.level": "{title} {level} ({span}).",
    "fact.level_plain": "{title} {level}.",
    "fact.level_count": "Correct {count} of {n}: {level} ({span}).",
    "fact.level_words": "Words an answer: mean {level} ({span}){median}.",
    "fact.level_median": "; median {median}",
    "fact.nothing": "Correctness: none of {n} answers could be judged.",
    "fact.no_interval": "{title} {before} → {after} ({delta}).",
    "unit.points": "points",
    "unit.percent": "%",
    "direction.higher": "better →",
    "direction.lower": "← better",
    "group.answers": "Answers",
    "group.form": "Form",
    "group.length": "Length",
    "group.repetition": "Repetition",
    "group.benchmarks": "Benchmarks (lm-eval)",
    "group.other": "Other measures",
    "cell.unjudged": "{n} not judged",
    "cell.unknown": "not judged",
    "cell.spread": "±{spread} between samples",
    "cell.mde": "would show {mde}",
    "cell.noise": "noise {noise}",
    "cell.inside": "inside the noise of {noise}",
    "cell.of": "n {n}",
    "span": "{low} to {high}",
    "changes.points": "Shares: difference in percentage points",
    "changes.relative": "Amounts: difference in percent of {base}",
    "changes.measure": "Measure",
    "changes.variant": "Variant",
    "changes.difference": "Difference (95 % interval)",
    "changes.caption": "{name}: {verdicts} of {n} measures.",
    "changes.verdict_count": "{n} {verdict}",
    "changes.reading": "A shape is the difference to {base}, the line its 95 % interval; left of the upright is less, "
    "right is more.",
    "changes.stretched": "The scale is stretched towards zero (square root), so that small differences stay visible.",
    "changes.band": "Shaded: the margin inside which a difference does not matter.",
    "changes.same": "No difference at all in: {titles}.",
    "changes.nothing": "There is nothing to compare: the run has one variant, or no scores.",
    "changes.pairs": "Between the tuned variants",
    "changes.pair": "Second minus first",
    "changes.more": "{shown} of {n} differences shown; summary.json has all.",
    "spread.words": "Words an answer",
    "spread.rep_4": "Repeated 4-grams, share of all",
    "spread.label": "median {median} ({low} to {high})",
    "spread.none": "no values",
    "spread.caption": "{name}: half of the answers between {low} and {high}{cut}.",
    "spread.caption_same": "{name}: half of the answers at {low}{cut}.",
    "spread.cut": ", {n} of {all} cut",
    "spread.reading": "Each dot is an answer; the thick line spans the middle half, the stroke is the median. "
    "An open wedge is an answer cut by the token limit: it would have been at least this long.",
    "spread.nothing": "No answer has been scored yet.",
    "answers.lead": "{shown} of {n} questions: first what was lost, then what was gained, then the largest changes.",
    "answers.lead_alone": "{shown} of {n} questions, longest answers first.",
    "answers.print": "The first {n} are printed here, each answer up to {characters} characters or {lines} lines; "
    "report.html has {shown} questions with whole answers, responses.jsonl has all.",
    "answers.legend": "Marked in the text:",
    "answers.legend_repeat": "words that repeat an earlier run of four",
    "answers.legend_leak": "a line of the prompt template",
    "answers.legend_after": "what follows the first such line and is not judged",
    "answers.nothing": "The run has no answers yet.",
    "answers.expected": "Expected: {answer}",
    "answers.lost": "lost by {names}",
    "answers.gained": "gained by {names}",
    "answers.right": "right",
    "answers.wrong": "wrong",
    "answers.unjudged": "not judged",
    "answers.words": "{n} words",
    "answers.word": "1 word",
    "answers.repeats": "{share} repeated",
    "answers.loop": "loops",
    "answers.leak": "leaks the template",
    "answers.cut": "cut at the token limit",
    "answers.failed": "no answer: {error}",
    "answers.missing": "not asked",
    "answers.empty": "empty",
    "answers.more": "{n} more characters; whole in report.html",
    "answers.region": "Answer of {name} to question {id}",
    "training.lead": "Each training on its own scales: DPO's rewards are β times the summed log-probability over the "
    "reference model's, ORPO's are β times the mean log-probability without one. Neither their heights nor their "
    "margins compare.",
    "training.reading": "Thin line as logged, strong line smoothed, dots evaluations; the number is the last smoothed "
    "value. Horizontal: optimizer steps.",
    "training.loss": "Loss",
    "training.rewards": "Rewards",
    "training.margin": "Reward margin",
    "training.accuracy": "Reward accuracy",
    "training.learning_rate": "Learning rate",
    "training.chosen": "chosen",
    "training.rejected": "rejected",
    "training.quantity": "Quantity",
    "training.caption": "{name}: loss {first} → {last} over {n} steps{evaluation}.",
    "training.evaluation": "; evaluation {first} → {last}",
    "training.evaluation_one": "; evaluation {last}",
    "training.nothing": "The run has no training curves: none of its variants brought any.",
    "training.without": "Without curves: {names}.",
    "training.chart": "{quantity} of {name}: {lines}",
    "training.chart_line": "{label} from {first} to {last}",
    "audit.lead": "What could make these numbers mean something else, worst first.",
    "audit.clean": "Nothing found.",
    "audit.variants": "Concerns: {names}",
    "provenance.again": "To run this again",
    "provenance.what": "What",
    "provenance.value": "Value",
    "provenance.created": "Asked",
    "provenance.commit": "Git commit",
    "provenance.platform": "Platform",
    "provenance.versions": "Versions",
    "provenance.base": "Base model",
    "provenance.variant": "Variant {name}",
    "provenance.prompt": "Prompt template",
    "provenance.system": "System line",
    "provenance.suite": "Suite",
    "provenance.task": "lm-eval task {name}",
    "provenance.generation": "Generation",
    "provenance.serving": "Serving",
    "provenance.seed": "Seed",
    "provenance.seeds": "Seeds",
    "metric.acc": "accuracy",
    "metric.acc_norm": "accuracy, by length",
    "metric.exact_match": "exact match",
    "metric.word_perplexity": "perplexity a word",
    "metric.byte_perplexity": "perplexity a byte",
    "metric.bits_per_byte": "bits a byte",
}

_WORDS: dict[str, dict[str, str]] = {"en": _EN}


class Words:
    """The words of one language."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._table = table

    def __call__(self, key: str, **values: Any) -> str:
        """The sentence under that key, filled in."""
        return self._table[key].format(**values) if values else self._table[key]

    def get(self, key: str, otherwise: str) -> str:
        return self._table.get(key, otherwise)

    def counted(self, key: str, n: int, shown: str) -> str:
        """The singular or plural under that key: report.question, report.questions."""
        return self(key) if n == 1 else self(f"{key}s", n=shown)


def words(lang: str) -> Words:
    """The language's words; refuses a language that nobody has written."""
    if lang not in _WORDS:
        raise HarnessError(f"No reports in '{lang}' yet. Known: {', '.join(sorted(_WORDS))}. Next: --lang en")
    return Words(_WORDS[lang])
