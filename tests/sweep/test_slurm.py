"""Sweeps as a Slurm array: the parameters, the file that submitit writes, and submitit itself at work."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from submitit.slurm.slurm import SlurmExecutor, _make_sbatch_string

from harness.errors import HarnessError
from harness.resources import file_digest
from harness.store import read_jsonl
from harness.sweep import Places, plan_sweep
from harness.sweep.slurm.executor import parameters, train_on_slurm
from tests.conftest import run_harness
from tests.sweep.test_sweep import here, known_arguments, write

__all__ = ["here", "known_arguments"]


def ignore(_: object) -> None:
    pass


def test_slurms_parameters_are_looked_up_by_name() -> None:
    found = parameters({"partition": "gpu", "slurm_qos": "low", "timeout_min": 90, "gpus_per_node": 1}, None)
    assert found == {
        "stderr_to_stdout": True,
        "slurm_partition": "gpu",
        "slurm_qos": "low",
        "timeout_min": 90,
        "gpus_per_node": 1,
    }
    assert parameters({"time": 90}, 3)["slurm_array_parallelism"] == 3
    with pytest.raises(HarnessError, match="No Slurm parameter named 'partitoin'. Did you mean 'partition'"):
        parameters({"partitoin": "gpu", "timeout_min": 90}, None)
    with pytest.raises(HarnessError, match="No Slurm parameter named 'nodes'"):
        parameters({"nodes": 2, "timeout_min": 90}, None)
    with pytest.raises(HarnessError, match="timeout_min is missing"):
        parameters({"partition": "gpu"}, None)


def test_the_file_for_sbatch_holds_the_array_and_the_parameters(tmp_path: Path) -> None:
    given = parameters({"name": "harness-s", "partition": "gpu", "timeout_min": 90, "mem_gb": 4, "gpus_per_node": 1}, 2)
    # What submitit makes of them on a machine that has Slurm.
    as_slurm_says = SlurmExecutor._equivalence_dict()
    assert as_slurm_says is not None
    names = {**as_slurm_says, "stderr_to_stdout": "stderr_to_stdout"}
    wanted = {names.get(key, key.removeprefix("slurm_")): value for key, value in given.items()}
    text = _make_sbatch_string("python -m it", tmp_path, map_count=4, **wanted)
    lines = text.splitlines()
    for line in ("--array=0-3%2", "--partition=gpu", "--time=90", "--gpus-per-node=1", "--job-name=harness-s"):
        assert f"#SBATCH {line}" in lines, text
    assert "--error" not in text


def test_without_sbatch_and_with_values_of_the_wrong_kind_one_line_says_so(
    here: Path, known_arguments: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid = "grid: {method: [dpo]}\n"
    local = plan_sweep(write(here, grid + "slurm: {cluster: local, timeout_min: soon}\n"))
    with pytest.raises(HarnessError, match='slurm: Parameter "timeout_min" expected type'):
        train_on_slurm(local, Places("slurm"), ignore)
    with pytest.raises(HarnessError, match="No cluster of submitit named 'lokal'. Did you mean 'local'"):
        train_on_slurm(plan_sweep(write(here, grid + "slurm: {cluster: lokal}\n")), Places("slurm"), ignore)
    monkeypatch.setenv("PATH", str(here))
    with pytest.raises(HarnessError, match="no sbatch on this machine.*--executor local"):
        train_on_slurm(plan_sweep(write(here, grid + "slurm: {timeout_min: 9}\n")), Places("slurm"), ignore)


@pytest.mark.slow
@pytest.mark.parametrize("cluster", ["local", "slurm"])
def test_what_submitit_queues_is_trained_once_and_what_fails_is_queued_again(cluster: str, tmp_path: Path) -> None:
    if cluster == "slurm" and not (shutil.which("sbatch") and subprocess.run(["sinfo"], check=False).returncode == 0):
        pytest.skip("no Slurm here; submitit's own stand-in has run the same")
    # No pair of the embedded model fits into 16 tokens.
    text = "settings: {method: orpo, max_steps: 2, save_steps: 1, warmup_steps: 0}\ngrid: {max_length: [16, 384]}\n"
    file = write(tmp_path, f"{text}executor: slurm\nslurm: {{cluster: {cluster}, timeout_min: 30}}\n")
    done = run_harness("sweep", file, "--no-report", folder=tmp_path)
    assert done.returncode == 3 and "1 of 2 trainings failed: orpo-length16" in done.stderr, done.stderr
    assert "none of its 360 rows can be trained on (360 prompt too long" in done.stderr
    assert Counter(names(tmp_path, "started")) == {"orpo-length16": 2, "orpo-length384": 1}
    codes = [(row["name"], row["code"]) for row in attempts(tmp_path) if row["event"] == "ended"]
    assert sorted(codes) == [("orpo-length16", 2), ("orpo-length16", 2), ("orpo-length384", 0)]
    shown = run_harness("sweep", file, "--status", folder=tmp_path).stdout
    assert "1 done, 0 running, 1 failed, 0 waiting" in shown and "360 prompt too long" in shown
    # The same training by hand.
    job = json.loads((tmp_path / "runs/sweep/sweep/sweep.json").read_text())["trainings"][1]
    settings = [part for key, value in job["settings"].items() for part in ("--set", f"{key}={json.dumps(value)}")]
    by_hand = run_harness("train", "orpo", "--name", "by-hand", *settings, folder=tmp_path)
    assert by_hand.returncode == 0, by_hand.stderr
    trained = tmp_path / "runs" / "train"
    assert file_digest(trained / "by-hand" / "adapter_model.safetensors") == file_digest(
        trained / "orpo-length384" / "adapter_model.safetensors"
    )


def attempts(folder: Path) -> list[Any]:
    return list(read_jsonl(folder / "runs" / "sweep" / "sweep" / "attempts.jsonl"))


def names(folder: Path, event: str) -> list[str]:
    return [row["name"] for row in attempts(folder) if row["event"] == event]
