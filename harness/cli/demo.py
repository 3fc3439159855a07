"""The demonstrations: a few commands of the harness, each shown as it is begun."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.common import answer

_PLACE = "runs"
_SMOLLM2 = f"--config {_PLACE}/smollm2.yaml"
_PAIRS = f"{_PLACE}/smollm2-pairs"
DEMOS: Mapping[str, Sequence[str]] = {
    "pocket": ("train dpo", "train orpo", "evaluate --adapters dpo,orpo"),
    "smollm2": (
        f"init --template smollm2 {_PLACE}",
        f"pairs {_SMOLLM2} --samples 8 --temperature 0.7 --split 0.5 --out {_PAIRS}.jsonl",
        f"train dpo {_SMOLLM2} --name smollm2-dpo",
        f"train orpo {_SMOLLM2} --name smollm2-orpo",
        f"evaluate {_SMOLLM2} --suite {_PAIRS}.held_out --adapters smollm2-dpo,smollm2-orpo",
    ),
}
"""Model → the commands, as one would type them in this folder."""


def demo(
    model: Annotated[
        str,
        typer.Argument(help="pocket: the embedded model, under 5 minutes. smollm2: 135 million, 11 on two cores."),
    ] = "pocket",
) -> None:
    """Show the main job from end to end on a model that needs no hub; run again, it goes on."""
    from harness.errors import unknown
    from harness.machine import run_here
    from harness.models import find_base

    if model not in DEMOS:
        unknown("demonstration", model, DEMOS)
    find_base(model)
    for command in DEMOS[model]:
        arguments = shlex.split(command)
        if arguments[0] == "init" and Path(_PLACE, f"{model}.yaml").exists():
            continue
        answer(f"\n$ harness {command}")
        if status := run_here(arguments):
            raise typer.Exit(status)
