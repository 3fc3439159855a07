"""Reference models: recorded answers that stand beside a run's, with levels, and change nothing of it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.asking import import_answers
from harness.config import Config
from harness.gate import Policy, check_run
from harness.publish.wandb_log import answers_table
from harness.report import gather
from harness.report.assignment import build_assignment
from harness.report.assignment.submission import export
from harness.report.summary import build_report
from harness.score import score_run
from harness.store import Run, RunFolder, read_run
from harness.words import words
from tests.conftest import run_harness

COUNT = 12
RIGHT = {str(number): f"It is {number + 1}." for number in range(COUNT)}
WRONG = {str(number): "It is 99, it is 99, it is 99, it is 99." for number in range(COUNT)}


def asked(number: str) -> str:
    return f"What is {number} plus 1?"


def suite(folder: Path, **settings: str) -> None:
    place = folder / "sums"
    place.mkdir()
    lines = [f"{key}: {value}" for key, value in {"title": "sums", "prompt": "alpaca", **settings}.items()]
    (place / "suite.yaml").write_text("\n".join(lines), encoding="utf-8")
    rows = [{"id": it, "question": asked(it), "match": "number", "answer": str(int(it) + 1)} for it in RIGHT]
    (place / "questions.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")


def answers(path: Path, texts: Mapping[str, str]) -> Path:
    rows = [{"id": number, "response": text} for number, text in texts.items()]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def some(texts: Mapping[str, str], many: int) -> dict[str, str]:
    return dict(list(texts.items())[:many])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A suite, answers of base, dpo and two others, and a run of base and dpo."""
    suite(tmp_path)
    half = {number: (RIGHT if int(number) % 2 else WRONG)[number] for number in RIGHT}
    for name, texts in {"base": WRONG, "dpo": half, "gpt-4o": RIGHT, "part": some(RIGHT, 4)}.items():
        answers(tmp_path / f"{name}.jsonl", texts)
    done = run_harness("import", "--suite", "sums", "base=base.jsonl", "dpo=dpo.jsonl", "--run", "plain", *QUICK,
                       folder=tmp_path)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return tmp_path


QUICK = ("--no-report",)


def held(folder: Path, name: str) -> Run:
    return read_run(folder / "runs" / "eval" / name)


