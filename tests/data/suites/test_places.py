"""Where suites are found, and what of it is kept so that they are found again."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.data import load_template
from harness.data.suites import list_suites, load_suite, suite_name, task_folders
from harness.errors import HarnessError
from harness.report.rendering import list_templates
from harness.resources import search_path, shipped
from tests.conftest import ROOT


def suite(folder: Path, question: str, file: str = "questions.jsonl") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "suite.yaml").write_text("title: T\n")
    (folder / file).write_text(f'{{"id": "1", "question": "{question}"}}\n')
    return folder


def test_the_working_folder_is_searched_after_the_configured_ones_and_before_the_shipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert task_folders() == [shipped("tasks")]
    suite(tmp_path / "tasks" / "pocket", "here")
    suite(tmp_path / "own" / "pocket", "mine")
    assert load_suite("pocket").questions[0].question == "here"
    assert load_suite("pocket", [Path("own")]).questions[0].question == "mine"
    assert search_path("tasks", [Path("own")]) == (Path("own"), tmp_path / "tasks", shipped("tasks"))
    assert list_suites() == ["assignment", "everyday", "pocket"]
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "mine.jinja").write_text("{{ system }} Q: {{ question }}\nA:")
    assert load_template("mine").render("q", "s") == "s Q: q\nA:"
    (tmp_path / "reports" / "templates").mkdir(parents=True)
    (tmp_path / "reports" / "templates" / "brief.html.j2").write_text("{{ report }}")
    assert {"brief", "summary"} <= set(list_templates())


def test_in_the_checkout_the_working_folder_is_the_shipped_one_and_is_searched_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    for name in ("tasks", "prompts", "reports/templates"):
        assert [folder.resolve() for folder in search_path(name)] == [shipped(name)]
        assert [folder.resolve() for folder in search_path(name, [Path(name)])] == [shipped(name)]


def test_the_path_of_a_suite_is_relative_to_the_working_folder_or_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    inside, outside = suite(tmp_path / "here" / "a" / "mine", "q"), suite(tmp_path / "b", "q")
    assert load_suite("a/mine").given_path == load_suite(str(inside)).given_path == "a/mine"
    assert load_suite("../b").given_path == str(outside)
    assert load_suite("a/mine/questions.jsonl").given_path == "a/mine"
    (outside / "other.csv").write_text("question\nq\n")
    assert load_suite("../b/other.csv").given_path == str(outside / "other.csv")
    assert load_suite("pocket").given_path is None


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("pocket", "pocket"), ("a/mine", "mine"), ("a/mine/", "mine"), ("a/mine/suite.yaml", "mine"),
        ("a/mine/questions.csv", "mine"), ("a/my gold (v2).csv", "my gold -v2-"), ("v1.5", "v1.5"), (".x.csv", "x"),
    ],
)  # fmt: skip
def test_a_suite_is_called_as_its_folder_or_file(given: str, name: str) -> None:
    assert suite_name(given) == name


def test_of_several_files_of_questions_the_first_is_read_and_the_others_told(tmp_path: Path) -> None:
    suite(tmp_path, "from jsonl")
    (tmp_path / "questions.csv").write_text("question\nfrom csv\n")
    found = load_suite(str(tmp_path))
    assert found.questions[0].question == "from jsonl"
    assert [note for note in found.notes if "questions.csv beside it is not" in note]


def test_a_folder_needs_no_settings_and_a_name_is_never_taken_by_a_folder_without_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("bare", "pocket"):
        suite(tmp_path / name, "mine")
        (tmp_path / name / "suite.yaml").unlink()
    assert load_suite("bare").questions[0].question == "mine"
    assert len(load_suite("pocket").questions) == 252
    assert load_suite("./pocket/questions.jsonl").questions[0].question == "mine"


@pytest.mark.parametrize("given", ["nowhere/x.csv", "x.csv", "a/b"])
def test_a_path_that_leads_nowhere_is_refused_as_a_path(given: str) -> None:
    with pytest.raises(HarnessError, match=f"There is no suite at {given}"):
        load_suite(given)
