"""Settings that TRL and PEFT take and that change nothing, or only harm, as the harness trains: refused, with why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

_LOADED = "the harness loads the model: give quantization=nf4, trust_remote_code=true or a base of another precision"
_NO_METRICS = "it is for metrics of a function that a preference training has none of"
_PUSH = 'the harness sends nothing while it trains: give "harness push NAME --to OWNER/NAME --send" afterwards'
_PROCESSES = "processes are started with --processes N or --accelerate fsdp-qlora"
_TRACKIO = "a training is logged to its curves.jsonl and to W&B"
_IDS = "the harness tokenizes: prompts are never cut, and answers are cut at max_length"
IDLE: dict[str, str] = {
    "model_init_kwargs": _LOADED,
    "ref_model_init_kwargs": _LOADED,
    "sync_ref_model": "the reference is the base, which stays as it is while an adapter is trained",
    "ref_model_mixup_alpha": "the reference is the base, which is never mixed with the policy",
    "ref_model_sync_steps": "the reference is the base, which is never synchronized with the policy",
    "max_completion_length": _IDS,
    "is_encoder_decoder": "only decoders are trained",
    "padding_value": "padding is masked, and is the tokenizer's own",
    "generate_during_eval": "give probe_steps=N, which asks a few questions while it trains",
    "do_train": "harness train trains",
    "do_eval": "give eval_rows=N, which holds rows out and evaluates on them",
    "do_predict": 'ask the adapter with "harness evaluate"',
    "prediction_loss_only": _NO_METRICS,
    "include_for_metrics": _NO_METRICS,
    "batch_eval_metrics": _NO_METRICS,
    "eval_do_concat_batches": _NO_METRICS,
    "eval_use_gather_object": _NO_METRICS,
    "label_names": _NO_METRICS,
    "label_smoothing_factor": "it smooths the labels of a classifier; DPO's and SimPO's own is label_smoothing",
    "resume_from_checkpoint": "the same command goes on from the last whole checkpoint by itself",
    "push_to_hub": _PUSH,
    "hub_model_id": _PUSH,
    "hub_strategy": _PUSH,
    "hub_token": _PUSH,
    "hub_private_repo": _PUSH,
    "hub_always_push": _PUSH,
    "hub_revision": _PUSH,
    "project": _TRACKIO,
    "trackio_space_id": _TRACKIO,
    "trackio_bucket_id": _TRACKIO,
    "trackio_static_space_id": _TRACKIO,
    "deepspeed": _PROCESSES,
    "fsdp": _PROCESSES,
    "fsdp_config": _PROCESSES,
    "parallelism_config": _PROCESSES,
    "ddp_backend": "processes meet through NCCL on GPUs and through gloo without",
    "megatron_config": "the harness loads no model of Megatron's",
    "megatron_core": "the harness loads no model of Megatron's",
    "eva_config": "EVA looks at data before it begins, and nothing here does that for PEFT",
    "corda_config": "CorDA looks at data before it begins, and nothing here does that for PEFT",
    "lora_ga_config": "LoRA-GA looks at gradients before it begins, and nothing here does that for PEFT",
    "loftq_config": "LoftQ changes the base for good, and the adapter would fit no base that others have",
    "layer_replication": "it makes the base another model, and the reference and every neighbour with it",
    "kasa_config": "KaSA takes a part of the base away for good, and the adapter would fit no base that others have",
    "monteclora_config": "TRL leaves MonteCLoRA's own term out of the loss",
    "arrow_config": "Arrow routes between adapters that are trained already",
    "use_bdlora": "its blocks are for serving one adapter on several GPUs, which nothing here does",
    "use_qalora": "QA-LoRA is for bases in GPTQ, and the harness trains on full precision or nf4",
    "qalora_group_size": "QA-LoRA is for bases in GPTQ, and the harness trains on full precision or nf4",
}
"""By name: why a training would be the same without it, or none that others can use."""

_EMPTY = ("loftq_config", "megatron_config", "model_init_kwargs")
"""Asked for by something in them only; the others by being there."""
_SMOOTHED = {"dpo": {"exo_pair", "robust", "aot", "aot_unpaired"}, "simpo": {"sigmoid", "simpo"}}
_Idle = Callable[[str, Mapping[str, Any]], bool]
UNLESS: dict[str, tuple[_Idle, str]] = {
    "truncation_mode": (lambda method, given: given["truncation_mode"] != "keep_start", _IDS),
    "label_smoothing": (
        lambda method, given: bool(given["label_smoothing"]) and not losses(method, given) & _SMOOTHED[method],
        "only the losses exo_pair, robust, aot and aot_unpaired of DPO and sigmoid and simpo of SimPO are smoothed",
    ),
    "discopop_tau": (lambda method, given: "discopop" not in losses(method, given), "it is for loss_type=discopop"),
    "f_alpha_divergence_coef": (
        lambda method, given: given.get("f_divergence_type") != "alpha_divergence",
        "it is for f_divergence_type=alpha_divergence",
    ),
    "liger_kernel_config": (lambda method, given: not given.get("use_liger_kernel"), "it is for use_liger_kernel=true"),
    "greater_is_better": (
        lambda method, given: not given.get("load_best_model_at_end"),
        "it is for load_best_model_at_end=true",
    ),
}
"""By name: when it would do nothing, and what it is for."""


def idle_faults(method: str, arguments: Mapping[str, Any]) -> Iterator[str]:
    """One sentence for each setting that would do nothing; one that is false, empty or "none" asks for nothing."""
    for name, value in arguments.items():
        if name in IDLE and value not in (None, False, "", []) and not (value == {} and name in _EMPTY):
            yield f"{name} has no place in a training here: {IDLE[name]}"
        elif name in UNLESS and UNLESS[name][0](method, arguments):
            yield f"{name} would do nothing here: {UNLESS[name][1]}"


def losses(method: str, arguments: Mapping[str, Any]) -> set[str]:
    """The losses that a training adds up."""
    usual = {"dpo": "sigmoid", "kto": "kto", "simpo": "simpo"}.get(method, method)
    asked = arguments.get("loss_type", usual)
    return set(asked) if isinstance(asked, list | tuple) else {asked}
