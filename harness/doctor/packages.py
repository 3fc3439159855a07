"""The Python packages that commands need, and what each is good for here."""

from __future__ import annotations

import importlib.util
import platform

from harness.doctor.diagnosis import Diagnosis
from harness.doctor.looking import Sight
from harness.foreign_errors import said
from harness.machine import installed

_MODELS = ("torch", "transformers", "peft", "trl", "bitsandbytes", "lm_eval", "datasets", "wandb")


def python() -> Diagnosis:
    """Python itself."""
    return Diagnosis("Python", True, f"{platform.python_version()} on {platform.system()}")


def models() -> Diagnosis:
    """What trains and asks models."""
    missing = [name for name in _MODELS if importlib.util.find_spec(name) is None]
    if missing:
        return Diagnosis("training, asking", False, f"no {', '.join(missing)}", "make setup", blocking=True)
    found = ", ".join(f"{name} {_version(name)}" for name in ("torch", "transformers", "trl", "peft", "lm_eval"))
    return Diagnosis("training, asking", True, found)


def four_bit(sight: Sight | None) -> Diagnosis:
    """bitsandbytes, and on a card whether it has kernels for this torch's CUDA."""
    what, version = "4-bit (bitsandbytes)", _version("bitsandbytes")
    if not version:
        return Diagnosis(what, False, "none", "make setup")
    if sight is None:
        return Diagnosis(what, True, version)
    if sight.kernels is None:
        says = f"{version} has no kernels for CUDA {sight.cuda}: {sight.fault}"
        return Diagnosis(what, False, says, "python -m bitsandbytes says what it looked for")
    return Diagnosis(what, True, f"{version}, kernels for CUDA in {sight.kernels}")


def pdf() -> Diagnosis:
    """WeasyPrint, and the libraries of the system that it needs."""
    try:
        import weasyprint
    except (ImportError, OSError) as error:
        return Diagnosis("PDF (WeasyPrint)", False, said(error), "apt-get install libpango-1.0-0 libpangoft2-1.0-0")
    return Diagnosis("PDF (WeasyPrint)", True, weasyprint.__version__)


def event_files() -> Diagnosis:
    """What reads TensorBoard's files."""
    version = installed("tensorboard")
    says = f"tensorboard {version}" if version else "curves come from all other logs"
    return Diagnosis("event files", version is not None, says, "pip install 'preference-harness[logs]'")


def _version(module: str) -> str:
    return installed(module.replace("_", "-")) or ""
