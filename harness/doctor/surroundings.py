"""What is no Python package: fonts, keys, the hub, the disk."""

from __future__ import annotations

import os
import shutil

from harness.curves import has_wandb_key
from harness.doctor.diagnosis import Diagnosis
from harness.machine import missing_glyphs, multiplies_bf16, output

_SCRIPTS = {
    "Chinese, Japanese and Korean": "語かな한",
    "Thai": "ไทย",
    "Devanagari": "हिन्दी",
    "Arabic": "عربي",
    "emoji": "😀🎉",
}
"""What a PDF may have to show, and signs of each."""


def fonts() -> Diagnosis:
    """Whether a PDF can show the scripts of the world."""
    lacking = [script for script, letters in _SCRIPTS.items() if missing_glyphs([letters])]
    if not output("fc-list", "--format", "%{family}\n"):
        return Diagnosis("fonts", False, "fontconfig lists none", "apt-get install fontconfig fonts-noto-cjk")
    if not lacking:
        return Diagnosis("fonts", True, ", ".join(_SCRIPTS))
    commands = missing_glyphs(_SCRIPTS.values())
    packages = " ".join(command.removeprefix("apt-get install ") for command in commands)
    return Diagnosis(
        "fonts", False, f"none for {', '.join(lacking)}: empty boxes in PDFs", f"apt-get install {packages}"
    )


def bfloat16() -> list[Diagnosis]:
    """Whether the processor multiplies bfloat16 by itself; nothing where it does not, for nothing needs it."""
    offer = "--set bf16=true trains, and serving.dtype: bfloat16 asks, in less than half of the time"
    return [Diagnosis("bfloat16", True, f"this processor has it: {offer}")] if multiplies_bf16() else []


def wandb_key() -> Diagnosis:
    """Whether trainings are logged online."""
    there = has_wandb_key()
    says = "a key is there: trainings are logged online" if there else "no key: trainings are logged offline"
    return Diagnosis("W&B key", there, says, "wandb login")


def hub() -> Diagnosis:
    """Whether models and datasets may be fetched."""
    offline = os.environ.get("HF_HUB_OFFLINE") == "1"
    says = "switched off (HF_HUB_OFFLINE=1)" if offline else "models and datasets by name, telemetry off"
    return Diagnosis("hub", not offline, says, "unset HF_HUB_OFFLINE")


def disk() -> Diagnosis:
    """Whether there is room for checkpoints."""
    free = shutil.disk_usage(".").free / 2**30
    return Diagnosis(
        "disk", free > 5, f"{free:.0f} GiB free", "free some: a 7B training keeps 1 to 5 GiB of checkpoints"
    )