def summary_row(folder: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((held(folder, name).path / "summary.json").read_text(encoding="utf-8"))
    return found


def test_references_change_no_comparison_and_stand_in_none(folder: Path) -> None:
    done = run_harness("import", "--suite", "sums", "base=base.jsonl", "dpo=dpo.jsonl", "--run", "beside",
                       "--reference", "gpt-4o=gpt-4o.jsonl", "--reference", "part=part.jsonl", *QUICK,
                       folder=folder)  # fmt: skip
    assert done.returncode == 0, done.stderr
    plain, beside = summary_row(folder, "plain"), summary_row(folder, "beside")
    assert "references" not in plain
    for key in ("comparisons", "variants", "questions", "noise", "attempts", "attempt_differences"):
        assert json.dumps(plain[key]) == json.dumps(beside[key]), key
    for name in ("base", "dpo"):
        assert plain["metrics"][name] == beside["metrics"][name]
    assert [(it["name"], it["kind"]) for it in beside["references"]] == [("gpt-4o", "reference"), ("part", "reference")]
    assert beside["metrics"]["gpt-4o"]["correct"]["mean"] == 1.0
    level = beside["metrics"]["part"]["correct"]
    assert (level["mean"], level["n"], level["unjudged"]) == (1.0, 4, 0) and level["low"] is not None


def test_a_reference_that_thinks_gives_the_variants_no_metric_of_thoughts(folder: Path) -> None:
    answers(folder / "thinks.jsonl", {number: f"<think>{number} and 1</think>{text}" for number, text in RIGHT.items()})
    done = run_harness("import", "--run", "plain", "--reference", "r1=thinks.jsonl", *QUICK, folder=folder)
    assert done.returncode == 0, done.stderr
    metrics = summary_row(folder, "plain")["metrics"]
    assert "thought_words" in metrics["r1"] and "thought_words" not in metrics["base"]


def test_a_part_of_the_answers_is_neither_missing_nor_wrong_and_the_audit_says_of_how_many(folder: Path) -> None:
    done = run_harness("import", "--run", "plain", "--reference", "part=part.jsonl", *QUICK, folder=folder)
    assert done.returncode == 0, done.stderr
    summary = held(folder, "plain").summary
    assert not {it.code for it in summary.warnings} & {"missing_answers", "failed_answers", "prompts_differ"}
    (said,) = [it for it in summary.warnings if it.code == "reference_in_part"]
    assert "part, a reference model, answers 4 of 12 questions" in said.message
    # Of the four, dpo has questions 1 and 3 right, base none.
    assert (
        "On the 4 questions on which all models named here are judged: "
        "Correct (base 0\xa0%, dpo 50\xa0%, part 100\xa0%)" in said.message
    )
    assert "100 %, 4 of 12 judged" in done.stdout
    told = [it.message for it in build_report(held(folder, "plain"), "zh-TW").audit if it.code == said.code]
    assert told == ["對照模型 part 僅回答 12 題中的 4 題，其數值只就這些題目計算。就此處所列模型皆有評分的 4 題而言：正確率（base 0%、dpo 50%、part 100%）。"]  # fmt: skip  # noqa: E501


def test_a_call_of_a_reference_that_failed_is_not_missing(folder: Path) -> None:
    rows = [{"id": "0", "response": "", "error": "rate limit"}, {"id": "1", "response": "It is 2."}]
    (folder / "failed.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    done = run_harness("import", "--run", "plain", "--reference", "r=failed.jsonl", *QUICK, folder=folder)
    assert done.returncode == 0, done.stderr
    assert "r, a reference model, answers 1 of 12 questions" in done.stdout


def test_a_reference_added_later_asks_and_loses_nothing(folder: Path) -> None:
    before = (held(folder, "plain").path / "responses.jsonl").read_bytes()
    scores = (held(folder, "plain").path / "scores.jsonl").read_bytes()
    first = summary_row(folder, "plain")
    for _ in range(2):
        done = run_harness("import", "--run", "plain", "--reference", "gpt-4o=gpt-4o.jsonl", *QUICK, folder=folder)
        assert done.returncode == 0, done.stderr
        after = (held(folder, "plain").path / "responses.jsonl").read_bytes()
        assert after.startswith(before) and after.count(b"\n") == 3 * COUNT
        assert (held(folder, "plain").path / "scores.jsonl").read_bytes().startswith(scores)
        assert summary_row(folder, "plain")["comparisons"] == first["comparisons"]
    again = run_harness("import", "--suite", "sums", "base=base.jsonl", "dpo=dpo.jsonl", "--run", "plain", *QUICK,
                        folder=folder)  # fmt: skip
    assert again.returncode == 0, again.stderr
    assert list(held(folder, "plain").references) == ["gpt-4o"]


def test_another_file_under_its_name_is_refused_and_takes_its_place_where_that_is_said(folder: Path) -> None:
    given = ("import", "--run", "plain", "--reference")
    assert run_harness(*given, "r=gpt-4o.jsonl", *QUICK, folder=folder).returncode == 0
    refused = run_harness(*given, "r=part.jsonl", *QUICK, folder=folder)
    assert refused.returncode == 2
    assert "harness import --run plain --reference r=part.jsonl --fresh" in refused.stderr
    assert summary_row(folder, "plain")["metrics"]["r"]["correct"]["n"] == COUNT
    assert run_harness(*given, "r=part.jsonl", "--fresh", *QUICK, folder=folder).returncode == 0
    summary = summary_row(folder, "plain")
    assert summary["metrics"]["r"]["correct"]["n"] == 4 and summary["metrics"]["dpo"]["correct"]["n"] == COUNT


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["dpo=gpt-4o.jsonl"], "'dpo' is a variant of this run. Give the reference another name"),
        (["DPO=gpt-4o.jsonl"], "'DPO' is a variant of this run. Give the reference another name"),
        (["r=gpt-4o.jsonl", "--reference", "r=part.jsonl"], "'r' is given twice."),
        (["r=nowhere.jsonl"], "There is no file nowhere.jsonl, which the reference 'r' is to be read from."),
        (["r=empty.jsonl"], "empty.jsonl is empty."),
        (["r=list.json"], "list.json is an empty list."),
        (["r=failed.jsonl"], "failed.jsonl holds no answer that the reference 'r' could stand with."),
        (["r"], "'r' is no --reference NAME=FILE."),
        (["=gpt-4o.jsonl"], "'=gpt-4o.jsonl' is no --reference NAME=FILE."),
        (["a/b=gpt-4o.jsonl"], "'a/b' cannot be the name of a reference"),
        (["r=strange.jsonl"], "strange.jsonl"),
    ],
)
def test_what_no_reference_can_be_made_of_is_told_in_one_line(folder: Path, given: list[str], said: str) -> None:
    (folder / "empty.jsonl").write_text("", encoding="utf-8")
    (folder / "list.json").write_text("[]", encoding="utf-8")
    (folder / "failed.jsonl").write_text(
        json.dumps({"id": "1", "response": "", "error": "rate limit"}), encoding="utf-8"
    )
    (folder / "strange.jsonl").write_text(json.dumps({"id": "77", "response": "It is 2."}), encoding="utf-8")
    for command in (["--run", "plain"], ["--suite", "sums", "base=base.jsonl", "dpo=dpo.jsonl", "--run", "new"]):
        done = run_harness("import", *command, "--reference", *given, folder=folder)
        assert done.returncode == 2 and done.stderr.count("\n") == 1, done.stderr
        assert said in done.stderr
    assert not (folder / "runs" / "eval" / "new").exists() and not held(folder, "plain").references


