"""Settings that need a package which the harness does not bring: looked for before a model is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from harness.errors import NotInstalled

_LIGER = "liger_kernel"
_OPTIMIZERS = {
    "galore": "galore_torch",
    "apollo": "apollo_torch",
    "lomo": "lomo_optim",
    "adalomo": "lomo_optim",
    "schedule_free": "schedulefree",
    "grokadamw": "grokadamw",
    "stable_adamw": "optimi",
    "adamw_anyprecision": "torchdistx",
    "adamw_torch_4bit": "torchao",
    "adamw_torch_8bit": "torchao",
}
"""By how an optimizer's name begins."""
_INSTALL = {_LIGER: "liger-kernel", "lomo_optim": "lomo-optim", "optimi": "torch-optimi"}
_OTHERWISE = "or leave it out"


def check_packages(arguments: Mapping[str, Any]) -> None:
    """Refuses a setting whose package is not there, with the command that installs it."""
    optimizer = str(arguments.get("optim", ""))
    needed = {f"optim={optimizer}": name for begins, name in _OPTIMIZERS.items() if optimizer.startswith(begins)}
    if arguments.get("use_liger_kernel"):
        needed["use_liger_kernel=true"] = _LIGER
    for setting, package in needed.items():
        if find_spec(package) is None:
            name = _INSTALL.get(package, package)
            raise NotInstalled(setting, name, f"pip install {name}", otherwise=_OTHERWISE)
