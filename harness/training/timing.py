"""How long a training will take on this machine: a few of its own batches, timed, and the rest counted out."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.data import PreferencePair
from harness.machine import duration, keep_to_one_card
from harness.models import load_model, load_tokenizer
from harness.training.guards import Guard
from harness.training.plan import Plan
from harness.training.reference_pass import is_worth_a_pass, tokens_of

_STEPS, _SECONDS, _MOST = 4, 30.0, 120.0
"""The most steps that are taken to measure one, and the seconds after which no other batch is: after the first one,
which begins libraries and is asked for its loss as well, and of all."""
_LARGE = 100_000_000
"""Parameters from which on a batch of one pair tells enough of a CPU, and more would take minutes."""
_ROWS = 2
"""Of the batch that is only asked; KTO compares the rows of one."""
Pairs = tuple[Sequence[PreferencePair], Sequence[PreferencePair]]


@dataclass(frozen=True)
class Timing:
    """Seconds of each part of a training, and how often it comes."""

    steps: int
    step: float
    reference: float
    """Of the pass before the first step; 0 where there is none."""
    evaluations: int
    evaluation: float
    saves: int
    save: float
    how: str
    """What was measured."""

    @property
    def total(self) -> float:
        """Seconds, all parts together."""
        return self.steps * self.step + self.reference + self.evaluations * self.evaluation + self.saves * self.save

    def line(self) -> str:
        """The sum and its parts."""
        parts = [_times(self.steps, "step", self.step)]
        parts += [f"the reference pass {duration(self.reference)}"] if self.reference else []
        parts += [_times(self.evaluations, "evaluation", self.evaluation)] if self.evaluations else []
        parts += [_times(self.saves, "checkpoint", self.save)]
        return f"about {duration(self.total)}: {', '.join(parts)}; an estimate from {self.how}"


@dataclass(frozen=True)
class _Speed:
    """Seconds a token (prompts included, padding left out), a step where whole ones were taken, and a checkpoint."""

    trained: float
    asked: float
    step: float | None
    save: float
    how: str


def measure(
    plan: Plan, pairs: Pairs, steps: int, shown: float, given: Mapping[str, Any], lora: dict[str, Any], dtype: str
) -> Timing:
    """The training's time by part; `shown` are the tokens of all its steps, `given` TRL's arguments as they will be."""
    from harness.training.trainers import RECIPES

    recipe = RECIPES[plan.method]
    speed = _speed(plan, pairs[0], given, lora, dtype)
    asks_before = recipe.shares_reference and (
        plan.settings.reference_pass
        if plan.settings.reference_pass is not None
        else is_worth_a_pass(len(pairs[0]), given, 1)
    )
    each = shown / max(1, steps)
    step = speed.trained * each if speed.step is None else speed.step
    # Measured beside the reference, which takes as long as the policy itself.
    alone = speed.asked / 2 if recipe.has_reference else speed.asked
    held_out = _tokens(pairs[1])
    return Timing(
        steps=steps,
        step=max(step - alone * each, step / 4) if asks_before else step,
        reference=alone * (_tokens(pairs[0]) + held_out) if asks_before else 0.0,
        evaluations=_evaluations(steps, given) if pairs[1] else 0,
        evaluation=(alone if asks_before else speed.asked) * held_out,
        saves=math.ceil(steps / _every(given.get("save_steps", 500), steps)),
        save=speed.save,
        how=speed.how,
    )


def _tokens(pairs: Sequence[PreferencePair]) -> int:
    return sum(tokens_of(vars(pair)) for pair in pairs)


def _evaluations(steps: int, given: Mapping[str, Any]) -> int:
    strategy = given.get("eval_strategy", "steps")
    if strategy == "steps":
        return math.ceil(steps / _every(given.get("eval_steps") or given.get("logging_steps", 500), steps))
    return math.ceil(float(given.get("num_train_epochs", 3.0))) if strategy == "epoch" else 0


def _every(asked: float, steps: int) -> int:
    """A number of steps; below 1 it is a share of all of them."""
    return max(1, math.ceil(asked * steps) if asked < 1 else int(asked))


def _speed(
    plan: Plan, pairs: Sequence[PreferencePair], given: Mapping[str, Any], lora: dict[str, Any], dtype: str
) -> _Speed:
    """From the first batches of the training itself, one of them asked without training, and one checkpoint."""
    from harness.training.trainers import build_trainer

    # The probe trains, and so it begins CUDA.
    keep_to_one_card()
    trust = plan.settings.trust_remote_code
    tokenizer, model = load_tokenizer(plan.base, trust), load_model(plan.base, dtype, plan.settings.quantization, trust)
    small = {}
    if given["use_cpu"] and model.num_parameters() > _LARGE:
        # KTO compares the rows of a batch, so it has two of them.
        size = 2 if plan.method == "kto" else 1
        batch = int(given.get("per_device_train_batch_size", 8)) * int(given.get("gradient_accumulation_steps", 1))
        small = {"per_device_train_batch_size": size, "gradient_accumulation_steps": max(1, batch // size)}
    with tempfile.TemporaryDirectory() as folder:
        training = {
            **given,
            **small,
            "output_dir": folder,
            "report_to": "none",
            "save_strategy": "no",
            "eval_strategy": "no",
            "logging_strategy": "no",
            "max_steps": _STEPS,
        }
        guard = Guard(plan.name, Path(folder), plan.data, pairs)
        clock = _Clock(guard)
        trainer = build_trainer(
            plan.method, model, tokenizer, lora, training, (pairs, []), [clock.callback()], guard, None, plan.start
        )
        try:
            trainer.train()
        except KeyboardInterrupt:
            if not clock.enough:
                raise
        trained, step = clock.found()
        return _Speed(trained, _asked(trainer, guard), step, _saved(trainer), clock.how())


class _Clock:
    """When each batch of the measured training was done, and how many tokens all were that were shown by then."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._batches: list[tuple[float, float]] = []
        self._steps: list[float] = []
        self.enough = False
        """Whether it has ended the training, in the middle of a step, by what no trainer takes for a fault."""

    def callback(self) -> Any:
        from transformers import TrainerCallback

        clock = self

        class Callback(TrainerCallback):  # type: ignore[misc]
            def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
                clock.look()

            def on_substep_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
                clock.look()

            def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
                clock._steps.append(time.monotonic())
                clock.look()

        return Callback()

    def look(self) -> None:
        """One more batch is done; there may be no time for another."""
        now = time.monotonic()
        self._batches.append((now, float(self._guard.shown)))
        measured = now - self._batches[1][0] if len(self._batches) > 2 else 0.0
        if measured > _SECONDS or now - self._batches[0][0] > _MOST:
            self.enough = True
            raise KeyboardInterrupt

    def found(self) -> tuple[float, float | None]:
        """(seconds a token, seconds a step where two were taken); the first of each begins libraries, too."""
        first, last = self._first, self._batches[-1]
        count = len(self._steps) - 1
        step = (self._steps[-1] - self._steps[0]) / count if count > 0 else None
        return (last[0] - first[0]) / max(1.0, last[1] - first[1]), step

    def how(self) -> str:
        """What the figures come from."""
        if len(self._steps) > 1:
            return f"{len(self._steps) - 1} steps taken here"
        first, last = self._first, self._batches[-1]
        return (
            f"{last[1] - first[1]:,.0f} tokens trained here in {duration(last[0] - first[0])}, and as long for as many "
            "others"
        )

    @property
    def _first(self) -> tuple[float, float]:
        return self._batches[1 if len(self._batches) > 2 else 0]


def _asked(trainer: Any, guard: Guard) -> float:
    """Seconds a token of one batch that is only asked."""
    rows = [trainer.train_dataset[number] for number in range(min(len(trainer.train_dataset), _ROWS))]
    batch = trainer._prepare_inputs(trainer.data_collator(rows))
    trainer.model.eval()
    began, before = time.monotonic(), float(guard.shown)
    trainer.prediction_step(trainer.model, batch, True)
    return (time.monotonic() - began) / max(1.0, float(guard.shown) - before)


def _saved(trainer: Any) -> float:
    """Seconds of one checkpoint; before the first step the optimizer saves nothing yet, later two numbers a weight."""
    began = time.monotonic()
    trainer._save_checkpoint(trainer.model, None)
    return (time.monotonic() - began) * (1 if trainer.state.global_step else 3)


def _times(count: int, what: str, seconds: float) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'} of {_short(seconds)}"


def _short(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds < 10 else duration(seconds)
