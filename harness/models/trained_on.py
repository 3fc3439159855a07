"""What an adapter was trained on: the base that it names, and whether another adapter lay between the two."""

from __future__ import annotations

from pathlib import Path

from harness.errors import HarnessError
from harness.models.adapters import Adapter
from harness.models.base_model import Weights, find_base
from harness.models.gguf import gguf_digest
from harness.store import ADAPTER_CONFIG, WEIGHTS

_REFERENCE = "ref"
"""Where TRL's trainers leave the adapter that they went on from, and compared with."""


def base_of(adapter: Adapter) -> str:
    """The base that certificate or configuration names; refuses an adapter whose base is another adapter."""
    name = adapter.certificate.base.name or adapter.base_name
    if not name:
        raise HarnessError(f"Adapter '{adapter.name}' does not name its base. Give it with --base MODEL.")
    folder = Path(name).expanduser()
    if (folder / ADAPTER_CONFIG).is_file() and not (folder / "config.json").is_file():
        raise HarnessError(
            f"Adapter '{adapter.name}' was trained on another adapter, {name}, and without that it answers as nobody "
            "trained it. Merge that one into its base (PEFT's merge_and_unload, save_pretrained), and give the merged "
            "model with --base."
        )
    return str(name)


def check_base(adapter: Adapter, base: Weights) -> str | None:
    """None where the adapter was trained on this base; the name it gives where nobody can tell."""
    trained = adapter.certificate.base
    digest = trained.digest
    if digest is None and adapter.base_name:
        digest = _digest_here(adapter.base_name)
    if digest == base.digest:
        return None
    if digest is not None:
        raise HarnessError(
            f"Adapter '{adapter.name}' was trained on another base: {trained.name or adapter.base_name} "
            f"({digest[:12]}), not {base.name} ({base.digest[:12]}). Give --base with the model that it was "
            "trained on, or train it again with --fresh."
        )
    return adapter.base_name if adapter.base_name != base.name else None


def _digest_here(name: str) -> str | None:
    """Of the base of that name or path; None where it does not lie here."""
    if found := gguf_digest(name):
        return found
    return find_base(name).digest if (Path(name) / "config.json").is_file() else None


def went_on_from(adapter: Adapter) -> str | None:
    """The adapter that it went on from, which its rewards are measured from; None where it began anew on its base."""
    if started := adapter.certificate.started_from:
        return started.path
    return _REFERENCE if (adapter.path / _REFERENCE / WEIGHTS).is_file() else None
