"""DPO, ORPO, KTO and SimPO through TRL: one table, the same token ids for all. Imports TRL, so it is imported late."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from harness.data import PreferencePair
from harness.errors import HarnessError
from harness.foreign_errors import boundary
from harness.training.guards import Guard, Guarded
from harness.training.reference_pass import ReferencePass

# TRL warns at import that ORPO and CPO may change; the version is pinned, and only this module touches it.
os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import PrinterCallback, TrainerCallback
from trl import DPOConfig, DPOTrainer, KTOConfig, KTOTrainer
from trl.experimental.cpo import CPOConfig, CPOTrainer
from trl.experimental.orpo import ORPOConfig, ORPOTrainer

_GONE = {
    "max_prompt_length": "TRL removed max_prompt_length: prompts are never cut; rows that do not fit max_length are "
    "dropped and counted"
}
# What a training folder, a resumed run and an honest certificate depend on is not the user's to set.
_OURS = {
    "output_dir", "report_to", "run_name", "save_strategy", "remove_unused_columns", "padding_free", "disable_tqdm",
    "dataloader_num_workers", "dataloader_pin_memory", "task_type", "peft_type",
}  # fmt: skip
_NUMBERS = {"int", "float", "bool", "None"}


class _DPO(Guarded, DPOTrainer):  # type: ignore[misc]
    """TRL's trainer on token ids that are there already, and on reference log-probabilities that may be."""

    def __init__(self, *args: Any, reference: ReferencePass | None = None, **settings: Any) -> None:
        self._reference = reference
        super().__init__(*args, **settings)

    def _prepare_dataset(self, dataset: Any, processing_class: Any, args: Any, dataset_name: str) -> Any:
        return dataset

    def _precompute_ref_logps(self, dataset: Any, name: str, batch_size: int) -> Any:
        if self._reference is None:
            return super()._precompute_ref_logps(dataset, name, batch_size)
        for column, values in self._reference.columns(list(dataset), self._reference_log_probs).items():
            dataset = dataset.add_column(column, values)
        return dataset

    def _reference_log_probs(self, rows: Sequence[Mapping[str, Any]]) -> tuple[list[float], list[float]]:
        # On the device itself: the data loader that would bring the batch there is not made yet.
        batch = {key: value.to(self.accelerator.device) for key, value in self.data_collator(list(rows)).items()}
        chosen, rejected = self.compute_ref_log_probs(self.model, batch)
        return chosen.float().tolist(), rejected.float().tolist()


class _ORPO(Guarded, ORPOTrainer):  # type: ignore[misc]
    """TRL's trainer on token ids that are there already."""

    def tokenize_row(self, feature: Any, model: Any = None) -> dict[str, Any]:
        return _labelled(feature)


class _SimPO(Guarded, CPOTrainer):  # type: ignore[misc]
    """TRL's trainer on token ids that are there already; SimPO is one of its losses."""

    def tokenize_row(self, feature: Any, model: Any = None) -> dict[str, Any]:
        return _labelled(feature)


class _KTO(Guarded, KTOTrainer):  # type: ignore[misc]
    """TRL's trainer on token ids that are there already: each answer of a pair by itself, wanted or not."""

    def _prepare_dataset(self, dataset: Any, processing_class: Any, args: Any, dataset_name: str) -> Any:
        return Dataset.from_list(_single_answers(list(dataset), args.per_device_train_batch_size))


def _labelled(feature: Mapping[str, Any]) -> dict[str, Any]:
    """A row as ORPO and CPO collate it: prompt + answer, and labels of that length, −100 where no loss is taken."""
    prompt = feature["prompt_ids"]
    row: dict[str, Any] = {"prompt_input_ids": prompt, "prompt_attention_mask": [1] * len(prompt)}
    for side in ("chosen", "rejected"):
        answer = feature[f"{side}_ids"]
        row[f"{side}_input_ids"] = prompt + answer
        row[f"{side}_attention_mask"] = [1] * (len(prompt) + len(answer))
        row[f"{side}_labels"] = [-100] * len(prompt) + answer
    return row


