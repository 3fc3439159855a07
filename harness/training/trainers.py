"""DPO, ORPO, KTO and SimPO through TRL: one table, the same token ids for all. Imports TRL, so it is imported late."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.data import PreferencePair
from harness.errors import HarnessError
from harness.foreign_errors import boundary
from harness.machine import Progress
from harness.models import Adapter, switch_off_dropout
from harness.training.batches import (
    FusedHead,
    RegroupedSteps,
    is_mean_of_pairs,
    labelled_row,
    pass_by_length,
    single_answers,
)
from harness.training.ending import load_adapter
from harness.training.guards import Guard, Guarded
from harness.training.reference_pass import COLUMNS, ReferencePass
from harness.training.settings import Arguments, moves_base, moves_reference, split

# TRL warns at import that ORPO and CPO may change; the version is pinned, and only this module touches it.
os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")

import torch
from datasets import Dataset
from peft import LoraConfig, PeftModel
from peft.tuners.tuners_utils import BaseTunerLayer
from peft.utils.other import AuxiliaryTrainingWrapper
from transformers import PrinterCallback, TrainerCallback
from transformers.trainer_utils import SchedulerType
from transformers.training_args import OptimizerNames
from trl import DPOConfig, DPOTrainer, KTOConfig, KTOTrainer
from trl.experimental.cpo import CPOConfig, CPOTrainer
from trl.experimental.orpo import ORPOConfig, ORPOTrainer

_WORDS = {
    "optim": [one.value for one in OptimizerNames],
    "lr_scheduler_type": [one.value for one in SchedulerType],
    "train_sampling_strategy": ["random", "sequential", "group_by_length"],
}
"""Values that Transformers knows and would refuse with an exception of its own."""
_REFUSALS = (ValueError, TypeError, NotImplementedError, ImportError, LookupError, AttributeError, OSError)
_BATCH = 8
"""Rows of one batch of a reference pass that nobody shares."""


class _Anchored(Guarded):
    """Takes the reference from the base as it was, where the model without its adapter is not, or no longer, that.

    TRL would write such a pass into a file of each process's own, and look for it in the others.
    """

    data_collator: Any
    train_dataset: Any
    eval_dataset: Any
    columns: tuple[str, ...]
    """Where TRL looks for the reference's log-probabilities."""

    def __init__(self, *args: Any, base_moved: bool = False, **settings: Any) -> None:
        self._base_moved, arguments = base_moved, settings["args"]
        before, arguments.precompute_ref_log_probs = arguments.precompute_ref_log_probs, False
        super().__init__(*args, **settings)
        if before:
            self._ask_before()

    def _ask_before(self) -> None:
        """What TRL does at its beginning, but for a digest of all weights: minutes for a name of a file never made."""
        self.args.precompute_ref_log_probs = self.precompute_ref_logps = True
        self.train_dataset = self._precompute_ref_logps(self.train_dataset, "train", _BATCH)
        if self.eval_dataset is not None:
            self.eval_dataset = self._precompute_ref_logps(self.eval_dataset, "eval", _BATCH)

    def _precompute_ref_logps(self, dataset: Any, name: str, batch_size: int) -> Any:
        pass_by_length(self)
        rows = list(dataset)
        found: list[tuple[list[float], ...]] = []
        with Progress("reference pass", len(rows), "row") as progress:
            for start in range(0, len(rows), _BATCH):
                found.append(self._asked(rows[start : start + _BATCH]))
                progress.advance(len(rows[start : start + _BATCH]))
        for column, parts in zip(self.columns, zip(*found, strict=True), strict=False):
            dataset = dataset.add_column(column, [value for part in parts for value in part])
        return dataset

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        super()._load_from_checkpoint(resume_from_checkpoint, model)  # type: ignore[misc]
        # Transformers takes the reference from its folder there, and passes over the adapter that is trained.
        if (Path(resume_from_checkpoint) / "ref").is_dir():
            load_adapter(self, Path(resume_from_checkpoint))

    def _asked(self, rows: Sequence[Mapping[str, Any]]) -> tuple[list[float], ...]:
        # On the device itself: the data loader that would bring the batch there is not made yet.
        batch = {key: value.to(self.accelerator.device) for key, value in self.data_collator(list(rows)).items()}
        found = self.compute_ref_log_probs(self.model, batch)
        return tuple(values.float().tolist() for values in found if values is not None)

    def compute_ref_log_probs(self, model: Any, inputs: Any) -> Any:
        """TRL's, without the adapter; with it, before it is trained, where only both together are the base."""
        if not self._base_moved:
            return super().compute_ref_log_probs(model, inputs)  # type: ignore[misc]
        model.eval()
        # TRL switches the adapter off where the reference has no model of its own.
        self.ref_model = model
        try:
            return super().compute_ref_log_probs(model, inputs)  # type: ignore[misc]
        finally:
            self.ref_model = None


