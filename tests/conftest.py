"""What tests share: the real data beside the project, a working folder of one's own, and the trained adapters."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.ours import only_ours
from tests.support.warm import Running, Warm

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_DATASETS_OFFLINE", "1")
os.environ.setdefault("WANDB_MODE", "offline")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
# Two threads that wait for each other make the small peers many times slower on a busy machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")

ROOT = Path(__file__).parents[1]
REAL = ROOT.parent / "shared" / "real"
TASKS = "pocket_choice,pocket_generate,pocket_text,pocket_skill"
"""Every shipped lm-eval task on the embedded model."""
BEFORE_TESTS: dict[str, str] = {}
"""The environment once all test files are imported, with what libraries have added to it."""


def run_harness(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as a user runs it, in a process of its own."""
    return run_module("harness", *arguments, folder=folder, **environment)


def run_module(module: str, *arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m MODULE ARGUMENTS`."""
    surroundings = {**os.environ, **environment}
    if warm().serves(surroundings):
        return warm().run(module, arguments, folder, timeout=500)
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env=surroundings,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=500,
    )


def begin_harness(*arguments: str, folder: Path, log: Path = Path(os.devnull), session: bool = False) -> Running:
    """The same, not waited for; what it says is appended to the log."""
    with log.open("ab") as said:
        if warm().serves(os.environ):
            return warm().begin("harness", arguments, folder, (subprocess.DEVNULL, said, said), session)
        return subprocess.Popen(
            [sys.executable, "-m", "harness", *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=session,
        )


@cache
def warm() -> Warm:
    return Warm(BEFORE_TESTS)


def pytest_collection_finish(session: pytest.Session) -> None:
    BEFORE_TESTS.update(os.environ)
    if not session.config.option.collectonly and any(item.get_closest_marker("slow") for item in session.items):
        warm()


def pytest_sessionfinish() -> None:
    if warm.cache_info().currsize:
        warm().end()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with the most slow tests first: none of them is left for the end, when one process has nothing to do."""
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: -slow[item.path])


@pytest.fixture(autouse=True)
def surroundings() -> Iterator[None]:
    """What a library exports while it works in a test (wandb its service, say) is not handed on to the next one."""
    before = dict(os.environ)
    yield
    for name in os.environ.keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)


@pytest.fixture
def real() -> Path:
    """Real answers and trainings, which are not part of the project."""
    if not REAL.is_dir():
        pytest.skip("the real data is not beside the project (../shared/real)")
    return REAL


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with short trainings `dpo` and `orpo` of the embedded model, a copy a process of tests."""
    folder = tmp_path_factory.mktemp("trained")
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    with (root / "trained.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "trained").is_dir():
            train_both(folder)
            # W&B leaves links behind that lead nowhere.
            shutil.copytree(folder, root / "trained", symlinks=True)
            return folder
    return shutil.copytree(root / "trained", folder, symlinks=True, dirs_exist_ok=True)


def train_both(folder: Path) -> None:
    for method in ("dpo", "orpo"):
        done = run_harness("train", method, "--set", "max_steps=12", "--set", "save_steps=4", folder=folder)
        assert done.returncode == 0, done.stderr
        only_ours(done)


@pytest.fixture(scope="session")
def evaluated(trained: Path) -> Path:
    """A finished run of base and both adapters, with every shipped lm-eval task."""
    done = run_harness(
        "evaluate", "--adapters", "dpo,orpo", "--limit", "48", "--task-limit", "48", "--tasks", TASKS, "--run", "whole",
        folder=trained,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    only_ours(done, trained / "runs" / "eval" / "whole")
    return trained / "runs" / "eval" / "whole"
