"""A trained adapter added into its base: a model of its own, for what cannot load adapters."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.data import chat_template_of, load_template
from harness.errors import HarnessError
from harness.foreign_errors import boundary
from harness.models import Adapter, Weights, find_base, load_model, load_tokenizer, read_adapter, release_memory
from harness.out_of_memory import memory_needed
from harness.store import MERGED_FROM, MergedFrom, draft_folder, read_json, to_row, write_json
from harness.training.plan import Plan
from harness.training.processes import held
from harness.training.train import rows_of

_PROBES = 4
_LONGEST = 256
"""Tokens of a probe that are looked at: enough for every layer to show."""
_TOLERANCE = {"float32": 0.002, "other": 0.08}
"""Nats a token by which merged weights may stray from base and adapter: rounding, by precision."""
_LESS_MEMORY = (
    "A merge takes the whole base in full precision. The adapter is finished: free some memory, or merge on another "
    "machine, by the same command."
)
Probes = Sequence[list[int]]


def merge(plan: Plan, training: Path) -> Path:
    """The folder of the merged model below a finished training's: safetensors, in the precision it was trained in.

    A base that was trained on in 4 bits is merged in its full precision, since 4 bits have no room for an adapter.
    What was written is loaded again, and asked beside the adapter; where they differ, it is removed and refused.
    """
    with held(training), memory_needed(f"{training} cannot be merged", lambda: _LESS_MEMORY):
        adapter = read_adapter(training.name, training)
        folder = training / "merged"
        trained, dtype = adapter.certificate.base, str(adapter.certificate.dtype)
        mark = to_row(MergedFrom(adapter_digest=adapter.digest, base=trained, dtype=dtype))
        if (folder / MERGED_FROM).is_file() and read_json(folder / MERGED_FROM) == mark:
            return folder
        base = find_base(trained.path)
        if base.digest != trained.digest:
            raise HarnessError(
                f"{base.path} has changed since {training} was trained on it, and a merged model would be another one. "
                "Put the old weights back, or train again."
            )
        probes, trust = _probes(plan, base), plan.settings.trust_remote_code
        with draft_folder(folder) as draft:
            # A card holds one model of such a size, and mostly not two: that of the training, or of the merging.
            release_memory()
            expected = _write(adapter, base, dtype, trust, probes, draft)
            release_memory()
            written = load_model(Weights(str(folder), str(draft), ""), dtype, None, trust)
            _check(adapter, expected, _log_probabilities(written, probes), dtype)
            write_json(draft / MERGED_FROM, mark)
    return folder


def _probes(plan: Plan, base: Weights) -> list[list[int]]:
    """A few pairs of the training, prompt and chosen answer: what the adapter was trained to change."""
    tokenizer = load_tokenizer(base, plan.settings.trust_remote_code)
    template = load_template(plan.prompt, plan.prompt_folders, chat_template_of(tokenizer, plan.day))
    pairs = rows_of(plan, plan.read(), template, tokenizer).train
    return [(pair.prompt_ids + (pair.chosen_ids or pair.rejected_ids))[-_LONGEST:] for pair in pairs[:_PROBES]]


def _write(adapter: Adapter, base: Weights, dtype: str, trust: bool, probes: Probes, draft: Path) -> list[list[float]]:
    """Leaves the merged model and its tokenizer there; gives what base and adapter say of the probes."""
    from peft import PeftModel

    with warnings.catch_warnings():
        # PEFT says how it adapts GPT-2's layers, and of ranks of experts, which it uses, that it does not.
        warnings.filterwarnings("ignore", "fan_in_fan_out|.*(rank|alpha)_pattern")
        model = PeftModel.from_pretrained(load_model(base, dtype, None, trust), str(adapter.path))
    _check_space(model, adapter.path)
    expected = _log_probabilities(model, probes)
    tied = _untie(model)
    faults = (ValueError, NotImplementedError, RuntimeError, AttributeError)
    with boundary(f"{adapter.path} cannot be merged", *faults), warnings.catch_warnings():
        # PEFT warns that it unties the ends in the configuration, which is decided below.
        warnings.simplefilter("ignore", UserWarning)
        # Refuses to merge what is not finite.
        merged = model.merge_and_unload(safe_merge=True)
        if tied:
            _tie_again(merged)
        merged.save_pretrained(draft)
    load_tokenizer(base, trust).save_pretrained(draft)
    return expected


def _untie(model: Any) -> bool:
    """Gives head and embedding a weight each; whether they had shared one.

    An adapter of one of them would go into the other as well where both are one tensor (PEFT's issue 2777).
    """
    import torch

    ends = [_innermost(end) for end in (model.get_input_embeddings(), model.get_output_embeddings()) if end is not None]
    if len(ends) < 2 or ends[0].weight is not ends[1].weight:
        return False
    ends[1].weight = torch.nn.Parameter(ends[1].weight.detach().clone(), requires_grad=False)
    return True


def _innermost(module: Any) -> Any:
    """The base's own layer below what PEFT has put around it."""
    while inner := next(
        (vars(module)["_modules"].get(name) for name in _INNER if name in vars(module)["_modules"]), None
    ):
        module = inner
    return module


_INNER = ("base_layer", "original_module")


def _tie_again(merged: Any) -> None:
    """One tensor again where both ends came out alike; else the configuration says that there are two."""
    import torch

    first, last = merged.get_input_embeddings(), merged.get_output_embeddings()
    alike = torch.equal(first.weight, last.weight)
    if alike:
        last.weight = first.weight
    else:
        merged.all_tied_weights_keys = {}
    # PEFT says so by itself, and of those that are one tensor again as well.
    for config in (merged.config, merged.config.get_text_config()):
        config.tie_word_embeddings = alike


def _log_probabilities(model: Any, probes: Probes) -> list[list[float]]:
    """Natural logarithms, one for each token of each probe after its first."""
    import torch

    model.eval()
    device = next(model.parameters()).device
    found = []
    with torch.no_grad():
        for probe in probes:
            ids = torch.tensor([probe], device=device)
            logits = model(input_ids=ids).logits[0, :-1].float()
            found.append(logits.log_softmax(-1).gather(-1, ids[0, 1:, None])[:, 0].tolist())
    return found


def _check(adapter: Adapter, expected: list[list[float]], found: list[list[float]], dtype: str) -> None:
    tolerance = _TOLERANCE.get(dtype, _TOLERANCE["other"])
    strays = [abs(sum(a) - sum(b)) / len(a) for a, b in zip(expected, found, strict=True)]
    if not max(strays) <= tolerance:
        raise HarnessError(
            f"The merged model is not what base and adapter are: its log-probabilities are {max(strays):.3f} nats "
            f"a token away from theirs on {len(strays)} probes, and it was removed. Ask the adapter in {adapter.path} "
            "itself, or train without the modules that do not merge (embeddings, head)."
        )


def _check_space(model: Any, training: Path) -> None:
    needed = sum(weight.numel() * weight.element_size() for weight in model.parameters())
    free = shutil.disk_usage(training).free
    if needed > free:
        raise HarnessError(
            f"The merged model takes {needed / 1e9:,.1f} GB, and {free / 1e9:,.1f} GB are free at {training}. "
            "Make room and run the same command again; the adapter is there."
        )
