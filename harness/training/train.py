"""DPO, ORPO, KTO and SimPO trainings: pairs in, a LoRA adapter and a certificate out.

harness train dpo --set learning_rate=5e-6
harness train dpo --processes 2
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from harness.data import (
    PreferencePair,
    Template,
    TrainedRows,
    chat_template_of,
    choose_rows,
    load_template,
)
from harness.data.preferences import Preferences
from harness.errors import Differs, HarnessError, refuse_differing
from harness.foreign_errors import boundary
from harness.machine import keep_noise, keep_to_one_card, multiplies_bf16, show, versions
from harness.models import computing_on, load_model, load_tokenizer, text_ends
from harness.out_of_memory import memory_needed
from harness.store import (
    CHECKPOINTS,
    LOG,
    Certificate,
    TrainingFolder,
    checkpoint_step,
    finished_checkpoint,
    move_aside,
    read_training,
)
from harness.training.certifying import adapter_state, distribution, machines, make_certificate, save_finished
from harness.training.collapse import Probe
from harness.training.effective_settings import count_memory
from harness.training.ending import best_finder, is_last, keep_beginning, restore, weights_step
from harness.training.guards import Guard
from harness.training.interrupted import interrupted
from harness.training.log import TrainingLog, start_wandb
from harness.training.memory import less_memory, refuse_unadaptable
from harness.training.pace import Pace
from harness.training.plan import Plan
from harness.training.processes import Processes, held, join_processes, leave_processes, share_accumulation
from harness.training.reference_pass import ReferencePass, is_worth_a_pass
from harness.training.settings import check_beginning, check_held_out, moves_base
from harness.training.stopping import Stop

_FAULTS = (ValueError, TypeError, NotImplementedError, ImportError, LookupError, AttributeError)
"""What TRL, Transformers and PEFT raise where settings do not fit each other, some of it at the first step only."""
Pairs = tuple[list[PreferencePair], list[PreferencePair]]
"""(to train on, held out)"""


def train(plan: Plan, folder: Path, command: str, fresh: bool = False) -> Certificate:
    """The certificate of the finished adapter in `folder`; a stopped training goes on from its last checkpoint.

    Each of the processes that a launcher has started calls it and gets the same; only the main one writes. Ctrl-C and
    SIGTERM end it with the last finished step saved.
    """
    stop = Stop()
    processes = join_processes(plan.arguments.get("ddp_timeout"))
    if processes.count == 1:
        keep_to_one_card()
    with ExitStack() as stack:
        stack.enter_context(stop.heard())
        processes.from_main(lambda: stack.enter_context(held(folder)))
        with memory_needed(f"Training '{plan.name}' stopped", lambda: _less_memory(plan, folder)):
            certificate = _train(plan, folder, command, fresh, processes, stop)
    leave_processes(processes)
    return certificate


def _less_memory(plan: Plan, folder: Path) -> str:
    import torch

    checkpoint = finished_checkpoint(folder / CHECKPOINTS)
    quantized, on_gpu = plan.settings.quantization is not None, torch.cuda.is_available()
    step = None if checkpoint is None else checkpoint_step(checkpoint)
    return less_memory(plan.method, plan.arguments, quantized, on_gpu, step)


def _train(plan: Plan, folder: Path, command: str, fresh: bool, processes: Processes, stop: Stop) -> Certificate:
    preferences = plan.read()
    if done := processes.from_main(lambda: _begin(plan, folder, preferences, fresh, processes)):
        return done
    tokenizer = load_tokenizer(plan.base, plan.settings.trust_remote_code)
    template = load_template(plan.prompt, plan.prompt_folders, chat_template_of(tokenizer, plan.day))
    rows = rows_of(plan, preferences, template, tokenizer)
    if not plan.settings.allow_dropped:
        rows.refuse_most_dropped()
    if processes.is_main:
        _tell(plan, rows, template)
    pairs = (rows.train, rows.held_out)
    trainer, log = _build(plan, folder, tokenizer, pairs, processes)
    if plan.settings.probe_steps:
        asked, ends = pairs[1] or pairs[0], text_ends(plan.base, tokenizer)
        probe = Probe(plan.settings.probe_steps, asked, template.headers, tokenizer, ends, log)
        trainer.add_callback(probe.callback())
    beginning = keep_beginning(trainer)
    trainer.stop, trainer.processes, trainer.save_minutes = stop, processes, plan.settings.save_minutes
    log.carried = trainer.carried
    checkpoint = processes.from_main(lambda: finished_checkpoint(folder / CHECKPOINTS))
    with stop.deferred():
        try:
            _run(trainer, log, checkpoint)
        except KeyboardInterrupt:
            if stop.hurries:
                raise
            raise interrupted(trainer, folder, command) from None
    trainer.guard.check_weights(trainer.model, trainer.state.global_step)
    state, spent = adapter_state(trainer), {**machines(processes), **log.spent()}

    def conclude() -> Certificate:
        log.close()
        spread = distribution(trainer, len(trainer.train_dataset), processes)
        took = {
            **spent,
            "processes": {**spread, "since": log.since},
            "reference": {**_reference_model(plan, trainer.args), **log.first_loss},
            "weights_from_step": weights_step(trainer),
            "command": command,
            "wandb": log.wandb,
        }
        certificate = make_certificate(plan, trainer, preferences, template, rows.counts(), took)
        return save_finished(plan, trainer, state, beginning, folder, certificate)

    return processes.from_main(conclude)


def _begin(plan: Plan, folder: Path, preferences: Preferences, fresh: bool, processes: Processes) -> Certificate | None:
    """Claims the folder by what is to be trained there; the certificate where that is done."""
    if fresh:
        move_aside(folder)
    if folder.exists() and not folder.is_dir():
        raise HarnessError(f"{folder} is no folder. Give another --name, or --fresh to move it aside.")
    if done := finished(plan, folder, preferences):
        return done
    from harness.training.trainers import split_arguments

    training, lora = split_arguments(plan.method, plan.arguments)
    check_start(plan, lora)
    check_beginning(lora, plan.settings.quantization, processes.sharded)
    check_held_out(training, plan.settings.eval_rows)
    refuse_unadaptable(plan.base, lora, plan.settings.trust_remote_code)
    share_accumulation(training, processes.count)
    if processes.sharded and plan.settings.reference_pass:
        raise HarnessError("Under FSDP no process holds the whole base to ask it first: leave reference_pass out.")
    TrainingFolder(folder).write_settings(_identity(plan, preferences))
    keep_noise(folder / LOG)
    return None


def _run(trainer: Any, log: TrainingLog, checkpoint: Path | None) -> None:
    log.begin(checkpoint)
    if checkpoint and is_last(checkpoint):
        # Asked to go on from its last step, Transformers' trainer would take one step more.
        restore(trainer, checkpoint)
    else:
        trainer.guard.check_space(trainer.model, 0)
        trainer.add_callback(best_finder(checkpoint))
        with boundary(f"Training '{log.name}' stopped", *_FAULTS, lines=None):
            trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)


def _identity(plan: Plan, preferences: Preferences) -> dict[str, Any]:
    return {**plan.identity(), "data": preferences.digest}


def finished(plan: Plan, folder: Path, preferences: Preferences) -> Certificate | None:
    """The certificate of a training that is finished already; None where there is work to do."""
    training = read_training(folder)
    # Settings that TRL refused, say, have trained nothing: better ones take their place.
    if not training.folder.begun or not (training.finished or finished_checkpoint(folder / CHECKPOINTS)):
        return None
    before, now = training.settings, _identity(plan, preferences)
    if "template" not in before:  # begun before it was written down
        del now["template"]
    try:
        refuse_differing(folder, before, now, "--name")
    except Differs:
        from harness.training.trainers import split_arguments

        split_arguments(plan.method, plan.arguments)  # refuses a misspelt name, which is no other setting
        raise
    return training.certificate if training.finished else None


def rows_of(plan: Plan, preferences: Preferences, template: Template, tokenizer: Any) -> TrainedRows:
    """The rows of the plan's data that are trained on and held out, as token ids."""
    if tokenizer.eos_token_id is None:
        raise HarnessError(
            f"{plan.base.name} has no end of text: its tokenizer names no eos_token, and no answer could be taught to "
            "end. Name one in its tokenizer_config.json."
        )
    from harness.training.trainers import RECIPES

    return choose_rows(
        preferences,
        template,
        tokenizer,
        system=plan.settings.system,
        max_length=int(plan.arguments["max_length"]),
        seed=int(plan.arguments["seed"]),
        held_out=plan.settings.eval_rows,
        single_answers=RECIPES[plan.method].single_answers,
    )


