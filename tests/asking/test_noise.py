"""Asked twice, and asked several times: the noise floor and samples, on the embedded model."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from harness.store import RunFolder, read_jsonl, read_run
from tests.conftest import run_harness

SAMPLED = "generation: {temperature: 0.9, samples: 3, max_new_tokens: 24}\n"


@pytest.fixture
def folder(trained: Path, tmp_path: Path) -> Path:
    shutil.copytree(trained / "runs" / "train", tmp_path / "runs" / "train")
    return tmp_path


def evaluate(folder: Path, *more: str) -> str:
    done = run_harness(
        "evaluate", "--adapters", "orpo", "--limit", "12", "--tasks", "", "--run", "r", "--no-report", *more,
        folder=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_noise_floor_is_asked_for_afterwards_and_the_answers_stay(folder: Path) -> None:
    evaluate(folder)
    path = folder / "runs" / "eval" / "r"
    answers = (path / "responses.jsonl").read_bytes()
    assert read_run(path).summary.noise == {} and not (path / "noise.jsonl").exists()
    printed = evaluate(folder, "--noise-floor")
    assert (path / "responses.jsonl").read_bytes() == answers
    assert Counter(row["variant"] for row in read_jsonl(path / "noise.jsonl")) == {"base": 12, "orpo": 12}
    summary = read_run(path).summary
    # In float32 greedy answers do not depend on what they are batched with.
    assert summary.noise["orpo"]["correct"].value == 0 and summary.noise["base"]["correct"].n == 12
    # No flip of 12 leaves a share of 1 − 0.025^(1/12) possible: √(0.265 / 12).
    assert summary.noise["base"]["correct"].high == pytest.approx(((1 - 0.025 ** (1 / 12)) / 12) ** 0.5)
    assert all(row.noise is not None for row in summary.comparisons if row.metric == "correct")
    assert "noise floor: asked twice, right and wrong change places in base 0 % of 12" in printed
    again = path / "noise.jsonl"
    before = again.stat().st_mtime_ns
    evaluate(folder, "--noise-floor")
    assert again.stat().st_mtime_ns == before


@pytest.mark.slow
def test_several_answers_a_question_are_one_cluster(folder: Path) -> None:
    (folder / "harness.yaml").write_text(SAMPLED)
    printed = evaluate(folder)
    path = folder / "runs" / "eval" / "r"
    run = RunFolder(path)
    assert Counter(key[2] for key in read_run(run).answers) == {0: 24, 1: 24, 2: 24}
    texts = [answer.text for (variant, _, _), answer in read_run(run).answers.items() if variant == "base"]
    assert len(set(texts)) > 12, "seeded alike, the samples would be the same"
    found = read_run(run).summary.metrics["base"]["correct"]
    assert (found.n, found.clusters, found.interval) == (36, 12, "cluster score")
    assert found.spread is not None and " ±" in printed
    row = next(row for row in read_run(run).summary.comparisons if row.metric == "correct")
    assert (row.test, row.n) == ("cluster score", 36)
    # Samples of one question that are lost are asked again, and nothing else.
    lines = (path / "responses.jsonl").read_text().splitlines(keepends=True)
    (path / "responses.jsonl").write_text("".join(lines[:-5]))
    evaluate(folder)
    assert len((path / "responses.jsonl").read_text().splitlines()) == 72


def test_several_samples_of_a_greedy_answer_are_refused(tmp_path: Path) -> None:
    (tmp_path / "harness.yaml").write_text("generation: {samples: 3}\n")
    done = run_harness("evaluate", folder=tmp_path)
    assert done.returncode == 2 and "set temperature above 0" in done.stderr
