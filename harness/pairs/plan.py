"""What is asked for pairs: one model, several samples of each question, and what makes one better than another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.asking import Evaluation, Wishes, as_begun, backend_of, plan_evaluation
from harness.config import Config
from harness.data import refuse_place
from harness.errors import HarnessError
from harness.pairs.criteria import Criterion, find_criteria
from harness.pairs.splitting import split_questions
from harness.records import Question


@dataclass(frozen=True, kw_only=True)
class PairWishes:
    """What the command line says; None leaves it to configuration and suite."""

    suite: str | None = None
    base: str | None = None
    adapters: Sequence[str] = ()
    samples: int = 8
    temperature: float = 1.0
    max_tokens: int | None = None
    prefer: Sequence[str] = ("correct", "shorter", "no-loop")
    split: float | None = None
    seed: int | None = None
    backend: str | None = None
    limit: int | None = None


@dataclass(frozen=True)
class PairPlan:
    """What is to be sampled, compared and written where, with every setting decided and nothing loaded yet."""

    evaluation: Evaluation
    """The samples: a run of one variant, and of the questions that pairs are made of."""
    held_out: tuple[Question, ...]
    """Those that nothing is asked."""
    split: float | None
    criteria: tuple[Criterion, ...]
    out: Path

    @property
    def samples(self) -> Path:
        """The run folder of the samples, beside the pairs."""
        return samples_of(self.out)

    @property
    def held_out_suite(self) -> Path:
        """The folder of the suite of what is held out, beside the pairs."""
        return self.out.with_suffix(".held_out")

    def identity(self) -> dict[str, Any]:
        """What must be the same for samples to be gone on with."""
        return {**self.evaluation.identity(), "split": self.split}


def samples_of(out: Path) -> Path:
    """The run folder of the samples of the pairs in that file."""
    return out.with_suffix(".samples")


def plan_pairs(config: Config, wishes: PairWishes, out: Path, command: str) -> PairPlan:
    """The plan; refuses what is unknown, more than one model, and samples between which there is nothing to choose."""
    refuse_place(out, force=True)
    criteria = find_criteria(wishes.prefer)
    if len(wishes.adapters) > 1:
        raise HarnessError(
            f"Pairs are of one model's own answers, and --adapters names {', '.join(wishes.adapters)}. Give one of "
            "them, and each a file of its own."
        )
    if wishes.samples < 2 or wishes.temperature <= 0:
        raise HarnessError(
            "A pair needs two answers that differ: give --samples 2 or more, and a --temperature above 0."
        )
    asked = Wishes(wishes.adapters, wishes.base, wishes.suite, (), wishes.backend, wishes.limit)
    planned = plan_evaluation(_sampling(config, wishes), asked, command)
    evaluation = as_begun(planned, lambda _: backend_of(samples_of(out)))
    first, held_out = split_questions(evaluation.questions, wishes.split, evaluation.seed)
    serving = evaluation.serving
    evaluation = replace(
        evaluation,
        questions=first,
        asks_base=not (evaluation.adapters or evaluation.models),
        # As many as the memory holds would be other batches after an interruption, and rounding may turn a draw.
        serving=serving.model_copy(update={"batch_size": serving.usual_batch}),
    )
    return PairPlan(evaluation, held_out, wishes.split, criteria, out)


def _sampling(config: Config, wishes: PairWishes) -> Config:
    """The configuration with what is said of sampling; adapters that it lists are asked only where one is named."""
    said = {
        "samples": wishes.samples,
        "temperature": wishes.temperature,
        "max_new_tokens": wishes.max_tokens,
        "seed": wishes.seed,
    }
    generation = {**config.generation, **{key: value for key, value in said.items() if value is not None}}
    return config.model_copy(
        update={
            "generation": generation,
            "noise_floor": False,
            "adapters": config.adapters if wishes.adapters else {},
            "seed": config.seed if wishes.seed is None else wishes.seed,
        }
    )