def _tell(plan: Plan, rows: TrainedRows, template: Template) -> None:
    """Says what is trained on and how it is asked, before anything takes its time."""
    lines = [f"training '{plan.name}' on {rows.told()}; {prompt_told(plan, template)}"]
    if plan.base.converted_from:
        lines.append(f"base {plan.base.name}: {plan.base.converted_from}")
    if warned := rows.warning():
        lines.append(f"warning: {warned}")
    if warned := slow_bf16(plan.arguments):
        lines.append(f"warning: {warned}")
    if plan.start is not None:
        lines.append(f"going on from the adapter in {plan.start.path}{_compared(plan)}")
    show("\n".join(lines))


def slow_bf16(arguments: Mapping[str, Any]) -> str | None:
    """What there is to say of bfloat16 where it is asked for, and no GPU and no processor here multiplies it."""
    if not arguments.get("bf16") or computing_on()[0] or multiplies_bf16():
        return None
    return "this processor does not multiply bfloat16 by itself, so that bf16=true is slower here than float32"


def prompt_told(plan: Plan, template: Template) -> str:
    """The prompt template in words, and the system line."""
    own = ", the tokenizer's own chat template" if template.is_chat else ""
    line = plan.settings.system
    system = "the rows' own, else none" if line is None else "none" if line == "" else repr(line)
    return f"prompt template {template.name}{own}; system line: {system}"


