"""What stops a training before it spoils what is there: a wrong reference, numbers that are none, a full disk."""

from __future__ import annotations

import copy
import math
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.data import PreferencePair
from harness.errors import Diverged, HarnessError
from harness.store import CHECKPOINTS, finished_checkpoint
from harness.training.processes import Processes
from harness.training.settings import first_loss
from harness.training.stopping import Stoppable

_ROWS_NAMED = 8
_EXACT, _ROUNDED = 1e-3, 0.5
"""By how much the first loss may stray from what it must be, relative where that is above 1."""
# Adam keeps two numbers a weight, each in float32; beside them a checkpoint holds states, cards, random states.
_ADAM_BYTES = 8
_BESIDES = 1_000_000


class Guard:
    """Knows which rows the step that is being taken was shown, and refuses to take it where it would do damage.

    Of several processes each has one, and what one of them finds stops all: none waits for those that have stopped.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        source: str,
        pairs: Sequence[PreferencePair],
        processes: Processes | None = None,
        first_loss: dict[str, float] | None = None,
    ) -> None:
        self._name = name
        self._checkpoints = folder / CHECKPOINTS
        self._source = source
        self._pairs = pairs
        self._processes = processes or Processes()
        self._batches: list[Any] = []
        self._losses: list[Any] = []
        self.shown: Any = 0
        """All tokens that this process was shown, padding left out, those of rows held out too; counted as `tokens`."""
        self.tokens: Any = 0
        """Shown since the last checkpoint: a number, or a tensor on its device."""
        self.first_loss: dict[str, float] = {} if first_loss is None else first_loss
        """The loss before the first step, and what it must be: of DPO and KTO, where that is known."""

    def begin_batch(self, inputs: Any) -> None:
        """Remembers a batch until its step is taken, and counts its tokens without waiting for the device."""
        self._batches.append(inputs)
        self.tokens = self.tokens + self.see(inputs)

    def see(self, inputs: Any) -> Any:
        """The tokens of a batch, counted on its device."""
        count = sum(value.sum() for key, value in inputs.items() if key in _MASKS)
        self.shown = self.shown + count
        return count

    def end_batch(self, loss: Any) -> None:
        """Remembers a batch's loss without waiting for the device."""
        self._losses.append(loss)

    def end_step(self) -> None:
        """Forgets the batches of a step whose gradients are sound."""
        self._batches.clear()
        self._losses.clear()

    def take_tokens(self) -> int:
        """The tokens shown since the last call, in all processes, padding left out."""
        tokens, self.tokens = int(self.tokens), 0
        return sum(self._processes.gather(tokens))

    def check_first_loss(self, loss: float, expected: float, exact: bool) -> None:
        """Stops the training where policy and reference are not one model before the first step.

        `exact` where both were computed alike; else they differ by the rounding of bfloat16 or float16.
        """
        self.first_loss.update(first_loss=loss, expected=expected)
        tolerance = (_EXACT if exact else _ROUNDED) * max(1.0, abs(expected))
        if not self._processes.any(math.isfinite(loss) and abs(loss - expected) > tolerance):
            return
        raise HarnessError(
            f"Training '{self._name}' stopped before step 1: its loss is {loss:.4f}, and {expected:.4f} where policy "
            "and reference are one model, as they must be. The reference is not the base: leave out the settings that "
            "change how the adapter begins, or train with orpo or simpo, which have no reference."
        )

    def check_losses(self, model: Any, step: int) -> None:
        """Stops the training where one of the step's batches has a loss that is no finite number."""
        import torch

        # One look at the device for all of them.
        losses = torch.stack([torch.as_tensor(loss).detach() for loss in self._losses]).tolist() if self._losses else []
        broken = next((number for number, loss in enumerate(losses) if not math.isfinite(loss)), None)
        what = None
        if broken is not None:
            what = "weights are not finite" if broken_weight(model) else f"loss is {losses[broken]}"
        self._stop_if(what, step, self._batches[broken : broken + 1] if broken is not None else ())

    def check_gradient(self, norm: Any, step: int) -> None:
        """Stops the training at a gradient that is no finite number, before it changes a weight."""
        value = float(norm.full_tensor() if hasattr(norm, "full_tensor") else norm)
        self._stop_if(None if math.isfinite(value) else f"gradient is {value}", step, self._batches)
        if step == 1 and value == 0:
            raise HarnessError(
                f"Training '{self._name}' stopped at step 1: its gradient is 0, so that the adapter has no part in the "
                "answers. Look at target_modules and at what the adapter waits for, such as alora_invocation_tokens."
            )

    def check_weights(self, model: Any, step: int) -> None:
        """Stops the training where a trained weight is no finite number, before it is saved."""
        name = broken_weight(model)
        self._stop_if(f"weight {name} is not finite" if name else None, step, self._batches)

    def check_evaluation(self, metrics: Mapping[str, Any], step: int) -> None:
        """Stops the training at a loss on the rows held out that is no finite number."""
        losses = {key: value for key, value in metrics.items() if key.endswith("_loss") and isinstance(value, float)}
        broken = next((key for key, value in losses.items() if not math.isfinite(value)), None)
        self._stop_if(f"{broken} on the rows held out is {losses[broken]}" if broken else None, step, ())

    def _stop_if(self, what: str | None, step: int, batches: Sequence[Any]) -> None:
        """Ends the training in all processes where one of them has something to say, of its batches."""
        if not self._processes.any(what is not None):
            return
        found = self._processes.gather((what, rows_of(batches, self._pairs) if what else []))
        said = [each for each in found if each[0]]
        self._stop(str(said[0][0]), step, sorted({row for _, rows in said for row in rows}))

    def _stop(self, what: str, step: int, rows: Sequence[int]) -> None:
        """Ends the training with what happened, at which rows, what is kept, and what to do."""
        shown = ", ".join(map(str, rows[:_ROWS_NAMED])) + (", …" if len(rows) > _ROWS_NAMED else "")
        batch = f" on rows {shown} of {self._source}" if rows else ""
        look = "Look at these rows, or train" if rows else "Train"
        raise Diverged(
            f"Training '{self._name}' stopped at step {step}: its {what}{batch}. {self._kept()} {look} with a lower "
            "--set learning_rate=… under another --name."
        )

    def check_space(self, model: Any, step: int, free: int | None = None) -> None:
        """Stops the training before a checkpoint that the disk (of so many free bytes) has no room for."""
        self._processes.from_main(lambda: self._check_space(model, step, free))

    def _check_space(self, model: Any, step: int, free: int | None) -> None:
        needed = checkpoint_bytes(model, finished_checkpoint(self._checkpoints))
        free = shutil.disk_usage(_existing(self._checkpoints)).free if free is None else free
        if needed > free:
            raise HarnessError(
                f"Training '{self._name}' stopped at step {step}: its checkpoint takes {_megabytes(needed)}, and "
                f"{_megabytes(free)} are free at {self._checkpoints}. {self._kept()} Make room and run the same "
                "command again to go on, or keep fewer with --set save_total_limit=2."
            )

    def _kept(self) -> str:
        kept = finished_checkpoint(self._checkpoints)
        return f"The last good checkpoint is {kept}." if kept else "There was no checkpoint yet."