def test_without_files_a_run_and_a_reference_are_asked_for(folder: Path) -> None:
    for given in ([], ["--run", "plain"], ["--reference", "r=part.jsonl"], ["--suite", "sums", "--run", "plain"]):
        done = run_harness("import", *given, folder=folder)
        assert done.returncode == 2, done.stderr
        assert "--run RUN and --reference NAME=FILE or --experiment" in done.stderr, done.stderr


def as_list(rows: list[dict[str, str]], path: Path) -> Path:
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def as_table(rows: list[dict[str, str]], path: Path) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def assignment(rows: list[tuple[str, str]], folder: Path) -> Path:
    made = [
        {"id": it, "prompt": asked(it), "generated_text": f"### Instruction:\n{asked(it)}\n\n### Response:\n{text}"}
        for it, text in rows
    ]
    return as_list(made, folder / "one.json")


def alpaca_eval(rows: list[tuple[str, str]], folder: Path) -> Path:
    return as_list(
        [{"instruction": asked(it), "output": text, "generator": "g"} for it, text in rows], folder / "two.json"
    )


def sheet(rows: list[tuple[str, str]], folder: Path) -> Path:
    return as_table([{"Question": asked(it), "Model answer": text} for it, text in rows], folder / "three.csv")


def chats(rows: list[tuple[str, str]], folder: Path) -> Path:
    made = [
        {"id": it, "messages": [{"role": "user", "content": asked(it)}, {"role": "assistant", "content": text}]}
        for it, text in rows
    ]
    return as_list(made, folder / "four.json")  # type: ignore[arg-type]


def by_id(rows: list[tuple[str, str]], folder: Path) -> Path:
    path = folder / "five.json"
    path.write_text(json.dumps(dict(rows)), encoding="utf-8")
    return path