def check_start(plan: Plan, lora: Mapping[str, Any]) -> None:
    """Refuses LoRA settings beside an adapter that a training goes on from: they are that adapter's."""
    strange = sorted(lora.keys() - {"r", "lora_alpha", "lora_dropout", "target_modules"})
    if plan.start is not None and strange:
        raise HarnessError(
            f"{', '.join(strange)} shape a fresh adapter, and the training goes on from the one in {plan.start.path}: "
            "leave them out."
        )


def _reference_model(plan: Plan, arguments: Any) -> dict[str, Any]:
    if not _has_reference(plan):
        return {}
    return {
        "model": "base" if plan.start is None else "adapter",
        "asked_before": bool(arguments.precompute_ref_log_probs),
    }


def _has_reference(plan: Plan) -> bool:
    from harness.training.trainers import RECIPES

    return RECIPES[plan.method].has_reference


def _compared(plan: Plan) -> str:
    return ", which is its reference" if _has_reference(plan) else ""


def _build(plan: Plan, folder: Path, tokenizer: Any, pairs: Pairs, processes: Processes) -> tuple[Any, TrainingLog]:
    from transformers import GenerationConfig

    from harness.training.trainers import RECIPES, build_trainer, split_arguments

    on_gpu, bf16 = computing_on()
    if plan.arguments.get("activation_offloading") and not on_gpu:
        raise HarnessError("activation_offloading moves what a GPU holds, and there is none here: leave it out.")
    given, lora = split_arguments(plan.method, plan.arguments)
    training = {
        **training_arguments(plan, given, on_gpu, bf16),
        **_spread(given, processes),
        "eval_strategy": given.get("eval_strategy", "steps" if pairs[1] else "no"),
        "output_dir": str(folder / CHECKPOINTS),
        "report_to": "wandb" if processes.is_main else "none",
        "run_name": plan.name,
        "save_strategy": "steps",
    }
    dtype = base_dtype(on_gpu, bf16 or (not on_gpu and bool(training["bf16"])))
    count_memory()
    model = load_model(
        plan.base, dtype, plan.settings.quantization, plan.settings.trust_remote_code, sharded=processes.sharded
    )
    model.config.use_cache = False
    # What a base's folder says of its answers (stop strings, penalties) is not for the probe's.
    ends = sorted(text_ends(plan.base, tokenizer))
    model.generation_config = GenerationConfig(bos_token_id=tokenizer.bos_token_id, eos_token_id=ends)
    log = TrainingLog(folder, plan.name, start_wandb(folder, plan.name) if processes.is_main else {}, processes)
    guard = Guard(plan.name, folder, plan.data, pairs[0], processes, log.first_loss)
    callbacks = [log.callback()]
    if processes.is_main:
        single = RECIPES[plan.method].single_answers
        callbacks.append(Pace(plan.name, lambda: guard.shown, processes.count, single).callback())
    before = plan.settings.reference_pass
    if before is None:
        before = not processes.sharded and is_worth_a_pass(len(pairs[0]), training, processes.count)
    reference = _reference(plan, pairs, dtype, training, lora) if before else None
    trainer = build_trainer(
        plan.method, model, tokenizer, lora, training, pairs, callbacks, guard, reference, plan.start
    )
    return trainer, log


