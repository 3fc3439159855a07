"""vLLM's real engine: why it does not start, and what is left when it, or the harness, is killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.config import Serving
from harness.errors import HarnessError
from harness.generators import open_generator
from harness.models import Weights, find_base

pytestmark = pytest.mark.slow
SERVING = Serving(dtype="float32")
ASKED = ("evaluate", "--backend", "vllm", "--base", "pocket", "--tasks", "", "--run", "asked", "--no-report")
PATIENCE = 900.0
"""Seconds that an engine may take to start on a busy machine."""


@pytest.fixture(autouse=True)
def _installed() -> None:
    pytest.importorskip("vllm")


@pytest.fixture
def pocket(tmp_path: Path) -> Weights:
    """A copy of the embedded model that a test may spoil."""
    folder = shutil.copytree(find_base("pocket").path, tmp_path / "model")
    return Weights("spoilt", str(folder), "0")


def configure(base: Weights, **changes: object) -> None:
    path = Path(base.path) / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **changes}), encoding="utf-8")


def cut_off(base: Weights) -> None:
    path = Path(base.path) / "model.safetensors"
    path.write_bytes(path.read_bytes()[:100_000])


def refused(base: Weights, capfd: pytest.CaptureFixture[str]) -> str:
    """The one line; nothing of the engine's own trace is shown beside it, and its file has it."""
    capfd.readouterr()
    with pytest.raises(HarnessError) as caught:
        open_generator("vllm", base, [], SERVING)
    line = str(caught.value)
    assert "Traceback" not in "".join(capfd.readouterr())
    log = Path(line.rpartition("All that it said: ")[2])
    assert log.is_file()
    log.unlink()
    return line


def test_a_file_of_weights_that_is_cut_off_is_named_as_the_cause(
    pocket: Weights, capfd: pytest.CaptureFixture[str]
) -> None:
    # Its worker's error: the engine itself only says that a worker did not start.
    cut_off(pocket)
    line = refused(pocket, capfd)
    assert line.startswith("vLLM does not start with spoilt: Error while deserializing header: incomplete metadata")


def test_too_little_memory_for_keys_and_values_says_what_to_change(
    pocket: Weights, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The engine's own error.
    monkeypatch.setattr("harness.generators.engine_settings._CPU_BYTES", 1000)
    line = refused(pocket, capfd)
    assert "serving.max_model_len" in line and "VLLM_CPU_KVCACHE_SPACE" in line


def test_what_vllm_does_not_take_is_named_before_an_engine_begins(
    pocket: Weights, capfd: pytest.CaptureFixture[str]
) -> None:
    configure(pocket, architectures=["NeverHeardForCausalLM"])
    line = refused(pocket, capfd)
    assert "vLLM does not start with spoilt: Model architectures ['NeverHeardForCausalLM'] are not supported" in line
    assert "validation error" not in line and "AfmoeForCausalLM" not in line


def test_the_same_command_goes_on_after_an_engine_was_killed_and_leaves_none_behind_when_it_is_killed_itself(
    tmp_path: Path,
) -> None:
    # So many that there is work left when the first are answered.
    (tmp_path / "harness.yaml").write_text("generation: {samples: 8, temperature: 1.0}\n")
    answers = tmp_path / "runs" / "eval" / "asked" / "responses.jsonl"
    with started(tmp_path) as first:
        kept = wait_for_answers(answers, 1, first)
        os.kill(engines(first.pid)[0], signal.SIGKILL)
        said = first.communicate(timeout=60)[1]
    assert first.returncode == 2
    (line,) = [line for line in said.splitlines() if line.startswith("harness: ")]
    assert "vLLM has ended with pocket: its process was ended by SIGKILL" in line and "Traceback" not in said
    with started(tmp_path) as second:
        wait_for_answers(answers, kept + 1, second)
        running = engines(second.pid)
        second.send_signal(signal.SIGKILL)
    assert running
    deadline = time.monotonic() + 60
    while any(map(alive, running)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(alive, running))
    rows = [json.loads(line) for line in answers.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == len({(row["question_id"], row["sample"]) for row in rows}) > kept


SCRIPT = """
from harness.config import Generation, Serving
from harness.generators import open_generator
from harness.models import find_base
from harness.records import Prompt
import multiprocessing
for _ in range(2):
    engine = open_generator("vllm", find_base("pocket"), [], Serving(dtype="float32", max_model_len=40))
    prompt = Prompt("a", "", tuple(range(5, 25)))
    (answers,) = engine.generate("base", [prompt], Generation(max_new_tokens=30))
    engine.close()
    print(engine.context_length, answers[0].completion_tokens, len(multiprocessing.active_children()))
"""
"""A user's own, without a guard."""


def test_a_script_without_a_guard_opens_one_engine_after_the_other_and_a_limit_ends_an_answer(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(SCRIPT, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "own.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
    )
    assert done.stdout.splitlines() == ["40 20 0"] * 2, done.stderr
    assert "Traceback" not in done.stderr


def started(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "harness", *ASKED],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_answers(path: Path, many: int, program: subprocess.Popen[str]) -> int:
    """How many there are, once there are so many."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and program.poll() is None:
        found = len(path.read_text(encoding="utf-8").splitlines()) if path.is_file() else 0
        if found >= many:
            return found
        time.sleep(0.05)
    raise AssertionError(program.communicate(timeout=10)[1])


def engines(pid: int) -> list[int]:
    """vLLM's processes below that one, its engine first."""
    return [child for child in below(pid) if "VLLM" in Path(f"/proc/{child}/cmdline").read_text()]


def below(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            yield child
            yield from below(child)


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