@pytest.mark.parametrize("write", [assignment, alpaca_eval, sheet, chats, by_id])
def test_a_reference_may_have_every_form_that_is_imported(
    folder: Path, write: Callable[[list[tuple[str, str]], Path], Path]
) -> None:
    path = write(list(some(RIGHT, 5).items()), folder)
    done = run_harness("import", "--run", "plain", "--reference", f"r={path}", *QUICK, folder=folder)
    assert done.returncode == 0, done.stderr
    level = summary_row(folder, "plain")["metrics"]["r"]["correct"]
    assert (level["n"], level["mean"]) == (5, 1.0)


def test_columns_and_rows_are_chosen_for_a_reference_by_its_name(folder: Path) -> None:
    rows = [
        {"nr": it, "model": model, "said": text}
        for model, texts in {"gpt-4o": RIGHT, "gpt-3.5": WRONG}.items()
        for it, text in texts.items()
    ]
    as_table(rows, folder / "all.csv")
    named = [f"--{option}-column={name}:{column}" for name in ("four", "three")
             for option, column in {"answer": "said", "id": "nr"}.items()]  # fmt: skip
    done = run_harness("import", "--suite", "sums", "base=base.jsonl", "dpo=dpo.jsonl", "--run", "chosen",
                       "--reference", "four=all.csv", "--reference", "three=all.csv", *named, "--only",
                       "four:model=gpt-4o", "--only", "three:model=gpt-3.5", *QUICK, folder=folder)  # fmt: skip
    assert done.returncode == 0, done.stderr
    metrics = summary_row(folder, "chosen")["metrics"]
    assert [metrics[name]["correct"]["mean"] for name in ("four", "three")] == [1.0, 0.0]


def test_the_configuration_names_references_of_its_suite(folder: Path) -> None:
    as_table([{"model": "gpt-4o", "id": "3", "said": "It is 4."}, {"model": "other", "id": "3", "said": "9"}],
             folder / "all.csv")  # fmt: skip
    said = "references:\n  part: part.jsonl\n  one: {file: all.csv, answer_column: said, only: {model: gpt-4o}}\n"
    (folder / "harness.yaml").write_text("suite: sums\n" + said, encoding="utf-8")
    done = run_harness("import", "--run", "plain", *QUICK, folder=folder)
    assert done.returncode == 0, done.stderr
    assert {name: summary_row(folder, "plain")["metrics"][name]["words"]["n"] for name in ("part", "one")} == {
        "part": 4, "one": 1,
    }  # fmt: skip
    (folder / "harness.yaml").write_text("suite: pocket\n" + said, encoding="utf-8")
    other = run_harness("import", "--suite", "sums", "base=base.jsonl", "dpo=dpo.jsonl", "--run", "new", *QUICK,
                        folder=folder)  # fmt: skip
    assert other.returncode == 0 and "references (part, one) answered pocket" in other.stderr
    (folder / "harness.yaml").write_text("references: {r: {fil: part.jsonl}}\n", encoding="utf-8")
    fault = run_harness("import", "--run", "plain", *QUICK, folder=folder)
    assert fault.returncode == 2 and "references.r.fil: unknown key, did you mean file?" in fault.stderr


def test_the_gate_knows_no_references(folder: Path) -> None:
    new, old = (RunFolder(folder / name) for name in ("new", "old"))
    for place in (new, old):
        files = {name: folder / f"{name}.jsonl" for name in ("base", "dpo")}
        import_answers(place, Config(), str(folder / "sums"), files, {}, "harness import")
        score_run(read_run(place))
    before = check_run(read_run(new), read_run(old), Policy())
    done = run_harness("import", "--run", str(new.path), "--reference", "part=part.jsonl", *QUICK, folder=folder)
    assert done.returncode == 0, done.stderr
    assert check_run(read_run(new), read_run(old), Policy()) == before
    assert check_run(read_run(old), read_run(new), Policy()).missing == ()


