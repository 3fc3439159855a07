import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import HarnessError
from harness.records import Benchmark, Caveat, Comparison, Curve, Estimate, Question, Response, Score, Summary, Variant
from harness.store import (
    RunFolder,
    append_jsonl,
    find_run,
    move_aside,
    read_json,
    read_jsonl,
    read_run,
    write_json,
    write_jsonl,
)


def response(question: str, text: str, **more: object) -> Response:
    return Response("base", "suite", question, text, "0" * 64, **more)  # type: ignore[arg-type]


def test_of_a_repeated_key_the_last_line_wins(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.append_responses([response("1", "", error="out of memory"), response("2", "two")])
    run.append_responses([response("1", "one")])
    assert {key[1]: row.text for key, row in read_run(run).responses.items()} == {"1": "one", "2": "two"}


def test_a_torn_last_line_is_passed_over_and_cut_off_before_the_next(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    append_jsonl(path, [{"a": 1}])
    with path.open("ab") as file:
        file.write(b'{"a": 2, "tex')
    assert list(read_jsonl(path)) == [{"a": 1}]
    append_jsonl(path, [{"a": 3}])
    assert list(read_jsonl(path)) == [{"a": 1}, {"a": 3}]


def test_a_torn_line_longer_than_a_block_is_cut_off_too(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    append_jsonl(path, [{"a": 1}])
    with path.open("ab") as file:
        file.write(b'{"a": "' + b"x" * 10_000)
    append_jsonl(path, [{"a": 3}])
    assert list(read_jsonl(path)) == [{"a": 1}, {"a": 3}]


def test_damage_before_the_last_line_is_named_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1}\n{"a": \n{"a": 3}\n')
    with pytest.raises(HarnessError, match="line 2"):
        list(read_jsonl(path))


@given(text=st.text(st.characters(exclude_categories=[]), max_size=50))
def test_any_text_survives_the_disk(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    run = RunFolder(tmp_path_factory.mktemp("run"))
    run.append_responses([response("1", text)])
    assert read_run(run).responses["base", "1"].text == text


def test_not_a_number_is_written_as_null(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"x": float("nan"), "y": [float("inf"), 1.5]})
    assert json.loads((tmp_path / "a.json").read_text()) == {"x": None, "y": [None, 1.5]}


def test_a_summary_comes_back_as_it_was_written(tmp_path: Path) -> None:
    summary = Summary(
        run="r",
        suite="s",
        questions=2,
        variants=(Variant("base", "base"), Variant("dpo", "adapter", "dpo", "ab", "p")),
        metrics={"base": {"correct": Estimate(0.5, 0.1, 0.9, "wilson", 2, 0)}},
        benchmarks={"base": {"task": {"acc": Benchmark(0.5, None, 2)}}},
        comparisons=(
            Comparison("base", "dpo", "suite", "correct", 0.5, 0.0, 1.0, 1.0, 1.0, "t", 2, 1, 0, 0.3, "undecided"),
        ),
        warnings=(Caveat("code", "message", ("dpo",)),),
    )
    run = RunFolder(tmp_path)
    run.write_summary(summary)
    assert read_run(run).summary == summary
    assert next(iter(json.loads((tmp_path / "summary.json").read_text()))) == "format_version"


def test_a_summary_that_lacks_a_part_is_refused_and_not_read_as_empty(tmp_path: Path) -> None:
    whole = {"run": "r", "suite": "s", "questions": 0, "variants": [], "metrics": {}, "benchmarks": {}, "warnings": []}
    write_json(tmp_path / "summary.json", {"format_version": 1, **whole, "comparisons": []})
    assert read_run(tmp_path).summary.questions == 0
    write_json(tmp_path / "summary.json", {"format_version": 1, **whole})
    with pytest.raises(HarnessError, match=r"summary\.json lacks comparisons\. Score it again"):
        print(read_run(tmp_path).summary)


def test_a_summary_of_another_format_is_refused(tmp_path: Path) -> None:
    write_json(tmp_path / "summary.json", {"format_version": 99})
    with pytest.raises(HarnessError, match="format version 99"):
        print(read_run(tmp_path).summary)


def test_questions_scores_and_curves_come_back_as_they_were_written(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    questions = [Question("1", "what?", "contains", "x", aliases=("y", "z"))]
    scores = [Score("base", "s", "1", "correct", None, "no key")]
    curves = [Curve("dpo", 1, 0.5, "loss", 0.7)]
    run.write_questions(questions)
    run.write_scores(scores)
    run.write_curves(curves)
    assert (read_run(run).questions, read_run(run).scores, read_run(run).curves) == (questions, scores, curves)


def test_an_unknown_run_is_refused_with_the_nearest(tmp_path: Path) -> None:
    write_json(tmp_path / "pocket-dpo" / "manifest.json", {})
    with pytest.raises(HarnessError, match="Did you mean 'pocket-dpo'"):
        find_run("pocket-dp", tmp_path)
    assert find_run("pocket-dpo", tmp_path).id == "pocket-dpo"
    assert find_run(str(tmp_path / "pocket-dpo"), Path("elsewhere")).path == tmp_path / "pocket-dpo"


def test_what_is_moved_aside_is_kept(tmp_path: Path) -> None:
    for text in ("first", "second"):
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "file").write_text(text)
        move_aside(tmp_path / "run")
    assert [(tmp_path / f"run.{n}" / "file").read_text() for n in (1, 2)] == ["first", "second"]


@pytest.mark.parametrize("version", [99, 1.5, "two", [1]])
def test_a_file_of_a_newer_format_is_refused_with_the_command_that_upgrades(tmp_path: Path, version: object) -> None:
    path = tmp_path / "certificate.json"
    write_json(path, {"format_version": version})
    with pytest.raises(
        HarnessError, match="certificate.json has format version .* reads up to 1.*pip install --upgrade"
    ):
        read_json(path)
    write_jsonl(tmp_path / "curves.jsonl", [{"a": 1}, {"format_version": version}])
    with pytest.raises(HarnessError, match="curves.jsonl line 2 has format version"):
        list(read_jsonl(tmp_path / "curves.jsonl"))


@pytest.mark.parametrize("row", [{}, {"format_version": None}, {"format_version": 0}, {"format_version": 1}])
def test_a_file_of_no_format_or_of_an_older_one_is_read(tmp_path: Path, row: dict[str, object]) -> None:
    write_json(tmp_path / "a.json", row)
    assert read_json(tmp_path / "a.json") == row


def test_a_line_that_is_no_record_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "scores.jsonl").write_text('{"variant": "a", "odd": 1}\n')
    with pytest.raises(HarnessError, match="scores.jsonl holds a line that is no score as this harness knows it"):
        _ = read_run(RunFolder(tmp_path)).scores
    (tmp_path / "responses.jsonl").write_text("12\n")
    with pytest.raises(HarnessError, match="responses.jsonl line 1 holds no JSON object"):
        _ = read_run(RunFolder(tmp_path)).answers
