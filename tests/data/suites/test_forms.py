"""The same questions from every file that people have them in, and what is told or refused of the others."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.data.suites import Suite, load_suite
from harness.errors import HarnessError
from harness.records import Question
from harness.scorers.matching import grade

ROWS: list[dict[str, Any]] = [
    {"id": "007", "question": "How many colours, at most?", "match": "number", "answer": "7", "aliases": ["8", "nine"]},
    {"id": "b", "question": "Which\nis it, \"A\"?", "choices": ["Lyon", "Paris"], "answer": "B"},
    {"id": "c", "question": "Why?"},
]  # fmt: skip
CSV = (
    "id,question,match,answer,aliases,choices\n"
    '007,"How many colours, at most?",number,7,8|nine,\n'
    'b,"Which\nis it, ""A""?",,B,,"[""Lyon"", ""Paris""]"\n'
    "c,Why?,,,,\n"
)


def parquet(rows: list[dict[str, Any]]) -> bytes:
    arrow, files = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    file = io.BytesIO()
    keys = dict.fromkeys(key for row in rows for key in row)
    files.write_table(arrow.table({key: [row.get(key) for row in rows] for key in keys}), file)
    return file.getvalue()


FORMS: dict[str, Callable[[], bytes]] = {
    "questions.jsonl": lambda: "".join(json.dumps(row) + "\n" for row in ROWS).encode(),
    "crlf.jsonl": lambda: "".join(json.dumps(row) + "\r\n" for row in ROWS).encode("utf-8-sig"),
    "questions.json": lambda: json.dumps(ROWS).encode(),
    "held.json": lambda: json.dumps({"version": 1, "data": ROWS}).encode(),
    "questions.csv": lambda: CSV.encode(),
    "excel.csv": lambda: "".join(
        ";".join(f'"{cell}"' for cell in row) + "\r\n"
        for row in (
            ("ID", "Question", "Match", "Answer", "Aliases", "Choices", ""),
            ("007", "How many colours, at most?", "number", "7", "8|nine", "", ""),
            ("b", 'Which\nis it, ""A""?', "", "B", "", "Lyon|Paris", ""),
            ("c", "Why?", "", "", "", "", ""),
            ("", "", "", "", "", "", ""),
        )
    ).encode("utf-8-sig"),
    "questions.tsv": lambda: CSV.replace(", at", "\x00").replace(",", "\t").replace("\x00", ", at")
    .replace('""Lyon""\t', '""Lyon"",').replace("it\t", "it,").encode(),
    "questions.parquet": lambda: parquet(ROWS),
}  # fmt: skip


def written(folder: Path, name: str, data: bytes | str, settings: str | None = None) -> Suite:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    if settings is not None:
        (folder / "suite.yaml").write_text(settings)
    return load_suite(str(path if settings is None else folder))


@pytest.mark.parametrize("name", FORMS)
def test_a_file_of_any_form_asks_the_same_with_and_without_settings(name: str, tmp_path: Path) -> None:
    alone = written(tmp_path, name, FORMS[name]())
    assert alone.questions == (
        Question("007", "How many colours, at most?", "number", "7", aliases=("8", "nine")),
        Question("b", 'Which\nis it, "A"?\nA. Lyon\nB. Paris', "choice", "B", choices=("Lyon", "Paris")),
        Question("c", "Why?", "open"),
    )
    assert alone.path == tmp_path / name and any("no suite.yaml" in note for note in alone.notes)
    named = tmp_path / "mine" / f"questions{Path(name).suffix}"
    named.parent.mkdir()
    named.write_bytes(FORMS[name]())
    (named.parent / "suite.yaml").write_text("title: T\n")
    found = [load_suite(str(path)) for path in (named.parent, named, named.parent / "suite.yaml")]
    assert all(suite == found[0] and (suite.title, suite.name) == ("T", "mine") for suite in found)
    assert found[0].questions == alone.questions


@pytest.mark.parametrize(
    ("name", "text", "settings", "asked", "told"),
    [
        ("q.csv", "prompt,gold,level\nq,a,3\n", None, [("1", "q", "a")], "ignored columns: level"),
        ("q.csv", "prompt,gold,level\nq,a,3\n", None, [("1", "q", "a")], "question: prompt, answer: gold"),
        ("q.csv", "prompt,gold,level\nq,a,3\n", None, [("1", "q", "a")], "numbered from 1 to 1"),
        ("q.csv", "question,anser\nq,a\n", None, [("1", "q", None)], "anser (did you mean answer?)"),
        ("q.csv", "question,answer\nq,3.0\nr,\n", None, [("1", "q", "3.0"), ("2", "r", None)], "1 of 2 questions"),
        ("q.csv", "question,answer\nq,nan\n", None, [("1", "q", "nan")], "1 questions is the text nan"),
        ("q.csv", "sep=;\nquestion;answer\nq;1,5\n", None, [("1", "q", "1,5")], "separated by semicolons"),
        ("q.json", '[{"question": "q", "answer": NaN}]', None, [("1", "q", None)], "numbered"),
        ("q.jsonl", '{"question": "q", "answer": "a", "level": 2}', None, [("1", "q", "a")], "ignored columns: level"),
        ("questions.jsonl", '{"prompt": "q", "gold": {"is": 3}, "match": 1}', 
         "columns: {question: prompt, answer: gold.is, match: null}", [("1", "q", "3")], "ignored columns: match"),
        ("questions.csv", "question,answer\nq,9\n", "match: number", [("1", "q", "9")], "numbered"),
        ("questions.json", '[{"id": true, "question": "q", "answer": 3.5}]', "", [("True", "q", "3.5")], ""),
    ],
)  # fmt: skip
def test_what_is_taken_for_granted_is_told(
    name: str, text: str, settings: str | None, asked: list[Any], told: str, tmp_path: Path
) -> None:
    suite = written(tmp_path, name, text, settings)
    assert [(question.id, question.question, question.answer) for question in suite.questions] == asked
    assert any(told in note for note in suite.notes) or not told
    assert suite.questions[0].match == ("number" if settings == "match: number" else suite.questions[0].match)


def test_whole_numbers_beside_a_gap_stay_whole(tmp_path: Path) -> None:
    rows = [{"id": 1.0, "question": "q", "answer": 3}, {"id": 2.0, "question": "r", "answer": None}]
    found = written(tmp_path, "q.parquet", parquet(rows)).questions
    assert [(question.id, question.answer) for question in found] == [("1", "3"), ("2", None)]


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("q.csv", "question,answer\nK\xf6ln?,1\n".encode("latin-1"), "line 2 is not UTF-8"),
        ("q.csv", "question\nq\n".encode("utf-16"), "line 1 is UTF-16"),
        ("q.csv", b"PK\x03\x04", "is an Excel or zip file"),
        ("q.csv", "", "is empty"),
        ("q.csv", "question,answer\n", "has no questions"),
        ("q.csv", "text,more\na,b\n", "has no column of questions. It has: text, more"),
        ("q.csv", "question,question\na,b\n", "'question' is there twice"),
        ("q.csv", 'question,answer\nq,1\n"never closed,2\n', "line 3: a quote opens and never closes"),
        ("q.csv", "question,answer\na,b,c\n\nd\n,e\n", "row 2: 3 cells, where the header has 2"),
        ("q.csv", "question,answer\na,b,c\n\nd\n,e\n", "row 4: 1 cell, where"),
        ("q.csv", "question,answer\na,b,c\n\nd\n,e\n", "row 5: no question"),
        ("q.csv", "id,question\n1,a\n,b\n1,c\n", "row 3: no id, where others have one; row 4: id '1'"),
        ("q.csv", 'question,match,answer,tolerance\na,number,1,"0,5"\n', "row 2: tolerance '0,5' is no number"),
        ("q.csv", "question,choices,answer\na,\"['x' 'y']\",x\n", "looks like a list and is none in JSON"),
        ("q.csv", "question,choices,answer\na,1|2|3,2\n", "answer '2' may be B (by text) or C (by index)"),
        ("q.jsonl", '{"question": "q", "choices": ["a", "b"], "answer": "C"}', "answer 'C' is none of the choices"),
        ("q.jsonl", '{"question": "q", "choices": ["a", "b"], "answer": 2}', "answer '2' is none of the choices"),
        ("q.jsonl", '{"question": "q", "choices": ["a", "b"], "answer": ["a", "b"]}', "several answers, where one"),
        ("q.jsonl", '{"question": "q", "choices": ["a", "a "], "answer": "A"}', "choices A and B are the same text"),
        ("q.jsonl", '{"question": "q", "choices": ["a", "", "b"], "answer": "A"}', "choices holds an empty text"),
        ("q.jsonl", '{"question": "q", "choices": ["a"], "answer": "A"}', "1 of the 2 to 26 choices"),
        ("q.jsonl", '{"question": "q", "choices": ["a", "b"], "answer": "A", "match": "exact"}', "takes no choices"),
        ("q.jsonl", '{"question": "q", "anser": "a"}', "unknown key 'anser': did you mean answer?"),
        ("q.jsonl", '{"question": " "}', "line 1: question is empty"),
        ("q.jsonl", '{"question": "q", "answer": {"a": 1}}', "answer is neither a text nor a number"),
        ("q.json", "3", "holds no list of questions"),
        ("q.json", "[1]", "row 1: no JSON object"),
        ("q.json", "{", "is not valid JSON"),
        ("q.parquet", b"PAR1", "cannot be read as Parquet"),
        ("q.txt", "q", "is no file of questions"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_in_one_line(name: str, text: bytes | str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(HarnessError) as refusal:
        written(tmp_path, name, text)
    assert fault in str(refusal.value) and "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ("columns: {qestion: q}", "Did you mean 'question'?"),
        ("columns: {question: promt}", "no column 'promt'. Did you mean 'prompt'?"),
        ("columns: [a]", "columns is no mapping"),
        ("columns: {question: [a, b]}", "give the name of one column"),
        ("match: nmber", "Did you mean 'number'?"),
        ("split: test", "split is of a dataset"),
        ("datset: a/b", "unknown keys: datset"),
    ],
)
def test_bad_settings_are_refused_in_one_line(settings: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(HarnessError) as refusal:
        written(tmp_path, "questions.jsonl", '{"prompt": "q"}', settings)
    assert fault in str(refusal.value) and "\n" not in str(refusal.value)


def test_faults_beyond_the_first_are_told_by_their_rows(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"line 5: .*; and 2 more, in lines 6, 7$"):
        written(tmp_path, "q.jsonl", "nonsense\n" * 7)


OFFERS: list[tuple[list[dict[str, Any]], str]] = [
    # Letters, texts, indices: alone, and where some could be two of them.
    ([{"choices": ["x", "y", "z"], "answer": "b"}, {"choices": ["x", "y", "z"], "answer": "(C)."}], "BC"),
    ([{"choices": ["x", "y"], "answer": "Y"}, {"choices": ["Paris", "Lyon"], "answer": "lyon."}], "BB"),
    ([{"choices": ["x", "y"], "answer": 1}, {"choices": ["1", "0"], "answer": 0}], "BA"),
    ([{"choices": ["x", "y"], "answer": "1"}, {"choices": ["1", "0"], "answer": "0"}], "BA"),
    ([{"choices": [3, 4, 5], "answer": 4}], "B"),
    ([{"choices": ["B", "A"], "answer": "B"}, {"choices": ["x", "y"], "answer": "A"}], "BA"),
    ([{"choices": {"text": ["x", "y"], "label": ["1", "2"]}, "answer": "2"}], "B"),
    ([{"choices": {"A": "x", "B": "y", "C": None}, "answer": "B"}], "B"),
    ([{"choices": ["AA", "Aa", "aa"], "answer": "Aa"}], "B"),
    ([{"choices": [str(n) for n in range(100, 126)], "answer": "Z"}], "Z"),
]


@pytest.mark.parametrize(("rows", "letters"), OFFERS)
def test_the_right_choice_is_known_by_letter_text_label_or_index(
    rows: list[dict[str, Any]], letters: str, tmp_path: Path
) -> None:
    suite = written(tmp_path, "q.json", json.dumps([{"question": "q", **row} for row in rows]))
    assert "".join(str(question.answer) for question in suite.questions) == letters
    for question in suite.questions:
        right = question.choices["ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(str(question.answer))]
        texts = [right] if right not in ("A", "B") else []
        assert [grade(question, text).value for text in (str(question.answer), *texts)] == [1] * (1 + len(texts))


def test_options_in_columns_of_their_own_are_choices_and_empty_ones_at_the_end_are_none(tmp_path: Path) -> None:
    found = written(tmp_path, "q.csv", "question,A,B,C,answer\nq,x,y,z,C\nr,x,y,,A\n").questions
    assert [(question.choices, question.answer) for question in found] == [(("x", "y", "z"), "C"), (("x", "y"), "A")]
    found = written(tmp_path, "r.csv", "question,option 1,option 2,gold\nq,x,y,1\n").questions
    assert (found[0].choices, found[0].answer) == (("x", "y"), "A")


@pytest.mark.parametrize(("golds", "letters"), [("1231", "ABCA"), ("0120", "ABCA"), ("1122", "AABB")])
def test_numbered_columns_are_counted_as_they_are_called_unless_an_answer_is_0(
    tmp_path: Path, golds: str, letters: str
) -> None:
    rows = "".join(f"q{place},x,y,z,{gold}\n" for place, gold in enumerate(golds))
    found = written(tmp_path, "q.csv", "question,option1,option2,option3,answer\n" + rows).questions
    assert [question.answer for question in found] == list(letters)


def test_what_public_files_hold_is_read_as_it_is_meant(tmp_path: Path) -> None:
    solved = {"question": "How many?", "answer": "3 + 4 = 7.\n#### 7"}
    alpaca = {"instruction": "Translate.", "input": "Guten Tag", "output": "Good day"}
    squad = {"question": "Which?", "answers": {"text": ["The", "The", "A"], "answer_start": [0, 0, 3]}}
    trivia = {"question": "Who?", "answer": {"value": "Bob", "aliases": ["Bob", "Bobby"], "type": "x"}}
    options = {
        "question": "Which?",
        "choices": [{"text": "x", "label": "1"}, {"text": "y", "label": "2"}],
        "answer": "1",
    }
    found = [
        written(tmp_path, "q.jsonl", json.dumps(row) + "\n").questions[0]
        for row in (solved, alpaca, squad, trivia, options)
    ]
    assert [(it.question.partition("\nA. ")[0], it.match, it.answer, it.aliases) for it in found] == [
        ("How many?", "number", "7", ()),
        ("Translate.\n\nGuten Tag", "open", None, ()),
        ("Which?", "contains", "The", ("A",)),
        ("Who?", "contains", "Bob", ("Bobby",)),
        ("Which?", "choice", "A", ()),
    ]
    beside = written(tmp_path, "q.csv", "question,optionA,optionB,correct\nq,x,y,B\n")
    assert beside.questions[0].answer == "B"
    several = written(tmp_path, "q.json", json.dumps({"data": [{"question": "Why?"}], "meta": [1, 2]}))
    assert several.questions[0].question == "Why?"


def test_a_file_without_a_right_answer_says_that_nothing_will_be_right_or_wrong(tmp_path: Path) -> None:
    told = "no column says what is right, so every question is open"
    assert any(told in note for note in written(tmp_path, "q.csv", "question,best\nq,x\n").notes)
    assert not any(told in note for note in written(tmp_path, "q.csv", "id,question\n1,q\n").notes)


@pytest.mark.parametrize(
    ("row", "part"),
    [
        ({"question": {"stem": "Q?", "choices": []}}, "columns: {question: NAME.stem}"),
        ({"question": "Q?", "answer": {"main": "x"}}, "columns: {answer: NAME.main}"),
        ({"question": "Q?", "choices": "red; green"}, "divided by |"),
        ({"question": "Q?", "choices": [{"text": "x", "correct": False}, {"text": "y", "correct": True}]}, "choices"),
    ],
)
def test_a_value_that_cannot_be_read_says_how_it_could_be(tmp_path: Path, row: dict[str, Any], part: str) -> None:
    with pytest.raises(HarnessError, match=re.escape(part)):
        written(tmp_path, "q.jsonl", json.dumps(row) + "\n")


def test_options_that_the_question_lists_itself_are_not_listed_again(tmp_path: Path) -> None:
    row = {"question": "Which?\n(A) Lyon\n(B) Paris", "choices": ["Lyon", "Paris"], "answer": "B"}
    assert written(tmp_path, "q.json", json.dumps([row])).questions[0].question == row["question"]


def test_a_worked_solution_is_the_reference_and_its_number_the_key(tmp_path: Path) -> None:
    text = json.dumps({"question": "q", "answer": "9 * 2 is 18.\n#### 18"})
    (question,) = written(tmp_path, "questions.jsonl", text, "match: number").questions
    assert (question.answer, question.reference) == ("18", "9 * 2 is 18.\n#### 18")


def test_a_dataset_is_read_by_name_and_split_with_its_columns_and_classes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    datasets = pytest.importorskip("datasets")
    monkeypatch.chdir(tmp_path)
    features = datasets.Features(
        prompt=datasets.Value("string"), options=[datasets.Value("string")], gold=datasets.ClassLabel(names=["A", "B"])
    )
    data = {"prompt": ["q", "r"], "options": [["x", "y"]] * 2, "gold": [1, -1]}
    held = datasets.Dataset.from_dict(data, features=features)
    held.to_parquet(str(tmp_path / "owner" / "name" / "data" / "test-00000.parquet"))
    held.save_to_disk(str(tmp_path / "mine" / "kept"))
    settings = "columns: {question: prompt, choices: options, answer: gold}\n"
    digests = set()
    for dataset in ("owner/name", "kept"):
        (tmp_path / "mine" / "suite.yaml").write_text(f"dataset: {dataset}\nsplit: test\n{settings}")
        suite = load_suite("mine")
        assert [(q.id, q.answer, q.match) for q in suite.questions] == [("1", "B", "choice"), ("2", None, "open")]
        digests.add(suite.digest)
    held.select([0]).to_parquet(str(tmp_path / "owner" / "name" / "data" / "test-00000.parquet"))
    (tmp_path / "mine" / "suite.yaml").write_text(f"dataset: owner/name\nsplit: test\n{settings}")
    assert load_suite("mine").digest not in digests


def test_a_dataset_that_cannot_be_had_is_refused_in_one_line(tmp_path: Path) -> None:
    pytest.importorskip("datasets")
    (tmp_path / "suite.yaml").write_text("dataset: nobody/nothing\n")
    with pytest.raises(HarnessError, match="The dataset 'nobody/nothing', split test, cannot be had") as refusal:
        load_suite(str(tmp_path))
    assert "\n" not in str(refusal.value)