def _spread(given: Mapping[str, Any], processes: Processes) -> dict[str, Any]:
    """What several processes ask of TRL's arguments besides."""
    if processes.count == 1:
        return {}
    # Every adapter takes part in every step; looking for those that do not would cost a walk through each graph.
    spread = {
        "gradient_accumulation_steps": share_accumulation(dict(given), processes.count),
        "ddp_find_unused_parameters": False,
        # The other kind runs a layer's backward twice, and DDP would reduce its gradients twice.
        "gradient_checkpointing_kwargs": {"use_reentrant": False, **(given.get("gradient_checkpointing_kwargs") or {})},
    }
    # bitsandbytes' optimizers know nothing of split weights, and cannot be saved.
    return spread | ({"optim": given.get("optim", "adamw_torch")} if processes.sharded else {})


def base_dtype(on_gpu: bool, bf16: bool) -> str:
    """The numbers that a base is loaded in: what the GPU has; without one, what the training was told to compute in."""
    return "bfloat16" if bf16 else "float16" if on_gpu else "float32"


def training_arguments(plan: Plan, given: Mapping[str, Any], on_gpu: bool, bf16: bool) -> dict[str, Any]:
    """TRL's arguments: what the device asks for, what the user gave over it, and what is ours to decide over both."""
    return {
        "bf16": bf16,
        "fp16": on_gpu and not bf16,
        "use_cpu": not on_gpu,
        "gradient_checkpointing": on_gpu,
        "disable_dropout": False,
        # It would log another number in place of a NaN; the guard stops instead.
        "logging_nan_inf_filter": False,
        "optim": "paged_adamw_8bit" if on_gpu and plan.settings.quantization else "adamw_torch",
        **given,
        # The only one would be deleted for one that is not marked as whole yet.
        "save_total_limit": 2 if given.get("save_total_limit") == 1 else given.get("save_total_limit"),
        "remove_unused_columns": False,
        "disable_tqdm": True,
        # Workers would cost more than they bring for token ids in memory, and pin_memory warns without a GPU.
        "dataloader_num_workers": 0,
        "dataloader_pin_memory": on_gpu,
    }


def _reference(
    plan: Plan, pairs: Pairs, dtype: str, training: Mapping[str, Any], lora: Mapping[str, Any]
) -> ReferencePass:
    """The pass over all pairs, with everything besides them that its numbers depend on."""
    installed = versions()
    return ReferencePass(
        (*pairs[0], *pairs[1]),
        {
            "base": plan.base.digest,
            "dtype": dtype,
            "quantization": plan.settings.quantization,
            "use_cpu": training["use_cpu"],
            "ld_alpha": training.get("ld_alpha"),
            **{name: installed.get(name) for name in ("torch", "transformers", "trl")},
            # Base and fresh adapter together are the base but for rounding, which others should not get.
            **({"init_lora_weights": lora["init_lora_weights"]} if moves_base(lora) else {}),
            **({"adapter": plan.start.digest} if plan.start is not None else {}),
        },
    )
