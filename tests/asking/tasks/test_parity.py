"""Every figure and every row of every kind of task is that of lm-eval's own command."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.asking import read_foreign
from harness.asking.tasks import foreign_rows
from harness.pocket import pocket_path
from harness.store import Json, Run, RunFolder, read_run
from tests.conftest import ROOT, run_harness, run_module

VALE = ROOT / "tests" / "support" / "vale"
TASKS = (
    "vale_nested,vale_unweighted,vale_repeats,vale_pass,vale_words,vale_shots,vale_prefix,vale_lengths,vale_text,"
    "vale_endings"
)
FEWER = "vale_nested,vale_shots,vale_prefix,vale_endings"
SAMPLES = {"vale_many": [0, 3, 4, 11], "vale_strict": [2, 5, 6, 15], "vale_text": [1, 7]}
OPTIONS = {
    "as the tasks say": (),
    "with all options": (
        "--num_fewshot", "3", "--apply_chat_template", "--system_instruction", "Answer in a word.",
        "--gen_kwargs", "max_gen_toks=7,repetition_penalty=1.1", "--samples", json.dumps(SAMPLES),
    ),
    "examples in one turn": ("--num_fewshot", "2", "--apply_chat_template"),
    "without a chat template": ("--num_fewshot", "1", "--system_instruction", "The Vale."),
}  # fmt: skip
MORE = {
    # (lm-eval's, ours)
    "with all options": (("--seed", "1,2,3,4"), ("--lm_eval_seed", "1,2,3,4")),
    "examples in one turn": (("--fewshot_as_multiturn", "false"), ("--no_fewshot_as_multiturn",)),
}
ASKED = {
    "as the tasks say": ("base", "dpo"),
    "with all options": ("dpo",),
    "examples in one turn": ("base",),
    "without a chat template": ("base",),
}
KEYS = ("n-shot", "n-samples", "higher_is_better", "group_subtasks", "versions")


def tasks_of(how: str) -> str:
    return TASKS if "dpo" in ASKED[how] else FEWER


def asked(trained: Path, tmp_path: Path, how: str) -> Run:
    """The run in which we ask so, made where it is not there yet."""
    name = how.replace(" ", "-")
    (tmp_path / "own.yaml").write_text(f"folders: {{tasks: [{VALE}]}}\n")
    if not (trained / "runs" / "eval" / name).exists():
        adapters = ("--adapters", "dpo") if "dpo" in ASKED[how] else ()
        done = run_harness(
            "evaluate", *adapters, "--suite", "pocket", "--limit", "2", "--backend", "transformers",
            "--tasks", tasks_of(how), *OPTIONS[how], *MORE.get(how, ((), ()))[1],
            "--config", str(tmp_path / "own.yaml"), "--run", name, "--no-report", folder=trained,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    return read_run(RunFolder(trained / "runs" / "eval" / name))


@pytest.mark.slow
@pytest.mark.parametrize("how", OPTIONS)
def test_every_figure_and_every_row_is_that_of_lm_evals_own_command(trained: Path, tmp_path: Path, how: str) -> None:
    run = asked(trained, tmp_path, how)
    theirs, tasks = MORE.get(how, ((), ()))[0], tasks_of(how)
    for variant in ASKED[how]:
        peft = f",peft={trained}/runs/train/{variant}" if variant != "base" else ""
        other = run_module(
            "lm_eval", "run", "--model", "hf", "--model_args", f"pretrained={pocket_path()},dtype=float32{peft}",
            "--tasks", tasks, "--include_path", str(VALE), "--device", "cpu", "--batch_size", "16", "--log_samples",
            "--output_path", str(tmp_path / variant), *OPTIONS[how], *theirs, folder=trained,
        )  # fmt: skip
        assert other.returncode == 0, other.stderr
        foreign = read_foreign(tmp_path / variant, variant)
        own = run.results[variant]
        figures = list(_figures(foreign.results))
        assert figures == [
            (task, key, pytest.approx(value, rel=1e-6, abs=1e-6, nan_ok=True) if isinstance(value, float) else value)
            for task, key, value in _figures(own)
        ]
        assert len(figures) >= (76 if tasks == TASKS else 30)
        for key in KEYS:
            assert own[key] == foreign.results[key], key
        rows = 0
        for task, path in foreign.samples.items():
            filters = [one["name"] for one in own["configs"][task].get("filter_list") or ()]
            expected = list(foreign_rows(path, filters or ["none"]))
            found = run.samples(variant, task)
            assert [_told(row) for row in found] == [_told(row) for row in expected], task
            assert [_numbers(row) for row in found] == [pytest.approx(_numbers(row), abs=1e-4) for row in expected]
            rows += len(found)
        assert rows >= (150 if tasks == TASKS else 100)


@pytest.mark.slow
def test_filters_and_groups_are_apart_in_comparisons_and_report(trained: Path, tmp_path: Path) -> None:
    run = asked(trained, tmp_path, "as the tasks say")
    filters = {"exact_match,strict-match", "exact_match,flexible-extract"}
    for variant in ("base", "dpo"):
        assert set(run.summary.benchmarks[variant]["vale_strict"]) == filters
        group = run.summary.benchmarks[variant]["vale_nested"]
        assert {metric: it.n for metric, it in group.items()} == {
            "acc": 27, "exact_match,flexible-extract": 16, "exact_match": 14
        }  # fmt: skip
    compared = {row.metric for row in run.summary.comparisons if row.source == "vale_strict"}
    assert compared == filters
    done = run_harness("report", run.id, "--format", "html", folder=trained)
    page = (run.path / "report.html").read_text()
    assert done.returncode == 0 and all(f"exact match ({one.partition(',')[2]})" in page for one in filters)


def _figures(results: Json) -> Iterator[tuple[str, str, Any]]:
    """(task or group, metric,filter, value) of figures and standard errors, in one order."""
    for task, figures in sorted(results["results"].items()):
        for key in sorted(figures):
            if "," in key:
                yield task, key, float(figures[key]) if isinstance(figures[key], int | float) else figures[key]


def _told(row: Json) -> Json:
    """What of a row is text or a hash; arguments have another shape in lm-eval's files."""
    left_out = {"arguments", "arguments_hash", "resps", "filtered_resps", *row["metrics"]}
    texts = {key: _texts(row[key]) for key in ("resps", "filtered_resps")}
    # lm-eval's files have a label as a text.
    return {**{key: value for key, value in row.items() if key not in left_out}, **texts, "target": str(row["target"])}


def _numbers(row: Json) -> list[float]:
    """Log-likelihoods and values by document, flat."""
    return [
        0.5 if math.isnan(value) else value
        for key in ("resps", "filtered_resps", *row["metrics"])
        for value in _flat(row[key])
        if isinstance(value, float)
    ]


def _texts(value: Any) -> list[Any]:
    return [one for one in _flat(value) if not isinstance(one, float)]


def _flat(value: Any) -> Iterator[Any]:
    """The parts of nested lists; what is a number in either file, and a text in the other, is a number."""
    if isinstance(value, list | tuple):
        for part in value:
            yield from _flat(part)
    elif isinstance(value, bool):
        yield str(value)
    elif re.fullmatch(r"\[[-+.e\d\s]+\]", str(value)):
        # An array, as NumPy prints it.
        yield from map(float, str(value).strip("[]").split())
    else:
        try:
            yield float(value)
        except (TypeError, ValueError):
            yield value
