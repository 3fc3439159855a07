"""A training's settings as they took effect: read from the live modules, not from what was asked."""

from __future__ import annotations

import resource
import sys
from typing import Any

from harness.errors import HarnessError
from harness.training.memory import experts_without

_REPORTED = (
    "beta", "max_length", "loss_type", "loss_weights", "simpo_gamma", "cpo_alpha", "desirable_weight",
    "undesirable_weight", "num_train_epochs", "max_steps", "per_device_train_batch_size",
    "gradient_accumulation_steps", "learning_rate", "lr_scheduler_type", "warmup_steps", "weight_decay",
    "max_grad_norm", "optim", "seed", "data_seed", "bf16", "fp16", "gradient_checkpointing",
)  # fmt: skip
"""TRL's arguments that a certificate repeats as they took effect."""


def effective_settings(trainer: Any, dropout_asked: float) -> dict[str, Any]:
    """What a certificate says of the training itself: precision, hyper-parameters, schedule, size, steps, tokens."""
    model, args, lora = trainer.model, trainer.args, trainer.model.peft_config["default"]
    return {
        "dtype": _name(model.get_input_embeddings().weight.dtype),
        "precision": _precision(model, args),
        "hyperparameters": {
            **{name: _plain(getattr(args, name)) for name in _REPORTED if hasattr(args, name)},
            "r": lora.r,
            "lora_alpha": lora.lora_alpha,
            "lora_dropout": effective_dropout(model),
            "lora_dropout_asked": dropout_asked,
            "target_modules": lora_modules(model),
            **({"experts_left_out": left_out} if (left_out := list(experts_without(model))) else {}),
        },
        "learning_rate_schedule": _schedule(trainer),
        "seeds": {"training": args.seed, "held_out": args.seed, "order": args.data_seed or args.seed},
        "adapted_layers": sum(name.endswith(".lora_A") for name, _ in model.named_modules()),
        "trainable_parameters": sum(p.numel() for p in model.parameters() if p.requires_grad),
        "steps": trainer.state.global_step,
        "epochs": trainer.state.epoch,
        "tokens": trainer.state.num_input_tokens_seen,
    }


def count_memory() -> None:
    """Begins to count the most memory that is held on this process's card: one process may train twice."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()


def machine() -> dict[str, Any]:
    """The device, and the most bytes that tensors took on it at once; without a GPU, that the process held.

    On a GPU the allocator's reserve and CUDA's own half gigabyte come on top, which nvidia-smi shows as well.
    """
    import torch

    # A training that was told to leave the card alone has begun nothing there.
    on_gpu = torch.cuda.is_available() and torch.cuda.is_initialized()
    return {
        "device": torch.cuda.get_device_name() if on_gpu else "cpu",
        "peak_memory_bytes": torch.cuda.max_memory_allocated() if on_gpu else _peak_resident_bytes(),
    }


def effective_dropout(model: Any) -> float:
    """The dropout that the LoRA modules really apply: what TRL's defaults would have set to 0 unseen."""
    found = {
        float(getattr(dropout, "p", 0.0))
        for name, module in model.named_modules()
        if name.endswith("lora_dropout")
        for dropout in module.values()
    }
    if len(found) > 1:
        raise HarnessError(f"The adapter's modules drop out at different rates: {sorted(found)}.")
    return found.pop() if found else 0.0


def lora_modules(model: Any) -> list[str]:
    """The names of the linear layers that carry an adapter, as a target_modules list."""
    layers = {name.removesuffix(".lora_A") for name, _ in model.named_modules() if name.endswith(".lora_A")}
    # PEFT puts one layer into another where several weights of one module are adapted, as experts' are.
    return sorted({name.replace(".base_layer", "").rpartition(".")[2] for name in layers})


def _precision(model: Any, args: Any) -> dict[str, Any]:
    """In what numbers the base is stored, the adapter is kept, and the training computes."""
    found = getattr(model.config, "quantization_config", None)
    quantized = found if found is None or isinstance(found, dict) else found.to_dict()
    adapter = {_name(p.dtype) for p in model.parameters() if p.requires_grad}
    return {
        "base": quantized["bnb_4bit_quant_type"] if quantized else _name(model.get_input_embeddings().weight.dtype),
        "adapter": ", ".join(sorted(adapter)),
        "compute": "bfloat16" if args.bf16 else "float16" if args.fp16 else "float32",
    }


def _schedule(trainer: Any) -> dict[str, Any]:
    """The learning rate as it was: its shape, and the highest and last rate that were logged."""
    rates = [row["learning_rate"] for row in trainer.state.log_history if "learning_rate" in row]
    steps = trainer.state.max_steps
    return {
        "type": _plain(trainer.args.lr_scheduler_type),
        "warmup_steps": trainer.args.get_warmup_steps(steps),
        "steps": steps,
        "highest": max(rates, default=None),
        "last": rates[-1] if rates else None,
    }


def _plain(value: Any) -> Any:
    value = getattr(value, "value", value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, int | float | str | None) else str(value)


def _name(dtype: Any) -> str:
    return str(dtype).removeprefix("torch.")


def _peak_resident_bytes() -> int:
    # Linux counts in KiB, macOS in bytes.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
