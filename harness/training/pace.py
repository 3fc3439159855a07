"""How far a training has come and how fast it goes: steps, the batches within one, evaluations of rows held out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.machine import Progress


class Pace:
    """Shows it while the training runs; `shown` is how many tokens this process was shown up to now, prompts included.

    `processes` go at one pace, so that all of them together were shown so many times as much.
    """

    def __init__(self, name: str, shown: Callable[[], Any], processes: int, single_answers: bool = False) -> None:
        self._name = name
        self._shown = shown
        self._processes = processes
        self._unit = "answer" if single_answers else "pair"
        self._before: Any = 0
        self._batches = 0
        self._steps: Progress | None = None
        self._held_out: Progress | None = None

    def callback(self) -> Any:
        """The same as a callback of Transformers' trainer."""
        from transformers import TrainerCallback

        pace = self

        class Callback(TrainerCallback):  # type: ignore[misc]
            def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
                pace._steps = Progress(f"training {pace._name}", state.max_steps, "step", done=state.global_step)

            def on_substep_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
                pace.batch(args)

            def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
                pace._batches = 0
                if pace._steps:
                    pace._steps.advance(tokens=pace._tokens())

            def on_prediction_step(
                self, args: Any, state: Any, control: Any, eval_dataloader: Any = None, **_: Any
            ) -> None:
                pace.held_out(state.global_step, eval_dataloader, args)

            def on_evaluate(self, args: Any, state: Any, control: Any, **_: Any) -> None:
                if pace._held_out:
                    pace._held_out.close()
                    pace._held_out = None

            def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
                pace.close()

        return Callback()

    def batch(self, args: Any) -> None:
        """One more batch of the next step is done."""
        self._batches += 1
        if self._steps:
            size = args.per_device_train_batch_size * self._processes
            total = size * args.gradient_accumulation_steps
            self._steps.within(self._batches * size, total, self._unit, self._tokens())

    def held_out(self, step: int, loader: Any, args: Any) -> None:
        """One more batch of the rows held out is done."""
        rows = len(loader.dataset)
        if self._held_out is None:
            self._held_out = Progress(f"evaluating {self._name} at step {step}", rows, self._unit)
        count = args.per_device_eval_batch_size * self._processes
        self._held_out.advance(min(count, rows - self._held_out.done), tokens=self._tokens())

    def close(self) -> None:
        """Ends what is shown; a second call does nothing."""
        for progress in (self._held_out, self._steps):
            if progress:
                progress.close()

    def _tokens(self) -> Any:
        shown = self._shown()
        new, self._before = shown - self._before, shown
        return new * self._processes
