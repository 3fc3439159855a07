"""What lm-eval's own command left, imported: its figures as they are, pairs where two sides were asked alike."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.asking import import_results, is_foreign, read_foreign
from harness.config import Config
from harness.errors import HarnessError
from harness.gate import Policy, check_run
from harness.records import Comparison, Summary
from harness.report.summary import build_report
from harness.score import score_run
from harness.store import Json, Run, RunFolder, read_json, read_run
from tests.conftest import ROOT, run_harness, run_module
from tests.support.lm_eval_folders import DATE, results, rows, write_folder

# Twelve documents, of which the second side has two more right and one fewer: +1 of 12.
BEFORE = [1.0] * 6 + [0.0] * 6
AFTER = [0.0, *[1.0] * 7, *[0.0] * 4]
LATER = "2026-02-02T03-04-05.678901"


def imported(tmp_path: Path, **places: Path) -> tuple[Run, Summary]:
    run = RunFolder(tmp_path / "runs" / "-".join(places))
    import_results(run, Config(), {name: read_foreign(it, name) for name, it in places.items()}, {}, "harness import")
    return read_run(run), score_run(read_run(run))


def side(folder: Path, values: list[Any], metric: str = "acc", figure: object = None, **more: Any) -> Path:
    """A model's folder with one task `sums` of one metric."""
    shown = sum(values) / len(values) if figure is None else figure
    given = {"context": "Q{}", **{key: more.pop(key) for key in ("context",) if key in more}}
    return write_folder(
        folder, results("sums", {f"{metric},none": shown}, **more), {"sums": rows(metric, values, **given)}
    )


def compared(summary: Summary, metric: str = "acc") -> Comparison | None:
    return next((row for row in summary.comparisons if (row.source, row.metric) == ("sums", metric)), None)


def codes(summary: Summary) -> list[str]:
    return [f"{it.code} {it.values.get('case', '')}".strip() for it in summary.warnings]


# The forms of lm-eval 0.4.x.


def today(folder: Path, values: list[float]) -> Path:
    return side(folder / "own__model", values)


def in_a_folder_of_models(folder: Path, values: list[float]) -> Path:
    side(folder / "own__model", values)
    return folder


def hashed(folder: Path, values: list[float]) -> Path:
    """With the hashes that lm-eval itself computes of these documents."""
    from lm_eval.utils import hash_string

    for_hash: list[Json] = []
    for row in rows("acc", values):
        doc = hash_string(json.dumps(row["doc"], indent=2, ensure_ascii=False))
        prompt, target = hash_string(f"Q{row['doc_id']}"), hash_string(row["target"])
        for_hash.append({**row, "doc_hash": doc, "prompt_hash": prompt, "target_hash": target})
    return write_folder(folder, results("sums", {"acc,none": sum(values) / 12}), {"sums": for_hash})


def first_of_04(folder: Path, values: list[float]) -> Path:
    """results.json and MODEL_TASK.jsonl, which is one list; no filter's name, no counts, no directions."""
    folder.mkdir(parents=True)
    found = results("sums", {"acc,none": sum(values) / 12})
    kept = {key: found[key] for key in ("results", "configs", "versions", "config")}
    (folder / "results.json").write_text(json.dumps(kept))
    lines = [
        {**{key: it[key] for key in ("doc_id", "doc", "target", "resps", "filtered_resps", "acc")},
         "arguments": [[f"Q{it['doc_id']}", {"until": ["\n"]}]]}
        for it in rows("acc", values)
    ]  # fmt: skip
    (folder / "pretrained__own__model_sums.jsonl").write_text(json.dumps(lines, indent=2))
    return folder


def of_a_leaderboard(folder: Path, values: list[float]) -> Path:
    side(folder, values)
    (samples,) = folder.glob("samples_*.jsonl")
    listed = [json.loads(line) for line in samples.read_text().splitlines()]
    samples.with_suffix(".json").write_text(json.dumps(listed))
    samples.unlink()
    return folder


def with_a_name_of_its_own(folder: Path, values: list[float]) -> Path:
    """--output_path tuned.json writes tuned_DATE.json."""
    side(folder, values)
    return (folder / f"results_{DATE}.json").rename(folder / f"tuned_{DATE}.json")


