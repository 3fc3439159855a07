"""All answers of a run, judged: lines while it goes on, then a table of figures and the sides that are compared."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from itertools import islice

import numpy as np

from harness.comparing import NONE, Column, Items, ItemSet, ItemValues, PromptCodes, Side
from harness.machine import Progress
from harness.on_disk import Figures
from harness.records import Question, Response
from harness.scorers import METRICS, holds_thought
from harness.scoring.block import AnswerBlock, ScoredBlock, prompt_codes, score_block
from harness.scoring.workers import MANY, in_processes
from harness.store import LOG, AnswerKey, Run

_BLOCK = 500
"""Questions that are judged together."""


class RunScores:
    """A run's answers, or those of its second asking; nothing is judged before `lines` is gone through."""

    def __init__(self, run: Run, answers: Mapping[AnswerKey, Response], items: Items) -> None:
        self.items = items
        # Metrics of thoughts are of all variants or of none, so that who thinks is compared with who does not; a
        # reference that thinks gives none to the others.
        thinking = _thinks(run, run.variants)
        beside = thinking or _thinks(run, run.references)
        self._run, self._answers = run, answers
        self._variants = [*run.variants, *run.references]
        self._thinking = {name: beside if name in run.references else thinking for name in self._variants}
        columns, many = len(self._variants) * len(METRICS), len(items) if answers else 0
        questions = many // items.samples
        self._values = Figures(columns, many, np.nan)
        self._answered = Figures(len(self._variants), many, False)
        self._prompts = Figures(len(self._variants), questions, np.int64(NONE))
        self._asked = Figures(len(self._variants), questions, np.int64(NONE))
        self._counts = [0] * len(self._variants)

    def lines(self) -> Iterator[str]:
        """Lines of scores.jsonl, by variant and then as the suite has its questions, whatever order answers came in."""
        many = len(self._answers)
        if not many:
            return
        judge = partial(in_processes, log=self._run.path / LOG) if many >= MANY else map
        with Progress("scoring", many, "answer") if many >= MANY else nullcontext() as progress:
            for one in judge(score_block, self._blocks()):
                self._keep(one)
                yield one.lines
                if progress is not None:
                    progress.advance(one.answers)

    def table(self) -> dict[str, dict[str, Column]]:
        """Variant → metric → column, of variants and references that have an answer."""
        return {
            name: {
                metric.name: self._column(place, number)
                for number, metric in enumerate(METRICS.values())
                if self._thinking[name] or not metric.of_thoughts
            }
            for place, name in enumerate(self._variants)
            if self._counts[place]
        }

    def sides(self, table: Mapping[str, Mapping[str, Column]]) -> dict[str, Side]:
        """What is compared: each variant's judged values, the prompts that it saw, and what it answered."""
        items = self.items
        return {
            name: Side(
                name,
                table[name],
                prompts=PromptCodes(items, self._prompts.column(place)[items.order]),
                answered=ItemSet(items, items.sorted(self._answered.column(place))),
                asked=PromptCodes(items, self._asked.column(place)[items.order]),
            )
            for place, name in enumerate(self._variants)
            if name in table
        }

    def _column(self, variant: int, metric: int) -> Column:
        values = ItemValues(self.items, partial(self._values.column, variant * len(METRICS) + metric))
        return Column(values, self._counts[variant] - len(values))

    def _blocks(self) -> Iterator[AnswerBlock]:
        for place, name in enumerate(self._variants):
            headers, reasoning = self._run.manifest.headers(name), self._run.manifest.reasoning(name)
            questions = iter(self._run.questions)
            for start in range(0, len(self._run.questions), _BLOCK):
                rows = [(question, self._of(name, question)) for question in islice(questions, _BLOCK)]
                thinking = self._thinking[name]
                block = AnswerBlock(place, start, headers, reasoning, thinking, self.items.samples, rows)
                for figures, codes in zip((self._prompts, self._asked), prompt_codes(block), strict=True):
                    figures.write(place, start, codes)
                yield block

    def _of(self, variant: str, question: Question) -> Sequence[Response]:
        keys = ((variant, question.id, sample) for sample in range(self.items.samples))
        found = (self._answers.get(key) for key in keys)
        return [response for response in found if response is not None]

    def _keep(self, found: ScoredBlock) -> None:
        variant, start = found.block
        for number, values in enumerate(found.values):
            self._values.write(variant * len(METRICS) + number, start * self.items.samples, values)
        self._answered.write(variant, start * self.items.samples, found.answered)
        self._counts[variant] += found.answers


def _thinks(run: Run, names: Collection[str]) -> bool:
    """Whether any answer of these holds a thought."""
    found = (it for it in run.answers.values() if it.variant in names) if names else ()
    return any(holds_thought(it, run.manifest.reasoning(it.variant)) for it in found)
