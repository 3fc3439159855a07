"""What a training leaves while it runs: curves, and marks of whole checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from harness.curves import near, open_wandb
from harness.machine import Meter
from harness.store import (
    COMPLETE,
    CURVES,
    append_jsonl,
    checkpoint_step,
    read_jsonl,
    read_mark,
    sync_file,
    write_json,
    write_jsonl,
)
from harness.training.processes import Processes
from harness.training.stopping import clear, evaluates_first

# The trainer's closing summary of a run, not a curve.
_SUMMARIES = ("train_", "total_flos")


class TrainingLog:
    """Appends each logged value to curves.jsonl and marks each checkpoint that is whole on the disk.

    Of several processes, each has one and calls it alike; the main one's writes.
    """

    def __init__(self, folder: Path, name: str, wandb: Mapping[str, Any], processes: Processes | None = None) -> None:
        self.path = folder / CURVES
        self.name = name
        self.wandb = dict(wandb)
        self.meter = Meter({})
        self.since: list[dict[str, int]] = []
        """From which step on how many processes trained."""
        self.first_loss: dict[str, float] = {}
        """The loss before the first step, and what it must be, where that is known: the guard's finding."""
        self.processes = processes or Processes()
        self.carried: Callable[[], dict[str, Any]] = dict
        """What else the mark of a checkpoint says: the trainer's to tell."""

    def begin(self, checkpoint: Path | None) -> None:
        """Forgets what was logged after the checkpoint that the training goes on from: it is logged again."""
        last = checkpoint_step(checkpoint) if checkpoint else 0
        before = read_mark(checkpoint) if checkpoint else {}
        self.since = _since(before.get("processes", [{"step": 0, "count": 1}] if last else []), last, self.processes)
        self.first_loss.update(before.get("first_loss", {}))
        # What all had spent is for one of them to count on from.
        self.meter = Meter(before if self.processes.is_main else {})
        if self.processes.is_main:
            again = last if checkpoint and evaluates_first(checkpoint) else None
            write_jsonl(self.path, [row for row in read_jsonl(self.path) if _is_before(row, last, again)])

    def spent(self) -> dict[str, float | None]:
        """Seconds that the training has taken, and joules of all its devices together."""
        found = self.processes.gather(self.meter.read())
        joules = [float(each["joules"]) for each in found if each["joules"] is not None]
        return {**found[0], "joules": round(sum(joules), 1) if len(joules) == len(found) else None}

    def close(self) -> None:
        """Sees the curves onto the disk and ends the W&B run."""
        import wandb

        sync_file(self.path)
        if wandb.run is not None:
            wandb.finish()

    def callback(self) -> Any:
        """The log as a callback of Transformers' trainer."""
        from transformers import TrainerCallback

        log = self

        class Callback(TrainerCallback):  # type: ignore[misc]
            def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
                log._write(state.global_step, state.epoch, logs or {})

            def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
                # Each process has put its random state there, and comes here when it has.
                mark = {**log.spent(), "processes": log.since, "first_loss": log.first_loss, **log.carried()}
                if log.processes.is_main:
                    folder = Path(args.output_dir)
                    sync_file(log.path)
                    write_json(folder / f"checkpoint-{state.global_step}" / COMPLETE, mark)
                    clear(folder, args.save_total_limit, state.best_model_checkpoint)

        return Callback()

    def add(self, step: int, epoch: float | None, logs: Mapping[str, Any]) -> None:
        """Logs what the trainer does not know of, in the curves and in the W&B run that its own figures go to."""
        self._write(step, epoch, logs)
        import wandb

        if self.processes.is_main and wandb.run is not None:
            wandb.log({**{f"train/{key}": value for key, value in logs.items()}, "train/global_step": step})

    def _write(self, step: int, epoch: float | None, logs: Mapping[str, Any]) -> None:
        if not self.processes.is_main:
            return
        append_jsonl(
            self.path,
            (
                {"variant": self.name, "step": step, "epoch": epoch, "key": key, "value": float(value)}
                for key, value in logs.items()
                if isinstance(value, int | float) and key != "epoch" and not key.startswith(_SUMMARIES)
            ),
            # What was logged after the last checkpoint is logged again by whoever goes on.
            sync=False,
        )


def _is_before(row: Mapping[str, Any], last: int, again: int | None) -> bool:
    """Whether a row of the curves was logged up to a checkpoint; `again` is the step whose evaluation comes again."""
    comes_again = last == again and str(row["key"]).startswith("eval_")
    return bool(row["step"] < last or (row["step"] == last and not comes_again))


def _since(before: list[dict[str, int]], step: int, processes: Processes) -> list[dict[str, int]]:
    if before and before[-1]["count"] == processes.count:
        return before
    return [*before, {"step": step, "count": processes.count}]


def start_wandb(folder: Path, name: str) -> dict[str, Any]:
    """A W&B run in the training's folder; says which and where, with the link to its page where it is online."""
    run, mode = open_wandb(folder, name)
    return {"mode": mode, "id": run.id, "url": run.url or None, "folder": str(near(Path(run.dir).parent))}