def test_answers_to_questions_that_a_run_stopped_before_are_passed_over(folder: Path) -> None:
    run_harness("import", "--run", "plain", "--reference", "gpt-4o=gpt-4o.jsonl", *QUICK, folder=folder)
    run = held(folder, "plain")
    first = list(run.questions)[:7]
    kept = [row for row in run.answers.values() if row.variant == "gpt-4o" or int(row.question_id) < 7]
    run.folder.write_questions(first)
    run.folder.write_responses(kept)
    summary = score_run(read_run(run.folder))
    assert summary.metrics["gpt-4o"]["correct"].n == 7
    assert "reference_in_part" not in {it.code for it in summary.warnings}
    assert len(gather(read_run(run.folder), words("en")).questions) == 7
    told = answers_table(read_run(run.folder), summary)
    assert len(told.rows) == 3 * 7


def test_an_answer_of_a_reference_is_explained_as_any_other(folder: Path) -> None:
    run_harness("import", "--run", "plain", "--reference", "part=part.jsonl", *QUICK, folder=folder)
    done = run_harness("grade", "--run", "plain", "--question", "2", "--variant", "part", folder=folder)
    assert done.returncode == 0 and "It is 3." in done.stdout, done.stdout + done.stderr


def test_a_pinned_baseline_that_gets_a_reference_is_unchanged(folder: Path) -> None:
    assert run_harness("baseline", "set", "plain", folder=folder).returncode == 0
    results(folder / "results.json", 0.8)
    given = ("--reference", "part=part.jsonl", "--benchmarks", "part=results.json", *QUICK)
    assert run_harness("import", "--run", "plain", *given, folder=folder).returncode == 0
    said = run_harness("baseline", folder=folder)
    assert said.returncode == 0 and "unchanged since" in said.stdout, said.stderr
    with (held(folder, "plain").path / "responses.jsonl").open("a", encoding="utf-8") as file:
        file.write(
            json.dumps({"variant": "dpo", "suite": "sums", "question_id": "1", "text": "9", "prompt_sha256": ""})
        )
    refused = run_harness("baseline", folder=folder)
    assert refused.returncode == 2 and "changed since it was pinned" in refused.stderr


def results(path: Path, accuracy: float) -> Path:
    found = {
        "results": {"arc": {"alias": "arc", "acc,none": accuracy, "acc_stderr,none": 0.02}},
        "configs": {"arc": {}}, "versions": {"arc": 1}, "n-shot": {"arc": 0}, "config": {},
        "higher_is_better": {"arc": {"acc": True}}, "n-samples": {"arc": {"original": 400, "effective": 400}},
        "lm_eval_version": "0.4.13",
    }  # fmt: skip
    path.write_text(json.dumps(found), encoding="utf-8")
    return path


def test_results_of_lm_eval_may_be_a_reference(folder: Path) -> None:
    results(folder / "results.json", 0.8)
    done = run_harness("import", "--run", "plain", "--reference", "gpt=results.json", *QUICK, folder=folder)
    assert done.returncode == 0 and "gpt: a reference, results of lm-eval" in done.stderr, done.stderr
    row = summary_row(folder, "plain")
    assert row["benchmarks"]["gpt"]["arc"]["acc"]["value"] == 0.8 and "gpt" not in row["metrics"]
    assert {it["source"] for it in row["comparisons"]} == {"suite"}
    assert not {"missing_answers", "tasks_without_samples"} & {it["code"] for it in row["warnings"]}
    assert "lm-eval 0.4.13" in {source.value.split(", ")[-1] for source in build_report(held(folder, "plain")).sources}