class _DPO(RegroupedSteps, _Anchored, DPOTrainer):  # type: ignore[misc]
    """TRL's trainer on token ids that are there already, and on reference log-probabilities that may be."""

    columns = COLUMNS

    def __init__(self, *args: Any, reference: ReferencePass | None = None, **settings: Any) -> None:
        self._reference = reference
        super().__init__(*args, **settings)

    def _prepare_dataset(self, dataset: Any, processing_class: Any, args: Any, dataset_name: str) -> Any:
        return dataset

    def _precompute_ref_logps(self, dataset: Any, name: str, batch_size: int) -> Any:
        pass_by_length(self)
        if self._reference is None:
            return super()._precompute_ref_logps(dataset, name, batch_size)
        for column, values in self._reference.columns(list(dataset), self._pair).items():
            dataset = dataset.add_column(column, values)
        return dataset

    def _pair(self, rows: Sequence[Mapping[str, Any]]) -> tuple[list[float], list[float]]:
        chosen, rejected = self._asked(rows)
        return chosen, rejected


class _ORPO(FusedHead, Guarded, ORPOTrainer):  # type: ignore[misc]
    """TRL's trainer on token ids that are there already."""

    likelihood_of_prompt = True

    def tokenize_row(self, feature: Any, model: Any = None) -> dict[str, Any]:
        return labelled_row(feature)


class _SimPO(RegroupedSteps, FusedHead, Guarded, CPOTrainer):  # type: ignore[misc]
    """TRL's trainer on token ids that are there already; SimPO is one of its losses."""

    likelihood_of_prompt = False

    def tokenize_row(self, feature: Any, model: Any = None) -> dict[str, Any]:
        return labelled_row(feature)


class _KTO(_Anchored, KTOTrainer):  # type: ignore[misc]
    """TRL's trainer on token ids that are there already: each answer of a pair by itself, wanted or not."""

    columns = ("ref_logps", "ref_KL_logps")

    def _prepare_dataset(self, dataset: Any, processing_class: Any, args: Any, dataset_name: str) -> Any:
        return Dataset.from_list(single_answers(list(dataset), args.per_device_train_batch_size))


@dataclass(frozen=True)
class Recipe:
    """What trains: a TRL configuration and the trainer that takes it."""

    config: type[Any]
    trainer: type[Any]
    has_reference: bool = False
    """Whether its loss asks the base as well."""
    shares_reference: bool = False
    """Whether a shared reference pass spares it that."""
    own_head: bool = False
    """Whether TRL keeps a logit for every token and word at once, and casts what NF4 leaves to float32."""
    single_answers: bool = False
    """Whether each answer of a pair is a row of its own, so that it takes answers without another one as well."""

    def rows(self, pairs: Sequence[PreferencePair]) -> int:
        """How many rows of TRL's they make."""
        if not self.single_answers:
            return len(pairs)
        return sum(bool(pair.chosen_ids) + bool(pair.rejected_ids) for pair in pairs)


RECIPES: dict[str, Recipe] = {
    # Rafailov et al. 2023, equation 7.
    "dpo": Recipe(DPOConfig, _DPO, has_reference=True, shares_reference=True),
    # Hong et al. 2024.
    "orpo": Recipe(ORPOConfig, _ORPO, own_head=True),
    # Ethayarajh et al. 2024.
    "kto": Recipe(KTOConfig, _KTO, has_reference=True, single_answers=True),
    # Meng et al. 2024.
    "simpo": Recipe(CPOConfig, _SimPO, own_head=True),
}
"""By method. Their beta is not one quantity: how strongly DPO and KTO are held to the reference, the weight of ORPO's
odds ratio beside its likelihood, the scale of SimPO's log-probability a token. Nor can their rewards be compared."""


