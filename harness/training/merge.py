"""A trained adapter added into its base: a model of its own, for what cannot load adapters."""

from __future__ import annotations

import shutil
from pathlib import Path

from harness.errors import HarnessError
from harness.models import find_base, load_model, load_tokenizer, read_adapter
from harness.store import MERGED_FROM, MergedFrom, draft_folder, read_json, to_row, write_json
from harness.training.lock import held


def merge(training: Path, trust_remote_code: bool = False) -> Path:
    """The folder of the merged model below a finished training's: safetensors, in the precision it was trained in.

    A base that was trained on in 4 bits is merged in its full precision, since 4 bits have no room for an adapter.
    """
    with held(training):
        return _merge(training, trust_remote_code)


def _merge(training: Path, trust_remote_code: bool) -> Path:
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

    from peft import PeftModel

    model = PeftModel.from_pretrained(load_model(base, dtype, None, trust_remote_code), str(training))
    _check_space(model, training)
    # Refuses to merge what is not finite.
    merged = model.merge_and_unload(safe_merge=True)
    with draft_folder(folder) as draft:
        merged.save_pretrained(draft)
        load_tokenizer(base, trust_remote_code).save_pretrained(draft)
        write_json(draft / MERGED_FROM, mark)
    return folder


def _check_space(model: object, training: Path) -> None:
    needed = sum(weight.numel() * weight.element_size() for weight in model.parameters())  # type: ignore[attr-defined]
    free = shutil.disk_usage(training).free
    if needed > free:
        raise HarnessError(
            f"The merged model takes {needed / 1e9:,.1f} GB, and {free / 1e9:,.1f} GB are free at {training}. "
            "Make room and run the same command again; the adapter is there."
        )
