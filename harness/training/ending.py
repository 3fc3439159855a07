"""How a training ends: in which step's weights, and in an adapter that fits the base as everybody has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.store import checkpoint_step, read_json
from harness.training.settings import moves_base


def is_last(checkpoint: Path) -> bool:
    """Whether a checkpoint is of the training's last step, so that nothing is left to train."""
    state = read_json(checkpoint / "trainer_state.json")
    return bool(state["global_step"] >= state["max_steps"])


def restore(trainer: Any, checkpoint: Path) -> None:
    """Puts the trainer where the training of that last checkpoint ended, in the best weights where it asks for them.

    A training that was ended in its last evaluation does that now.
    """
    from transformers import TrainerState

    trainer.state = TrainerState.load_from_json(str(checkpoint / "trainer_state.json"))
    find_best(trainer.state, checkpoint.parent)
    load_adapter(trainer, checkpoint)
    trainer.take_up(checkpoint)
    if trainer.state.best_global_step == checkpoint_step(checkpoint):
        trainer.state.best_model_checkpoint = str(checkpoint)
    if trainer.args.load_best_model_at_end and trainer.state.best_model_checkpoint:
        load_adapter(trainer, Path(trainer.state.best_model_checkpoint))


def find_best(state: Any, checkpoints: Path) -> None:
    """Looks for the best checkpoint where the training lies now: its state holds a path of when it was written."""
    if state.best_model_checkpoint:
        place = checkpoints / Path(state.best_model_checkpoint).name
        state.best_model_checkpoint = str(place) if place.is_dir() else None


def best_finder(checkpoint: Path | None) -> Any:
    """A callback that does so for a training that goes on: Transformers forgets a checkpoint that it cannot find."""
    from transformers import TrainerCallback

    class Callback(TrainerCallback):  # type: ignore[misc]
        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if checkpoint is not None:
                state.best_model_checkpoint = read_json(checkpoint / "trainer_state.json")["best_model_checkpoint"]
                find_best(state, checkpoint.parent)

    return Callback()


def weights_step(trainer: Any) -> int:
    """The step that the trainer's weights are from: the last one, or that of the best checkpoint."""
    best = trainer.state.best_model_checkpoint
    if trainer.args.load_best_model_at_end and best:
        return checkpoint_step(Path(best))
    return int(trainer.state.global_step)


def keep_beginning(trainer: Any) -> dict[str, Any]:
    """The fresh adapter's weights, where they were taken out of the base's; {} where the base is as it was."""
    from peft import get_peft_model_state_dict

    if not moves_base(vars(trainer.model.peft_config["default"])):
        return {}
    return {name: weight.detach().clone() for name, weight in get_peft_model_state_dict(trainer.model).items()}


def save_adapter(trainer: Any, state: Any, beginning: dict[str, Any], folder: Path) -> None:
    """Writes the adapter as PEFT does; one that began in the base's own weights as the plain adapter that it makes.

    W' + AB with W' = W − A₀B₀ is W + AB − A₀B₀: a plain adapter of twice the rank, on the base as it was.
    """
    from safetensors.torch import save_file

    conversion = {}
    if beginning:
        # PEFT reads the beginning from a folder, and writes its configuration there itself.
        initial = folder / "initial"
        initial.mkdir()
        save_file(
            {name: weight.contiguous() for name, weight in beginning.items()}, initial / "adapter_model.safetensors"
        )
        conversion = {"path_initial_model_for_weight_conversion": str(initial)}
    # Beside it a training that goes on from an adapter holds that one, as its reference.
    trainer.model.save_pretrained(
        folder, safe_serialization=True, selected_adapters=["default"], state_dict=state, **conversion
    )


def load_adapter(trainer: Any, checkpoint: Path) -> None:
    """Puts a checkpoint's weights into the adapter that is trained."""
    from peft import load_peft_weights, set_peft_model_state_dict

    set_peft_model_state_dict(trainer.model, load_peft_weights(str(checkpoint), device="cpu"))