def _single_answers(pairs: Sequence[Mapping[str, Any]], batch_size: int) -> list[dict[str, Any]]:
    """Chosen and rejected answers in turn, never of the same prompt next to each other, with KTO's mismatched ones.

    KTO takes them in this order, and estimates its KL term from each prompt with the answer before it in the batch.
    """
    rows = []
    for number, pair in enumerate(pairs):
        other = pairs[(number + len(pairs) // 2) % len(pairs)]
        rows.append({"prompt_ids": pair["prompt_ids"], "completion_ids": pair["chosen_ids"], "label": True})
        rows.append({"prompt_ids": other["prompt_ids"], "completion_ids": other["rejected_ids"], "label": False})
    for start in range(0, len(rows), batch_size):
        batch = rows[start : start + batch_size]
        for row, before in zip(batch, [batch[-1], *batch[:-1]], strict=True):
            row["KL_completion_ids"] = before["completion_ids"]
    return rows


@dataclass(frozen=True)
class Recipe:
    """What trains: a TRL configuration and the trainer that takes it."""

    config: type[Any]
    trainer: type[Any]
    has_reference: bool = False
    """Whether its loss asks the base as well, so that a shared reference pass spares it that."""
    full_logits: bool = False
    """Whether its loss keeps a logit for every token and word at once."""
    rows_per_pair: int = 1
    """2 where each answer of a pair is a row of its own."""


RECIPES: dict[str, Recipe] = {
    # Rafailov et al. 2023, equation 7.
    "dpo": Recipe(DPOConfig, _DPO, has_reference=True),
    # Hong et al. 2024.
    "orpo": Recipe(ORPOConfig, _ORPO, full_logits=True),
    # Ethayarajh et al. 2024.
    "kto": Recipe(KTOConfig, _KTO, rows_per_pair=2),
    # Meng et al. 2024.
    "simpo": Recipe(CPOConfig, _SimPO, full_logits=True),
}
"""By method. Their beta is not one quantity: how strongly DPO and KTO are held to the reference, the weight of ORPO's
odds ratio beside its likelihood, the scale of SimPO's log-probability a token. Nor can their rewards be compared."""

Arguments = dict[str, Any]


def split_arguments(method: str, arguments: Mapping[str, Any]) -> tuple[Arguments, Arguments]:
    """(TRL's, PEFT's) of the arguments given, each with its number type; refuses every unknown name at once."""
    training = {field.name: _kinds(field) for field in dataclasses.fields(RECIPES[method].config) if field.init}
    lora = {field.name: _kinds(field) for field in dataclasses.fields(LoraConfig) if field.init}
    kinds = lora | training
    known = sorted(kinds.keys() - _OURS)
    faults = []
    for name, value in arguments.items():
        if name in _GONE:
            faults.append(_GONE[name])
        elif name in _OURS:
            faults.append(f"{name} is not to be set: the harness decides it")
        elif name in known and not _fits(value, kinds[name]):
            faults.append(f"{name} takes {' or '.join(sorted(kinds[name]))}, not {value!r}")
        elif name not in known:
            near = get_close_matches(name, known, n=1)
            faults.append(f"{name} is no argument of {method}" + (f", did you mean {near[0]}?" if near else ""))
    if faults:
        raise HarnessError("; ".join(faults) + ". Arguments have TRL's and PEFT's own names.")
    ours = {name: _number(value, kinds[name]) for name, value in arguments.items()}
    return (
        {name: value for name, value in ours.items() if name in training},
        {name: value for name, value in ours.items() if name in lora and name not in training},
    )


def _kinds(argument: dataclasses.Field[Any]) -> frozenset[str]:
    """What its annotation allows, as words: {"float", "None"}."""
    annotation = argument.type
    written = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    return frozenset(written.split(" | "))


def _fits(value: Any, kinds: frozenset[str]) -> bool:
    """Whether an argument that is a number is given one; what else TRL and PEFT take, they check themselves."""
    if not kinds <= _NUMBERS:
        return True
    if value is None:
        return "None" in kinds
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return whole or (isinstance(value, float) and "float" in kinds)


def _number(value: Any, kinds: frozenset[str]) -> Any:
    """1 for an argument that is a float, and 1e3 for one that is not: what YAML does not tell apart."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not kinds <= _NUMBERS:
        return value
    if "float" in kinds:
        return float(value)
    return int(value) if "int" in kinds else value


def build_trainer(
    method: str,
    model: Any,
    tokenizer: Any,
    lora: Arguments,
    training: Arguments,
    pairs: tuple[Sequence[PreferencePair], Sequence[PreferencePair]],
    callbacks: Sequence[TrainerCallback],
    guard: Guard,
    reference: ReferencePass | None = None,
) -> Any:
    """A TRL trainer over (training, evaluation) pairs, with a fresh LoRA adapter whose dropout is what was asked."""
    _switch_off_dropout(model)
    with boundary("TRL refuses these settings", ValueError, TypeError, NotImplementedError):
        shared: Arguments = {}
        if reference is not None and RECIPES[method].has_reference:
            training, shared = {**training, "precompute_ref_log_probs": True}, {"reference": reference}
        config = RECIPES[method].config(**training)
        adapter = LoraConfig(task_type="CAUSAL_LM", **lora)
        trainer = RECIPES[method].trainer(
            model=model,
            args=config,
            train_dataset=_dataset(pairs[0]),
            eval_dataset=_dataset(pairs[1]) if pairs[1] else None,
            processing_class=tokenizer,
            peft_config=adapter,
            callbacks=list(callbacks),
            **shared,
        )
    trainer.guard = guard
    # Our own log and progress say the same without a dictionary a step.
    trainer.remove_callback(PrinterCallback)
    return trainer


def _switch_off_dropout(model: Any) -> None:
    # TRL's disable_dropout acts after PEFT has added its own dropout, and switches that off as well. Switching the
    # base's off before, and TRL's switch off, leaves exactly the dropout that was asked for.
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0


def _dataset(pairs: Sequence[PreferencePair]) -> Dataset:
    # ORPO maps over text columns before it asks for ids; they are empty, because nothing may tokenize twice.
    rows = [{"prompt": "", "chosen": "", "rejected": "", **vars(pair)} for pair in pairs]
    return Dataset.from_list(rows).remove_columns("row")
