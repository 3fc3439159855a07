"""Checkpoints of the embedded model, asked and checked as they come: stopped, gone on with, broken, deleted."""

from __future__ import annotations

import html
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file

from harness.asking import Wishes, plan_evaluation
from harness.config import Config
from harness.data.suites import load_suite
from harness.errors import HarnessError
from harness.evaluate import evaluate
from harness.gate import Policy
from harness.resources import policy_source
from harness.store import (
    WEIGHTS,
    RunFolder,
    TrainingFolder,
    find_training,
    read_json,
    read_jsonl,
    read_run,
    read_training,
)
from harness.watch import Watching, headline, line, publish, watch
from harness.watch.page import write_page
from harness.watch.plan import _suite_of
from harness.watch.trend import Trend, read_steps
from tests.conftest import begin_harness, run_harness

LIMIT = 16
ARGUMENTS = ("watch", "runs/train/orpo", "--limit", str(LIMIT), "--tasks", "")


@pytest.fixture
def training(trained: Path, tmp_path: Path) -> TrainingFolder:
    """A copy of the finished training `orpo`, with checkpoints of steps 4, 8 and 12, in a working folder of its own."""
    shutil.copytree(trained / "runs" / "train" / "orpo", tmp_path / "runs" / "train" / "orpo")
    return TrainingFolder(tmp_path / "runs" / "train" / "orpo")


