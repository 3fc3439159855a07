"""A trainer that can be asked to end, and saves by the clock."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from harness.store import COMPLETE, finished_checkpoint, read_mark
from harness.training.stopping.kept import is_usual
from harness.training.stopping.moment import Moment, as_numbers, put_sums, sums_of
from harness.training.stopping.signals import Stop


class Stoppable:
    """Makes one of TRL's trainers end where its state is whole; `stop`, `processes` and `save_minutes` are set before.

    Alone, it ends in the middle of a step, which is abandoned; several processes end a step together, because each
    would wait for the others in the middle of it.
    """

    stop: Stop = Stop()
    processes: Any = None
    save_minutes: float = 0.0
    """Minutes after which a checkpoint is due, whatever the settings say; 0 is never."""
    guard: Any
    args: Any
    model: Any
    state: Any
    control: Any
    callback_handler: Any
    is_in_train: bool
    _determine_best_metric: Any
    _evaluate: Any
    _tr_loss: Any
    _moment: Moment | None = None
    _saved: float | None = None
    _decided: int = 0

    def training_step(self, *given: Any, **named: Any) -> Any:
        """TRL's forward and backward pass over one batch."""
        if self._saved is None:
            self._saved = time.monotonic()
        if not self._is_alone:
            return super().training_step(*given, **named)  # type: ignore[misc]
        with self.stop.at_once():
            return super().training_step(*given, **named)  # type: ignore[misc]

    def prediction_step(self, *given: Any, **named: Any) -> Any:
        """TRL's forward pass over one batch that is held out."""
        if not self._is_alone:
            return super().prediction_step(*given, **named)  # type: ignore[misc]
        with self.stop.at_once():
            return super().prediction_step(*given, **named)  # type: ignore[misc]

    def evaluate(self, *given: Any, **named: Any) -> Any:
        """TRL's evaluation; a training that ends in it begins with it when it goes on."""
        if self.is_in_train:
            self._moment = Moment.of(self, evaluates=True)
        metrics = super().evaluate(*given, **named)  # type: ignore[misc]
        self._moment = None
        return metrics

    def _maybe_log_save_evaluate(self, *given: Any, **named: Any) -> None:
        """What follows on a step, and on an epoch; a step may be the last that there is time for."""
        ends = False
        if self.state.global_step > self._decided:
            self._decided = self.state.global_step
            ends = self._decide()
        super()._maybe_log_save_evaluate(*given, **named)  # type: ignore[misc]
        self._moment = Moment.of(self)
        if ends:
            raise KeyboardInterrupt

    def _decide(self) -> bool:
        """Whether the training ends with this step; a checkpoint that is due is asked for."""
        due = self.save_minutes > 0 and time.monotonic() - (self._saved or 0.0) >= 60 * self.save_minutes
        if not self._any(self.stop.asked or due):
            return False
        self.control.should_save = True
        return self._any(self.stop.asked)

    def _save_checkpoint(self, *given: Any, **named: Any) -> None:
        # Where the settings save no checkpoint of it, the best step has none: an extra one must not become that.
        if self.state.best_global_step and not is_usual(self.state.best_global_step, self.state):
            self.state.best_global_step = None
        # The log deletes what is too many, once this one is marked as whole.
        limit, self.args.save_total_limit = self.args.save_total_limit, None
        try:
            super()._save_checkpoint(*given, **named)  # type: ignore[misc]
        finally:
            self.args.save_total_limit = limit
        self._saved = time.monotonic()

    def carried(self) -> dict[str, Any]:
        """What the mark of a checkpoint says of the training besides what Transformers keeps, where there is any."""
        losses = self._gather(float(self._tr_loss))
        found: dict[str, Any] = {"sums": {**as_numbers(sums_of(self)), "_tr_loss": sum(losses) / len(losses)}}
        if not is_usual(self.state.global_step, self.state):
            found["extra"] = True
        if self._moment and self._moment.evaluates:
            found["evaluates"] = True
        return found

    def save_stopped(self, folder: Path) -> Path | None:
        """The checkpoint of the last finished step, written now where it is not there; None where no step is finished.

        For a training whose step or evaluation was abandoned.
        """
        if not self._is_alone:
            # They have saved it together, and the main one's mark, which is the last of it, is waited for.
            kept: Path | None = self.processes.from_main(lambda: finished_checkpoint(folder))
            return kept
        newest, step = finished_checkpoint(folder), self.state.global_step
        there = newest is not None and newest.name == f"checkpoint-{step}"
        if self._moment is not None and not there:
            self._moment.restore(self)
            self._save_checkpoint(self.model, None)
            self.control = self.callback_handler.on_save(self.args, self.state, self.control)
            newest = finished_checkpoint(folder)
        return newest

    def _load_rng_state(self, checkpoint: str | None) -> None:
        super()._load_rng_state(checkpoint)  # type: ignore[misc]
        if checkpoint is not None:
            self.take_up(Path(checkpoint))

    def take_up(self, checkpoint: Path) -> None:
        """Adds up and counts on from a checkpoint; first comes the evaluation in which the training was ended."""
        # Transformers' own checkpoints have no mark.
        mark = read_mark(checkpoint) if (checkpoint / COMPLETE).is_file() else {}
        put_sums(self, mark.get("sums", {}))
        self._decided = self.state.global_step
        if mark.get("evaluates"):
            metrics = self._evaluate(None, None)
            self._determine_best_metric(metrics=metrics, trial=None)

    @property
    def _is_alone(self) -> bool:
        return self.processes is None or self.processes.count == 1

    def _gather(self, value: float) -> list[float]:
        return [value] if self.processes is None else list(self.processes.gather(value))

    def _any(self, flag: bool) -> bool:
        return flag if self.processes is None else bool(self.processes.any(flag))
