"""The main path on the embedded model: killed and gone on, dead adapters, and lm-eval's own figures."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from harness.asking.foreign_results import read_foreign
from harness.asking.tasks import foreign_rows
from harness.models import check_weights
from harness.pocket import pocket_path
from harness.store import RunFolder, read_jsonl, read_run
from tests.conftest import ROOT, TASKS, begin_harness, run_harness, run_module
from tests.support.ours import only_ours, said_by_libraries


@pytest.fixture
def folder(trained: Path, tmp_path: Path) -> Path:
    """A working folder of one's own with the trained adapters in it."""
    shutil.copytree(trained / "runs" / "train", tmp_path / "runs" / "train")
    return tmp_path


def scores(run: Path) -> dict[tuple[str, str, str], Any]:
    rows = read_jsonl(run / "scores.jsonl")
    return {(row["variant"], row["question_id"], row["metric"]): row["value"] for row in rows}


def test_one_command_leaves_a_whole_run_folder(evaluated: Path) -> None:
    names = {path.name for path in evaluated.iterdir()}
    assert {
        "manifest.json", "questions.jsonl", "responses.jsonl", "scores.jsonl", "benchmarks", "curves.jsonl",
        "summary.json", "report.html", "report.pdf",
    } <= names  # fmt: skip
    summary = read_run(evaluated).summary
    assert [variant.name for variant in summary.variants] == ["base", "dpo", "orpo"]
    assert {task for task in summary.benchmarks["orpo"]} == set(TASKS.split(","))
    responses = read_run(evaluated).responses
    assert len(responses) == 3 * 48
    assert all(r.prompt_tokens and r.completion_tokens and r.finish_reason and not r.error for r in responses.values())
    assert {curve.variant for curve in read_run(evaluated).curves} == {"dpo", "orpo"}


def test_the_same_command_again_asks_nothing(evaluated: Path, trained: Path) -> None:
    before = (evaluated / "responses.jsonl").read_bytes(), scores(evaluated)
    started = time.monotonic()
    done = run_harness(
        "evaluate", "--adapters", "dpo,orpo", "--limit", "48", "--task-limit", "48", "--tasks", TASKS,
        "--run", "whole", "--no-report", folder=trained,
    )  # fmt: skip
    assert done.returncode == 0 and "asking" not in done.stderr, (done.stderr, time.monotonic() - started)
    assert ((evaluated / "responses.jsonl").read_bytes(), scores(evaluated)) == before


def test_a_reference_beside_models_that_are_asked_asks_nobody_again(
    evaluated: Path, trained: Path, tmp_path: Path
) -> None:
    shutil.copytree(trained / "runs" / "train", tmp_path / "runs" / "train")
    shutil.copytree(evaluated, tmp_path / "runs" / "eval" / "whole")
    run = tmp_path / "runs" / "eval" / "whole"
    before = read_run(run)
    asked = list(before.questions)
    rows = [{"question": question.question, "answer": question.answer or "yes"} for question in asked[:20]]
    (tmp_path / "gpt.json").write_text(json.dumps(rows), encoding="utf-8")
    command = (
        "evaluate", "--adapters", "dpo,orpo", "--limit", "48", "--task-limit", "48", "--tasks", TASKS,
        "--run", "whole", "--no-report", "--reference", "gpt-4o=gpt.json",
    )  # fmt: skip
    done = run_harness(*command, folder=tmp_path)
    assert done.returncode == 0 and "asking" not in done.stderr, done.stderr
    assert "gpt-4o: a reference, read as rows of answers, rows: 20" in done.stderr
    after = read_run(run)
    assert (run / "responses.jsonl").read_bytes().startswith((evaluated / "responses.jsonl").read_bytes())
    assert after.summary.comparisons == before.summary.comparisons
    assert after.summary.variants == before.summary.variants and list(after.references) == ["gpt-4o"]
    assert after.summary.metrics["gpt-4o"]["words"].n == 20
    again = run_harness(*command, folder=tmp_path)
    assert again.returncode == 0 and len(read_run(run).responses) == len(after.responses)
    taken = run_harness(*command[:-1], "orpo=gpt.json", folder=tmp_path)
    assert taken.returncode == 2 and "'orpo' is a variant of this run" in taken.stderr