def test_results_beside_a_references_answers_are_its_own(folder: Path) -> None:
    results(folder / "results.json", 0.8)
    done = run_harness("import", "--run", "plain", "--reference", "part=part.jsonl",
                       "--benchmarks", "part=results.json", *QUICK, folder=folder)  # fmt: skip
    assert done.returncode == 0, done.stderr
    row = summary_row(folder, "plain")
    assert row["benchmarks"]["part"]["arc"]["acc"]["value"] == 0.8 and row["metrics"]["part"]["correct"]["n"] == 4


def test_runs_of_results_alone_take_references_of_results(folder: Path) -> None:
    for name, accuracy in {"base": 0.5, "dpo": 0.6, "gpt": 0.9}.items():
        results(folder / f"{name}.json", accuracy)
    done = run_harness("import", "base=base.json", "dpo=dpo.json", "--reference", "gpt=gpt.json", "--run", "alone",
                       folder=folder)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert next(line.split() for line in done.stdout.splitlines() if line.startswith("arc acc"))[-2:] == ["|", "0.9"]
    refused = run_harness("import", "--run", "alone", "--reference", "part=part.jsonl", folder=folder)
    assert refused.returncode == 2 and "answers are judged by their questions" in refused.stderr


def test_reports_set_references_apart_and_leave_every_other_mark_as_it_is(folder: Path) -> None:
    plain = gather(held(folder, "plain"), words("en")).marks
    run_harness("import", "--run", "plain", "--reference", "part=part.jsonl", *QUICK, folder=folder)
    run = held(folder, "plain")
    material = gather(run, words("en"))
    assert {name: mark for name, mark in material.marks.items() if not mark.is_reference} == plain
    assert material.marks["part"].colour not in {mark.colour for mark in plain.values()}
    report = build_report(run)
    (table,) = report.verdict.tables
    assert [mark.name for mark in table.marks] == ["base", "dpo", "part"]
    cells = [row.cells[2] for group in table.groups for row in group.rows]
    assert all(cell.judged is None for cell in cells) and any("4\xa0of\xa012 judged" in cell.notes for cell in cells), (
        cells
    )
    assert not {line.mark.name for panel in report.changes.panels for row in panel.rows for line in row.lines} & {
        "part"
    }
    assert [it.variant for it in export(run)] == ["base", "dpo", "part"]
    rows = json.loads((run.path / "submission" / "part.json").read_text(encoding="utf-8"))
    assert [row["id"] for row in rows] == [0, 1, 2, 3] and rows[0]["generated_text"].endswith("It is 1.")
    absent = [it for shown in report.answers.shown for it in shown.answers if it.mark.name == "part"]
    assert sorted({(it.cell.kind, "missing" in it.found) for it in absent}) == [("absent", False), ("right", False)]
    assert all(it.change == 0 for it in absent)


def test_the_assignment_names_references_on_its_cover_and_in_its_tables(folder: Path) -> None:
    for name in ("gpt-4o", "part"):
        run_harness("import", "--run", "plain", "--reference", f"{name}={name}.jsonl", *QUICK, folder=folder)
    made = build_assignment(held(folder, "plain"), "en")
    assert "reference models: gpt-4o and part (recorded)" in made.lines
    assert [it.mark.name for it in made.briefs] == ["dpo"]
    (before,) = [it.before for it in made.sections if it.before]
    (lengths,) = before.lengths
    assert lengths.head == ("base", "dpo", "gpt-4o (reference)", "part (reference)")
    # In all base has 12 answers of 12 words; what a reference wrote is no share of that.
    assert "dpo" in lengths.caption and "gpt-4o" not in lengths.caption and "part" not in lengths.caption
    assert "part answers 4 of 12 questions; its figures are of these." in before.lengths_note
    assert [row[-1] for row in lengths.rows[3:5]] == ["3", "–"]
    assert [mark.name for mark in before.marks] == ["base", "dpo", "gpt-4o", "part"]
    chinese = build_assignment(held(folder, "plain"), "zh-TW")
    assert "對照模型：gpt-4o、part（回答由外部匯入）" in chinese.lines
