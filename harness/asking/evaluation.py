"""What is to be asked of whom, which parts of it a load of a model can answer, and what of it a run folder lacks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from harness.asking.tasks import Tasks, has_task
from harness.config import DAY, Generation, Serving
from harness.data import Template
from harness.data.suites import Suite
from harness.models import Adapter, Model, Weights
from harness.records import BASE, Question, Variant
from harness.resources import text_digest
from harness.store import Run, Stopping, is_answered

_AGAIN = 1_000_003
"""How far the seeds of a second asking lie from those of the first: beyond any number of samples."""


@dataclass(frozen=True)
class Evaluation:
    """What is to be asked of whom, with every setting decided and nothing loaded yet."""

    base: Weights
    adapters: tuple[Adapter, ...]
    suite: Suite
    questions: tuple[Question, ...]
    template: Template
    system: str
    tasks: Tasks
    backend: str
    generation: Generation
    serving: Serving
    limit: int | None
    seed: int
    command: str
    task_limit: int | float | None = None
    """lm-eval's own --limit: of each task the first so many documents, below 1 such a share; None asks all."""
    noise_floor: bool = False
    day: date = DAY
    """What chat templates that print the date are told."""
    notes: dict[str, Any] = field(default_factory=dict)
    asks_base: bool = True
    """Whether the base answers too, beside the adapters."""
    models: tuple[Model, ...] = ()
    """Full models, each in a load of its own."""
    own_templates: Mapping[str, Template] = field(default_factory=dict)
    """The prompt template of each full model whose tokenizer makes other prompts of the same questions."""
    stopping: Stopping | None = None
    """When asking stops before all is asked; None where it does not."""
    alone: Model | None = None
    """The full model that this load is of; None where it is of the base."""
    backend_is_open: bool = False
    """Whether nobody named the backend."""

    @property
    def variants(self) -> tuple[Variant, ...]:
        """Who answers, in the order of every table: the base, the adapters, the full models."""
        bare = (
            self.alone.variant() if self.alone else Variant(BASE, "base", None, self.base.digest, self.base.told_path)
        )
        adapters, models = (tuple(one.variant() for one in tuned) for tuned in (self.adapters, self.models))
        return (*((bare,) if self.asks_base else ()), *adapters, *models)

    @property
    def loads(self) -> tuple[Evaluation, ...]:
        """The same in parts, a load of a model each: the base with all adapters, then each full model."""
        return (replace(self, models=()), *(self._load_of(model) for model in self.models))

    def _load_of(self, model: Model) -> Evaluation:
        return replace(
            self,
            base=model.weights,
            adapters=(),
            models=(),
            alone=model,
            asks_base=True,
            template=self.own_templates.get(model.name, self.template),
            serving=model.served(self.serving),
        )

    def called(self, variant: str) -> str:
        """What a generator of this load knows the variant by: a model that is loaded alone is the base to it."""
        return BASE if self.alone is not None and variant == self.alone.name else variant

    def identity(self) -> dict[str, Any]:
        """What must be the same for a run to be continued: everything that shapes an answer or a result."""
        return {
            "base": self.base.digest,
            **{f"adapter {adapter.name}": adapter.digest for adapter in self.adapters},
            **{f"model {model.name}": model.weights.digest for model in self.models},
            "suite": self.suite.digest,
            "prompt": self.template.sha256,
            **self._chat_templates(),
            "system": self.system,
            **({"day": self.day.isoformat()} if self.prints_day else {}),
            **{f"task {name}": digest for name, digest in self.tasks.digests.items()},
            **self.generation.identity(),
            **self.serving.identity(),
            "backend": self.backend,
            "limit": self.limit,
            **self._documents(),
            **self._task_settings(),
            "seed": self.seed,
            **self._until(),
        }

    @property
    def prints_day(self) -> bool:
        """Whether the prompts hold the day."""
        return any(template.day for template in (self.template, *self.own_templates.values()))

    def _documents(self) -> dict[str, Any]:
        # A run with a limit from before tasks had one of their own drew documents by its seed: it is another.
        if not self.tasks.names or (self.limit is None and self.task_limit is None):
            return {}
        return {"task limit": self.task_limit or "none"}

    def _task_settings(self) -> dict[str, Any]:
        """Those that differ from lm-eval's defaults: a run from before there were any has none."""
        if not self.tasks.names:
            return {}
        return {f"lm-eval {key}": value for key, value in self.tasks.settings.told().items()}

    def _until(self) -> dict[str, Any]:
        if self.stopping is None:
            return {}
        return {"until": self.stopping.rule, "against": self.stopping.against, "policy": self.stopping.policy}

    def _chat_templates(self) -> dict[str, str]:
        """Digests of those that prompts are rendered by: they lie with a tokenizer, which no digest holds."""
        asked = {BASE: self.template, **self.own_templates}
        return {f"chat template {name}": it.chat_sha256 for name, it in asked.items() if it.chat_sha256}

    def default_id(self) -> str:
        """The same for the same command, another for other settings: suite, adapters, and six digits of a digest."""
        names = "-".join(variant.name for variant in self.variants if variant.name != BASE) or BASE
        return f"{self.suite.name}-{names}-{text_digest(repr(self.identity()))[:6]}"