def test_other_settings_under_the_same_name_are_refused(evaluated: Path, trained: Path) -> None:
    done = run_harness("evaluate", "--adapters", "dpo", "--limit", "9", "--run", "whole", folder=trained)
    assert done.returncode == 2
    assert "limit 48 → 9" in done.stderr and "adapter orpo" in done.stderr and "--fresh" in done.stderr


def test_killed_anywhere_and_started_again_it_ends_in_the_same_scores(evaluated: Path, trained: Path) -> None:
    arguments = [
        "evaluate", "--adapters", "dpo,orpo", "--limit", "48", "--task-limit", "48", "--tasks", TASKS,
        "--run", "broken", "--no-report",
    ]  # fmt: skip
    chance = random.Random(4)
    for _ in range(3):
        process = begin_harness(*arguments, folder=trained, session=True)
        asked = trained / "runs" / "eval" / "broken" / "responses.jsonl"
        size = asked.stat().st_size if asked.exists() else 0
        # Killed a moment after it has written something more, so that each kill falls into the work.
        while process.poll() is None and not (asked.exists() and asked.stat().st_size > size):
            time.sleep(0.05)
        time.sleep(chance.uniform(0.0, 2.0))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    # Sets in another order than those of the copies that were killed.
    done = run_harness(*arguments, folder=trained, PYTHONHASHSEED="1")
    assert done.returncode == 0, done.stderr
    broken = trained / "runs" / "eval" / "broken"
    assert scores(broken) == scores(evaluated)
    assert read_run(broken).summary.benchmarks == read_run(evaluated).summary.benchmarks
    keys = [(row["variant"], row["question_id"]) for row in read_jsonl(broken / "responses.jsonl")]
    assert len(keys) == len(set(keys)), "a question was asked twice"


