"""Sweeps: their file, their names, their processes, and what they say in the end."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.machine import holder, try_lock
from harness.records import Estimate, Summary, Variant
from harness.store import TRAININGS, read_jsonl
from harness.sweep import Sweeping, plan_sweep, ranking_table
from harness.sweep.ledger import Standing
from harness.sweep.local.executor import slots, train_command
from harness.sweep.plan import load_sweep
from harness.sweep.results import sweep_summary
from harness.sweep.status import Board, states
from harness.training import training_lock
from tests.conftest import begin_harness, run_harness
from tests.support.swept import level
from tests.support.warm import Running

TINY = {"suite": "pocket", "tasks": [], "limit": 4, "generation": {"max_new_tokens": 12}}


def write(folder: Path, text: str) -> str:
    (folder / "harness.yaml").write_text(json.dumps(TINY))
    (folder / "sweep.yaml").write_text(text)
    return "sweep.yaml"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def known_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spares the seconds that TRL takes to say what arguments it has."""
    monkeypatch.setattr("harness.sweep.plan._unknown_arguments", lambda jobs: [])


def test_trainings_are_named_by_what_changes(here: Path, known_arguments: None) -> None:
    file = write(
        here,
        """
settings: {method: dpo, max_steps: 4}
changes:
  - {learning_rate: 5e-4}
  - {learning_rate: 0.1, loss_type: [sigmoid, sft]}
grid:
  lora_dropout: [0, 0.1]
  seed: [1]
""",
    )
    assert [job.name for job in plan_sweep(file).jobs] == [
        "dpo-lr5e-4-dropout0",
        "dpo-lr5e-4-dropout0.1",
        "dpo-lr0.1-dropout0-losssigmoid+sft",
        "dpo-lr0.1-dropout0.1-losssigmoid+sft",
    ]


def test_the_shipped_sweep_asks_the_assignments_question(here: Path, known_arguments: None) -> None:
    sweeping = plan_sweep("pocket")
    assert len(sweeping.jobs) == 2 * 2 * 3 * 2
    assert "orpo-lr4e-4-dropout0.01-seed2" in {job.name for job in sweeping.jobs}
    asked = {(job.plan.method, job.plan.arguments["learning_rate"]) for job in sweeping.jobs}
    assert asked == {("dpo", 2.5e-4), ("dpo", 5e-5), ("orpo", 2e-3), ("orpo", 4e-4)}


def test_a_training_is_started_with_exactly_its_settings(here: Path, known_arguments: None) -> None:
    from harness.config import parse_setting

    file = write(here, "settings: {method: dpo, loss_type: [sigmoid, sft]}\ngrid: {learning_rate: [5e-4, 1]}\n")
    job = plan_sweep(file).jobs[0]
    command = train_command(job)
    assert command[:4] == ["train", "dpo", "--name", "dpo-lr5e-4"]
    given = dict(parse_setting(text) for text in command[5::2])
    assert given == {"reference_pass": True, "loss_type": ["sigmoid", "sft"], "learning_rate": 5e-4}


def test_every_fault_of_the_file_is_named_at_once(here: Path) -> None:
    file = write(here, "gird: {}\nretries: -1\nmetric: words\ngrid: {seed: []}\n")
    with pytest.raises(HarnessError) as refusal:
        plan_sweep(file)
    for fault in ("did you mean grid?", "retries", "nothing is ranked by that", "grid.seed"):
        assert fault in str(refusal.value)


def test_every_fault_of_the_settings_is_named_at_once(here: Path) -> None:
    file = write(here, "changes: [{beta: 1}]\ngrid: {method: [dop], beta: [1]}\n")
    with pytest.raises(HarnessError, match="beta stands under changes and under grid; method dop is unknown"):
        plan_sweep(file)
    file = write(here, "grid: {method: [dpo, orpo], learning_rat: [1e-4], dropout: [0.1]}\n")
    with pytest.raises(HarnessError, match="did you mean learning_rate") as refusal:
        plan_sweep(file)
    assert "dropout is no argument of orpo" in str(refusal.value) and "argument of dpo" in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("settings: {method: [dpo, orpo]}\ngrid: {seed: [1]}\n", r"method \['dpo', 'orpo'\] is unknown"),
        ("settings: {method: dpo}\ngrid: {seed: [2020-01-01]}\n", r"grid.seed.0: input was not a valid JSON value"),
    ],
)
def test_a_value_that_is_no_setting_is_refused(text: str, said: str, here: Path) -> None:
    with pytest.raises(HarnessError, match=said):
        load_sweep(here / write(here, text))


