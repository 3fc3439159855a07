"""What this machine's processor multiplies by itself."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_BF16 = {"avx512_bf16", "amx_bf16", "bf16"}
"""As Linux calls it: Intel's and AMD's, Intel's tiles, Arm's."""


@cache
def multiplies_bf16(file: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether it has instructions for bfloat16, as Linux lists them; elsewhere nobody knows."""
    text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    return any(_BF16 & set(found[1].split()) for found in re.finditer(r"^(?:flags|Features)\s*:(.*)$", text, re.M))
