"""How an adapter begins (init_lora_weights), and which beginnings leave neither base nor reference as they were.

A plain adapter begins as nothing: the product of its matrices is 0, and the policy is the base. PiSSA and OLoRA move a
part of the base's weights into the adapter: policy and base together are what they were, but the base alone, which is
TRL's reference, is not. Biases are trained in the base itself, and stay trained when the adapter is switched off.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.errors import HarnessError
from harness.training.settings.values import unknown_word

_PLAIN = ("true", "gaussian", "orthogonal", "mica")
"""Their product is 0 before the first step."""
_RANDOM = "false"
_MOVED = ("pissa", "olora")
"""PEFT makes plain adapters of them afterwards, of twice the rank: AB − A₀B₀ (Meng et al. 2024, appendix)."""
_IDLE = {
    "eva": "EVA begins from what the data makes of the layers, which nothing here works out for PEFT",
    "corda": "CorDA begins from what the data makes of the layers, which nothing here works out for PEFT",
    "lora_ga": "LoRA-GA begins from gradients, which nothing here works out for PEFT: it would be a plain adapter",
    "loftq": "LoftQ puts a rounded base in place of the base, and its adapter fits no base that others have",
}
_WITH_REFERENCE = ("dpo", "kto")
# What PEFT's conversion leaves out of the adapter that it writes.
_NOT_CONVERTED = ("use_dora", "modules_to_save", "trainable_token_indices", "target_parameters", "lora_bias")


def _begins(lora: Mapping[str, Any]) -> str:
    return str(lora.get("init_lora_weights", True)).lower()


def moves_base(lora: Mapping[str, Any]) -> bool:
    """Whether the base's weights are others once the adapter is there."""
    return _begins(lora).startswith(_MOVED)


def moves_reference(lora: Mapping[str, Any]) -> bool:
    """Whether the model without the adapter is not, or does not stay, the base: then the base is asked before."""
    return moves_base(lora) or str(lora.get("bias", "none")) != "none"


def check_beginning(lora: Mapping[str, Any], quantization: str | None, sharded: bool) -> None:
    """Refuses a beginning that neither 4-bit nor split weights can have."""
    begins = lora.get("init_lora_weights", True)
    if moves_base(lora) and quantization:
        raise HarnessError(
            f"init_lora_weights={begins} takes a part of the base's weights away, and what is left is rounded anew in "
            f"quantization={quantization}: the adapter would fit no base. Train in full precision, or leave it out."
        )
    if moves_reference(lora) and sharded:
        what = f"init_lora_weights={begins}" if moves_base(lora) else f"bias={lora['bias']}"
        raise HarnessError(f"Under FSDP no process holds the whole base that {what} changes: leave it out.")


def check_held_out(training: Mapping[str, Any], eval_rows: int) -> None:
    """Refuses what asks for an evaluation where no rows are held out for one."""
    asks = [name for name in ("eval_on_start", "load_best_model_at_end", "metric_for_best_model") if training.get(name)]
    strategy = training.get("eval_strategy", "no")
    asks += [f"eval_strategy={strategy}"] if strategy not in ("no", False) else []
    plateau = "reduce_lr_on_plateau"
    asks += [f"lr_scheduler_type={plateau}"] if training.get("lr_scheduler_type") == plateau else []
    if asks and not eval_rows:
        raise HarnessError(f"{asks[0]} needs rows that are held out: give --set eval_rows=N.")


def beginning_faults(method: str, arguments: Mapping[str, Any]) -> Iterator[str]:
    """One sentence for each thing that is wrong with how the adapter begins."""
    begins = _begins(arguments)
    if begins in _IDLE:
        yield f"init_lora_weights={begins} would not do what it says: {_IDLE[begins]}. Leave it out, or give pissa"
    elif begins == _RANDOM:
        if method in _WITH_REFERENCE:
            yield "init_lora_weights=false begins as a random model and not as the reference: leave it out"
    elif moves_base(arguments):
        yield from _moved_faults(begins, arguments)
    else:
        yield from unknown_word("init_lora_weights", begins, (*_PLAIN, _RANDOM, *_MOVED, "pissa_niter_4"))


def _moved_faults(begins: str, arguments: Mapping[str, Any]) -> Iterator[str]:
    name, _, turns = begins.partition("_niter_")
    if name not in _MOVED or (turns and not (name == "pissa" and turns.isdigit())) or begins.endswith("_niter_"):
        yield f"init_lora_weights={begins} is unknown. Known: pissa, pissa_niter_N, olora"
    beside = [other for other in _NOT_CONVERTED if arguments.get(other)]
    beside += ["bias"] if str(arguments.get("bias", "none")) != "none" else []
    if beside:
        yield (
            f"init_lora_weights={begins} is made a plain adapter at the end, and {' and '.join(beside)} would be lost: "
            "leave one of them out"
        )
    if arguments.get("use_rslora") and (arguments.get("rank_pattern") or arguments.get("alpha_pattern")):
        yield (
            f"init_lora_weights={begins} is made a plain adapter at the end, which PEFT cannot where use_rslora stands "
            "beside rank_pattern or alpha_pattern: leave one of them out"
        )
