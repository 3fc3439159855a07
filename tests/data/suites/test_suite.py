from pathlib import Path

import pytest

from harness.data.suites import list_suites, load_suite, sample
from harness.errors import HarnessError


def suite(folder: Path, questions: str, settings: str = "title: T\n") -> str:
    (folder / "suite.yaml").write_text(settings)
    (folder / "questions.jsonl").write_text(questions)
    return str(folder)


def test_a_suite_is_read_from_a_path_with_its_settings(tmp_path: Path) -> None:
    path = suite(
        tmp_path,
        '{"id": 1, "question": "q", "answer": 7, "match": "number"}\n\n{"id": "2", "question": "open one"}\n',
        "title: T\nprompt: chat\ngeneration: {max_new_tokens: 9}\nmargins: {correct: 0.05}\ntasks: [a]\n",
    )
    found = load_suite(path)
    assert [(q.id, q.match, q.answer) for q in found.questions] == [("1", "number", "7"), ("2", "open", None)]
    assert (found.name, found.prompt, found.margins, found.tasks) == (tmp_path.name, "chat", {"correct": 0.05}, ("a",))


def test_an_answer_without_a_match_is_looked_for_in_the_text(tmp_path: Path) -> None:
    assert load_suite(suite(tmp_path, '{"id": "1", "question": "q", "answer": "x"}\n')).questions[0].match == "contains"


def test_every_bad_line_is_named_at_once(tmp_path: Path) -> None:
    lines = [
        '{"id": "1", "question": "q"}',
        '{"id": "1", "question": "again"}',
        "not json",
        '{"id": "3", "question": "q", "anser": "x"}',
        '{"id": "4", "question": "q", "match": "fuzzy", "answer": "x"}',
        '{"id": "5", "question": "q", "match": "exact"}',
    ]
    with pytest.raises(HarnessError) as refusal:
        load_suite(suite(tmp_path, "\n".join(lines)))
    line = str(refusal.value)
    for part in (
        "line 2: id '1' stands there",
        "line 3",
        "line 4: unknown keys anser",
        "line 5: match 'fuzzy'",
        "line 6",
    ):
        assert part in line


def test_an_empty_question_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="has no questions"):
        load_suite(suite(tmp_path, "\n\n"))


def test_unknown_keys_of_a_suite_are_refused(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="unknown keys: max_tokens"):
        load_suite(suite(tmp_path, '{"id": "1", "question": "q"}', "max_tokens: 3\n"))


def test_an_unknown_suite_is_refused_with_the_nearest() -> None:
    with pytest.raises(HarnessError, match="Did you mean 'pocket'"):
        load_suite("pockt")


def test_the_users_folder_comes_before_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "pocket").mkdir()
    suite(tmp_path / "pocket", '{"id": "1", "question": "mine"}')
    assert load_suite("pocket", [tmp_path]).questions[0].question == "mine"
    assert {"assignment", "pocket"} <= set(list_suites())


def test_a_sample_is_drawn_by_the_seed_and_keeps_the_order() -> None:
    questions = load_suite("pocket").questions
    drawn = sample(questions, 20, seed=3)
    assert len(drawn) == 20 and list(drawn) == sorted(drawn, key=questions.index)
    assert drawn == sample(questions, 20, seed=3) != sample(questions, 20, seed=4)
    assert sample(questions[:5], 9, 0) == sample(questions[:5], None, 0) == tuple(questions[:5])


def test_required_points_are_read_as_wordings(tmp_path: Path) -> None:
    line = '{"id": "1", "question": "q", "points": ["a", ["b", "c d"]]}'
    assert load_suite(suite(tmp_path, line)).questions[0].points == (("a",), ("b", "c d"))
    assert load_suite(suite(tmp_path, '{"id": "1", "question": "q"}')).questions[0].points == ()


@pytest.mark.parametrize(
    ("points", "fault"),
    [
        ('"a"', "points is a list"), ('{"a": 1}', "points is a list"), ("[1]", "point 1 is neither"),
        ("[[]]", r"point \[\] is neither"), ("[[1]]", "wording 1 of a point"), ('["?"]', 'wording "\\?" of a point'),
        ("[null]", "point null is neither"),
    ],
)  # fmt: skip
def test_points_of_another_form_are_refused(tmp_path: Path, points: str, fault: str) -> None:
    with pytest.raises(HarnessError, match=f"line 1: {fault}"):
        load_suite(suite(tmp_path, f'{{"id": "1", "question": "q", "points": {points}}}'))


BAD_MARGINS = (
    "{correct: 0} {correct: -1} {correct: 1e9} {correct: .nan} {correct: x} {correct: 1} {words: 1e9} [correct]"
)


@pytest.mark.parametrize("margins", BAD_MARGINS.replace("} ", "}|").split("|"))
def test_margins_that_nothing_goes_past_are_refused_with_file_and_key(tmp_path: Path, margins: str) -> None:
    (tmp_path / "suite.yaml").write_text(f"margins: {margins}\n")
    (tmp_path / "questions.jsonl").write_text('{"id": 1, "question": "Why?"}\n')
    with pytest.raises(HarnessError, match=r"suite.yaml(, margins: the margin of \w+ is|: margins is no mapping)"):
        load_suite(str(tmp_path))
