"""Trainings as copies of their scheduler, and as processes that start from nothing: the same from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.machine import holder
from harness.pocket import pocket_path

SCHEDULER = """
import json, sys
from pathlib import Path
from harness.machine import ended_within, try_lock
from harness.sweep.local.forked import start

own, lock = try_lock(Path("own")), try_lock(Path("training"))
print("begun", end=" ")
child = start(sys.argv[2:], {"NO_COLOR": "1"}, Path("logs/training.log"), lock, fork=sys.argv[1] == "copy")
lock.name_holder(child.pid)
lock.close()
own.close()
print(child.pid, flush=True)
print(json.dumps([ended_within([child], 60), child.poll(), child.returncode]))
"""
"""Starts one command of the harness as a sweep starts a training, and says how it ended."""

kinds = pytest.mark.parametrize("kind", ["copy", "anew"])


@contextmanager
def scheduler(folder: Path, kind: str, *command: str) -> Iterator[subprocess.Popen[str]]:
    # In a process of its own: a copy of pytest would be a copy of its threads and captured output, too.
    program = [sys.executable, "-c", SCHEDULER, kind, *command]
    process = subprocess.Popen(program, cwd=folder, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str]) -> tuple[list[str], Any]:
    """(the words of its first line, how the training ended)."""
    first, second = process.communicate(timeout=120)[0].splitlines()
    return first.split(), json.loads(second)


def said(folder: Path) -> str:
    return (folder / "logs" / "training.log").read_text()


def waiting_command(folder: Path) -> tuple[str, ...]:
    """A command that does not end by itself: it reads a summary that nobody writes."""
    run = folder / "runs" / "eval" / "waits"
    run.mkdir(parents=True)
    (run / "manifest.json").write_text("{}")
    os.mkfifo(run / "summary.json")
    return "runs", "show", "waits"


def wait_until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@kinds
def test_what_a_training_says_goes_to_its_log_and_how_it_ends_to_its_scheduler(tmp_path: Path, kind: str) -> None:
    with scheduler(tmp_path, kind, "pocket") as process:
        words, found = ended(process)
    assert words[0] == "begun" and len(words) == 2 and found == [True, 0, 0]
    assert said(tmp_path) == f"{pocket_path()}\n"
    with scheduler(tmp_path, kind, "runs", "show", "nothing") as process:
        assert ended(process)[1] == [True, 2, 2]
    first, second = said(tmp_path).splitlines()
    assert first == str(pocket_path()) and second.startswith("harness: No run named 'nothing'")


@kinds
def test_a_training_holds_its_own_lock_alone_and_ends_with_its_scheduler(tmp_path: Path, kind: str) -> None:
    with scheduler(tmp_path, kind, *waiting_command(tmp_path)) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline().split()[1])
        wait_until(lambda: os.getsid(pid) == pid)
        # Of what the scheduler had open when it started the training, this is all that stays open in it.
        wait_until(lambda: holder(tmp_path / "own") is None)
        assert holder(tmp_path / "training") == pid
        process.kill()
        process.wait()
        wait_until(lambda: gone(pid) and holder(tmp_path / "training") is None)


@kinds
def test_a_training_that_is_killed_is_seen_to_have_been(tmp_path: Path, kind: str) -> None:
    with scheduler(tmp_path, kind, *waiting_command(tmp_path)) as process:
        assert process.stdout is not None
        os.kill(int(process.stdout.readline().split()[1]), signal.SIGKILL)
        assert json.loads(process.communicate(timeout=120)[0]) == [True, -9, -9]
