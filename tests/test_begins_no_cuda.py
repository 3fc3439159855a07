"""What plans, shows, launches or waits begins no CUDA: who has begun it may not fork an engine that uses it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.pocket import pairs_path
from tests.conftest import run_harness
from tests.support.adapter_kinds import make_adapter, make_base
from tests.support.false_machine import GIB, FalseCard, FalseMachine, false_machine

SWEEP = "settings: {method: dpo}\nchanges:\n  - {learning_rate: 1e-4}\n  - {learning_rate: 1e-3}\nretries: 0\n"
COMMANDS = {
    "help": (["--help"], "Commands:"),
    "suites": (["tasks"], "lm-eval tasks here"),
    "data": (["data", "show", str(pairs_path())], "360"),
    "doctor": (["doctor"], "GPU 1"),
    # There is no room on the false card, and so no probe, which trains.
    "dry run": (["train", "dpo", "--dry-run", "--set", "quantization=nf4"], "It does not fit NVIDIA H100"),
    # The processes end before they train.
    "launch": (["train", "dpo", "--processes", "2", "--set", "gradient_accumulation_steps=2"], "Process"),
    "sweep": (["sweep", "sweep.yaml"], "trainings of the sweep failed"),
    # Up to the engine, which is found and cannot be imported; PEFT's reference computes, in a process of its own.
    "evaluation": (
        ["evaluate", "--adapters", "a=adapter", "--limit", "2", "--task-limit", "2", "--tasks", "pocket_choice"],
        "The backend 'vllm' needs vllm",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> FalseMachine:
    """Two cards that others have filled."""
    folder = tmp_path_factory.mktemp("false")
    make_adapter(folder / "adapter", make_base(folder, "tied"))
    (folder / "sweep.yaml").write_text(SWEEP)
    return false_machine(folder / "machine", [FalseCard(uuid=f"GPU-{n}", free=GIB // 8) for n in range(2)])


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_computes_nothing_begins_no_cuda(machine: FalseMachine, name: str) -> None:
    arguments, said = COMMANDS[name]
    done = run_harness(*arguments, folder=machine.folder.parent, **machine.environment)
    assert said in done.stdout + done.stderr
    assert machine.began_cuda() == []


@pytest.mark.slow
def test_a_watch_begins_none_before_its_engine(trained: Path, tmp_path: Path) -> None:
    machine = false_machine(tmp_path / "machine", [FalseCard()])
    done = run_harness(
        "watch", "runs/train/dpo", "--once", "--limit", "2", "--task-limit", "2", folder=trained, **machine.environment
    )
    assert "The backend 'vllm' needs vllm" in done.stderr
    assert machine.began_cuda() == []


@pytest.mark.parametrize(
    ("program", "begins"),
    [
        ("import torch; torch.cuda.is_available()", True),
        ("import harness.machine, torch; assert torch.cuda.is_available()", False),
        ("import torch; torch.cuda.is_bf16_supported()", True),
        ("import bitsandbytes", True),
        ("import harness.machine, bitsandbytes", False),
    ],
)  # fmt: skip
def test_the_false_machine_tells_who_begins_cuda(tmp_path: Path, program: str, begins: bool) -> None:
    machine = false_machine(tmp_path / "machine", [FalseCard()])
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTORCH_NVML_BASED_CUDA_CHECK"}
    subprocess.run([sys.executable, "-c", program], env={**surroundings, **machine.environment}, capture_output=True)
    assert bool(machine.began_cuda()) is begins