class Guarded(Stoppable):
    """Makes one of TRL's trainers ask its guard at every step; `guard` is set before it trains."""

    guard: Guard
    method: str = ""
    accelerator: Any
    compute_loss: Any
    compute_loss_context_manager: Any
    _prepare_inputs: Any
    _metrics: Any
    _total_train_tokens: Any
    _looked: bool = False

    def training_step(self, model: Any, inputs: Any, *rest: Any, **named: Any) -> Any:
        """TRL's forward and backward pass, which the guard remembers."""
        self.guard.begin_batch(inputs)
        if self.state.global_step == 0 and not self._looked:
            self._looked = True
            self._check_first(model, inputs)
        loss = super().training_step(model, inputs, *rest, **named)
        self.guard.end_batch(loss)
        return loss

    def _check_first(self, model: Any, inputs: Any) -> None:
        """Asks for the loss of the first batch without dropout or other noise, where it is known what it must be."""
        import torch

        expected = first_loss(self.method, self.args, inputs.get("label"))
        if expected is None or getattr(self, "aux_loss_enabled", False):
            return
        kept, tokens = copy.deepcopy(self._metrics), self._total_train_tokens
        # Dropout is off, and the embedding's noise (NEFTune). All else is in training: else bitsandbytes packs 4-bit
        # weights for answering, and the training would be another one.
        model.train()
        quiet = [it for it in model.modules() if isinstance(it, torch.nn.Dropout | torch.nn.Embedding) and it.training]
        for module in quiet:
            module.training = False
        with torch.no_grad(), self.compute_loss_context_manager():
            found = float(self.compute_loss(model, self._prepare_inputs(inputs)))
        for module in quiet:
            module.training = True
        # What TRL counts of a batch is counted in its step.
        self._metrics, self._total_train_tokens = kept, tokens
        half = self.args.bf16 or self.args.fp16
        self.guard.check_first_loss(found, expected, not (half and self.args.precompute_ref_log_probs))

    def _get_grad_norm(self, *given: Any, **named: Any) -> Any:
        self.guard.check_losses(self.model, self.state.global_step + 1)
        norm = super()._get_grad_norm(*given, **named)  # type: ignore[misc]
        # In fp16 an overflowing gradient is everyday: the scaler leaves the step out and lowers its scale.
        if self.accelerator.scaler is None:
            self.guard.check_gradient(norm, self.state.global_step + 1)
        self.guard.end_step()
        return norm

    def prediction_step(self, model: Any, inputs: Any, *rest: Any, **named: Any) -> Any:
        """TRL's forward pass over rows that are held out, whose tokens are counted."""
        self.guard.see(inputs)
        return super().prediction_step(model, inputs, *rest, **named)

    def evaluate(self, *given: Any, **named: Any) -> Any:
        """TRL's evaluation; ends the training at a loss on held-out rows that is no finite number."""
        metrics = super().evaluate(*given, **named)
        self.guard.check_evaluation(metrics, self.state.global_step)
        return metrics

    def _save_checkpoint(self, *given: Any, **named: Any) -> None:
        self.guard.check_weights(self.model, self.state.global_step)
        self.guard.check_space(self.model, self.state.global_step)
        # Kept in the trainer's own state, so that a training that goes on from here counts on from here.
        self.state.num_input_tokens_seen += self.guard.take_tokens()
        super()._save_checkpoint(*given, **named)