def split_arguments(method: str, arguments: Mapping[str, Any]) -> tuple[Arguments, Arguments]:
    """(TRL's, PEFT's) of the arguments given, each with its number type; refuses all that are wrong at once."""
    return split(method, RECIPES[method].config, LoraConfig, _WORDS, arguments)


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
    start: Adapter | None = None,
) -> Any:
    """A TRL trainer over (training, evaluation) pairs, with a LoRA adapter whose dropout is what was asked.

    It is a fresh one, or goes on from the adapter given: TRL then takes a copy of that for its reference.
    """
    # TRL's disable_dropout acts after PEFT has added its own dropout, and switches that off as well. Switching the
    # base's off before, and TRL's switch off, leaves exactly the dropout that was asked for.
    switch_off_dropout(model)
    _pad_inside(tokenizer, model)
    recipe = RECIPES[method]
    if recipe.has_reference and lora.get("trainable_token_indices") and model.config.tie_word_embeddings:
        raise HarnessError(
            f"trainable_token_indices cannot be trained by {method} where a base's head is its embedding: TRL reads "
            "the head past its adapter. Train by orpo or simpo, or leave it out."
        )
    training, anchor = _anchored(recipe, training, lora, reference)
    fresh = LoraConfig(task_type="CAUSAL_LM", **lora) if start is None else None
    if start is not None:
        folder = model.name_or_path
        model = PeftModel.from_pretrained(model, str(start.path), is_trainable=True)
        # The adapter may name its base by what has no folder; PEFT looks into that as it saves.
        model.peft_config["default"].base_model_name_or_path = folder
    with boundary("TRL and PEFT refuse these settings", *_REFUSALS, lines=None), warnings.catch_warnings():
        # PEFT says how it adapts GPT-2's layers, and of ranks of experts, which it uses, that it does not.
        warnings.filterwarnings("ignore", "fan_in_fan_out|.*(rank|alpha)_pattern")
        trainer = recipe.trainer(
            model=model,
            args=recipe.config(**training),
            train_dataset=_dataset(pairs[0]),
            eval_dataset=_dataset(pairs[1]) if pairs[1] else None,
            processing_class=tokenizer,
            peft_config=fresh,
            callbacks=list(callbacks),
            **anchor,
        )
    if start is None:
        _check_matches(trainer.model, lora)
    if trainer.args.fp16:
        _widen(trainer.model)
    if recipe.own_head:
        trainer.fuse_head()
    pass_by_length(trainer)
    trainer.regroups = is_mean_of_pairs(method, trainer)
    trainer.guard, trainer.method = guard, method
    # Our own log and progress say the same without a dictionary a step.
    trainer.remove_callback(PrinterCallback)
    return trainer


def _widen(model: Any) -> None:
    """Makes float32 of what is trained: TRL makes a 4-bit base's adapter bfloat16, which fp16's scaler cannot scale."""
    for one in model.parameters():
        if one.requires_grad and one.dtype != torch.float32:
            one.data = one.data.to(torch.float32)


def _anchored(
    recipe: Recipe, training: Arguments, lora: Arguments, reference: ReferencePass | None
) -> tuple[Arguments, Arguments]:
    """(TRL's arguments, the trainer's own), so that the reference is the base before an adapter was added to it."""
    if not recipe.has_reference:
        return training, {}
    shared = reference if recipe.shares_reference else None
    before = shared is not None or moves_reference(lora)
    own = {"base_moved": moves_base(lora)} | ({"reference": shared} if shared is not None else {})
    return training | ({"precompute_ref_log_probs": True} if before else {}), own


def _pad_inside(tokenizer: Any, model: Any) -> None:
    """Pads with the end of text where the tokenizer's own padding has no row in the embedding: both are masked."""
    if tokenizer.pad_token_id is None or tokenizer.pad_token_id >= model.get_input_embeddings().weight.shape[0]:
        tokenizer.pad_token = tokenizer.eos_token


def _check_matches(model: Any, lora: Arguments) -> None:
    """Refuses names that PEFT would look for in vain without a word."""
    names = [
        name for name, module in model.named_modules() if isinstance(module, BaseTunerLayer | AuxiliaryTrainingWrapper)
    ]
    asked = [("modules_to_save", name, re.escape(name)) for name in lora.get("modules_to_save") or []]
    asked += [(key, name, name) for key in ("rank_pattern", "alpha_pattern") for name in lora.get(key) or {}]
    for setting, name, pattern in asked:
        if not any(re.search(rf"(^|\.){pattern}$", found) for found in names):
            raise HarnessError(f"{setting} names {name}, which is no module of the base that is trained.")
    for name in lora.get("target_parameters") or []:
        if not any(found.endswith(name.rpartition(".")[0]) for found in names):
            raise HarnessError(f"target_parameters names {name}, which is no parameter of the base.")


def _dataset(pairs: Sequence[PreferencePair]) -> Dataset:
    # ORPO maps over text columns before it asks for ids; they are empty, because nothing may tokenize twice.
    rows = [{"prompt": "", "chosen": "", "rejected": "", **vars(pair)} for pair in pairs]
    return Dataset.from_list(rows).remove_columns("row")
