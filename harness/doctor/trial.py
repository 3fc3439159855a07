"""One trial on the embedded model and the device that is used here: python -m harness.doctor.trial engine|four_bit PID.

Its last line is JSON: whether it works, what is to say of it, and what to do where it does not.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from harness.config import Generation, Serving
from harness.errors import HarnessError
from harness.foreign_errors import said
from harness.generators import choose_serving, open_generator
from harness.machine import cards, children
from harness.models import (
    POCKET,
    Adapter,
    Weights,
    computing_on,
    find_base,
    load_model,
    load_tokenizer,
    precision,
    prompt_ids,
    read_adapter,
    resolve_dtype,
)
from harness.records import BASE, Prompt

_TEXT = "What is the capital of the Vale?"
_ADAPTER = "trial"


def answer(trial: Callable[[], str], otherwise: str) -> dict[str, Any]:
    """{"works", "says", "mend"} of one trial."""
    try:
        return {"works": True, "says": trial(), "mend": ""}
    except HarnessError as error:
        return {"works": False, "says": str(error), "mend": ""}
    # Each library fails in its own words.
    except Exception as error:
        return {"works": False, "says": said(error), "mend": otherwise}


def engine() -> str:
    """Opens the engine that "auto" means with the base and an adapter, and has each write one token."""
    base, serving = find_base(POCKET), Serving()
    chosen = choose_serving("auto", serving, [base], [], has_adapters=True, tokens=2)
    backend, serving = chosen.backend, serving.model_copy(update={"dtype": chosen.dtype})
    tokens = tuple(prompt_ids(load_tokenizer(base), _TEXT))
    with TemporaryDirectory(prefix="harness-doctor-") as folder:
        adapter = _adapter(base, Path(folder))
        began = time.monotonic()
        generator = open_generator(backend, base, [adapter], serving)
        try:
            for variant in (BASE, adapter.name):
                _write(generator, variant, Prompt("trial", _TEXT, tokens))
        finally:
            generator.close()
    seconds = time.monotonic() - began
    served = f"{backend} on {_device()} in {precision(base, serving)}"
    return f"{served}: a token of base and adapter in {seconds:.1f} s, its start included"


def four_bit() -> str:
    """One forward and backward pass of an adapter on the base in NF4."""
    import torch
    from peft import LoraConfig, get_peft_model

    began = time.monotonic()
    base = find_base(POCKET)
    on_gpu, bf16 = computing_on()
    dtype = resolve_dtype("auto", on_gpu, bf16)
    model = get_peft_model(load_model(base, dtype, "nf4"), LoraConfig(r=8, target_modules="all-linear"))
    ids = torch.tensor([prompt_ids(load_tokenizer(base), _TEXT)], device=model.device)
    with torch.autocast(model.device.type, torch.bfloat16 if bf16 or not on_gpu else torch.float16):
        model(input_ids=ids, labels=ids).loss.backward()
    gradients = [one.grad for one in model.parameters() if one.requires_grad]
    if not all(one is not None and bool(one.isfinite().all()) for one in gradients):
        raise HarnessError("gradients of an adapter on a base in NF4 are not finite there.")
    return f"NF4 forward and backward on {_device()} in {time.monotonic() - began:.1f} s"


def _write(generator: Any, variant: str, prompt: Prompt) -> None:
    written = [
        found
        for batch in generator.generate(variant, [prompt], Generation.model_validate({"max_new_tokens": 1}))
        for found in batch
    ]
    if [found.error for found in written] != [None] or not written[0].completion_tokens:
        raise HarnessError(f"the {variant} wrote no token: {[found.error for found in written]}")


def _adapter(base: Weights, folder: Path) -> Adapter:
    """A fresh adapter, made on the CPU: what is tried is the engine, and an adapter of zeros passes through it too."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    config = LoraConfig(r=8, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM")
    get_peft_model(AutoModelForCausalLM.from_pretrained(base.path), config).save_pretrained(folder / _ADAPTER)
    return read_adapter(_ADAPTER, folder / _ADAPTER)


def _device() -> str:
    found = cards()
    return found[0].name if found else "the CPU"


TRIALS = {"engine": (engine, "harness evaluate --backend transformers works without it"), "four_bit": (four_bit, "")}

if __name__ == "__main__":
    children.die_with(int(sys.argv[2]))
    print(f"\n{json.dumps(answer(*TRIALS[sys.argv[1]]))}", flush=True)
