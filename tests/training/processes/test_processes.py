"""One adapter trained by several processes: the same training as by one, stopped and continued like one."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.errors import Failed, HarnessError, Interrupted
from harness.store import WEIGHTS, read_jsonl
from harness.training import tell_launcher, training_lock
from harness.training.processes import Processes, share_accumulation
from harness.training.processes.launch import SHIPPED, _conclude, _meeting
from tests.conftest import ROOT, run_harness

STEPS = 12
SETTINGS = [f"max_steps={STEPS}", "save_steps=2", "per_device_train_batch_size=4", "gradient_accumulation_steps=2"]
SETTINGS += ["eval_rows=8", "eval_steps=6", "probe_steps=6"]
COMPARED = ("loss", "grad_norm", "learning_rate", "rewards/chosen", "rewards/rejected", "rewards/margins",
            "rewards/accuracies")  # fmt: skip


def given(settings: list[str]) -> list[str]:
    return [part for setting in settings for part in ("--set", setting)]


def accelerate_launch(configuration: Path, *script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """As somebody does who starts processes with accelerate's own command."""
    command = [sys.executable, "-m", "accelerate.commands.launch", "--config_file", str(configuration)]
    return subprocess.run(
        [*command, "--main_process_port", "0", "--mixed_precision", "no", *script],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=500,
    )  # fmt: skip


@pytest.fixture(scope="module")
def dpo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """DPO by one process and by two of our launcher's; where its trainings are."""
    folder = tmp_path_factory.mktemp("dpo")
    for name, more in (("dpo-1", []), ("dpo-2", ["--processes", "2"])):
        done = run_harness("train", "dpo", "--name", name, *more, *given(SETTINGS), folder=folder)
        assert done.returncode == 0, done.stderr
    return folder / "runs" / "train"


@pytest.fixture(scope="module")
def orpo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ORPO by one process and by two of accelerate's own launcher; where its trainings are."""
    folder = tmp_path_factory.mktemp("orpo")
    done = run_harness("train", "orpo", "--name", "orpo-1", *given(SETTINGS), folder=folder)
    assert done.returncode == 0, done.stderr
    again = ["train", "orpo", "--name", "orpo-2", *given(SETTINGS)]
    done = accelerate_launch(SHIPPED["ddp"], "-m", "harness", *again, folder=folder)
    assert done.returncode == 0, done.stderr
    return folder / "runs" / "train"


def curves(folder: Path) -> dict[tuple[str, int], float]:
    rows = list(read_jsonl(folder / "curves.jsonl"))
    found = {(row["key"], row["step"]): row["value"] for row in rows}
    assert len(found) == len(rows), "a process that is not the main one has written too"
    return found


@pytest.mark.slow
@pytest.mark.parametrize("method", ["dpo", "orpo"])
def test_two_processes_train_as_one_does_on_the_same_global_batch(request: pytest.FixtureRequest, method: str) -> None:
    trainings = request.getfixturevalue(method)
    one, two = curves(trainings / f"{method}-1"), curves(trainings / f"{method}-2")
    assert set(one) == set(two)
    compared = 0
    for key, step in one:
        if key.removeprefix("eval_") in COMPARED or key.startswith("probe/"):
            assert two[key, step] == pytest.approx(one[key, step], rel=1e-3, abs=1e-3), (key, step)
            compared += 1
    # Without the rates and the probes: six keys each step, and five at each of two evaluations.
    assert compared >= 6 * STEPS + 5 * 2
    # The warm-up begins at a rate of 0: the first two steps see the untrained adapter.
    assert len({one["loss", step] for step in range(2, STEPS + 1)}) == STEPS - 1


@pytest.mark.slow
@pytest.mark.parametrize("method", ["dpo", "orpo"])
def test_two_processes_end_in_the_weights_of_one(request: pytest.FixtureRequest, method: str) -> None:
    trainings = request.getfixturevalue(method)
    from safetensors.torch import load_file

    one, two = (load_file(trainings / f"{method}-{count}" / WEIGHTS) for count in (1, 2))
    assert set(one) == set(two)
    for name, weight in one.items():
        # Of weights up to 0.1, after twelve steps; bit by bit the same where it was measured.
        assert float((weight - two[name]).abs().max()) < 1e-5, name