@dataclass(frozen=True)
class Round:
    """One asking of a suite: which variant, which of its samples, and whether for the second time."""

    variant: str
    sample: int = 0
    again: bool = False
    """To measure the noise floor: in batches of another order, and with other seeds where there is a temperature."""

    def seeded(self, generation: Generation) -> Generation:
        """The generation settings with this round's own seed: no two samples of a question share their dice."""
        return generation.model_copy(update={"seed": generation.seed + self.sample + _AGAIN * self.again})


@dataclass(frozen=True)
class Gaps:
    """What a run folder lacks; false where that is nothing."""

    answers: Mapping[Round, tuple[Question, ...]]
    tasks: tuple[tuple[str, str], ...]
    """(variant, lm-eval task)."""

    def __bool__(self) -> bool:
        return bool(self.answers or self.tasks)

    @property
    def questions(self) -> int:
        """How many answers are missing, over all rounds."""
        return sum(map(len, self.answers.values()))

    def of(self, load: Evaluation) -> Gaps:
        """Those that a load of a model can fill."""
        names = {variant.name for variant in load.variants}
        answers = {turn: questions for turn, questions in self.answers.items() if turn.variant in names}
        return Gaps(answers, tuple(task for task in self.tasks if task[0] in names))

    def shard(self, number: int, of: int) -> Gaps:
        """Every so many-th question of each round, and task, beginning with that number: shards 0 to of − 1 are all."""
        return _gaps({turn: questions[number::of] for turn, questions in self.answers.items()}, self.tasks[number::of])

    def without(self, answered: Collection[tuple[Round, str]], measured: Collection[tuple[str, str]]) -> Gaps:
        """What is left once these questions, by round and id, have answers, and these tasks results."""
        left = {
            turn: tuple(question for question in questions if (turn, question.id) not in answered)
            for turn, questions in self.answers.items()
        }
        return _gaps(left, tuple(task for task in self.tasks if task not in measured))


def _gaps(answers: Mapping[Round, tuple[Question, ...]], tasks: tuple[tuple[str, str], ...]) -> Gaps:
    return Gaps({turn: questions for turn, questions in answers.items() if questions}, tasks)


def missing(evaluation: Evaluation, run: Run) -> Gaps:
    """Questions without an answer, of which a failed generation is none, and tasks without results."""
    return _gaps(
        {turn: _lacking(evaluation, run, turn) for turn in rounds(evaluation)}, _missing_tasks(evaluation, run)
    )


def rounds(evaluation: Evaluation) -> list[Round]:
    """Every asking that the evaluation takes, in its order."""
    names = [variant.name for variant in evaluation.variants]
    first = [Round(name, sample) for name in names for sample in range(evaluation.generation.samples)]
    return first + [Round(name, again=True) for name in names if evaluation.noise_floor]


def _lacking(evaluation: Evaluation, run: Run, turn: Round) -> tuple[Question, ...]:
    found = run.again if turn.again else run.answers
    return tuple(
        question
        for question in evaluation.questions
        if not is_answered(found.get((turn.variant, question.id, turn.sample)))
    )


def _missing_tasks(evaluation: Evaluation, run: Run) -> tuple[tuple[str, str], ...]:
    return tuple(
        (variant.name, task)
        for task in evaluation.tasks.names
        for variant in evaluation.variants
        if not has_task(run, variant.name, task)
    )
