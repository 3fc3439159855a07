"""DPO and ORPO through TRL: one table, the same token ids for both. Imports TRL, so it is imported late."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any

from harness.errors import HarnessError
from harness.preferences import Pair

# TRL warns at import that ORPO may change; the version is pinned, and only this module touches it.
os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import PrinterCallback, TrainerCallback
from trl import DPOConfig, DPOTrainer
from trl.experimental.orpo import ORPOConfig, ORPOTrainer

_GONE = {
    "max_prompt_length": "TRL removed max_prompt_length: prompts are never cut; rows that do not fit max_length are "
    "dropped and counted"
}
# What a training folder, a resumed run and an honest certificate depend on is not the user's to set.
_OURS = {"output_dir", "report_to", "remove_unused_columns", "padding_free", "task_type", "peft_type"}


class _DPO(DPOTrainer):  # type: ignore[misc]
    """TRL's trainer on token ids that are there already."""

    def _prepare_dataset(self, dataset: Any, processing_class: Any, args: Any, dataset_name: str) -> Any:
        return dataset


class _ORPO(ORPOTrainer):  # type: ignore[misc]
    """TRL's trainer on token ids that are there already."""

    def tokenize_row(self, feature: Any, model: Any = None) -> dict[str, Any]:
        prompt = feature["prompt_ids"]
        row: dict[str, Any] = {"prompt_input_ids": prompt, "prompt_attention_mask": [1] * len(prompt)}
        for side in ("chosen", "rejected"):
            answer = feature[f"{side}_ids"]
            row[f"{side}_input_ids"] = prompt + answer
            row[f"{side}_attention_mask"] = [1] * (len(prompt) + len(answer))
            row[f"{side}_labels"] = [-100] * len(prompt) + answer
        return row


@dataclass(frozen=True)
class Method:
    """What trains: a TRL configuration and the trainer that takes it."""

    config: type[Any]
    trainer: type[Any]


METHODS: dict[str, Method] = {"dpo": Method(DPOConfig, _DPO), "orpo": Method(ORPOConfig, _ORPO)}

Arguments = dict[str, Any]


def split_arguments(method: str, arguments: Mapping[str, Any]) -> tuple[Arguments, Arguments]:
    """(TRL's, PEFT's) of the arguments given, each with its number type; refuses every unknown name at once."""
    training = {field.name: field for field in dataclasses.fields(METHODS[method].config) if field.init}
    lora = {field.name: field for field in dataclasses.fields(LoraConfig) if field.init}
    known = sorted({*training, *lora} - _OURS)
    faults = []
    for name in arguments:
        if name in _GONE:
            faults.append(_GONE[name])
        elif name not in known:
            near = get_close_matches(name, known, n=1)
            faults.append(f"{name} is no argument of {method}" + (f", did you mean {near[0]}?" if near else ""))
    if faults:
        raise HarnessError("; ".join(faults) + ". Arguments have TRL's and PEFT's own names.")
    ours = {name: _number(value, (training | lora)[name].type) for name, value in arguments.items()}
    return (
        {name: value for name, value in ours.items() if name in training},
        {name: value for name, value in ours.items() if name in lora and name not in training},
    )


def _number(value: Any, annotation: Any) -> Any:
    """1 for an argument that is a float: what YAML and the command line cannot tell apart."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return float(value) if whole and "float" in str(annotation) and "int" not in str(annotation) else value


def build_trainer(
    method: str,
    model: Any,
    tokenizer: Any,
    lora: Arguments,
    training: Arguments,
    pairs: tuple[Sequence[Pair], Sequence[Pair]],
    callbacks: Sequence[TrainerCallback],
) -> Any:
    """A TRL trainer over (training, evaluation) pairs, with a fresh LoRA adapter whose dropout is what was asked."""
    _switch_off_dropout(model)
    try:
        config = METHODS[method].config(**training)
        adapter = LoraConfig(task_type="CAUSAL_LM", **lora)
        trainer = METHODS[method].trainer(
            model=model,
            args=config,
            train_dataset=_dataset(pairs[0]),
            eval_dataset=_dataset(pairs[1]) if pairs[1] else None,
            processing_class=tokenizer,
            peft_config=adapter,
            callbacks=list(callbacks),
        )
    except (ValueError, TypeError) as error:
        raise HarnessError(f"TRL refuses these settings: {str(error).strip().splitlines()[0]}") from None
    # Our own log and progress say the same without a dictionary a step.
    trainer.remove_callback(PrinterCallback)
    return trainer


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


def _switch_off_dropout(model: Any) -> None:
    # TRL's disable_dropout acts after PEFT has added its own dropout, and switches that off as well. Switching the
    # base's off before, and TRL's switch off, leaves exactly the dropout that was asked for.
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0


def _dataset(pairs: Sequence[Pair]) -> Dataset:
    # ORPO maps over text columns before it asks for ids; they are empty, because nothing may tokenize twice.
    rows = [{"prompt": "", "chosen": "", "rejected": "", **asdict(pair)} for pair in pairs]
    return Dataset.from_list(rows)


def lora_modules(model: Any) -> list[str]:
    """The names of the linear layers that carry an adapter, as a target_modules list."""
    return sorted({name.split(".")[-2] for name, _ in model.named_modules() if name.endswith(".lora_A")})
