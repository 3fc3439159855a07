"""What a report is made from: the run folder, read once, with each variant's mark and each measure's title."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from harness.charts import Mark, marks
from harness.comparing import Measure, measures
from harness.data.recordings import holds
from harness.errors import HarnessError
from harness.records import Curve, Question, Response, Score, Summary, Variant
from harness.report.numbers import Numbers, base_of
from harness.store import Json, Manifest, Run
from harness.words import Words, numerals

T = TypeVar("T")
_MOST, _DRAWN = 20_000, 5_000
"""Questions up to which a report looks at every answer; of more it looks at so many, drawn at random."""
BESIDE = 3
"""Answers, or trainings, that a page holds side by side."""
_COLUMNS = 7
"""Columns of figures that a page holds beside their titles."""


@dataclass(frozen=True)
class Asked:
    """What the run folder tells about a question; the text is the id where the folder kept no questions."""

    id: str
    text: str
    """As it was asked, which a recording may have worded otherwise than the suite."""
    expected: str | None
    kind: str | None = None
    """How answers are judged: the question's match; None where nobody kept the question."""
    suite: str | None = None
    """As the suite words it."""
    alike: bool = True
    """Whether all variants are taken to have been asked in the same words."""

    def of(self, response: Response) -> str | None:
        """The words that this answer was asked in, where the question's text is not all that there is to say."""
        own = response.asked or self.suite or self.text
        return own if not self.alike or own.split() != self.text.split() else None


@dataclass(frozen=True)
class Material:
    """The run folder's content beside what the report calls it."""

    say: Words
    summary: Summary
    manifest: Manifest
    questions: tuple[Asked, ...]
    responses: Mapping[tuple[str, str], Response]
    scores: Mapping[tuple[str, str, str], Score]
    """By variant, question id and metric."""
    curves: tuple[Curve, ...]
    base: Variant
    marks: Mapping[str, Mark]
    measures: tuple[Measure, ...]
    numbers: Numbers
    sweep: Json | None = None
    """What the sweep found that this run is the evaluation of; None where it is none."""
    drawn: bool = False
    """Whether questions, responses and scores are those of some questions, drawn at random."""

    @property
    def drawn_text(self) -> str:
        """Says whose answers are looked at, where they are not all; "" where they are."""
        if not self.drawn:
            return ""
        every, n = numerals.number(self.summary.questions), numerals.number(len(self.questions))
        return self.say("answers.drawn", n=n, all=every)

    @property
    def tuned(self) -> tuple[Variant, ...]:
        """Every variant but the base, in the run's order."""
        return tuple(variant for variant in self.summary.variants if variant.name != self.base.name)

    @property
    def references(self) -> tuple[Variant, ...]:
        """What stands beside the variants, with levels and in no comparison."""
        return self.summary.references

    def is_reference(self, name: str) -> bool:
        """Whether it stands beside the variants."""
        return name in self.marks and self.marks[name].is_reference

    def answered(self, name: str) -> int:
        """How many questions have an answer that did not fail: of a variant or reference."""
        return max((level.n for level in self.summary.metrics.get(name, {}).values()), default=0)

    def is_primary(self, measure: Measure) -> bool:
        """Whether it was named before the answers were seen, so that a variant may be called better or worse on it."""
        named = measure.source == "suite" and measure.metric in (self.manifest.primary or ())
        return named or self.numbers.is_primary(measure)

    @property
    def side_by_side(self) -> list[tuple[Variant, ...]]:
        """The variants in groups that a table has columns for; the base, first of all, stands there once.

        References stand last.
        """
        return beside((self.base, *self.tuned, *self.references), _COLUMNS)

    @property
    def created(self) -> str | None:
        """When the answers were asked, or, of a recording, when they were imported; None where nobody said."""
        created = self.manifest.created
        key = "report.imported" if self.manifest.is_recorded else "report.created"
        return self.say(key, date=created[:10]) if created else None

    @property
    def suite(self) -> str:
        """The suite's title, or its name where it has none; what was asked instead where there is no suite."""
        return self.manifest.suite.title or self.summary.suite or self.say("report.tasks")

    @property
    def asked(self) -> str:
        """How many questions were asked, or lm-eval tasks where there is no suite."""
        if self.summary.suite:
            return self.say.counted("report.question", self.summary.questions, f"{self.summary.questions:,}")
        many = len({task for tasks in self.summary.benchmarks.values() for task in tasks})
        return self.say.counted("report.task", many, str(many))

    def value(self, variant: str, question: str, metric: str) -> float | None:
        """The first sample's value of a metric; None where it was not judged, or not asked."""
        score = self.scores.get((variant, question, metric))
        return None if score is None else score.value

    def values(self, variant: str, metric: str) -> dict[str, float]:
        """Judged values of a metric by question."""
        found = ((question.id, self.value(variant, question.id, metric)) for question in self.questions)
        return {question: value for question, value in found if value is not None}