def test_a_failed_answer_is_asked_again_and_replaced(evaluated: Path, trained: Path) -> None:
    mended = trained / "runs" / "eval" / "mended"
    shutil.copytree(evaluated, mended)
    rows = list(read_jsonl(mended / "responses.jsonl"))
    rows[0] |= {"text": "", "error": "out of memory"}
    (mended / "responses.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = run_harness(
        "evaluate", "--adapters", "dpo,orpo", "--limit", "48", "--task-limit", "48", "--tasks", TASKS,
        "--run", "mended", "--no-report", folder=trained,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert scores(mended) == scores(evaluated)
    assert len(list(read_jsonl(mended / "responses.jsonl"))) == len(rows) + 1


GROUP = """\
group: vale
task: [pocket_choice, pocket_skill, pocket_generate]
aggregate_metric_list:
  - {metric: exact_match, aggregation: mean, weight_by_size: true}
"""


@pytest.mark.slow
def test_under_a_task_limit_every_figure_is_that_of_lm_evals_own_limit(tmp_path: Path) -> None:
    tasks = shutil.copytree(ROOT / "tasks" / "pocket_lm", tmp_path / "tasks" / "own")
    (tasks / "vale.yaml").write_text(GROUP)
    done = run_harness(
        "evaluate", "--suite", "pocket", "--limit", "2", "--tasks", "vale,pocket_text", "--task-limit", "7",
        "--run", "ours", folder=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0 and "lm-eval tasks are asked whole" not in done.stderr, done.stderr
    theirs = run_module(
        "lm_eval", "run", "--model", "hf", "--model_args", f"pretrained={pocket_path()},dtype=float32",
        "--tasks", "vale,pocket_text", "--include_path", "tasks", "--limit", "7",
        "--device", "cpu", "--batch_size", "16", "--output_path", "theirs", "--log_samples", folder=tmp_path,
    )  # fmt: skip
    assert theirs.returncode == 0, theirs.stderr
    other, run = read_foreign(tmp_path / "theirs", "base"), read_run(RunFolder(tmp_path / "runs" / "eval" / "ours"))
    own = run.results["base"]
    assert own["n-samples"] == other.results["n-samples"] and own["limits"] == other.results["limits"]
    names = ["pocket_choice", "pocket_skill", "pocket_generate", "pocket_text"]
    for task in names:
        rows = list(foreign_rows(other.samples[task], ["none"]))
        keys = ("doc_id", "doc_hash", "prompt_hash", "target_hash")
        told = [[row[key] for key in keys] for row in run.samples("base", task)]
        assert told == [[row[key] for key in keys] for row in rows] and [row[0] for row in told] == list(range(7))
    for task in [*names, "vale"]:
        for key, figure in other.results["results"][task].items():
            if "," in key and "stderr" not in key:
                assert own["results"][task][key] == pytest.approx(figure, rel=1e-4), (task, key)
    assert "pocket_choice 7 of 144" in run.summary.warnings[0].message
    assert "task: --limit 7" in (run.path / "report.html").read_text()
    assert run.manifest.task_limit == 7 and run.manifest.limit == 2
    more = run_harness(
        "evaluate", "--suite", "pocket", "--limit", "2", "--tasks", "vale,pocket_text", "--run", "ours", folder=tmp_path
    )
    assert more.returncode == 2 and "task limit 7 → none" in more.stderr
    assert more.stderr.startswith("--limit is for questions; lm-eval tasks are asked whole: --task-limit N takes")


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["base", "dpo"])
def test_every_figure_is_that_of_lm_evals_own_command(
    trained: Path, tmp_path: Path, variant: str, request: pytest.FixtureRequest
) -> None:
    whole = trained / "runs" / "eval" / "all"
    if not whole.exists():
        done = run_harness(
            "evaluate", "--adapters", "dpo", "--backend", "transformers", "--tasks", f"{TASKS},pocket",
            "--run", "all", "--no-report", folder=trained,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    peft = "" if variant == "base" else f",peft={trained}/runs/train/{variant}"
    done = run_module(
        "lm_eval", "run", "--model", "hf", "--model_args", f"pretrained={pocket_path()},dtype=float32{peft}",
        "--tasks", f"{TASKS},pocket", "--include_path", str(ROOT / "tasks"),
        "--device", "cpu", "--batch_size", "16", "--output_path", str(tmp_path), folder=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    theirs = json.loads(next(tmp_path.rglob("results_*.json")).read_text())["results"]
    summary = read_run(whole).summary
    compared = 0
    for task, metrics in summary.benchmarks[variant].items():
        for metric, cell in metrics.items():
            exact = "perplexity" not in metric and "bits" not in metric
            expected = theirs[task][f"{metric},none"]
            assert cell.value == pytest.approx(expected, abs=1e-12 if exact else None, rel=None if exact else 1e-4)
            compared += 1
    assert compared >= 7
    # The suite is an lm-eval task as well, and its mean is our own score's.
    assert summary.metrics[variant]["correct"].mean == pytest.approx(
        summary.benchmarks[variant]["pocket"]["correct"].value
    )


def test_an_adapter_that_changes_nothing_is_refused_by_name(folder: Path) -> None:
    dead = shutil.copytree(folder / "runs" / "train" / "dpo", folder / "dead")
    rewrite(dead, lambda name, tensor: tensor * 0 if "lora_B" in name else tensor)
    done = run_harness("evaluate", "--adapters", f"orpo,gone={dead}", "--limit", "4", folder=folder)
    assert done.returncode == 2 and "Adapter 'gone' changes nothing" in done.stderr, done.stderr


def test_an_adapter_whose_names_match_no_module_is_refused(folder: Path) -> None:
    odd = shutil.copytree(folder / "runs" / "train" / "dpo", folder / "odd")
    rewrite(odd, lambda name, tensor: tensor, lambda name: name.replace("model.layers", "model.blocks"))
    done = run_harness("evaluate", "--adapters", f"odd={odd}", "--limit", "4", "--tasks", "", folder=folder)
    assert done.returncode == 2 and "'odd'" in done.stderr and done.stderr.count("\n") == 1, done.stderr


def test_an_adapter_with_weights_that_are_no_numbers_is_refused(folder: Path) -> None:
    broken = shutil.copytree(folder / "runs" / "train" / "dpo", folder / "broken")
    rewrite(broken, lambda name, tensor: tensor * float("nan"))
    done = run_harness("evaluate", "--adapters", f"broken={broken}", "--limit", "4", folder=folder)
    assert done.returncode == 2 and "NaN" in done.stderr


def test_an_adapter_of_another_base_is_refused(folder: Path) -> None:
    other = shutil.copytree(pocket_path(), folder / "other")
    rewrite(other, lambda name, tensor: tensor * 1.01, file="model.safetensors")
    done = run_harness("evaluate", "--adapters", "dpo", "--base", "other", "--limit", "4", folder=folder)
    assert done.returncode == 2 and "was trained on another base" in done.stderr, done.stderr


def test_an_adapter_that_does_not_fit_the_base_is_refused(folder: Path) -> None:
    stranger = shutil.copytree(folder / "runs" / "train" / "dpo", folder / "stranger")
    (stranger / "certificate.json").unlink()
    config = json.loads((stranger / "adapter_config.json").read_text())
    (stranger / "adapter_config.json").write_text(json.dumps({**config, "base_model_name_or_path": "some/model"}))
    rewrite(stranger, lambda name, tensor: tensor[..., :-1].contiguous() if "lora_A" in name else tensor)
    done = run_harness("evaluate", "--adapters", f"s={stranger}", "--base", "pocket", "--limit", "4", folder=folder)
    assert done.returncode == 2 and "does not fit the base" in done.stderr, done.stderr


def rewrite(folder: Path, change: Any, rename: Any = str, file: str = "adapter_model.safetensors") -> None:
    """Writes a folder's tensors anew, changed and renamed."""
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / file)
    save_file({rename(name): change(name, t) for name, t in tensors.items()}, folder / file, metadata={"format": "pt"})


def test_the_trained_weights_are_finite(trained: Path) -> None:
    for method in ("dpo", "orpo"):
        check_weights(method, trained / "runs" / "train" / method / "adapter_model.safetensors")
        assert (trained / "runs" / "train" / method / "certificate.json").exists()


@pytest.mark.slow
def test_vllm_serves_the_same_run_in_one_engine(trained: Path, evaluated: Path) -> None:
    pytest.importorskip("vllm")
    done = run_harness(
        "evaluate", "--adapters", "dpo,orpo", "--backend", "vllm", "--limit", "8", "--task-limit", "8",
        "--tasks", "pocket_choice,pocket_skill", "--run", "vllm", "--no-report", folder=trained,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    run = RunFolder(trained / "runs" / "eval" / "vllm")
    only_ours(done, run.path)
    assert "vllm" in said_by_libraries(run.path).lower()
    # PEFT was asked for its own log-probabilities before the engine was believed.
    assert set(json.loads((run.path / "probes.json").read_text())["found"]) == {"dpo", "orpo"}
    ours, theirs = read_run(run).responses, read_run(evaluated).responses
    shared = [key for key in ours if key in theirs]
    assert all(ours[key].completion_tokens == theirs[key].completion_tokens for key in shared)
    assert all(ours[key].text == theirs[key].text for key in shared)
    for variant, tasks in read_run(run).summary.benchmarks.items():
        assert 0 <= tasks["pocket_choice"]["acc"].value <= 1 and tasks["pocket_skill"]["exact_match"].n == 8, variant


def test_a_task_of_lm_evals_own_whose_data_are_not_here_is_said_before_anything_is_asked(folder: Path) -> None:
    done = run_harness("evaluate", "--tasks", "hellaswag", "--limit", "4", "--run", "r", folder=folder)
    assert done.returncode == 2 and "lm-eval task 'hellaswag' does not load" in done.stderr, done.stderr
    assert not (folder / "runs" / "eval" / "r" / "responses.jsonl").exists()
