"""The demonstrations: commands that a reader may type, and one that stops as its command does."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest
import typer.main

from harness.cli.demo import DEMOS
from harness.cli.main import app
from harness.config import load_config, write_template
from harness.training.trainers import split_arguments
from tests.conftest import ROOT, run_harness

COMMANDS = [pytest.param(command, id=command.split()[0] + str(n)) for n, command in enumerate(chain(*DEMOS.values()))]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_one_that_the_command_line_takes(command: str) -> None:
    name, *options = shlex.split(command)
    # Names, options and the kinds of their values; nothing is run.
    context = typer.main.get_command(app).commands[name].make_context(name, options)  # type: ignore[attr-defined]
    assert context.params


def test_the_configuration_of_the_real_model_trains_by_known_settings(tmp_path: Path) -> None:
    (path,) = write_template("smollm2", tmp_path)
    settings = load_config(path)
    assert (settings.base, settings.suite, settings.train.data) == ("smollm2", "everyday", "runs/smollm2-pairs.jsonl")
    for method, own in (("dpo", settings.train.dpo), ("orpo", settings.train.orpo)):
        training, lora = split_arguments(method, {**settings.train.arguments, **own})
        assert training["learning_rate"] == own["learning_rate"] and lora["r"] == 16
    said = path.read_text(encoding="utf-8")
    for command in DEMOS["smollm2"][1:]:
        assert f"#   harness {_in_order(command)}" in {_in_order(line) for line in said.splitlines()}


def _in_order(command: str) -> str:
    """A command whose options stand in one order."""
    words = command.split(" ")
    cut = next((n for n, word in enumerate(words) if word.startswith("--")), len(words))
    options = sorted(" ".join(words[n : n + 2]) for n in range(cut, len(words), 2))
    return " ".join([*words[:cut], *options])


def test_an_unknown_demonstration_is_refused_with_those_there_are(tmp_path: Path) -> None:
    done = run_harness("demo", "gpt-4", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "harness: No demonstration named 'gpt-4'. Known: pocket, smollm2.\n"
    assert list(tmp_path.iterdir()) == []


PARENT = """
import sys
from harness.machine import run_here
print(run_here(sys.argv[1:]))
"""


def here(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """A process that runs a command of the harness on its own outputs."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PARENT, *arguments]
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_a_command_here_says_its_own_words_and_ends_with_its_own_status(tmp_path: Path) -> None:
    with here(tmp_path, "runs", "show", "nothing") as parent:
        out, said = parent.communicate(timeout=60)
    assert out == "2\n" and said.startswith("harness: No run named 'nothing'")


@pytest.mark.slow
def test_a_sigterm_reaches_the_command_that_runs_here(tmp_path: Path) -> None:
    with here(tmp_path, "train", "dpo") as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline().startswith("training 'dpo' on")
        parent.send_signal(signal.SIGTERM)
        out, said = parent.communicate(timeout=120)
    assert out == "130\n", said
    assert "interrupted" in said and not (tmp_path / "runs" / "train" / "dpo" / "certificate.json").exists()
