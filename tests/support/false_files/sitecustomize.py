"""Gives torch, as it is imported, the entries of a build for CUDA; whoever begins CUDA by one of them is written down.

Processes that are there to compute (trainings, PEFT's reference) are not of interest here: a training ends at once,
and the reference is computed without cards.
"""

from __future__ import annotations

import json
import os
import re
import sys
import traceback
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder, SourceFileLoader
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
_COMPUTES = "harness.generators.peft_process"
_TRAINS = "harness.machine.child"
_HARMLESS = {"_cuda_isInBadFork": False, "_cuda_getCompiledVersion": 13000, "_cuda_getArchFlags": "sm_75 sm_80 sm_90"}
"""What asks no device."""


def _begun(entry: str) -> Any:
    def call(*_: Any, **__: Any) -> Any:
        frames = [f"{one.filename.split('site-packages/')[-1]}:{one.lineno}" for one in traceback.extract_stack()]
        with (_HERE / "began.log").open("a", encoding="utf-8") as log:
            log.write(f"{entry} in {os.getpid()}: {' < '.join(reversed(frames[:-1]))}\n")
        raise RuntimeError(f"CUDA was begun by {entry}")

    return call


def _change(torch: Any) -> None:
    uuids = [card["uuid"] for card in json.loads((_HERE / "machine.json").read_text(encoding="utf-8"))["cards"]]
    stub = Path(torch.__file__).parent / "_C" / "__init__.pyi"
    for entry in re.findall(r"^def (_cuda_\w+)", stub.read_text(encoding="utf-8"), re.MULTILINE):
        setattr(torch._C, entry, _begun(entry))
    for entry, answer in _HARMLESS.items():
        setattr(torch._C, entry, lambda answer=answer: answer)
    torch.cuda._lazy_init = _begun("_lazy_init")
    # As far as these ask the driver, they begin nothing.
    torch.cuda._raw_device_count_nvml = lambda: len(uuids)
    torch.cuda._raw_device_uuid_nvml = lambda: uuids
    torch.version.cuda = "13.0"


class _Finder(MetaPathFinder):
    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        """Each time anew: most who ask only want to know whether torch is there."""
        spec = PathFinder.find_spec(name, path, target) if name == "torch" else None
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(name, spec.loader.path)
        return spec


class _Loader(SourceFileLoader):
    def exec_module(self, module: Any) -> None:
        super().exec_module(module)
        _change(module)


if _TRAINS in sys.orig_argv:
    os._exit(3)
if _COMPUTES in sys.orig_argv:
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
else:
    sys.meta_path.insert(0, _Finder())
