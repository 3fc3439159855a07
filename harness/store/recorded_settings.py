"""Settings of a training made elsewhere, by the names that TRL and PEFT have for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class RecordedSettings:
    """Settings of a training made elsewhere, by TRL's and PEFT's names."""

    values: Mapping[str, Any]
    sources: Mapping[str, str]
    """setting → the file, or the W&B run, that says it; "" where the user did."""
    kept: Mapping[str, Any] | None = None