@pytest.fixture(scope="session")
def watched(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """(runs/watch/orpo of a whole watch, what it printed)."""
    folder = tmp_path_factory.mktemp("watched")
    shutil.copytree(trained / "runs" / "train" / "orpo", folder / "runs" / "train" / "orpo")
    done = run_harness(*ARGUMENTS, folder=folder)
    assert done.returncode == 0, done.stderr
    return folder / "runs" / "watch" / "orpo", done.stdout


def watching(training: TrainingFolder, **more: Any) -> Watching:
    wishes = more.pop("wishes", Wishes(tasks=(), limit=LIMIT))
    settings: dict[str, Any] = {"against": None, "before": None, "config": Config(), "policy": Policy(), **more}
    folder = training.path.parents[1] / "watch" / training.name
    return Watching(training=training, folder=folder, wishes=wishes, command="", tell=print, **settings)


def changed(path: Path, change: Callable[[str, Any], Any]) -> None:
    save_file({name: change(name, tensor) for name, tensor in load_file(path / WEIGHTS).items()}, path / WEIGHTS)


def checkpoint(training: TrainingFolder, step: int) -> Path:
    return training.path / "checkpoints" / f"checkpoint-{step}"


def asked(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("responses.jsonl")}


def scores(folder: Path) -> list[Any]:
    names = ("base", "step-4", "step-8", "step-12")
    return [row for name in names for row in read_jsonl(folder / name / "scores.jsonl")]


def test_each_checkpoint_is_asked_and_checked_and_the_base_is_asked_once(watched: tuple[Path, str]) -> None:
    folder, printed = watched
    assert {path.name for path in folder.iterdir()} == {
        "base", "step-4", "step-8", "step-12", "trend.json", "trend.html", "watch.json", "lock", "log.txt",
    }  # fmt: skip
    for step in ("step-4", "step-8", "step-12"):
        assert {"check.json", "check.md", "check.xml"} <= {path.name for path in (folder / step).iterdir()}
        answers = read_run(folder / step).responses
        assert {variant for variant, _ in answers} == {"orpo"} and len(answers) == LIMIT
        assert read_json(folder / step / "check.json")["pairs"] == [["base", "orpo"]]
    assert len(read_run(folder / "base").responses) == LIMIT
    lines = [row for row in printed.splitlines() if row.startswith("step ")]
    assert [row.split()[1] for row in lines] == ["4", "8", "12"]
    trend = read_json(folder / "trend.json")
    assert [step["step"] for step in trend["steps"]] == [4, 8, 12] and trend["finished"]
    assert trend["headline"] in printed and "3 checkpoints; none regressed" in trend["headline"]


def test_the_same_command_again_asks_nothing_and_other_settings_are_refused(watched: tuple[Path, str]) -> None:
    folder, _ = watched
    work = folder.parents[2]
    before = asked(folder)
    done = run_harness(*ARGUMENTS, "--once", folder=work)
    assert done.returncode == 0 and not done.stderr, done.stderr
    assert "step " not in done.stdout.split("\n\n")[0] and asked(folder) == before
    other = run_harness("watch", "orpo", "--limit", "9", "--tasks", "", "--once", folder=work)
    assert other.returncode == 2
    assert "limit 16 → 9" in other.stderr and "--fresh" in other.stderr and asked(folder) == before


def test_killed_and_started_again_it_asks_only_what_is_missing(
    training: TrainingFolder, watched: tuple[Path, str]
) -> None:
    work, folder = training.path.parents[2], training.path.parents[1] / "watch" / "orpo"
    for victim in ("base", "step-8"):
        process = begin_harness(*ARGUMENTS, folder=work, session=True)
        answers = folder / victim / "responses.jsonl"
        while process.poll() is None and not answers.exists():
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    # A torn line at the end, as a killed writer leaves it.
    whole = answers.read_bytes()
    answers.write_bytes(whole[:-40])
    before = asked(folder)
    done = run_harness(*ARGUMENTS, folder=work)
    assert done.returncode == 0, done.stderr
    assert scores(folder) == scores(watched[0])
    after = asked(folder)
    assert all(after[path] == text for path, text in before.items() if "step-8" not in path)
    rows = [(row["variant"], row["question_id"]) for row in read_jsonl(answers)]
    assert len(rows) == len(set(rows)) == LIMIT


def test_interrupted_while_it_waits_it_ends_with_130(watched: tuple[Path, str], tmp_path: Path) -> None:
    shutil.copytree(watched[0].parents[1], tmp_path / "runs")
    (tmp_path / "runs" / "train" / "orpo" / "certificate.json").unlink()
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", *ARGUMENTS, "--every", "0.2"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background jobs, and their children, ignore it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stderr is not None
    assert process.stderr.readline().startswith("Waiting for runs/train/orpo")
    assert process.stderr.readline().startswith("No process of this machine trains it now")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and "run the same command again" in said


def test_a_destructive_checkpoint_is_marked_and_the_others_are_not(training: TrainingFolder) -> None:
    changed(checkpoint(training, 8), lambda name, tensor: tensor * 50)
    work = watching(training, wishes=Wishes(tasks=("pocket_skill",), limit=40, task_limit=40))
    steps = {step.step: step for step in watch(work, once=True, every=1)}
    assert steps[8].status == "regressed" and steps[8].check.exit_code == 1
    assert {4, 12} == {step for step in steps if steps[step].status != "regressed"}
    reasons = {finding.metric for finding in steps[8].regressed()}
    assert "correct" in reasons and "pocket_skill" in {finding.source for finding in steps[8].regressed()}
    trend = publish(work)
    assert trend.exit_code == 1 and trend.first_regressed == steps[8]
    assert headline(trend).startswith("3 checkpoints; the first that regressed is step 8: correct −")
    page = (work.folder / "trend.html").read_text(encoding="utf-8")
    assert "▼ regressed: step 8" in page and "Regressed at step 8" in page


def test_weights_that_cannot_be_asked_do_not_end_the_watch_and_are_no_pass(training: TrainingFolder) -> None:
    changed(checkpoint(training, 4), lambda name, tensor: tensor * float("nan"))
    changed(checkpoint(training, 8), lambda name, tensor: tensor * 0 if "lora_B" in name else tensor)
    work = watching(training)
    torn, dead, fine = watch(work, once=True, every=1)
    assert (torn.status, torn.refused, torn.check.exit_code) == ("incomplete", True, 3)
    assert "holds NaN" in torn.check.missing[0] and "NaN" in line(torn)
    assert not dead.refused and "changes nothing" in dead.notes[0] and all(f.delta == 0 for f in dead.check.findings)
    assert not fine.notes and publish(work).exit_code == 3
    assert list(watch(watching(training), once=True, every=1)) == []


def test_new_checkpoints_of_a_running_training_are_seen_until_it_has_finished(training: TrainingFolder) -> None:
    aside = training.path.parents[2] / "aside"
    aside.mkdir()
    later = [training.path / "certificate.json", checkpoint(training, 12), checkpoint(training, 8)]
    for path in later:
        shutil.move(path, aside / path.name)
    (checkpoint(training, 4) / "complete").unlink()
    work = watching(training)
    with pytest.raises(HarnessError, match="no whole checkpoint yet"):
        list(watch(work, once=True, every=1))
    (checkpoint(training, 4) / "complete").touch()
    steps = watch(work, once=False, every=0.05)
    assert next(steps).name == "step-4"
    with pytest.raises(HarnessError, match=f"The watch of orpo is running already .pid {os.getpid()}"):
        list(watch(work, once=True, every=1))
    assert not read_json(work.folder / "trend.json")["finished"]
    shutil.move(aside / "checkpoint-8", checkpoint(training, 8))
    assert next(steps).name == "step-8"
    shutil.move(aside / "certificate.json", training.path / "certificate.json")
    # The last checkpoint is not there: what the training left at its end is looked at itself.
    final = next(steps)
    assert (final.name, final.step, final.title) == ("final", 12, "12 (final)")
    assert list(steps) == []
    assert [step["name"] for step in read_json(work.folder / "trend.json")["steps"]] == ["step-4", "step-8", "final"]


def test_another_policy_judges_again_and_asks_nothing(training: TrainingFolder) -> None:
    shutil.rmtree(checkpoint(training, 4))
    work = watching(training)
    assert [step.step for step in watch(work, once=True, every=1)] == [8, 12]
    before = asked(work.folder)
    assert "Deleted before they could be asked: step 4." in (work.folder / "trend.html").read_text(encoding="utf-8")
    strict = watching(training, policy=Policy(require="proof"))
    again = list(watch(strict, once=True, every=1))
    assert [step.step for step in again] == [8, 12] and publish(strict).exit_code == 4
    assert asked(work.folder) == before


def test_a_baseline_says_what_is_asked_and_names_pair_by_themselves_or_by_the_flag(
    training: TrainingFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(training.path.parents[2])
    settings = Config(generation={"max_new_tokens": 20}, system="Answer.", seed=3)
    plan = plan_evaluation(settings, Wishes(adapters=("older=runs/train/orpo",), tasks=(), limit=10), "")
    against = RunFolder(Path("runs/eval/old"))
    evaluate(plan, against)
    work = watching(find_training("orpo", Path("runs/train")), against=against, wishes=Wishes())
    first, *_ = watch(work, once=True, every=1)
    run = RunFolder(work.folder / "step-4")
    manifest = read_run(run).manifest
    assert (manifest.generation.max_new_tokens, manifest.prompt.system) == (20, "Answer.")
    assert read_run(run).questions == read_run(against).questions
    # The baseline has a base too, and one adapter: that is what a checkpoint is held against.
    assert first.check.pairs == (("older", "orpo"),)
    assert {step.check.status for step in watch(replace(work, before="base"), True, 1)} <= {"undecided", "passed"}
    assert read_json(work.folder / "step-8" / "check.json")["pairs"] == [["base", "orpo"]]
    with pytest.raises(HarnessError, match="No variant named 'nobody'"):
        list(watch(replace(work, before="nobody"), True, 1))
    with pytest.raises(HarnessError, match="were not asked alike: suite pocket → assignment"):
        list(watch(replace(work, wishes=Wishes(suite="assignment")), True, 1))
    with pytest.raises(HarnessError, match="--limit 5 leaves out 5 of the 10 questions"):
        list(watch(replace(work, wishes=Wishes(limit=5)), True, 1))


def test_what_is_no_training_is_refused_in_one_line(tmp_path: Path) -> None:
    done = run_harness("watch", "runs/train/none", "--once", folder=tmp_path)
    assert done.returncode == 2 and "No training named 'runs/train/none'" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_last_checkpoint_and_the_finished_adapter_are_looked_at_once(training: TrainingFolder) -> None:
    assert [one.name for one in read_training(training).checkpoints] == ["step-4", "step-8", "step-12"]
    assert read_training(training).gone(set()) == ()
    shutil.rmtree(checkpoint(training, 8))
    assert read_training(training).gone(set()) == (8,) and read_training(training).gone({8}) == ()
    shutil.rmtree(training.path / "checkpoints")
    assert [(one.name, one.step) for one in read_training(training).checkpoints] == [("final", 12)]


def test_the_page_needs_nothing_beside_it_and_obeys_nothing_that_a_name_says(
    watched: tuple[Path, str], tmp_path: Path
) -> None:
    row = read_json(watched[0] / "trend.json")
    page = (watched[0] / "trend.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in page and "<script" not in page and "<link" not in page and " src=" not in page
    style = page.partition("<style>")[2].partition("</style>")[0]
    assert policy_source(style) in html.unescape(page) and "unsafe" not in page and " style=" not in page
    assert "prefers-color-scheme: dark" in page and "var(--v1)" in page and row["headline"] in page
    nasty = Trend("<b>x</b>\u202e", "base", False, read_steps(watched[0])[:1], ())
    text = write_page(tmp_path, nasty).read_text(encoding="utf-8")
    assert "<b>x" not in text and "\u202e" not in text and "The training has not finished." in text


def test_trend_json_is_what_is_shown(watched: tuple[Path, str]) -> None:
    row = json.loads((watched[0] / "trend.json").read_text(encoding="utf-8"))
    assert row["format_version"] == 1 and row["first_regressed"] is None and row["exit_code"] == 0
    step = row["steps"][0]
    assert step["check"]["findings"] == read_json(watched[0] / "step-4" / "check.json")["findings"]


def test_the_suite_of_a_baseline_is_found_by_its_path_from_here_and_from_the_runs_own_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "asked.csv").write_text("question,answer\nHow many?,7\n")
    (tmp_path / "a.jsonl").write_text('{"id": "1", "response": "7"}\n')
    done = run_harness("import", "base=a.jsonl", "--suite", "asked.csv", "--run", "r", "--no-report", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    run = read_run(tmp_path / "runs" / "eval" / "r")
    (tmp_path / "elsewhere").mkdir()
    for folder in (tmp_path, tmp_path / "elsewhere"):
        monkeypatch.chdir(folder)
        assert load_suite(_suite_of(run)).questions[0].question == "How many?"
    (tmp_path / "asked.csv").unlink()
    with pytest.raises(HarnessError, match="no longer at asked.csv. Say where it lies now: --suite PATH"):
        _suite_of(run)
