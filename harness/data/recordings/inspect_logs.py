"""Logs of inspect: samples as it writes them in JSON, and what its own reader makes of a packed log."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.foreign_errors import boundary, needed

_ATTACHED = re.compile(r"attachment://(\w+)")


def read_eval(path: Path) -> list[Any]:
    """The samples of a `.eval` file, by inspect's own reader: how it packs them is inspect's own affair."""
    with needed(
        "inspect_ai", f"Reading {path}", "or convert it: inspect log convert FILE --to json --output-dir FOLDER"
    ):
        from inspect_ai.log import read_eval_log
    with boundary(f"{path} cannot be read as a log of inspect", Exception):
        whole = json.loads(read_eval_log(str(path), resolve_attachments=True).model_dump_json())
    return samples_of(path, whole) or []


def read_head(path: Path) -> dict[str, Any]:
    """What a `.eval` file says before its samples."""
    with needed("inspect_ai", f"Reading {path}"):
        from inspect_ai.log import read_eval_log
    with boundary(f"{path} cannot be read as a log of inspect", Exception):
        found: dict[str, Any] = json.loads(read_eval_log(str(path), header_only=True).model_dump_json())
    return found


def samples_of(path: Path, whole: Mapping[str, Any]) -> list[Any] | None:
    """The samples of a log, their attachments put back; None where the object is no log."""
    if not isinstance(whole.get("eval"), Mapping) or "status" not in whole:
        return None
    samples = whole.get("samples")
    if not samples:
        raise HarnessError(
            f"{path} is a log of inspect without samples (status {whole['status']}). "
            "Evaluate again with its samples logged."
        )
    return [_attached(sample, sample.get("attachments") or {}) for sample in samples]


def _attached(value: Any, attachments: Mapping[str, str]) -> Any:
    """The value with the long texts that stand in the sample's attachments."""
    if isinstance(value, str):
        return _ATTACHED.sub(lambda found: attachments.get(found[1], found[0]), value) if "attach" in value else value
    if isinstance(value, list):
        return [_attached(part, attachments) for part in value]
    if isinstance(value, Mapping):
        # What happened meanwhile is long, and nothing that is read here.
        return {key: _attached(part, attachments) for key, part in value.items() if key not in ("events", "store")}
    return value