FORMS: tuple[Callable[[Path, list[float]], Path], ...] = (
    today, in_a_folder_of_models, hashed, first_of_04, of_a_leaderboard, with_a_name_of_its_own,
)  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_pairs_with_that_of_today(tmp_path: Path, form: Callable[[Path, list[float]], Path]) -> None:
    first, second = form(tmp_path / "a", BEFORE), today(tmp_path / "b", AFTER)
    assert is_foreign(first)
    run, summary = imported(tmp_path, base=first, dpo=second)
    row = compared(summary)
    assert row is not None and (row.n, row.gained, row.lost, row.primary) == (12, 2, 1, True)
    assert row.delta == pytest.approx(1 / 12)
    assert summary.benchmarks["base"]["sums"]["acc"].value == 0.5 and summary.benchmarks["base"]["sums"]["acc"].n == 12
    assert (summary.suite, summary.questions, codes(summary)) == ("", 0, [])
    assert run.manifest.result_sources is not None
    check = check_run(run, run, Policy())
    assert (check.status, check.missing, len(check.findings)) == ("undecided", (), 2)


@pytest.mark.parametrize("named", [True, False])
def test_each_filter_has_its_own_figures_and_pairs(tmp_path: Path, named: bool) -> None:
    """As gsm8k has them: one after the other, each with all documents; older versions do not name them in the rows."""
    places = {}
    for name, strict, flexible in (("base", BEFORE, AFTER), ("dpo", AFTER, AFTER)):
        figures = {f"exact_match,{rule}": sum(it) / 12 for rule, it in (("strict", strict), ("flexible", flexible))}
        found = results("sums", figures)
        found["configs"]["sums"]["filter_list"] = [{"name": "strict"}, {"name": "flexible"}]
        listed = [*rows("exact_match", strict, "strict"), *rows("exact_match", flexible, "flexible")]
        listed = listed if named else [{key: it[key] for key in it if key != "filter"} for it in listed]
        places[name] = write_folder(tmp_path / name, found, {"sums": listed})
    _, summary = imported(tmp_path, **places)
    strict_row, flexible_row = (compared(summary, f"exact_match,{rule}") for rule in ("strict", "flexible"))
    assert strict_row is not None and (strict_row.gained, strict_row.lost) == (2, 1)
    assert flexible_row is not None and (flexible_row.gained, flexible_row.lost) == (0, 0)


def test_perplexities_null_figures_and_bypass_are_read_as_they_are(tmp_path: Path) -> None:
    places = {}
    for name, logs in (("base", [-10.0, -20.0] * 4), ("dpo", [-9.0, -18.0] * 4)):
        found = results("sums", {
            "word_perplexity,none": math.exp(-sum(logs) / 40), "word_perplexity_stderr,none": "N/A",
            "acc,none": None, "acc_stderr,none": None, "bypass,none": 999, "bypass_stderr,none": "N/A",
        })  # fmt: skip
        found["configs"]["sums"] = {"task": "sums", "output_type": "loglikelihood_rolling"}
        listed = rows("word_perplexity", [[log, 5] for log in logs], acc=None, bypass=None)
        places[name] = write_folder(tmp_path / name, found, {"sums": listed})
    _, summary = imported(tmp_path, **places)
    # exp(120 / 40) and exp(108 / 40).
    cells = {name: tasks["sums"] for name, tasks in summary.benchmarks.items()}
    assert {name: list(cell) for name, cell in cells.items()} == {key: ["word_perplexity"] for key in ("base", "dpo")}
    assert cells["base"]["word_perplexity"].value == math.exp(3) and cells["base"]["word_perplexity"].stderr
    row = compared(summary, "word_perplexity")
    assert row is not None and row.delta == pytest.approx(math.exp(2.7) - math.exp(3)) and row.n == 8


def test_a_group_keeps_its_figure_and_counts_the_documents_of_its_tasks(tmp_path: Path) -> None:
    found = results("sums", {"acc,none": 0.5})
    found["results"]["all"] = {"alias": "all", "acc,none": 0.5, "acc_stderr,none": 0.15}
    found["group_subtasks"] = {"all": ["sums"]}
    found["n-samples"] = {"sums": {"original": 12, "effective": 12}}
    run, summary = imported(tmp_path, base=write_folder(tmp_path / "a", found, {"sums": rows("acc", BEFORE)}))
    cell = summary.benchmarks["base"]["all"]["acc"]
    assert (cell.value, cell.stderr, cell.n, codes(summary)) == (0.5, 0.15, 12, [])
    assert check_run(run, run, Policy()).missing == ()


