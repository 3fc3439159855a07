"""Engines that share the questions out on a Ray cluster: the same answers, whoever dies."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.asking import Gaps
from harness.asking.evaluation import Round
from harness.errors import HarnessError
from harness.evaluate import asker
from harness.records import Question
from harness.store import RunFolder, read_jsonl, read_run
from tests.conftest import TASKS
from tests.sweep.test_ray import Nodes, nodes

__all__ = ["nodes"]

PATIENCE = 400
"""Seconds that a step may take on a busy machine."""


@given(st.lists(st.integers(0, 40), max_size=5), st.integers(0, 9), st.integers(1, 12))
def test_the_shards_together_are_what_was_missing_and_no_two_share_anything(
    sizes: list[int], tasks: int, engines: int
) -> None:
    answers = {
        Round(f"v{n}"): tuple(Question(str(i), "?") for i in range(size)) for n, size in enumerate(sizes) if size
    }
    gaps = Gaps(answers, tuple(("base", f"task{n}") for n in range(tasks)))
    shards = [gaps.shard(number, engines) for number in range(engines)]
    for turn, questions in answers.items():
        shared = [question for shard in shards for question in shard.answers.get(turn, ())]
        assert sorted(shared, key=lambda question: int(question.id)) == list(questions)
        assert max(len(shard.answers.get(turn, ())) for shard in shards) <= -(-len(questions) // engines)
    assert sorted(task for shard in shards for task in shard.tasks) == sorted(gaps.tasks)
    assert sum(shard.questions for shard in shards) == gaps.questions
    assert bool(gaps) == any(shards)


@pytest.mark.parametrize(
    ("executor", "engines", "address", "said"),
    [
        ("local", 2, None, "--engines 2 needs --executor ray"),
        ("local", 1, "127.0.0.1:6379", "--address needs --executor ray"),
        ("rai", 1, None, "No executor named 'rai'. Did you mean 'ray'"),
    ],
)
def test_what_one_engine_cannot_do_is_refused_before_anything_is_read(
    executor: str, engines: int, address: str | None, said: str
) -> None:
    with pytest.raises(HarnessError, match=said):
        asker(executor, engines, address)


@pytest.mark.slow
def test_two_engines_interrupted_and_one_killed_answer_as_one_does(
    trained: Path, evaluated: Path, nodes: Nodes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    run = RunFolder(trained / "runs" / "eval" / "shared")
    command = [
        "evaluate", "--adapters", "dpo,orpo", "--limit", "48", "--task-limit", "48", "--tasks", TASKS, "--run", run.id,
        "--no-report", "--executor", "ray", "--engines", "2", "--address", nodes.address,
    ]  # fmt: skip

    def rows() -> int:
        return len(list(read_jsonl(run.path / "responses.jsonl")))

    def engines() -> int:
        return len(list(tmp_path_factory.getbasetemp().glob("nodes*/node-1/harness-engine-*")))

    process = start(command, trained)
    wait_until(process, lambda: rows() > 0)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130 and "interrupted; run the same command again" in said, said

    before, left = rows(), engines()
    assert 0 < before < 3 * 48
    process = start(command, trained)
    # In the second node's own temporary folder: an engine is at work there.
    wait_until(process, lambda: engines() > left)
    nodes.kill_second()
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said
    assert "An engine died" in said, "the node was killed when nothing ran on it any more"

    one = RunFolder(evaluated)
    assert {key: row.text for key, row in read_run(run).answers.items()} == {
        key: row.text for key, row in read_run(one).answers.items()
    }
    assert rows() == 3 * 48, "something was asked twice"
    assert read_run(run).summary.metrics == read_run(one).summary.metrics
    assert read_run(run).summary.benchmarks == read_run(one).summary.benchmarks


def start(command: list[str], folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "harness", *command],
        cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def wait_until(process: subprocess.Popen[str], done: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, "nothing came within the time"
        time.sleep(0.1)
