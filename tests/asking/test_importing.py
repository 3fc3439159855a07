"""Answers made elsewhere, laid down as runs: under a chat template that is not there, with failures, with echoes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from harness.asking import import_answers
from harness.cli.printed import comparison_table
from harness.config import Config
from harness.errors import HarnessError
from harness.gate import Policy, check_run
from harness.on_disk import figures, keyed, spool
from harness.records import Summary
from harness.report import gather, render_report
from harness.report.assignment.submission import export
from harness.report.summary.answers import facts_of
from harness.score import score_run
from harness.store import Run, RunFolder, read_run
from harness.words import words
from tests.conftest import run_harness

COUNT = 8
ANSWERS = [f"It is {number + 1}." for number in range(COUNT)]


def suite(folder: Path, prompt: str) -> str:
    place = folder / f"asked-{prompt}"
    place.mkdir(exist_ok=True)
    (place / "suite.yaml").write_text(f"title: sums\nprompt: {prompt}\n", encoding="utf-8")
    rows = [
        {"id": str(number), "question": f"What is {number} plus 1?", "match": "number", "answer": str(number + 1)}
        for number in range(COUNT)
    ]
    (place / "questions.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return str(place)


def imported(folder: Path, name: str, prompt: str, texts: list[str], **columns: Any) -> tuple[Run, Summary]:
    path = folder / f"{name}.jsonl"
    rows = [{"id": str(number), "response": text, **columns} for number, text in enumerate(texts)]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    run = RunFolder(folder / name)
    import_answers(run, Config(), suite(folder, prompt), {"base": path}, {}, "harness import")
    return read_run(run), score_run(read_run(run))


def with_prompts(run: Run, mark: str) -> Run:
    """The run as an evaluation leaves it, whose prompts are known."""
    path = run.path / "responses.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    lines = [json.dumps({**row, "prompt_sha256": f"{mark} {row['question_id']}"}) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    score_run(read_run(RunFolder(run.path)))
    return read_run(RunFolder(run.path))


def test_answers_under_a_chat_template_are_checked_against_an_evaluated_run_both_ways(tmp_path: Path) -> None:
    recorded, summary = imported(tmp_path, "recorded", "chat", ANSWERS)
    assert summary.metrics["base"]["correct"].mean == 1
    assert not [it for it in summary.warnings if it.code == "prompts_differ"]
    evaluated = with_prompts(imported(tmp_path, "evaluated", "chat", ANSWERS)[0], "prompt")
    for run, against in ((recorded, evaluated), (evaluated, recorded)):
        check = check_run(run, against, Policy())
        assert [finding.n for finding in check.findings if finding.metric == "correct"] == [COUNT]
        assert [note for note in check.notes if note.startswith("The prompts of recorded are not known")]
    # Prompts that are known to differ are still refused.
    other = with_prompts(imported(tmp_path, "other", "chat", ANSWERS)[0], "another prompt")
    with pytest.raises(HarnessError, match="prompts of base and base differ"):
        check_run(other, evaluated, Policy())


def test_a_leak_is_seen_under_a_chat_template_that_is_not_there(tmp_path: Path) -> None:
    texts = [f"{text}<|im_end|>\n<|im_start|>user\nAnd you?<|im_end|>\n" for text in ANSWERS]
    _, summary = imported(tmp_path, "leaking", "chat", texts)
    assert (summary.metrics["base"]["leak"].mean, summary.metrics["base"]["correct"].mean) == (1, 1)


@pytest.mark.parametrize("template", ["<|im_start|>user\n{q}<|im_end|>\n<|im_start|>assistant\n", "[INST] {q} [/INST]"])
def test_an_echo_of_a_chat_template_that_is_not_there_is_cut_off(tmp_path: Path, template: str) -> None:
    texts = [template.replace("{q}", f"What is {number} plus 1?") + text for number, text in enumerate(ANSWERS)]
    run, summary = imported(tmp_path, "echoing", "chat", texts)
    assert [response.text for response in run.responses.values()] == ANSWERS
    assert summary.metrics["base"]["leak"].mean == 0


def test_answers_that_still_hold_their_question_are_counted_in_a_warning(tmp_path: Path) -> None:
    texts = [f"Q: What is {number} plus 1? A: {text}" for number, text in enumerate(ANSWERS)]
    _, summary = imported(tmp_path, "held", "alpaca", texts)
    (held,) = [it.message for it in summary.warnings if it.code == "echoes_left"]
    assert held.startswith("8 of 8 answers of base still contain their question.")
    _, clean = imported(tmp_path, "clean", "alpaca", ANSWERS)
    assert not [it for it in clean.warnings if it.code == "echoes_left"]


def test_an_import_with_failed_rows_is_incomplete(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = [{"id": str(n), "response": text} if n else {"id": "0", "error": "429"} for n, text in enumerate(ANSWERS)]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    arguments = ["import", "--suite", suite(tmp_path, "alpaca"), f"base={path}", "--run", "r", "--no-report"]
    ended = run_harness(*arguments, folder=tmp_path)
    assert ended.returncode == 3
    assert "Generations failed and are not judged: base 1. Import a file that has them, with --fresh." in ended.stderr


def beside(folder: Path, prompt: str, **files: list[dict[str, Any]]) -> tuple[Run, Summary]:
    """A run of several files of answers to the same suite."""
    paths = {name: folder / f"{name}.jsonl" for name in files}
    for name, rows in files.items():
        paths[name].write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    run = RunFolder(folder / "run")
    import_answers(run, Config(), suite(folder, prompt), paths, {}, "harness import")
    summary = score_run(read_run(run))
    return read_run(RunFolder(run.path)), summary


def rows_of(**columns: str) -> list[dict[str, Any]]:
    """Right answers to every question; {q} in a column is the question, {n} its number."""
    return [
        {
            "id": str(number),
            "response": text,
            **{name: it.format(q=f"What is {number} plus 1?", n=number) for name, it in columns.items()},
        }
        for number, text in enumerate(ANSWERS)
    ]


CHAT = "<|im_start|>user\n{q}<|im_end|>\n<|im_start|>assistant\n"


@pytest.mark.parametrize("prompt", ["alpaca", "chat"])
@pytest.mark.parametrize(
    ("first", "second", "pairs"),
    [
        ({}, {}, COUNT),
        ({}, {"prompt": "{q}"}, COUNT),
        ({}, {"prompt": CHAT}, COUNT),
        ({"prompt": CHAT}, {"prompt": CHAT}, COUNT),
        ({"prompt": CHAT}, {"prompt": "[INST] {q} [/INST]"}, 0),
        ({}, {"prompt": "Add 1 to {n}."}, 0),
        ({"prompt": CHAT}, {"prompt": "Add 1 to {n}."}, 0),
        ({"prompt": "Add 1 to {n}."}, {"prompt": "Add 1 to {n}."}, COUNT),
    ],
)
def test_answers_are_compared_where_their_files_do_not_hold_other_prompts(
    tmp_path: Path, prompt: str, first: dict[str, str], second: dict[str, str], pairs: int
) -> None:
    _, summary = beside(tmp_path, prompt, base=rows_of(**first), dpo=rows_of(**second))
    assert [row.n for row in summary.comparisons if row.metric == "correct"] == [pairs] * bool(pairs)
    unlike = [it.values["unlike"] for it in summary.warnings if it.code == "prompts_differ"]
    assert unlike == ([] if pairs else [COUNT])


def test_the_audit_shows_the_prompt_that_a_file_holds_beside_the_suites(tmp_path: Path) -> None:
    _, summary = beside(
        tmp_path, "alpaca", base=rows_of(), dpo=rows_of(prompt=CHAT), orpo=rows_of(prompt="Add 1 to {n}.")
    )
    said = {it.variants: it.message for it in summary.warnings if it.code == "asked_otherwise"}
    assert said.keys() == {("dpo",), ("orpo",)}
    assert "dpo: 8 of 8 questions were asked within a longer prompt" in said["dpo",]
    assert "“<|im_start|>user What is 0 plus 1?<|im_end|> <|im_start|>assistant”" in said["dpo",]
    assert "“Add 1 to 0.”; the suite's: “What is 0 plus 1?”" in said["orpo",]


def test_reports_and_exports_show_the_prompt_that_the_file_holds(tmp_path: Path) -> None:
    same = rows_of(prompt="Add 1 to {n}.")
    run, _ = beside(tmp_path, "alpaca", base=same, dpo=[*same[:-1], {**same[-1], "prompt": "Add it."}])
    material = gather(run, words("en"))
    assert [it.text for it in material.questions] == [f"Add 1 to {number}." for number in range(COUNT)]
    last = material.questions[-1]
    assert [next(facts_of(material, name, last)) for name in ("base", "dpo")] == [
        f"asked: “Add 1 to {COUNT - 1}.”", "asked: “Add it.”",
    ]  # fmt: skip
    export(run)
    for name, prompt in (("base", f"Add 1 to {COUNT - 1}."), ("dpo", "Add it.")):
        found = json.loads(
            next((run.path / "submission").glob(f"*{name}*.json" if name == "base" else "DPO*")).read_text()
        )
        assert found[-1]["prompt"] == prompt and f"\n{prompt}\n" in found[-1]["generated_text"]


@pytest.mark.parametrize("prompt", [CHAT, "[INST] {q} [/INST]", "Add 1 to {n}."])
def test_what_is_exported_is_imported_again(tmp_path: Path, prompt: str) -> None:
    run, _ = beside(tmp_path, "alpaca", base=rows_of(prompt=prompt))
    export(run)
    (file,) = (run.path / "submission").glob("*.json")
    again = RunFolder(tmp_path / "again")
    import_answers(again, Config(), suite(tmp_path, "alpaca"), {"base": file}, {}, "harness import")
    found = read_run(again).responses
    assert {key: (it.text, it.asked) for key, it in found.items()} == {
        key: (it.text, it.asked) for key, it in run.responses.items()
    }


def test_a_part_of_the_answers_is_said_where_all_variants_lack_the_same(tmp_path: Path) -> None:
    _, summary = beside(tmp_path, "alpaca", base=rows_of()[:3], dpo=rows_of()[:3])
    lines = comparison_table(summary).splitlines()
    assert len(re.findall("3 of 8 judged", next(line for line in lines if line.startswith("Correct")))) == 2
    assert all("3 of 8 judged" in line for line in lines if line.startswith(("Words", "Empty")))
    run = RunFolder(tmp_path / "run")
    (page,) = render_report(read_run(run), formats=["html"])
    assert "3 of 8 judged" in page.read_text(encoding="utf-8").replace("\u00a0", " ")


def test_the_command_takes_columns_and_a_model_by_name_and_says_what_it_read(tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    lines = [f"{number},{model},{text}" for model in ("a", "b") for number, text in enumerate(ANSWERS)]
    path.write_text("\n".join(["number,model,said", *lines]), encoding="utf-8")
    arguments = ["import", "--suite", suite(tmp_path, "chat"), f"base={path}", f"dpo={path}", "--run", "r"]
    columns = ["--id-column", "number", "--answer-column", "said", "--only", "base:model=a", "--only", "dpo:model=b"]
    ended = run_harness(*arguments, *columns, "--no-report", folder=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "base: read as rows of answers, rows: 8\ndpo: read as rows of answers, rows: 8\n" in ended.stderr
    other = run_harness(*arguments, *columns[:-1], "dpo:model=a", "--no-report", folder=tmp_path)
    assert other.returncode == 2 and "was begun with other settings" in other.stderr
    refused = run_harness(*arguments[:-1], "s", *columns[:4], "--no-report", folder=tmp_path)
    assert refused.returncode == 2 and "answers of several models (model: a, b)" in refused.stderr
    assert not (tmp_path / "runs" / "eval" / "s").exists()


FORMS: dict[str, list[dict[str, Any]]] = {
    "by id": [{"id": str(number), "response": f"It is {number}."} for number in range(40, 0, -1)],
    "by wording": [{"instruction": f"What is {number} and none?", "output": "So 3."} for number in range(1, 30)],
    "inside a prompt": [
        {"prompt": f"Please tell me: What is {number} and none? Thanks.", "completion": "3"} for number in range(1, 30)
    ],
    "echoed": [
        {
            "id": str(number),
            "response": f"<|im_start|>user\nWhat is {number} and none?<|im_end|>\n<|im_start|>assistant\n4<|im_end|>",
        }
        for number in range(1, 41)
    ],
    "failed": [
        {"id": str(number), **({"error": "timeout"} if number % 3 else {"response": "4"})} for number in range(1, 41)
    ],
    "of an API": [
        {"custom_id": str(number), "response": {"body": {"choices": [{"message": {"content": "4"}}]}}}
        for number in range(1, 41)
    ],
}


@pytest.mark.parametrize("form", FORMS)
def test_what_lies_on_disk_meanwhile_leaves_the_same_run(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, path = _numbers(tmp_path), tmp_path / "answers.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in FORMS[form]), encoding="utf-8")
    found = []
    for number, held in enumerate((20_000, 0)):
        for module in (spool, keyed, figures):
            monkeypatch.setattr(module, "HELD", held)
        run = RunFolder(tmp_path / str(number) / "run")
        told = import_answers(run, Config(), name, {"base": path, "again": path}, {}, "harness import")
        score_run(read_run(run))
        files = ("questions.jsonl", "responses.jsonl", "scores.jsonl", "summary.json")
        found.append((told, [(run.path / file).read_bytes() for file in files]))
    assert found[0] == found[1] and len(found[0][1][1].splitlines()) == 2 * len(FORMS[form])


def test_what_a_killed_import_left_is_no_part_of_the_next(tmp_path: Path) -> None:
    name, path = _numbers(tmp_path), tmp_path / "answers.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in FORMS["by id"]), encoding="utf-8")
    run = RunFolder(tmp_path / "run")
    run.path.mkdir()
    run.answers_file().write_text('{"variant": "base", "suite": "numbers", "question_id": "1", "te', encoding="utf-8")
    import_answers(run, Config(), name, {"base": path}, {}, "harness import")
    assert len(run.answers_file().read_bytes().splitlines()) == 40 == len(read_run(run).answers)


def _numbers(folder: Path) -> str:
    """A suite of forty sums."""
    path = folder / "numbers"
    path.mkdir()
    rows = [
        {"id": str(number), "question": f"What is {number} and none?", "match": "number", "answer": str(number)}
        for number in range(1, 41)
    ]
    (path / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)