@pytest.mark.slow
def test_a_certificate_says_how_many_processes_trained_and_on_what_batch(dpo: Path) -> None:
    one, two = (json.loads((dpo / f"dpo-{n}" / "certificate.json").read_text()) for n in (1, 2))
    assert one["processes"] == {"count": 1, "kind": None, "global_batch": 8, "rows_repeated_per_epoch": 0,
                                "since": [{"step": 0, "count": 1}]}  # fmt: skip
    assert two["processes"] == {"count": 2, "kind": "DDP", "global_batch": 8, "rows_repeated_per_epoch": 0,
                                "since": [{"step": 0, "count": 2}]}  # fmt: skip
    steps = [found["hyperparameters"]["gradient_accumulation_steps"] for found in (one, two)]
    assert steps == [2, 1] and one["tokens"] == two["tokens"] > 0
    assert "--processes 2" in two["command"]
    # What a training is continued by says nothing of processes.
    begun = [(dpo / f"dpo-{n}" / "training.json").read_text() for n in (1, 2)]
    assert begun[0] == begun[1]


@pytest.mark.slow
def test_one_process_writes_one_wandb_run_with_the_probes_in_it(dpo: Path) -> None:
    from harness.curves import history_rows

    (file,) = (dpo / "dpo-2").glob("wandb/offline-run-*/*.wandb")
    rows = list(history_rows(file, file.read_bytes()))
    found = [(row["train/global_step"], row["train/probe/leak"]) for row in rows if "train/probe/leak" in row]
    written = curves(dpo / "dpo-2")
    assert found == [(step, written["probe/leak", step]) for step in (6, 12)]


def begun(folder: Path, *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "harness", *command], cwd=folder, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def wait_for(mark: Path, process: subprocess.Popen[str]) -> None:
    while process.poll() is None and not mark.exists():
        time.sleep(0.02)