@pytest.mark.parametrize(
    ("config", "case"), [({"limit": 12.0}, "first"), ({"limit": 0.5}, "first"), ({"samples": {"sums": [3]}}, "others")]
)
def test_that_a_part_of_a_tasks_documents_was_asked_is_told(tmp_path: Path, config: Json, case: str) -> None:
    found = results("sums", {"acc,none": 0.5}, config={"model": "hf", "model_args": "pretrained=own/model", **config})
    found["n-samples"] = {"sums": {"original": 24, "effective": 12}}
    places = {name: write_folder(tmp_path / name, found, {"sums": rows("acc", BEFORE)}) for name in ("base", "dpo")}
    _, summary = imported(tmp_path, **places)
    told = next(one for one in summary.warnings if one.code == "tasks_in_part")
    assert "sums 12 of 24" in told.message and told.values["case"] == case and told.variants == ("base", "dpo")
    assert summary.benchmarks["base"]["sums"]["acc"].n == 12


def test_of_several_dates_each_tasks_newest_is_taken_and_told(tmp_path: Path) -> None:
    folder = side(tmp_path / "a", BEFORE)
    write_folder(
        folder, results("words", {"acc,none": 1.0}), {"words": rows("acc", [1.0] * 12)}, "2026-01-03T00-00-00.1"
    )
    write_folder(folder, results("sums", {"acc,none": 7 / 12}), {"sums": rows("acc", AFTER)}, LATER)
    found = read_foreign(folder, "base")
    assert found.results["results"]["sums"]["acc,none"] == 7 / 12
    assert found.results["results"]["words"]["acc,none"] == 1.0
    assert {task: path.name for task, path in found.samples.items()} == {
        "words": "samples_words_2026-01-03T00-00-00.1.jsonl", "sums": f"samples_sums_{LATER}.jsonl",
    }  # fmt: skip
    (note,) = found.notes
    assert note.startswith("base: 3 results files, of each task the newest is taken: ") and f"sums {LATER}" in note
    # The newest without samples has none of an older date.
    (folder / f"samples_sums_{LATER}.jsonl").unlink()
    assert list(read_foreign(folder, "base").samples) == ["words"]


def test_results_without_samples_have_figures_and_standard_errors_and_say_that_nothing_is_paired(
    tmp_path: Path,
) -> None:
    found = results("sums", {"acc,none": 0.5, "acc_stderr,none": 0.123})
    path = tmp_path / "lone.json"
    path.write_text(json.dumps(found))
    run, summary = imported(tmp_path, base=path, dpo=today(tmp_path / "b", AFTER))
    cell = summary.benchmarks["base"]["sums"]["acc"]
    assert (cell.value, cell.stderr) == (0.5, 0.123)
    assert compared(summary) is None and codes(summary) == ["tasks_without_samples"]
    assert "no paired comparison" in read_foreign(path, "base").notes[0]
    assert check_run(run, run, Policy()).status == "incomplete"


# What sets two runs of a task apart.
UNLIKE: Mapping[str, dict[str, Any]] = {
    "version": {"versions": {"sums": 2.0}},
    "settings": {"configs": {"sums": {"generation_kwargs": {"until": ["\n"], "temperature": 0.7}}}},
    "shots": {"n-shot": {"sums": 5}, "context": "Q1 A1 Q{}"},
    "documents": {"context": "Answer: Q{}"},
}


@pytest.mark.parametrize("case", UNLIKE)
def test_tasks_that_were_not_asked_alike_are_not_compared_and_the_audit_says_so(tmp_path: Path, case: str) -> None:
    run, summary = imported(
        tmp_path, base=today(tmp_path / "a", BEFORE), dpo=side(tmp_path / "b", AFTER, **UNLIKE[case])
    )
    assert compared(summary) is None
    assert codes(summary) == [f"tasks_unlike {case}"]
    assert "not compared: sums" in summary.warnings[0].message or "(base 0, dpo 5)" in summary.warnings[0].message
    for lang in ("en", "zh-TW"):
        assert build_report(run, lang).audit


@pytest.mark.parametrize(
    "more",
    [
        {"n-shot": {"sums": 5}},
        {"configs": {"sums": {"generation_kwargs": {"until": "\n", "do_sample": False, "temperature": 0}}}},
        {"versions": {"sums": "Yaml"}},
        {"versions": {"sums": 1}},
        {"configs": {"sums": {"output_type": "multiple_choice", "generation_kwargs": {"until": ["x"]}}}},
    ],
)
def test_what_says_the_same_in_other_words_is_asked_alike(tmp_path: Path, more: dict[str, Any]) -> None:
    _, summary = imported(tmp_path, base=today(tmp_path / "a", BEFORE), dpo=side(tmp_path / "b", AFTER, **more))
    row = compared(summary)
    assert row is not None and row.n == 12


