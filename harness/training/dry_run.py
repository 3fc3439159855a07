"""What a training will take, before it is begun: parameters, steps, tokens, memory by part, and time from a probe."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.data import Template, TrainedRows, chat_template_of, load_template
from harness.errors import HarnessError
from harness.machine import Card, cards, multiplies_bf16
from harness.models import load_tokenizer
from harness.training.memory import (
    Setting,
    Shape,
    largest_batch,
    memory_by_part,
    shape_of,
    smallest_card,
    step_of,
)
from harness.training.plan import Plan
from harness.training.settings import check_beginning, check_held_out
from harness.training.timing import Timing, measure
from harness.training.train import base_dtype, check_start, prompt_told, rows_of, slow_bf16, training_arguments

_ON_CPU, _ON_CPU_HERE = 100_000_000, 1_000_000_000
"""Parameters up to which a training without a GPU is thought of: of any base, and of one whose weights lie here."""
_ASKED_CARD = 12


@dataclass(frozen=True)
class DryRun:
    """What is known of a training that has not begun."""

    plan: Plan
    shape: Shape
    setting: Setting
    rows: int
    steps: int
    tokens: int | None
    """None where the tokenizer is not there."""
    timing: Timing | str
    """Or why nothing was measured."""
    memory: Mapping[str, int]
    fitting: int | None
    """Where it does not fit the asked card: the most pairs of a batch that would."""
    idle: tuple[str, ...] | None
    """The adapted modules that have no part in the answers; None where the activations are not counted."""
    card: Card | None = None
    """The one that it would train on here."""
    rows_per_pair: int = 1
    said: tuple[tuple[str, str], ...] = ()
    """(what, in words) of the data and of how they are asked."""

    @property
    def total_memory(self) -> int:
        """Bytes at the peak, all parts together: an upper bound, every answer being max_length long."""
        return sum(self.memory.values())

    def lines(self) -> str:
        """What the command prints, with a card that holds it and, where the asked one does not, what would fit."""
        setting, trained = self.setting, self.shape.trainable
        rows = [
            (
                "parameters",
                f"{self.shape.parameters:,} of the base; {trained:,} trained ({trained / self.shape.parameters:.2%})",
            ),
            *self._not_trained(),
            *self.said,
            ("pairs", f"{self.rows:,} in batches of {setting.pairs} × {self._accumulation}"),
            ("steps", f"{self.steps:,}"),
            ("tokens", "not counted: the base has no tokenizer here" if self.tokens is None else f"{self.tokens:,}"),
            ("time", self.timing if isinstance(self.timing, str) else self.timing.line()),
            *self._bf16(),
            (
                "memory",
                f"{_bytes(self.total_memory)} {self._bound()}, on {self._device()}, every answer max_length long:",
            ),
            *(("", f"{_bytes(size):>9}  {part}") for part, size in self.memory.items()),
        ]
        text = [f"{name:12}{value}" for name, value in rows]
        return "\n".join([*text, *([self._fits()] if setting.on_gpu else [])])

    def _not_trained(self) -> list[tuple[str, str]]:
        said = []
        if self.shape.left_out:
            given = f"--set 'target_parameters=[{','.join(self.shape.left_out)}]'"
            said.append(
                ("left out", f"{self.shape.spared:,} weights of experts, which are no modules. Adapt them: {given}")
            )
        if self.setting.nf4 and not self.shape.packed:
            said.append(("NF4", "packs nothing here: Transformers replaces none of the base's layers"))
        if self.idle:
            said.append(("no part", f"{', '.join(self.idle)}: adapted, but the model computes past the adapter"))
        return said

    def _bf16(self) -> list[tuple[str, str]]:
        if isinstance(self.timing, str) or self.card is not None:
            return []
        if warned := slow_bf16(self.plan.arguments):
            return [("warning", warned)]
        if "bf16" in self.plan.arguments or not multiplies_bf16():
            return []
        said = "--set bf16=true takes less than half of the time, and figures differ in the last digits"
        return [("bfloat16", f"this processor multiplies it by itself: {said}")]

    def _bound(self) -> str:
        return "at most" if self.idle is not None else "and activations, which its code does not tell without weights"

    @property
    def _accumulation(self) -> int:
        return int(self.plan.arguments.get("gradient_accumulation_steps", 1))

    def _device(self) -> str:
        plain = "bfloat16" if self.plan.arguments.get("bf16") else "float32"
        half = "bf16" if self.card is None or self.card.has_bf16 else "fp16"
        stored = "NF4" if self.setting.nf4 else half if self.setting.on_gpu else plain
        kept = "with gradient checkpointing" if self.setting.checkpointing else "without gradient checkpointing"
        return f"{'a GPU' if self.setting.on_gpu else 'the CPU'} in {stored} {kept}"

    def _fits(self) -> str:
        smallest = smallest_card(self.total_memory)
        if self.card is not None:
            asked, fits = _named(self.card), self.total_memory <= self.card.free_bytes
        else:
            asked, fits = f"a card of {_ASKED_CARD} GB", smallest is not None and smallest <= _ASKED_CARD
        if not fits:
            whole = (
                f"; it fits {'one' if self.card is None else 'an empty card'} of {smallest} GB." if smallest else "."
            )
            return f"It does not fit {asked}{whole}{self._instead()}"
        if self.card is not None or smallest == _ASKED_CARD:
            return f"It fits {asked}."
        return f"It fits a card of {smallest} GB, and so one of {_ASKED_CARD} GB."

    def _instead(self) -> str:
        if not self.fitting:
            return ""
        return (
            f" With the same steps it does: --set per_device_train_batch_size={self.fitting * self.rows_per_pair} "
            f"--set gradient_accumulation_steps={self._accumulation * self.setting.pairs // self.fitting}"
        )


def dry_run(plan: Plan) -> DryRun:
    """The training's needs, computed without its weights, and timed for some steps where they are here."""
    from harness.training.trainers import RECIPES, split_arguments

    recipe = RECIPES[plan.method]
    training, lora = split_arguments(plan.method, plan.arguments)
    check_start(plan, lora)
    check_beginning(lora, plan.settings.quantization, sharded=False)
    check_held_out(training, plan.settings.eval_rows)
    nf4, trust = plan.settings.quantization == "nf4", plan.settings.trust_remote_code
    shape = shape_of(plan.base, lora, nf4, trust)
    card = next(iter(cards()), None)
    on_gpu = card is not None or shape.parameters > (_ON_CPU_HERE if _has_weights(plan) else _ON_CPU)
    bf16 = on_gpu if card is None else card.has_bf16
    given = training_arguments(plan, training, on_gpu, bf16)
    setting = Setting(
        pairs=max(1, int(training.get("per_device_train_batch_size", 8)) // (2 if recipe.single_answers else 1)),
        max_length=int(plan.arguments["max_length"]),
        on_gpu=on_gpu,
        nf4=nf4,
        checkpointing=bool(given["gradient_checkpointing"]),
        full_logits=recipe.own_head and not shape.plain_head,
        eight_bit_optimizer="8bit" in str(given["optim"]),
        wide=recipe.own_head and nf4,
    )
    rows_per_pair = 2 if recipe.single_answers else 1
    count, rows, said = _rows(plan)
    pairs = rows.train if rows else []
    answers = recipe.rows(pairs) if pairs else count * rows_per_pair
    steps = _steps(answers, training)
    per_step = int(training.get("per_device_train_batch_size", 8)) * int(training.get("gradient_accumulation_steps", 1))
    tokens = None
    if pairs:
        shown = steps * per_step * len(pairs) / answers
        lengths = (2 * len(it.prompt_ids) + len(it.chosen_ids) + len(it.rejected_ids) for it in pairs)
        tokens = round(sum(lengths) / len(pairs) * shown)
    step = step_of(plan.base, lora, shape, setting, trust)
    memory = memory_by_part(shape, setting, step)
    room = _ASKED_CARD * 2**30 if card is None else card.free_bytes
    fits = sum(memory.values()) <= room
    fitting = None
    if on_gpu and not fits:
        fitting = largest_batch(shape, setting, room, lambda smaller: step_of(plan.base, lora, shape, smaller, trust))
    timing: Timing | str
    if why := _unmeasurable(plan, rows, shape, card, sum(memory.values())):
        timing = why
    else:
        assert rows is not None
        here = training_arguments(plan, training, card is not None, card is not None and bf16)
        dtype = base_dtype(card is not None, bool(here["bf16"]))
        timing = measure(plan, (rows.train, rows.held_out), steps, float(tokens or 0), here, lora, dtype)
    return DryRun(
        plan, shape, setting, count, steps, tokens, timing, memory, fitting, step.idle if step else None,
        card, rows_per_pair, said,
    )  # fmt: skip


def _rows(plan: Plan) -> tuple[int, TrainedRows | None, tuple[tuple[str, str], ...]]:
    """(rows to train on, the same as token ids, what is said of them); without a tokenizer there are no ids."""
    preferences = plan.read()
    try:
        tokenizer = load_tokenizer(plan.base, plan.settings.trust_remote_code)
    except HarnessError:
        dropped = ", ".join(f"{count:,} {reason}" for reason, count in preferences.dropped.items())
        left = len(preferences.usable) - plan.settings.eval_rows
        return left, None, (("prompt", plan.prompt), *((("dropped", dropped),) if dropped else ()))
    template = load_template(plan.prompt, plan.prompt_folders, chat_template_of(tokenizer, plan.day))
    rows = rows_of(plan, preferences, template, tokenizer)
    return len(rows.train), rows, tuple(_told(plan, rows, template))


def _told(plan: Plan, rows: TrainedRows, template: Template) -> Iterator[tuple[str, str]]:
    if plan.base.converted_from:
        yield "base", f"{plan.base.name}: {plan.base.converted_from}"
    yield "data", rows.told()
    if warned := rows.warning():
        yield "warning", warned
    if not plan.settings.allow_dropped:
        try:
            rows.refuse_most_dropped()
        except HarnessError as error:
            yield "refused", f"a training does not begin so. {error}"
    yield "prompt", prompt_told(plan, template)
    if plan.start is not None:
        yield "adapter", f"goes on from {plan.start.path}"


def _steps(rows: int, training: Mapping[str, Any]) -> int:
    if (asked := int(training.get("max_steps", -1))) > 0:
        return asked
    batches = math.ceil(rows / int(training.get("per_device_train_batch_size", 8)))
    an_epoch = math.ceil(batches / int(training.get("gradient_accumulation_steps", 1)))
    return math.ceil(an_epoch * float(training.get("num_train_epochs", 3.0)))


def _has_weights(plan: Plan) -> bool:
    """Whether they lie in the base's folder, or in the hub's cache: nothing is fetched to look ahead."""
    from huggingface_hub import try_to_load_from_cache

    if Path(plan.base.path).is_dir():
        return any(Path(plan.base.path).glob("*.safetensors"))
    names = ("model.safetensors", "model.safetensors.index.json")
    return any(isinstance(try_to_load_from_cache(plan.base.path, name), str) for name in names)


def _unmeasurable(plan: Plan, rows: TrainedRows | None, shape: Shape, card: Card | None, memory: int) -> str | None:
    """Why no batch of the training can be timed here; None where one can."""
    import psutil

    if not _has_weights(plan):
        return "not measured: the weights are not here"
    if rows is None or not rows.train:
        return "not measured: the base has no tokenizer here" if rows is None else "not measured: there are no rows"
    if card is not None:
        return None if memory <= card.free_bytes else "not measured: this card has no room for it"
    # Transformers reads the weights whole before they are packed.
    needed, free = shape.parameters * 4, psutil.virtual_memory().available
    if needed > free:
        return f"not measured: the base takes {_bytes(needed)} on the CPU, and {_bytes(free)} of memory are free"
    return None


def _named(card: Card) -> str:
    return f"{card.name}, where {_bytes(card.free_bytes)} of {_bytes(card.total_bytes)} are free"


def _bytes(count: int) -> str:
    return f"{count / 1e9:.2f} GB" if count >= 1e8 else f"{count / 1e6:.1f} MB"