def others(group: int) -> list[str]:
    """What still runs in a process group."""
    listed = subprocess.run(["ps", "-eo", "pgid=,stat=,args="], capture_output=True, text=True, check=True)
    rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
    return [row[2] for row in rows if int(row[0]) == group and not row[1].startswith("Z")]


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_stopped_by_kill_and_by_ctrl_c_and_finished_by_one_process_it_ends_in_the_same_weights(
    dpo: Path, tmp_path: Path
) -> None:
    alone = ["train", "dpo", "--name", "broken", *given(SETTINGS)]
    folder = tmp_path / "runs" / "train" / "broken"
    process = begun(tmp_path, *alone, "--processes", "2")
    wait_for(folder / "checkpoints" / "checkpoint-2" / "complete", process)
    second = run_harness(*alone, folder=tmp_path)
    assert second.returncode == 2 and f"'broken' is running already (pid {process.pid})" in second.stderr
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert not (folder / "certificate.json").exists()

    process = begun(tmp_path, *alone, "--processes", "2")
    wait_for(folder / "checkpoints" / "checkpoint-6" / "complete", process)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130 and not others(process.pid)
    line = said.splitlines()[-1]
    assert line.startswith("harness: Training 'broken' was interrupted after ") and "Traceback" not in said
    kept = re.search(r"checkpoints/(checkpoint-\d+) is kept", line)
    assert kept is not None and (folder / "checkpoints" / kept[1] / "complete").exists()
    assert not (folder / "certificate.json").exists()

    done = run_harness(*alone, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads((folder / "certificate.json").read_text())["processes"]
    assert found["count"] == 1 and [row["count"] for row in found["since"]] == [2, 1]
    from safetensors.torch import load_file

    # One process regroups all pairs of a step by length, two regroup their own: sums are taken in another order.
    ended, unbroken = load_file(folder / WEIGHTS), load_file(dpo / "dpo-2" / WEIGHTS)
    assert ended.keys() == unbroken.keys()
    assert max(float((ended[name] - unbroken[name]).abs().max()) for name in ended) < 1e-5
    whole, broken = curves(dpo / "dpo-2"), curves(folder)
    assert {key: whole[key] for key in whole if key[0] in COMPARED} == pytest.approx(
        {key: broken[key] for key in broken if key[0] in COMPARED}, rel=1e-6, abs=1e-6
    )


def test_what_all_processes_refuse_is_said_once_and_with_the_status_of_one(tmp_path: Path) -> None:
    settings = ["data=missing.jsonl", "gradient_accumulation_steps=2"]
    done = run_harness("train", "dpo", "--processes", "2", *given(settings), folder=tmp_path)
    said = [line for line in done.stderr.splitlines() if line.startswith("harness:")]  # Torch may speak up as well
    assert (done.returncode, len(said)) == (2, 1), done.stderr
    assert said[0].startswith("harness: No preference data at missing.jsonl.")


@pytest.mark.slow
def test_a_four_bit_base_split_by_the_shipped_fsdp_configuration_trains_as_a_whole_one_does(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    settings = ["quantization=nf4", "max_steps=3", "save_steps=2", *SETTINGS[2:4]]
    done = run_harness("train", "dpo", "--name", "whole", *given(settings), folder=tmp_path)
    assert done.returncode == 0, done.stderr
    script = [str(ROOT / "tests" / "support" / "fsdp_on_cpu.py"), "train", "dpo", "--name", "split", *given(settings)]
    done = accelerate_launch(SHIPPED["fsdp-qlora"], *script, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    whole, split = (tmp_path / "runs" / "train" / name for name in ("whole", "split"))
    assert json.loads((split / "certificate.json").read_text())["processes"]["kind"] == "FSDP"
    before, after = curves(whole), curves(split)
    for key, step in before:
        if key in COMPARED:
            # The adapter on a 4-bit base is kept in bfloat16, of whose numbers one is at most 0.8 % above the next.
            assert after[key, step] == pytest.approx(before[key, step], rel=1e-2, abs=1e-3), (key, step)
    weights = [load_file(folder / WEIGHTS) for folder in (whole, split)]
    assert set(weights[0]) == set(weights[1])
    # Around 0.1 those numbers lie 0.0005 apart.
    assert max(float((weights[0][name] - weights[1][name]).abs().max()) for name in weights[0]) < 2e-3


PROGRAM = """
from pathlib import Path
import torch
from harness.errors import HarnessError
from harness.data import PreferencePair as Pair
from harness.training.guards import Guard
from harness.training.processes import join_processes

processes = join_processes(120)
pairs = [Pair([1, 2], [3], [4, 5], row=7), Pair([9], [3], [6], row=8)]
guard = Guard("t", Path("."), "pairs.jsonl", pairs, processes)
own = pairs[processes.index]
rows = [own.prompt_ids + own.chosen_ids, own.prompt_ids + own.rejected_ids]
width = max(map(len, rows))
batch = {
    "input_ids": torch.tensor([row + [0] * (width - len(row)) for row in rows]),
    "attention_mask": torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows]),
}
guard.begin_batch(batch)
def said(what):
    try:
        return what()
    except HarnessError as error:
        return str(error)
model = torch.nn.Linear(1, 1)
print(guard.take_tokens())
guard.end_batch(0.5)
print(said(lambda: guard.check_losses(model, 3)))
guard.end_step()
guard.begin_batch(batch)
guard.end_batch(torch.tensor(float("nan") if processes.index else 0.5))
print(said(lambda: guard.check_losses(model, 3)))
print(said(lambda: guard.check_evaluation({"eval_loss": float("nan"), "eval_runtime": 1.0}, 4)))
print(said(lambda: guard.check_space(model, 5, free=0 if processes.is_main else 10**9)))
if processes.is_main:
    model.weight.data[0, 0] = float("inf")
print(said(lambda: guard.check_weights(model, 6)))
print(processes.gather(processes.index), processes.from_main(lambda: f"of {processes.index}"))
"""


def test_what_a_guard_finds_in_one_process_stops_the_other_with_the_same_words(tmp_path: Path) -> None:
    from torch.distributed import TCPStore

    store = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    environment = {**os.environ, **_meeting(2, store.port), "PYTHONPATH": str(ROOT)}
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", PROGRAM], cwd=tmp_path, stdout=subprocess.PIPE, text=True,
            env={**environment, "RANK": str(index), "LOCAL_RANK": str(index)},
        )
        for index in range(2)
    ]  # fmt: skip
    said = [process.communicate(timeout=300)[0].splitlines() for process in processes]
    assert said[0] == said[1]
    tokens, fine, loss, evaluation, space, weight, agreed = said[0]
    assert (tokens, fine) == (str(3 + 4 + 2 + 2), "None")
    assert "stopped at step 3: its loss is nan on rows 8 of pairs.jsonl" in loss
    assert "stopped at step 4: its eval_loss on the rows held out is nan. There was no checkpoint yet" in evaluation
    assert "step 5: its checkpoint takes" in space and "0.0 MB are free" in space
    assert "step 6: its weight weight is not finite" in weight
    assert agreed == "[0, 1] of 0"


def test_the_shipped_configurations_are_accelerates_own() -> None:
    from accelerate.commands.config.config_args import ClusterConfig
    from accelerate.commands.launch import launch_command_parser

    known = {action.dest for action in launch_command_parser()._actions}
    for name, path in SHIPPED.items():
        # It refuses keys that it does not know; those of fsdp_config it hands on as options of the launcher.
        found = ClusterConfig.from_yaml_file(str(path))
        assert set(found.fsdp_config) <= known, name
        assert found.num_processes == 2
    settings = yaml.safe_load(SHIPPED["fsdp-qlora"].read_text())
    assert settings["distributed_type"] == "FSDP" and settings["fsdp_config"]["fsdp_version"] == 2
    # The harness stores the 4-bit weights in the precision that it computes in: bfloat16 wherever FSDP is let in.
    assert settings["mixed_precision"] == "bf16"
    assert settings["fsdp_config"]["fsdp_state_dict_type"] == "FULL_STATE_DICT"


def test_four_bit_weights_that_fsdp_splits_are_stored_as_what_they_are_computed_in() -> None:
    from harness.models.base_model import _nf4

    assert str(_nf4(False, False, "bfloat16").bnb_4bit_quant_storage) == "torch.bfloat16"
    assert str(_nf4(False, False).bnb_4bit_quant_storage) == "torch.uint8"


@pytest.mark.parametrize(("steps", "count", "each"), [(8, 1, 8), (8, 2, 4), (8, 8, 1), (6, 3, 2)])
def test_processes_share_the_batches_of_a_step(steps: int, count: int, each: int) -> None:
    assert share_accumulation({"gradient_accumulation_steps": steps}, count) == each


def test_batches_that_cannot_be_shared_are_refused_with_the_settings_that_can() -> None:
    # 4 × 3 = 12 pairs a step: two processes take 2 batches of 3 each, or 1 of 6; the larger batches are proposed.
    arguments: dict[str, Any] = {"gradient_accumulation_steps": 3, "per_device_train_batch_size": 4}
    with pytest.raises(HarnessError, match="batch_size=6 --set gradient_accumulation_steps=2"):
        share_accumulation(arguments, 2)
    with pytest.raises(HarnessError, match="A global batch of 12 cannot be shared by 5"):
        share_accumulation(arguments, 5)


def test_what_cannot_be_started_is_refused_before_anything_is(tmp_path: Path) -> None:
    (tmp_path / "two-machines.yaml").write_text(SHIPPED["ddp"].read_text().replace("machines: 1", "machines: 2"))
    for options, said in (
        (["--processes", "2"], "cannot share gradient_accumulation_steps=1 evenly"),
        (["--accelerate", "dpd"], "No accelerate configuration named 'dpd'. Did you mean 'ddp'?"),
        (["--accelerate", "two-machines.yaml"], "is not for DDP or FSDP on one machine"),
        (["--accelerate", "ddp", "--processes", "1"], "One process needs no launcher"),
    ):
        done = run_harness("train", "dpo", *options, folder=tmp_path)
        assert done.returncode == 2 and said in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr
    assert not (tmp_path / "runs" / "train" / "dpo").exists()


def test_the_first_process_that_failed_says_why_and_with_which_status(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    monkeypatch.setenv("HARNESS_LAUNCHER", str(writing))
    monkeypatch.setenv("RANK", "1")
    assert tell_launcher("The disk is full. " + "x" * 9000, 2)
    row = json.loads(os.read(reading, 65536))
    os.close(reading)
    os.close(writing)
    assert row["index"] == 1 and row["said"].startswith("The disk is full. xx")
    with pytest.raises(Failed, match="^The disk is full. x") as refusal:
        _conclude([None, 2], [row, {"index": 0, "said": "Connection closed by peer", "status": 2}])
    assert refusal.value.exit_status == 2
    with pytest.raises(Interrupted, match="^interrupted$"):
        _conclude([None, 130], [{"index": 1, "said": "interrupted", "status": 130}])
    with pytest.raises(HarnessError, match="^Process 1 of 2 was killed by SIGKILL, and the others were stopped"):
        _conclude([None, -9], [])
    # What the others say when they have lost it is not the cause.
    with pytest.raises(HarnessError, match="^Process 0 of 2 was killed by SIGKILL"):
        _conclude([-9, 2], [{"index": 1, "said": "Connection closed by peer", "status": 2}])
    _conclude([0, 0], [])


def test_the_lock_of_a_training_is_its_sweeps_own_and_is_handed_down(tmp_path: Path) -> None:
    from harness.machine import try_lock

    folder = tmp_path / "dpo"
    lock = try_lock(training_lock(folder))
    assert lock is not None
    lock.name_holder(os.getpid())
    program = f"""
from pathlib import Path
from harness.errors import HarnessError
from harness.training.processes import held
try:
    with held(Path({str(folder)!r})):
        print("held")
except HarnessError as error:
    print(error)
"""
    said = [
        subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": str(ROOT)}, pass_fds=descriptors,
            capture_output=True, text=True, check=True,
        ).stdout
        for descriptors in ((lock.descriptor,), ())
    ]  # fmt: skip
    lock.close()
    assert said[0] == "held\n"
    assert said[1].startswith(f"Training 'dpo' is running already (pid {os.getpid()}). Wait for it")


def test_one_process_asks_nobody() -> None:
    alone = Processes()
    assert alone.is_main and alone.any(True) and not alone.any(False)
    assert alone.gather("x") == ["x"] and alone.from_main(lambda: 3) == 3