def test_a_value_given_twice_is_refused(here: Path) -> None:
    with pytest.raises(HarnessError, match="dpo-beta0.1: a value is given twice"):
        plan_sweep(write(here, "settings: {method: dpo}\ngrid: {beta: [0.1, 1e-1, 0.2]}\n"))


def test_numbers_of_yaml_are_numbers(here: Path) -> None:
    sweep = load_sweep(here / write(here, "settings: {method: dpo, note: e5}\ngrid: {x: [5e-4, 1E5, 2.5e-4, .5, 7]}\n"))
    assert sweep.grid["x"] == (5e-4, 1e5, 2.5e-4, 0.5, 7) and sweep.settings["note"] == "e5"


def test_cores_are_shared_out_without_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    cores = len(os.sched_getaffinity(0))
    assert len(slots(None, 1)) == 1 and len(slots(None, 1000)) == cores
    assert slots(1, 9)[0].environment == {"OMP_NUM_THREADS": str(cores)}
    assert slots(cores, 999)[0].environment == {"OMP_NUM_THREADS": "1"}


def test_a_lock_that_a_child_was_given_ends_with_the_child(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = try_lock(path)
    assert lock is not None and try_lock(path) is None
    child = subprocess.Popen(["sleep", "60"], pass_fds=(lock.descriptor,))
    lock.name_holder(child.pid)
    lock.close()
    assert holder(path) == child.pid and try_lock(path) is None
    child.kill()
    child.wait()
    assert holder(path) is None
    freed = try_lock(path)
    assert freed is not None
    freed.close()


def summarised(sweeping: Sweeping, means: dict[str, float | None]) -> Any:
    cells = {
        name: {"correct": Estimate(mean, 0.1, 0.9, "wilson", 4, 0), "words": Estimate(7.0, None, None, "none", 4, 0)}
        for name, mean in means.items()
    }
    variants = tuple(Variant(name, "adapter", None, None, None) for name in means)
    return sweep_summary(sweeping, Summary("r", "pocket", 8, variants, cells, {}, (), ()), level(means, 8), {})


def test_settings_are_ranked_by_their_mean_over_seeds(here: Path, known_arguments: None) -> None:
    sweeping = plan_sweep(write(here, "grid: {method: [dpo, orpo], lora_dropout: [0, 0.1], seed: [1, 2]}\n"))
    means = {"base": 0.2, "dpo-dropout0-seed1": 0.4, "dpo-dropout0-seed2": 0.6, "orpo-dropout0-seed1": 0.9}
    means |= {"dpo-dropout0.1-seed1": 0.5, "dpo-dropout0.1-seed2": 0.6}
    found = summarised(sweeping, {**means, "orpo-dropout0.1-seed1": None})
    ranking = [(row["settings"], row["mean"], row["interval"]) for row in found["ranking"]]
    assert ranking == [
        ({"method": "orpo", "lora_dropout": 0}, 0.9, "wilson"),
        ({"method": "dpo", "lora_dropout": 0.1}, pytest.approx(0.55), "t over seeds and questions"),
        ({"method": "dpo", "lora_dropout": 0}, 0.5, "t over seeds and questions"),
        ({"method": "orpo", "lora_dropout": 0.1}, None, "none"),
    ]
    table = ranking_table(found)
    assert "90.0" in table and "not judged" in table and "base" in table


def test_sensitivity_has_a_panel_a_setting_and_a_series_for_all_else_fixed(here: Path, known_arguments: None) -> None:
    sweeping = plan_sweep(write(here, "grid: {method: [dpo, orpo], lora_dropout: [0.1, 0], seed: [1, 2]}\n"))
    found = summarised(sweeping, {job.name: number / 10 for number, job in enumerate(sweeping.jobs)})
    panels = {(panel["metric"], panel["setting"]): panel["series"] for panel in found["sensitivity"]}
    assert set(panels) == {(m, s) for m in ("correct", "words") for s in ("method", "lora_dropout")}
    dpo = panels["correct", "lora_dropout"][0]
    assert dpo["fixed"] == {"method": "dpo"}
    assert [(point["value"], point["mean"]) for point in dpo["points"]] == [
        (0, pytest.approx(0.25)),
        (0.1, pytest.approx(0.05)),
    ]
    assert [point["values"] for point in dpo["points"]] == [[0.2, 0.3], [0.0, 0.1]]


@pytest.mark.slow
def test_a_failed_training_is_tried_again_and_blocks_nothing(tmp_path: Path) -> None:
    # No pair of the embedded model fits into 16 tokens.
    text = (
        "settings: {method: orpo, max_steps: 1, warmup_steps: 0}\ngrid: {max_length: [16, 384]}\nretries: 1\njobs: 1\n"
    )
    file = write(tmp_path, text)
    done = run_harness("sweep", file, "--no-report", folder=tmp_path)
    assert done.returncode == 3 and "1 of 2 trainings failed: orpo-length16" in done.stderr, done.stderr
    assert "none of its 360 rows can be trained on (360 prompt too long" in done.stderr
    started = Counter(row["name"] for row in attempts(tmp_path) if row["event"] == "started")
    assert started == {"orpo-length16": 2, "orpo-length384": 1}
    shown = run_harness("sweep", file, "--status", folder=tmp_path).stdout
    assert "1 done, 0 running, 1 failed, 0 waiting" in shown and "360 prompt too long" in shown
    summary = json.loads((tmp_path / "runs/sweep/sweep/summary.json").read_text())
    assert [row["values"] != {} for row in summary["trainings"]] == [False, True]


@pytest.mark.slow
def test_a_killed_training_is_tried_again_and_sigterm_stops_it_with_its_scheduler(tmp_path: Path) -> None:
    file = write(tmp_path, "settings: {max_steps: 500, save_steps: 500}\ngrid: {method: [orpo]}\n")
    process = start(tmp_path, file)
    wait_for(process, lambda: any(row["event"] == "started" for row in attempts(tmp_path)))
    # A training that is killed is started again, in the slot that it left.
    os.kill(running(tmp_path)[0], signal.SIGKILL)
    wait_for(process, lambda: [row["event"] for row in attempts(tmp_path)] == ["started", "ended", "started"])
    [child] = running(tmp_path)
    second = run_harness("sweep", file, folder=tmp_path)
    assert second.returncode == 2 and f"running already (pid {process.pid})" in second.stderr
    assert f"pid {child}" in run_harness("sweep", file, "--status", folder=tmp_path).stdout
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 130 and not alive(child)
    assert "1 waiting" in run_harness("sweep", file, "--status", folder=tmp_path).stdout


def test_a_training_that_another_process_holds_is_running_and_not_started(here: Path, known_arguments: None) -> None:
    sweeping = plan_sweep(write(here, "grid: {method: [dpo, orpo]}\n"))
    lock = try_lock(training_lock(TRAININGS / "dpo"))
    assert lock is not None
    lock.name_holder(4711)
    found = {state.name: (state.stands, state.note) for state in states(sweeping)}
    assert found == {"dpo": ("running", "pid 4711"), "orpo": ("waiting", "")}
    lock.close()


def test_the_board_keeps_to_one_row_of_a_terminal(here: Path, known_arguments: None, monkeypatch: Any) -> None:
    sweeping = plan_sweep("pocket")
    running, waiting = [job.name for job in sweeping.jobs[:4]], [job.name for job in sweeping.jobs[4:]]
    terminal, screen = os.openpty()
    monkeypatch.setenv("COLUMNS", "80")
    with os.fdopen(screen, "w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        Board(sweeping).show(Standing((), tuple(running), (), tuple(waiting)))
        said = os.read(terminal, 4096).decode()
    os.close(terminal)
    assert said.startswith("\r\x1b[Ksweep pocket: 0 of 24 trained; running dpo-") and len(said) == len("\r\x1b[K") + 79


def start(folder: Path, file: str) -> Running:
    return begin_harness("sweep", file, folder=folder, log=folder / "scheduler.log")


def attempts(folder: Path) -> list[Any]:
    return list(read_jsonl(folder / "runs" / "sweep" / "sweep" / "attempts.jsonl"))


def running(folder: Path) -> list[int]:
    """Pids of the trainings that were started and not seen to end."""
    last = {row["name"]: row for row in attempts(folder)}
    return [row["pid"] for row in last.values() if row["event"] == "started" and alive(row["pid"])]


def weights(folder: Path) -> dict[str, str]:
    return {
        path.parent.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (folder / "runs" / "train").glob("*/adapter_model.safetensors")
    }


def none_of(pids: list[int]) -> Callable[[], bool]:
    return lambda: not any(map(alive, pids))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for(process: Running | None, reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 300
    while not reached():
        assert time.monotonic() < deadline
        assert process is None or process.poll() is None, "the sweep ended before"
        time.sleep(0.02)
