"""Sweeps on a Ray cluster: what the machines hand each other, and a node that dies in the middle."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.machine import alone, connected
from harness.resources import file_digest
from harness.store import read_jsonl
from harness.sweep import Ledger, Places, Sweeping, choose_places, plan_sweep
from harness.sweep.ray.exchange import open_store, pack, unpack
from harness.sweep.ray.executor import train_on_ray
from harness.sweep.ray.remote_training import errands, fetch
from harness.sweep.ray.worker import Courier
from harness.sweep.status import states
from tests.conftest import ROOT, begin_harness, run_harness
from tests.support.warm import Running
from tests.sweep.test_sweep import alive, here, known_arguments, none_of, wait_for, write

__all__ = ["here", "known_arguments"]

STEPS = 10
SETTINGS = f"settings: {{max_steps: {STEPS}, save_steps: 2, lora_dropout: 0.05, warmup_steps: 1}}\n"


def ignore(_: object) -> None:
    pass


@pytest.mark.parametrize("url", ["file", "memory"])
def test_what_is_put_into_a_store_is_there_whole_or_not_at_all(url: str, tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "shared") if url == "file" else f"memory://{tmp_path.name}")
    source = tmp_path / "source"
    source.write_bytes(b"one")
    assert store.names("a") == [] and not store.has("a/b") and not store.get("a/b", tmp_path / "target")
    store.put(source, "a/b")
    source.write_bytes(b"two")
    store.put(source, "a/b")
    assert store.names("a") == ["b"] and store.has("a/b")
    assert open_store(store.url).get("a/b", tmp_path / "target") and (tmp_path / "target").read_bytes() == b"two"
    with pytest.raises(IsADirectoryError):
        store.put(tmp_path, "a/c")
    store.remove("a/b")
    store.remove("a/b")
    assert store.names("a") == []
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_store_that_nothing_here_opens_is_refused(tmp_path: Path, here: Path, known_arguments: None) -> None:
    with pytest.raises(HarnessError, match="nosuch://bucket cannot be opened"):
        open_store("nosuch://bucket")
    sweeping = plan_sweep(write(here, "grid: {method: [dpo]}\n"))
    with pytest.raises(HarnessError, match="memory://x is seen by one process only"):
        train_on_ray(sweeping, Places("ray", store="memory://x"), ignore)
    with pytest.raises(HarnessError, match="ray://host:10001 is an address for Ray's client"):
        train_on_ray(sweeping, Places("ray", address="ray://host:10001"), ignore)


def test_a_checkpoint_takes_the_place_of_the_stores_own_of_the_same_step(here: Path, known_arguments: None) -> None:
    store = open_store(str(here / "shared"))
    [errand] = errands(plan_sweep(write(here, "grid: {method: [dpo]}\n")).jobs, store).values()
    training = here / "away" / "runs" / "train" / "dpo"
    for step in (2, 4):
        checkpoint = training / "checkpoints" / f"checkpoint-{step}"
        checkpoint.mkdir(parents=True)
        (checkpoint / "complete").touch()
        # What another attempt left, one of them half.
        (here / "half").write_bytes(b"half")
        store.put(here / "half", f"{errand.key}/checkpoint-{step}.tar")
    for name in ("training.json", "curves.jsonl"):
        (training / name).write_text("{}")
    courier = Courier(errand, store, here / "away")
    courier.send_checkpoint()
    assert store.names(errand.key) == ["checkpoint-4.tar"]
    assert store.get(f"{errand.key}/checkpoint-4.tar", here / "sent.tar")
    unpack(here / "sent.tar", here / "sent")
    assert (here / "sent" / "checkpoints" / "checkpoint-4" / "complete").is_file()


def test_links_out_of_a_folder_are_not_packed_and_names_that_lead_out_are_refused(tmp_path: Path) -> None:
    import tarfile

    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").write_text("text")
    (folder / "near").symlink_to("file")
    (folder / "far").symlink_to("/etc/hostname")
    pack(tmp_path / "a.tar", {"folder": folder, "b": b"bytes"})
    unpack(tmp_path / "a.tar", tmp_path / "there")
    assert {path.name for path in (tmp_path / "there" / "folder").iterdir()} == {"file", "near"}
    assert (tmp_path / "there" / "folder" / "near").read_text() == "text"
    assert (tmp_path / "there" / "b").read_bytes() == b"bytes"
    pack(tmp_path / "bad.tar", {"../out": b"bytes"})
    with pytest.raises(tarfile.OutsideDestinationError):
        unpack(tmp_path / "bad.tar", tmp_path / "there")


def test_local_files_travel_and_keep_their_names_where_they_can(here: Path, known_arguments: None) -> None:
    rows = "".join(json.dumps({"prompt": f"q{n}", "chosen": "a", "rejected": "b"}) + "\n" for n in range(3))
    (here / "data").mkdir()
    (here / "data" / "near.jsonl").write_text(rows)
    far = here.parent / f"{here.name}-far.jsonl"
    far.write_text(rows)
    (here / "prompts").mkdir()
    (here / "prompts" / "own.jinja").write_text("{{ system }} {{ question }}")
    near, other = (
        plan_sweep(write_with_prompts(here, f"settings: {{method: dpo, data: {data}}}\ngrid: {{beta: [0.1]}}\n"))
        for data in ("data/near.jsonl", far)
    )
    store = open_store("memory://travel")
    [there] = errands(near.jobs, store).values()
    assert there.config["train"]["data"] == "data/near.jsonl" and there.config["base"] == "pocket"
    assert there.arguments[:4] == ("train", "dpo", "--name", "dpo") and "data" not in " ".join(there.arguments)
    store.get(there.inputs, here / "inputs.tar")
    unpack(here / "inputs.tar", here / "there")
    found = {str(path.relative_to(here / "there")) for path in (here / "there").rglob("*") if path.is_file()}
    assert found == {"data/near.jsonl", "prompts/own.jinja"}
    [elsewhere] = errands(other.jobs, store).values()
    placed = elsewhere.config["train"]["data"]
    assert placed.startswith("inputs/") and placed.endswith(far.name)
    # The rows are the same: to the store it is the same training, wherever its file lay.
    assert elsewhere.key == there.key
    more = plan_sweep(write_with_prompts(here, "settings: {method: dpo, data: data/near.jsonl}\ngrid: {beta: [0.2]}\n"))
    assert errands(more.jobs, store)["dpo"].key != there.key


def write_with_prompts(folder: Path, text: str) -> str:
    file = write(folder, text)
    config = json.loads((folder / "harness.yaml").read_text())
    (folder / "harness.yaml").write_text(json.dumps({**config, "folders": {"prompts": ["prompts"]}}))
    return file


def test_options_of_another_executor_are_refused(here: Path, known_arguments: None) -> None:
    sweeping = plan_sweep(write(here, "grid: {method: [dpo]}\nstore: file:///shared\njobs: 3\n"))
    assert choose_places(sweeping, None, None, None, None) == Places("local", 3, None, "file:///shared")
    assert choose_places(sweeping, "ray", 2, "h:1", "s3://b") == Places("ray", 2, "h:1", "s3://b")
    with pytest.raises(HarnessError, match="--address is for a Ray cluster, and the executor is local"):
        choose_places(sweeping, None, None, "h:1", None)
    with pytest.raises(HarnessError, match="Did you mean 'slurm'"):
        choose_places(sweeping, "slurn", None, None, None)
    with pytest.raises(HarnessError, match="executor"):
        plan_sweep(write(here, "grid: {method: [dpo]}\nexecutor: rey\n"))


def test_no_ray_and_a_silent_address_are_one_line_each(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(HarnessError, match=f"No Ray cluster answers at {address}"), connected(address):
            pass
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(HarnessError, match=r"pip install 'preference-harness\[ray\]'"), connected():
        pass


def test_a_training_that_lost_its_machine_is_not_charged_for_it(here: Path, known_arguments: None) -> None:
    sweeping = plan_sweep(write(here, "grid: {method: [dpo, orpo]}\n"))
    ledger = Ledger(sweeping.jobs, sweeping.folder, retries=0)
    dpo, orpo = ledger.take()
    ledger.queued(dpo)
    assert stands(sweeping)["dpo"] == ("waiting", "queued")
    ledger.started(dpo, node="far")
    assert stands(sweeping)["dpo"] == ("running", "on far")
    ledger.ended(orpo, 1, "no such data")
    assert stands(sweeping)["orpo"] == ("failed", "no such data")
    with alone(sweeping.folder / "lock", "sweep", ""):
        # Whoever is at work on it would try it once more, by the file's retries.
        assert stands(sweeping)["orpo"] == ("waiting", "")
    ledger.lost(dpo, "the node died")
    assert [job.name for job in ledger.take()] == ["dpo"]
    assert ledger.failed == {"orpo": "no such data"} and ledger.standing().waiting == ("dpo",)
    for _ in range(5):
        ledger.lost(dpo, "the node died")
        ledger.take()
    assert ledger.failed["dpo"] == "the node died" and not ledger.open
    assert stands(sweeping) == {"dpo": ("failed", "the node died"), "orpo": ("failed", "no such data")}


def stands(sweeping: Sweeping) -> dict[str, tuple[str, str]]:
    return {state.name: (state.stands, state.note) for state in states(sweeping)}


@dataclass
class Nodes:
    """Two nodes; the second can be killed."""

    process: subprocess.Popen[str]
    address: str
    ids: list[str]

    def kill_second(self) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write("kill\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline().strip() == "killed"


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    folder = tmp_path_factory.mktemp("nodes")
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.ray_nodes", str(folder)],
            cwd=ROOT,
            env={**os.environ, "RAY_USAGE_STATS_ENABLED": "0"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    assert process.stdin and process.stdout
    try:
        said = json.loads(process.stdout.readline())
        yield Nodes(process, said["address"], said["nodes"])
    finally:
        process.stdin.close()
        ended = process.wait(120)
        process.stdout.close()
        assert ended == 0, (folder / "log").read_text()


@pytest.mark.slow
def test_ctrl_c_ends_the_trainings_on_the_nodes_and_the_same_command_goes_on(
    nodes: Nodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = on_ray(tmp_path, nodes, SETTINGS + "grid: {method: [orpo]}\n", store=str(tmp_path / "shared"))
    process = start(tmp_path, command)
    wait_for(process, lambda: any((tmp_path / "shared").glob("orpo-*/checkpoint-*.tar")))
    [child] = [row["pid"] for row in attempts(tmp_path, "started")]
    process.send_signal(signal.SIGINT)
    assert process.wait(120) == 130
    wait_for(None, none_of([child]))
    assert [row["event"] for row in attempts(tmp_path)] == ["queued", "started", "stopped"]
    assert "1 waiting" in run_harness("sweep", "sweep.yaml", "--status", folder=tmp_path).stdout
    done = run_harness(*command, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    first, second = attempts(tmp_path, "started")
    assert first["from_step"] == 0 and second["from_step"] >= 2
    assert steps(tmp_path, "orpo") == list(range(1, STEPS + 1))
    # A driver that has lost its folder finds what is finished in the store, and trains nothing.
    before = weights(tmp_path, "orpo")
    (tmp_path / "runs").rename(tmp_path / "lost")
    monkeypatch.chdir(tmp_path)
    [job] = plan_sweep("sweep.yaml").jobs
    store = open_store(str(tmp_path / "shared"))
    assert fetch(job, errands([job], store)["orpo"], store) and job.done()
    assert weights(tmp_path, "orpo") == before and store.names(errands([job], store)["orpo"].key) == ["finished.tar"]


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_node_that_dies_in_the_middle_costs_nothing_and_nothing_is_trained_twice(
    nodes: Nodes, tmp_path: Path
) -> None:
    command = on_ray(tmp_path, nodes, SETTINGS + "grid: {method: [dpo, orpo], learning_rate: [1e-4, 5e-4]}\n")
    process = start(tmp_path, command)
    wait_for(process, lambda: any(checkpointed(tmp_path, name) for name in on_second(nodes, tmp_path)))
    [victim] = on_second(nodes, tmp_path)
    [orphan] = [row["pid"] for row in attempts(tmp_path, "started") if row["name"] == victim]
    assert alive(orphan)
    nodes.kill_second()
    wait_for(process, none_of([orphan]))
    assert process.wait(900) == 0, (tmp_path / "scheduler.log").read_text()

    [lost] = attempts(tmp_path, "lost")
    assert lost["name"] == victim
    started: dict[str, list[Any]] = {row["name"]: [] for row in attempts(tmp_path, "started")}
    for row in attempts(tmp_path, "started"):
        started[row["name"]].append((row["node_id"], row["from_step"] > 0))
    head, second = nodes.ids
    assert started.pop(victim) == [(second, False), (head, True)]
    assert len(started) == 3 and all(len(times) == 1 and not times[0][1] for times in started.values())
    ended = [(row["name"], row["code"]) for row in attempts(tmp_path, "ended")]
    assert sorted(ended) == sorted((name, 0) for name in (victim, *started))
    for name in (victim, *started):
        assert steps(tmp_path, name) == list(range(1, STEPS + 1)), name
    assert len(list((tmp_path / "runs/sweep/sweep/store/reference").glob("*.safetensors"))) == 1

    [job] = [job for job in planned(tmp_path) if job["name"] == victim]
    whole = tmp_path / "whole"
    whole.mkdir()
    settings = [part for key, value in job["settings"].items() for part in ("--set", f"{key}={json.dumps(value)}")]
    done = run_harness("train", victim.partition("-")[0], "--name", victim, *settings, folder=whole)
    assert done.returncode == 0, done.stderr
    assert weights(whole, victim) == weights(tmp_path, victim)


def on_ray(folder: Path, nodes: Nodes, text: str, store: str | None = None) -> tuple[str, ...]:
    options = ("--executor", "ray", "--address", nodes.address, "--no-report")
    return ("sweep", write(folder, text), *options, *(("--store", store) if store else ()))


def start(folder: Path, command: tuple[str, ...]) -> Running:
    return begin_harness(*command, folder=folder, log=folder / "scheduler.log")


def attempts(folder: Path, event: str | None = None) -> list[Any]:
    rows = read_jsonl(folder / "runs" / "sweep" / "sweep" / "attempts.jsonl")
    return [row for row in rows if event in (None, row["event"])]


def on_second(nodes: Nodes, folder: Path) -> list[str]:
    """The training that runs on the second node."""
    newest = {row["name"]: row for row in attempts(folder)}
    return [name for name, row in newest.items() if row["event"] == "started" and row["node_id"] == nodes.ids[1]]


def checkpointed(folder: Path, name: str) -> bool:
    return any((folder / "runs/sweep/sweep/store").glob(f"{name}-*/checkpoint-*.tar"))


def planned(folder: Path) -> Any:
    return json.loads((folder / "runs/sweep/sweep/sweep.json").read_text())["trainings"]


def steps(folder: Path, name: str) -> list[int]:
    rows = read_jsonl(folder / "runs" / "train" / name / "curves.jsonl")
    return [row["step"] for row in rows if row["key"] == "loss"]


def weights(folder: Path, name: str) -> str:
    return file_digest(folder / "runs" / "train" / name / "adapter_model.safetensors")