def test_documents_that_differ_are_left_out_and_counted(tmp_path: Path) -> None:
    other = rows("acc", AFTER)
    other[3]["doc"] = {"question": "another"}
    # The same prompt, with another answer to choose from.
    other[5]["arguments"]["gen_args_1"] = {"arg_0": "Q5", "arg_1": "B5"}
    second = write_folder(tmp_path / "b", results("sums", {"acc,none": 7 / 12}), {"sums": other})
    _, summary = imported(tmp_path, base=today(tmp_path / "a", BEFORE), dpo=second)
    row = compared(summary)
    assert row is not None and (row.n, row.unpaired) == (10, 2)
    (message,) = [it.message for it in summary.warnings]
    assert message.startswith("2 of 12 documents of sums were not put to base and dpo in the same way")


def several_models(folder: Path) -> Path:
    for name in ("one", "two"):
        side(folder / name, BEFORE)
    return folder


def mixed_models(folder: Path) -> Path:
    side(folder, BEFORE)
    other = results("sums", {"acc,none": 1.0}, model_name="other", config={"model_args": "pretrained=other"})
    return write_folder(folder, other, {}, LATER)


def too_many_rows(folder: Path) -> Path:
    side(folder, BEFORE)
    (samples,) = folder.glob("samples_*")
    kept = [{key: value for key, value in row.items() if key != "filter"} for row in rows("acc", BEFORE)]
    samples.write_text("".join(json.dumps(row) + "\n" for row in [*kept, kept[0]]))
    return folder


def torn_samples(folder: Path) -> Path:
    side(folder, BEFORE)
    (samples,) = folder.glob("samples_*")
    samples.write_text(samples.read_text()[:-20])
    return folder


def not_theirs(folder: Path) -> Path:
    folder.mkdir()
    (folder / "results.json").write_text('{"results": {"results": [], "stats": {}}, "version": 3}')
    return folder