_MASKS = {"attention_mask", "chosen_attention_mask", "rejected_attention_mask"}


def broken_weight(model: Any) -> str | None:
    """The first trained weight that holds NaN or infinity; None where all are finite."""
    import torch

    trained = [(name, _own(weight.detach())) for name, weight in model.named_parameters() if weight.requires_grad]
    trained = [(name, weight) for name, weight in trained if weight.numel()]
    norms = torch._foreach_norm([weight for _, weight in trained], ord=float("inf")) if trained else []
    # One look at the device for all of them.
    if not trained or bool(torch.stack([norm.float().cpu() for norm in norms]).isfinite().all()):
        return None
    broken: str = next(name for (name, _), norm in zip(trained, norms, strict=True) if not math.isfinite(float(norm)))
    return broken


def _own(weight: Any) -> Any:
    """The part of a weight that this process holds: all of it, unless FSDP has split it."""
    return weight.to_local() if hasattr(weight, "to_local") else weight


def rows_of(batches: Sequence[Any], pairs: Sequence[PreferencePair]) -> list[int]:
    """The rows of the dataset that batches were made of, found by their token ids: no batch has to carry them."""
    shown = {ids for batch in batches for ids in _sequences(batch)}
    found = set()
    for pair in pairs:
        ends = [tuple(pair.prompt_ids + answer) for answer in (pair.chosen_ids, pair.rejected_ids) if answer]
        if all(end in shown for end in ends) or (len(shown) and _unpaired(batches) and any(e in shown for e in ends)):
            found.add(pair.row)
    return sorted(found)


def _unpaired(batches: Sequence[Any]) -> bool:
    return any("label" in batch for batch in batches)


def _sequences(batch: Any) -> Iterable[tuple[int, ...]]:
    for key, mask in batch.items():
        if key in _MASKS:
            ids = batch[key.replace("attention_mask", "input_ids")]
            for row, kept in zip(ids.tolist(), mask.tolist(), strict=True):
                yield tuple(token for token, keep in zip(row, kept, strict=True) if keep)


def checkpoint_bytes(model: Any, before: Path | None) -> int:
    """What the next checkpoint takes: as much as the one before, or adapter and optimizer as they will be."""
    if before is not None:
        return sum(path.stat().st_size for path in before.rglob("*") if path.is_file()) + _BESIDES
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    numbers = sum(int(weight.numel()) * (int(weight.element_size()) + _ADAM_BYTES) for weight in trained)
    return numbers + _BESIDES


def _existing(path: Path) -> Path:
    return next(place for place in (path, *path.absolute().parents) if place.exists())


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"