def gather(run: Run, say: Words) -> Material:
    """Reads the folder; refuses one without a summary or without variants."""
    summary = run.summary
    if not summary.variants:
        raise HarnessError(f"{run.path / 'summary.json'} names no variant. Next: harness score {run.id}")
    base = base_of(summary)
    names = [base.name, *(variant.name for variant in summary.variants if variant.name != base.name)]
    drawn = _drawn(run)
    return Material(
        say=say,
        summary=summary,
        manifest=run.manifest,
        questions=_questions(run) if drawn is None else tuple(_asked(run, it) for it in drawn.values()),
        responses=run.responses if drawn is None else _responses(run, drawn),
        # Of several answers to a question the first is shown; the figures are over all.
        scores={
            (score.variant, score.question_id, score.metric): score
            for score in run.scores
            if score.sample == 0 and (drawn is None or score.question_id in drawn)
        },
        drawn=drawn is not None,
        curves=tuple(run.curves),
        base=base,
        marks=marks(names, [variant.name for variant in summary.references]),
        measures=measures(summary, {**run.reference_results, **run.results}),
        numbers=Numbers(summary),
        sweep=_sweep(run),
    )


def _drawn(run: Run) -> dict[str, Question] | None:
    """The questions whose answers are looked at, in the suite's order; None where these are all."""
    if len(run.questions) <= _MOST:
        return None
    places = sorted(random.Random(0).sample(range(len(run.questions)), _DRAWN))
    return {question.id: question for question in (run.questions[place] for place in places)}


def _responses(run: Run, drawn: Mapping[str, Question]) -> dict[tuple[str, str], Response]:
    keys = ((name, question) for name in (*run.variants, *run.references) for question in drawn)
    found = ((key, run.responses.get(key)) for key in keys)
    return {key: response for key, response in found if response is not None}


def _sweep(run: Run) -> Json | None:
    if run.sweep is None:
        return None
    # What plans trainings is nothing that any other report should load.
    from harness.comparing.seeds import read_sweep

    return read_sweep(run)


def beside(values: Sequence[T], many: int = BESIDE) -> list[tuple[T, ...]]:
    """The values in groups of at most so many."""
    return [tuple(values[start : start + many]) for start in range(0, len(values), many)]


def _questions(run: Run) -> tuple[Asked, ...]:
    """The questions asked, and those that only an answer or a score knows of.

    A reference may have answers to questions that a run stopped before.
    """
    asked = {it.id: _asked(run, it) for it in run.questions}
    answered = [question for name, question in run.responses if name not in run.references]
    answered += [score.question_id for score in run.scores]
    rest = {question: Asked(question, question, None) for question in answered if question not in asked}
    return (*asked.values(), *rest.values())


def _asked(run: Run, question: Question) -> Asked:
    """The question in the words that the first variant was asked in; the suite's own where a longer prompt holds it."""
    responses = (run.responses.get((name, question.id)) for name in run.variants)
    said = [response.asked or question.question for response in responses if response is not None]
    first = said[0] if said else question.question
    return Asked(
        id=question.id,
        text=question.question if holds(first, question.question) else first,
        expected=question.answer or question.reference,
        kind=question.match,
        suite=question.question,
        alike=len({" ".join(it.split()) for it in said}) < 2,
    )