@pytest.mark.parametrize(
    ("make", "part"),
    [
        (several_models, r"holds results of 2 models \(one, two\)"),
        (mixed_models, "holds results of different models"),
        (too_many_rows, "more rows a document than the task has filters"),
        (torn_samples, "line 12 is not valid JSON"),
        (not_theirs, "holds no results of lm-eval 0.4"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(tmp_path: Path, make: Callable[[Path], Path], part: str) -> None:
    with pytest.raises(HarnessError, match=part) as refused:
        imported(tmp_path, base=make(tmp_path / "a"))
    assert "\n" not in str(refused.value) and not (tmp_path / "runs" / "base" / "manifest.json").exists()


def test_the_command_takes_folders_alone_or_beside_answers_of_a_suite(tmp_path: Path) -> None:
    for name, values in (("base", BEFORE), ("dpo", AFTER)):
        today(tmp_path / name, values)
    done = run_harness("import", "base=base", "dpo=dpo", "--run", "alone", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("lm-eval: 1 task; beside each figure, what it means against base")
    page = (tmp_path / "runs/eval/alone/report.html").read_text()
    assert "1 lm-eval task" in page and "0 questions" not in page and "harness plan" not in page
    assert "alone  lm-eval: 1 task" in run_harness("runs", folder=tmp_path).stdout
    again = run_harness("import", "base=base", "dpo=dpo", "--run", "alone", "--no-report", folder=tmp_path)
    assert again.returncode == 0, again.stderr

    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "suite.yaml").write_text("title: sums\nprompt: alpaca\n")
    (tmp_path / "s" / "questions.jsonl").write_text(
        '{"id": "1", "question": "1 + 1?", "match": "number", "answer": "2"}'
    )
    for name in ("base", "dpo"):
        (tmp_path / f"{name}.jsonl").write_text('{"id": "1", "response": "2"}')
    answers = ["base=base.jsonl", "dpo=dpo.jsonl", "--suite", "s", "--no-report"]
    mixed = run_harness(
        "import", *answers, "--benchmarks", "base=base", "--benchmarks", "dpo=dpo", "--run", "mixed", folder=tmp_path
    )
    assert mixed.returncode == 0, mixed.stderr
    assert "sums acc" in mixed.stdout and "Correct" in mixed.stdout
    refused = run_harness("import", *answers[:2], folder=tmp_path)
    assert refused.returncode == 2 and "Give --suite SUITE." in refused.stderr
    refused = run_harness("import", "base=base", "--suite", "s", folder=tmp_path)
    assert refused.returncode == 2 and "leave --suite away" in refused.stderr

    mixed_run, alone = (read_run(RunFolder(tmp_path / "runs/eval" / name)) for name in ("mixed", "alone"))
    check = check_run(alone, mixed_run, Policy())
    assert check.missing == ("alone has no answers to the suite s, which mixed was asked.",)
    assert [(it.source, it.n) for it in check.findings] == [("sums", 12)] * 2
    assert check_run(mixed_run, alone, Policy()).missing == ()


GROUP = """group: vale
task: [pocket_choice]
aggregate_metric_list:
  - {metric: acc, weight_by_size: true}
metadata: {version: 1}
"""
LM_TASKS = "vale,pocket_generate,pocket_text,pocket_skill"


@pytest.mark.slow
def test_lm_evals_own_runs_of_base_and_adapter_have_its_figures_and_the_comparisons_of_our_run(trained: Path) -> None:
    pocket = run_harness("pocket", folder=trained).stdout.strip()
    more = trained / "more"
    shutil.copytree(ROOT / "tasks" / "pocket_lm", more)
    (more / "own").mkdir()
    (more / "vale.yaml").write_text(GROUP)
    (more / "own" / "suite.yaml").write_text("title: one\n")
    (more / "own" / "questions.jsonl").write_text('{"id": "1", "question": "Where does Ivo live?"}')
    for name, peft in (("base", ""), ("dpo", f",peft={trained / 'runs/train/dpo'}")):
        done = run_module(
            "lm_eval", "run", "--model", "hf", "--device", "cpu", "--batch_size", "16",
            "--model_args", f"pretrained={pocket},dtype=float32{peft}", "--tasks", LM_TASKS, "--log_samples",
            "--include_path", str(more), "--output_path", str(trained / "theirs" / name),
            folder=trained,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
    done = run_harness("import", "base=theirs/base", "dpo=theirs/dpo", "--run", "theirs", folder=trained)
    assert done.returncode == 0, done.stderr
    (trained / "with_more.yaml").write_text(f"folders:\n  tasks: [{more}]\n")
    arguments = ["--config", "with_more.yaml", "--suite", "own", "--tasks", LM_TASKS, "--backend", "transformers"]
    done = run_harness("evaluate", "--adapters", "dpo", *arguments, "--run", "ours", "--no-report", folder=trained)
    assert done.returncode == 0, done.stderr
    theirs, ours = (read_run(RunFolder(trained / "runs/eval" / name)) for name in ("theirs", "ours"))

    seen = 0
    for name in ("base", "dpo"):
        (path,) = (trained / "theirs" / name).glob("*/results_*.json")
        for task, figures in read_json(path)["results"].items():
            for key, figure in figures.items():
                metric, _, rule = key.partition(",")
                if not rule or metric.endswith("_stderr"):
                    continue
                cell = theirs.summary.benchmarks[name][task][metric]
                assert cell.value == figure
                stderr = figures[f"{metric}_stderr,{rule}"]
                assert cell.stderr == stderr if isinstance(stderr, float) else stderr == "N/A"
                seen += isinstance(stderr, float)
    assert seen >= 10
    assert theirs.summary.benchmarks["base"]["vale"]["acc"].n == 144

    def differences(run: Run) -> dict[tuple[str, str], tuple[Any, ...]]:
        found = [row for row in run.summary.comparisons if row.source != "suite"]
        numbers = {(it.source, it.metric): (it.delta, it.low, it.high, it.p, it.n, it.gained, it.lost) for it in found}
        return {key: tuple(math.inf if it is None else it for it in row) for key, row in numbers.items()}

    mine, other = differences(ours), differences(theirs)
    assert mine.keys() == other.keys() and len(mine) == 7
    for key, row in mine.items():
        assert other[key] == pytest.approx(row, rel=1e-3, abs=1e-9), key
    # A run of theirs is checked against one of ours, document by document.
    check = check_run(theirs, ours, Policy())
    assert [it.unpaired for it in check.findings] == [0] * len(check.findings) and len(check.findings) == 8
