"""Processes that a library spawns for us, from each kind of program that may begin them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SPAWNS = """
import multiprocessing, os, sys
from pathlib import Path
from harness.machine import spawned_with_log
with open("begun", "a") as file:
    file.write("again ")
context = multiprocessing.get_context("spawn")
with spawned_with_log(Path("log")):
    # A shell of its own writes as a library in C does: past Python's own outputs.
    child = context.Process(target=os.system, args=("echo from below; echo from above >&2",))
    child.start()
child.join()
print("ended", child.exitcode)
"""
"""A program without a guard: to import it is to run it."""

WAITS = (
    SPAWNS.partition("    # A shell")[0]
    + """\
    import time
    child = context.Process(target=time.sleep, args=(60,))
    child.start()
print(child.pid, flush=True)
child.join()
"""
)


@pytest.mark.parametrize("way", ["script", "module", "command", "input"])
def test_a_spawned_process_runs_nothing_of_the_program_and_writes_into_the_log(tmp_path: Path, way: str) -> None:
    (tmp_path / "program.py").write_text(SPAWNS, encoding="utf-8")
    arguments = {"script": ["program.py"], "module": ["-m", "program"], "command": ["-c", SPAWNS], "input": ["-"]}[way]
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=tmp_path,
        input=SPAWNS if way == "input" else None,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("ended 0\n", "")
    assert (tmp_path / "begun").read_text() == "again "
    assert (tmp_path / "log").read_text() == "from below\nfrom above\n"


def test_a_spawned_process_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(WAITS, encoding="utf-8")
    arguments = [sys.executable, "program.py"]
    with subprocess.Popen(arguments, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout
        child = int(program.stdout.readline())
        while not (tmp_path / "log").exists():
            time.sleep(0.05)
        assert alive(child)
        program.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(child)


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def alive(pid: int) -> bool:
    """Whether it runs: what was killed may stand in the table of processes until somebody waits for it."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
