"""Whatever form and file the same answers stand in, they are read as the same responses."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from harness.data.recordings import Columns, Questionnaire, Recording, read_recording
from harness.data.recordings.forms import FORMS
from harness.errors import HarnessError
from harness.records import Question

QUESTIONS = (Question("1", "What is 2 plus 3?"), Question("2", "Who wrote Faust?"), Question("q3", "Name a river."))
ANSWERS = {"1": "It is 5.", "2": 'Goethe, "of course",\nwrote it.', "q3": ""}
DOCS = Path(__file__).parents[3] / "docs" / "import.md"

Rows = list[dict[str, Any]]


def asked(render: str = "Q: {}\nA:", system: str = "") -> Questionnaire:
    return Questionnaire("s", QUESTIONS, lambda words: render.format(words), ("Q:", "A:"), system)


def read(path: Path, columns: Columns | None = None, suite: Questionnaire | None = None) -> Recording:
    return read_recording(path, "v", suite or asked(), columns)


def texts(recording: Recording) -> dict[str, str]:
    return {one.question_id: one.text for one in recording.responses}


def write(path: Path, rows: Rows) -> Path:
    """The rows as the file's ending says."""
    if path.suffix in (".csv", ".tsv"):
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, delimiter="\t" if path.suffix == ".tsv" else ",")
            writer.writerow(rows[0])
            writer.writerows([_cell(value) for value in row.values()] for row in rows)
    elif path.suffix == ".parquet":
        parquet = pytest.importorskip("pyarrow.parquet")
        pyarrow = pytest.importorskip("pyarrow")
        parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    elif path.suffix == ".jsonl":
        path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    else:
        path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list | dict) else value


def message(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def body(text: str) -> dict[str, Any]:
    return {"choices": [{"index": 0, "message": message(text), "finish_reason": "stop"}]}


def made(row: Any) -> Rows:
    return [row(question.id, question.question, ANSWERS[question.id]) for question in QUESTIONS]


NESTED = (".json", ".jsonl", ".parquet")
FLAT = (*NESTED, ".csv", ".tsv")
SHAPES: dict[str, tuple[str, tuple[str, ...], Any]] = {
    "assignment": (
        "the assignment's JSON", FLAT, lambda k, q, a: {"id": k, "prompt": q, "generated_text": f"Q: {q}\nA:{a}"}
    ),
    "alpaca eval": (
        "AlpacaEval's outputs", FLAT, lambda k, q, a: {"instruction": q, "output": a, "generator": "zephyr"}
    ),
    "own": (
        "rows of answers", FLAT,
        lambda k, q, a: {"id": k, "response": a, "finish_reason": "stop", "completion_tokens": 4},
    ),
    "answer": ("rows of answers", FLAT, lambda k, q, a: {"id": k, "answer": a}),
    "question and answer": ("rows of answers", FLAT, lambda k, q, a: {"question": f" {q}\n", "prediction": a}),
    "completion": ("prompts and completions", FLAT, lambda k, q, a: {"prompt": q, "completion": a}),
    "rendered completion": (
        "prompts and completions", FLAT, lambda k, q, a: {"prompt": f"[INST] {q} [/INST]", "completion": a}
    ),
    "messages to messages": (
        "prompts and completions", FLAT, lambda k, q, a: {"prompt": [user(q)], "completion": [message(a)]}
    ),
    "messages": ("messages", FLAT, lambda k, q, a: {"id": k, "messages": [user(q), message(a)]}),
    "messages alone": ("messages", FLAT, lambda k, q, a: {"messages": [user(q), message(a)]}),
    "sharegpt": (
        "messages", FLAT,
        lambda k, q, a: {"conversations": [{"from": "human", "value": q}, {"from": "gpt", "value": a}]},
    ),
    "parts": (
        "messages", NESTED,
        lambda k, q, a: {
            "id": k,
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": q}]},
                {"role": "assistant", "content": [{"type": "text", "text": a}]},
            ],
        },
    ),
    "batch": (
        "a batch's output", NESTED,
        lambda k, q, a: {"id": f"b{k}", "custom_id": k, "response": {"status_code": 200, "body": body(a)}},
    ),
    "batch of responses": (
        "a batch's output", NESTED,
        lambda k, q, a: {
            "custom_id": k,
            "response": {
                "status_code": 200,
                "body": {"output": [{"type": "message", "content": [{"type": "output_text", "text": a}]}]},
            },
        },
    ),
    "anthropic's batch": (
        "a batch's output", NESTED,
        lambda k, q, a: {
            "custom_id": k,
            "result": {
                "type": "succeeded",
                "message": {
                    "role": "assistant", "content": [{"type": "text", "text": a}], "stop_reason": "end_turn",
                },
            },
        },
    ),
    "completions with metadata": (
        "chat completions", NESTED, lambda k, q, a: {"id": f"chatcmpl-{k}", "metadata": {"id": k}, **body(a)}
    ),
    "completions with messages": (
        "chat completions", NESTED, lambda k, q, a: {"id": f"chatcmpl-{k}", "messages": [user(q)], **body(a)}
    ),
    "requests and responses": (
        "chat completions", NESTED,
        lambda k, q, a: {"request": {"model": "gpt", "messages": [user(q)]}, "response": {"id": "c", **body(a)}},
    ),
    "mt-bench": (
        "MT-bench's model_answer", NESTED,
        lambda k, q, a: {
            "question_id": k, "answer_id": "x" + k, "model_id": "vicuna", "choices": [{"index": 0, "turns": [a]}],
        },
    ),
    "promptfoo": (
        "promptfoo's results", NESTED,
        lambda k, q, a: {
            "id": f"uuid-{k}", "promptIdx": 0, "provider": {"id": "openai:gpt", "label": ""}, "vars": {"topic": q},
            "prompt": {"raw": json.dumps([user(q)]), "label": "x"}, "response": {"output": a}, "success": True,
        },
    ),
    "promptfoo by id": (
        "promptfoo's results", NESTED,
        lambda k, q, a: {"vars": {"id": k, "topic": "x"}, "prompt": {"raw": "Say it."}, "response": {"output": a}},
    ),
    "gemini": (
        "chat completions", NESTED,
        lambda k, q, a: {
            "key": f"request-{k}", "request": {"contents": [{"role": "user", "parts": [{"text": q}]}]},
            "response": {"candidates": [{"content": {"role": "model", "parts": [{"text": a}]}}]},
        },
    ),
    "ollama": (
        "chat completions", NESTED,
        lambda k, q, a: {"id": k, "model": "m", "message": message(a), "done": True, "done_reason": "stop"},
    ),
    "arena": (
        "messages", NESTED[:2],
        lambda k, q, a: {
            "uid": "x" + k, "messages": [user(q), {"role": "assistant", "content": {"answer": a}}],
        },
    ),
    "lighteval": (
        "LightEval's details", NESTED,
        lambda k, q, a: {
            "doc": {"query": q, "id": "2", "choices": ["x"]}, "model_response": {"input": q, "text": [a]},
        },
    ),
    "lighteval before 0.10": (
        "LightEval's details", NESTED,
        lambda k, q, a: {"example": q, "full_prompt": f"Question: {q}\nAnswer:", "predictions": [a], "gold": ["x"]},
    ),
    "helm": (
        "HELM's scenario state", NESTED,
        lambda k, q, a: {
            "instance": {"input": {"text": q}, "id": "id7"}, "request": {"model": "m", "prompt": f"Question: {q}"},
            "result": {"success": True, "completions": [{"text": a, "logprob": -1.0}]}, "train_trial_index": 0,
        },
    ),
    "llama-factory": (
        "rows of answers", FLAT, lambda k, q, a: {"prompt": f"user\n{q}\nassistant\n", "predict": a, "label": "x"}
    ),
    "vllm's outputs": (
        "rows of answers", NESTED, lambda k, q, a: {"prompt": q, "outputs": [{"index": 0, "text": a}]}
    ),
    "a list of one": ("rows of answers", NESTED, lambda k, q, a: {"id": k, "responses": [a]}),
    "opencompass": (
        "rows of answers", NESTED,
        lambda k, q, a: {"origin_prompt": [{"role": "HUMAN", "prompt": q}], "prediction": a, "gold": "x"},
    ),
    "pipeline of chats": (
        "the assignment's JSON", NESTED, lambda k, q, a: {"generated_text": [user(q), message(a)]}
    ),
    "inspect": (
        "inspect's log", NESTED,
        lambda k, q, a: {
            "id": k, "epoch": 1, "input": q, "messages": [user(q), message(a)],
            "output": {"model": "m", "completion": a, **body(a)},
        },
    ),
}  # fmt: skip
KINDS = [(name, ending) for name, (_, endings, _) in SHAPES.items() for ending in endings]


@pytest.mark.parametrize(("name", "ending"), KINDS)
def test_the_same_answers_are_read_as_the_same_responses(tmp_path: Path, name: str, ending: str) -> None:
    form, _, row = SHAPES[name]
    rows = made(row)
    found = read(write(tmp_path / f"a{ending}", rows))
    assert (found.form, texts(found)) == (form, ANSWERS)
    assert [one.error for one in found.responses] == [None] * 3
    # In any order.
    assert texts(read(write(tmp_path / f"b{ending}", rows[::-1]))) == ANSWERS


def test_every_form_is_in_the_family_and_in_the_documentation() -> None:
    names = [form.name for form in FORMS]
    assert {form for form, _, _ in SHAPES.values()} == set(names)
    assert re.findall(r"^### (.+)$", DOCS.read_text(encoding="utf-8"), re.MULTILINE) == names


@pytest.mark.parametrize(
    ("name", "ending", "text"),
    re.findall(
        r"^### ([^\n]+)\n(?:(?!^###).)*?```(jsonl?|csv)\n(.*?)```", DOCS.read_text("utf-8"), re.MULTILINE | re.DOTALL
    ),
)
def test_every_example_of_the_documentation_is_read(tmp_path: Path, name: str, ending: str, text: str) -> None:
    path = tmp_path / f"a.{ending}"
    path.write_text(text, encoding="utf-8")
    found = read(path)
    assert (found.form, texts(found)) == (name, {"1": "It is 5.", "2": "Goethe wrote it."})


@pytest.mark.parametrize("key", ["data", "rows", "answers", "responses", "outputs", "instances"])
def test_rows_may_lie_in_an_object(tmp_path: Path, key: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"model": "m", key: made(SHAPES["own"][2])}), encoding="utf-8")
    assert texts(read(path)) == ANSWERS


WHOLE: dict[str, Any] = {
    "ids": ANSWERS,
    "questions": {question.question: ANSWERS[question.id] for question in QUESTIONS},
    "ids of rows": {question.id: {"prediction": ANSWERS[question.id]} for question in QUESTIONS},
    "results by id": {"model": "m", "date": "d", "results": ANSWERS},
    "lists": {"id": list(ANSWERS), "response": list(ANSWERS.values())},
    "pandas": {"id": dict(enumerate(ANSWERS)), "response": dict(enumerate(ANSWERS.values()))},
    "pandas split": {"columns": ["id", "response"], "index": [0, 1, 2], "data": [list(it) for it in ANSWERS.items()]},
    "lists of one": [[{"id": key, "generated_text": text}] for key, text in ANSWERS.items()],
    "predictions": {"model": "m", "predictions": made(SHAPES["answer"][2])},
}


@pytest.mark.parametrize("name", WHOLE)
def test_answers_in_an_object_by_key_or_by_column_are_rows(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(WHOLE[name]), encoding="utf-8")
    assert texts(read(path)) == ANSWERS


def test_a_text_that_begins_with_its_question_belongs_to_it(tmp_path: Path) -> None:
    rows = [{"generated_text": f"{question.question} Yes."} for question in QUESTIONS]
    assert texts(read(write(tmp_path / "a.json", rows))) == {"1": " Yes.", "2": " Yes.", "q3": " Yes."}


@pytest.mark.parametrize(
    ("name", "text", "encoding"),
    [
        ("a.csv", "sep=;\r\nid;answer\r\n1;It is 5, or 6.\r\n", "utf-8-sig"),
        ("a.csv", "id;answer;\r\n1;It is 5, or 6.;\r\n;;\r\n", "utf-8"),
        ("a.csv", "id\tanswer\r\n1\tIt is 5, or 6.\r\n", "utf-16"),
        ("a.txt", "id\tanswer\r\n1\tIt is 5, or 6.\r\n", "utf-16"),
        ("a.csv", 'id,answer\n1.0,"It is 5, or 6."\n', "utf-8"),
    ],
)
def test_a_spreadsheets_table_is_read_as_it_saves_it(tmp_path: Path, name: str, text: str, encoding: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding=encoding, newline="")
    assert texts(read(path)) == {"1": "It is 5, or 6."}


def test_a_judgement_of_alpaca_eval_holds_two_models_answers(tmp_path: Path) -> None:
    rows: Rows = [
        {"instruction": one.question, "output_1": "No.", "generator_1": "gpt4", "output_2": "Yes.", "generator_2": "m"}
        for one in QUESTIONS
    ]
    path = write(tmp_path / "a.json", rows)
    with pytest.raises(HarnessError, match=r"several models \(generator: gpt4, m\)"):
        read(path)
    assert texts(read(path, Columns(only=(("generator", "m"),)))) == {"1": "Yes.", "2": "Yes.", "q3": "Yes."}


def test_a_call_that_failed_at_each_try_is_a_failed_generation(tmp_path: Path) -> None:
    request = {"messages": [user(QUESTIONS[0].question)]}
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps([request, ["429 rate limit", "429 rate limit"]]) + "\n", encoding="utf-8")
    (row,) = read(path).responses
    assert (row.question_id, row.text, row.error) == ("1", "", "429 rate limit")


def test_numbers_are_answers_and_a_message_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    rows: Rows = [{"id": "1", "answer": 5}, {"id": "2", "answer": 0.5}, {"id": "q3", "answer": 3.0}]
    assert texts(read(write(tmp_path / "a.json", rows))) == {"1": "5", "2": "0.5", "q3": "3"}
    unread = {"id": "1", "messages": [user("x"), {"role": "assistant", "content": {"image": "…"}}]}
    with pytest.raises(HarnessError, match="has the columns id, messages"):
        read(write(tmp_path / "b.json", [unread]))


def test_right_answers_beside_a_models_are_not_taken_for_its_answers_unseen(tmp_path: Path) -> None:
    suite = Questionnaire("s", [Question("1", "What?", answer="5"), Question("2", "Who?", answer="Goethe")], str)
    rows = [
        {"question": "What?", "answer": "5", "x": "So it is."},
        {"question": "Who?", "answer": "Goethe", "x": "He."},
    ]
    found = read(write(tmp_path / "a.json", rows), suite=suite)
    assert len(found.notes) == 1 and "every answer is its question's key" in found.notes[0]
    assert not read(write(tmp_path / "b.json", rows), Columns(answer="x"), suite).notes
    named = [{"question": row["question"], "answer": row["answer"], "llama_output": row["x"]} for row in rows]
    with pytest.raises(HarnessError, match="texts in answer and in llama_output.* --answer-column llama_output"):
        read(write(tmp_path / "c.json", named), suite=suite)


def test_promptfoos_versions_and_inspects_log_are_unpacked(tmp_path: Path) -> None:
    cases, samples = made(SHAPES["promptfoo"][2]), made(SHAPES["inspect"][2])
    third = {"evalId": "e", "results": {"version": 3, "prompts": [{"raw": "x"}], "results": cases, "stats": {}}}
    second = {"results": {"version": 2, "results": cases, "table": {"head": {}, "body": []}}, "config": {}}
    log = {"version": 2, "status": "success", "eval": {"model": "m"}, "samples": samples}
    path = tmp_path / "a.json"
    for whole in (third, second, {"version": 1, "results": cases}, log):
        path.write_text(json.dumps(whole), encoding="utf-8")
        assert texts(read(path)) == ANSWERS


def test_a_semicolon_separates_where_the_header_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\ufeffid;answer\n1;It is 5, or five.\n", encoding="utf-8")
    assert texts(read(path)) == {"1": "It is 5, or five."}


def test_a_sheets_headings_are_known_however_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Question,Model answer\nWho wrote Faust?,Goethe.\n", encoding="utf-8")
    assert texts(read(path)) == {"2": "Goethe."}
    path.write_text("ID,Response,Reply\n1,no,It is 5.\n", encoding="utf-8")
    assert texts(read(path, Columns(answer="Reply"))) == {"1": "It is 5."}


def test_an_id_among_blanks_is_the_id_unless_the_suite_writes_the_blanks(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id , answer\n 1 ,It is 5.\n", encoding="utf-8")
    assert texts(read(path)) == {"1": "It is 5."}
    suite = Questionnaire("s", [Question(" 1 ", "What?"), Question("1", "Who?")], str)
    assert texts(read(path, suite=suite)) == {" 1 ": "It is 5."}


def test_an_empty_cell_is_an_empty_answer_and_says_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "id,response,finish_reason,completion_tokens,error\n1,,,,\n2,Goethe.,length,7,\nq3,,,,429\n", "utf-8"
    )
    empty, cut, failed = read(path).responses
    assert (empty.text, empty.finish_reason, empty.completion_tokens, empty.error) == ("", None, None, None)
    assert (cut.truncated, cut.completion_tokens) == (True, 7)
    assert failed.error == "429"


def test_numbers_of_a_table_are_the_ids_that_they_are(tmp_path: Path) -> None:
    rows = [{"id": 1.0, "answer": "It is 5."}, {"id": 2, "answer": "Goethe."}]
    assert texts(read(write(tmp_path / "a.json", rows))) == {"1": "It is 5.", "2": "Goethe."}


def test_how_an_answer_ended_is_read_in_every_apis_words(tmp_path: Path) -> None:
    first = body("It is")
    first["choices"][0]["finish_reason"] = "length"
    rows = [
        {"custom_id": "1", "response": {"body": {**first, "usage": {"completion_tokens": 3}}}},
        {
            "custom_id": "2",
            "result": {
                "type": "succeeded",
                "message": {"role": "assistant", "content": [{"type": "thinking", "thinking": "Who?"},
                            {"type": "text", "text": "Goethe"}], "stop_reason": "max_tokens",
                            "usage": {"output_tokens": 2}},
            },
        },
        {"custom_id": "q3", "result": {"type": "expired"}},
    ]  # fmt: skip
    one, two, three = read(write(tmp_path / "a.jsonl", rows)).responses
    assert [(it.text, it.truncated, it.completion_tokens) for it in (one, two)] == [
        ("It is", True, 3),
        ("Goethe", True, 2),
    ]
    assert three.error == "status is expired"


def test_a_sample_of_inspect_that_failed_is_a_failed_generation(tmp_path: Path) -> None:
    rows = made(SHAPES["inspect"][2])
    rows[1] |= {"error": {"message": "429 rate limit", "traceback": "…"}, "output": {"choices": [], "completion": ""}}
    rows[0]["output"]["choices"][0] = {"message": message("It is 5."), "stop_reason": "max_tokens"}
    cut, failed, _ = read(write(tmp_path / "a.json", rows)).responses
    assert cut.truncated and (failed.text, failed.error) == ("", "429 rate limit")


def test_a_long_text_of_inspects_attachments_is_put_back(tmp_path: Path) -> None:
    rows = made(SHAPES["inspect"][2])[:1]
    rows[0]["output"] = {"completion": "attachment://ab12", "choices": []}
    rows[0]["attachments"] = {"ab12": "It is 5, at length."}
    log = {"version": 2, "status": "success", "eval": {}, "samples": rows}
    path = tmp_path / "a.json"
    path.write_text(json.dumps(log), encoding="utf-8")
    assert texts(read(path)) == {"1": "It is 5, at length."}


def test_the_second_turn_of_mt_bench_is_left_out_and_said(tmp_path: Path) -> None:
    rows = [{"question_id": 1, "model_id": "m", "choices": [{"index": 0, "turns": ["It is 5.", "And 6."]}]}]
    found = read(write(tmp_path / "a.jsonl", rows))
    assert texts(found) == {"1": "It is 5."} and found.notes == (
        "of 2 turns the first is read: a suite asks one question",
    )


def test_options_that_a_question_offers_are_no_answers(tmp_path: Path) -> None:
    options = [{"label": "A", "text": "4"}, {"label": "B", "text": "5"}]
    assert texts(read(write(tmp_path / "a.json", [{"id": "1", "choices": options, "response": "B"}]))) == {"1": "B"}


def test_columns_are_taken_by_name(tmp_path: Path) -> None:
    rows: Rows = [
        {"meta": {"qid": "2"}, "frage": "?", "model says": "Goethe.", "answer": "Johann Wolfgang von Goethe"},
        {"meta": {"qid": "1"}, "frage": "?", "model says": "It is 5.", "answer": "5"},
    ]
    path = write(tmp_path / "a.jsonl", rows)
    assert texts(read(path, Columns(answer="model says", id="meta.qid"))) == {"2": "Goethe.", "1": "It is 5."}
    worded = [{**row, "id": "1", "frage": QUESTIONS[at].question} for at, row in enumerate(rows)]
    path = write(tmp_path / "b.jsonl", worded)
    assert texts(read(path, Columns(answer="model says", question="frage"))) == {"1": "Goethe.", "2": "It is 5."}


def test_one_model_of_several_is_taken_by_only(tmp_path: Path) -> None:
    rows = [{**row, "model": name} for name in ("a/1", "b") for row in made(SHAPES["own"][2])]
    for row in rows[3:]:
        row["response"] += " Indeed."
    path = write(tmp_path / "a.jsonl", rows)
    with pytest.raises(HarnessError, match=r"several models \(model: a/1, b\).*--only NAME:model=a/1"):
        read(path)
    assert texts(read(path, Columns(only=(("model", "a/1"),)))) == ANSWERS
    assert texts(read(path, Columns(only=(("model", "b"),))))["1"] == "It is 5. Indeed."


REFUSED: dict[str, tuple[Rows, Columns, str]] = {
    "samples": (
        [{"id": "1", "epoch": n, "response": str(n)} for n in (1, 2)], Columns(),
        "answers 1 more than once; expected one row a question. Take one of them by epoch (1, 2): --only epoch=1",
    ),
    "choices": (
        [{"question_id": 1, "model_id": "m", "choices": [{"index": n, "turns": [str(n)]} for n in (0, 1)]}], Columns(),
        "--only choice=0",
    ),
    "choices of a completion": (
        [{"custom_id": "1", "response": {"body": {"choices": [*body("a")["choices"], *body("b")["choices"]]}}}],
        Columns(), "--only choice=0",
    ),
    "an unknown column": ([{"id": "1", "response": "a"}], Columns(answer="respons"), "Did you mean 'response'?"),
    "an unknown value": ([{"id": "1", "response": "a", "m": "x"}], Columns(only=(("m", "y"),)), "Known: x."),
    "a near column": ([{"id": "1", "respones": "a"}], Columns(), "Is respones what response is elsewhere?"),
    "a near form": ([{"custom_id": "1", "reply": "a"}], Columns(), "Nearest: a batch's output"),
    "two answers": (
        [{"id": "1", "response": "a", "output": "b"}], Columns(), "holds texts in response and in output.",
    ),
    "nothing to tell by": ([{"response": "a"}], Columns(), "row 1 has no id, and no question or prompt"),
    "no such id": ([{"id": "9", "response": "a"}], Columns(), "answers 9, which no question of the suite has as id"),
    "q3 is not 3": ([{"id": 3, "response": "a"}], Columns(), "answers 3, which no question"),
    "no such question": ([{"prompt": "Why?", "completion": "a"}], Columns(), "answers 'Why?', which no question"),
    "several questions in a prompt": (
        [{"prompt": "What is 2 plus 3? Who wrote Faust?", "completion": "a"}], Columns(), "holds several questions",
    ),
    "an id beside another's wording": (
        [{"id": "1", "question": "Who wrote Faust?", "response": "a"}, {"id": "2", "question": "?", "response": "b"}],
        Columns(), "row 1: id is '1', and its question is that of '2' in the suite",
    ),
    "no answer behind the messages": (
        [{"id": "1", "messages": [user("x"), message("a")]}, {"id": "2", "messages": [user("x")]}], Columns(),
        "row 2: response is null, and no error",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_told_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    rows, columns, part = REFUSED[name]
    with pytest.raises(HarnessError) as error:
        read(write(tmp_path / "a.json", rows), columns)
    assert part in str(error.value) and "a.json" in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "data", "part"),
    [
        ("a.csv", b"id,answer\n1,a,b\n", "row 1 has 3 cells, and the header names 2 columns (id, answer)"),
        ("a.csv", b"id,answer\n", "empty list"),
        ("a.csv", b'id,answer\n1,"a" b\n', "cannot be read as a table"),
        ("a.jsonl.gz", b"\x1f\x8b\x08", "Unpack it first, with: gunzip"),
        ("a.xlsx", b"PK\x03\x04", "save the sheet as CSV"),
        ("a.parquet", b"PAR1 and no more", "cannot be read as Parquet"),
        ("a.json", b'{"version": 2, "status": "error", "eval": {}, "samples": null}', "without samples (status error)"),
    ],
)
def test_a_file_that_is_none_is_refused_in_one_line(tmp_path: Path, name: str, data: bytes, part: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(HarnessError) as error:
        read(path)
    assert part in str(error.value) and name in str(error.value) and "\n" not in str(error.value)


def test_ids_of_something_else_do_not_decide_where_wordings_do(tmp_path: Path) -> None:
    rows = [
        {"id": "2", "prompt": "What is 2 plus 3?", "completion": "It is 5."},
        {"id": "1", "prompt": "<s>[INST] Who wrote Faust? [/INST]", "completion": "Goethe."},
    ]
    assert texts(read(write(tmp_path / "a.json", rows))) == {"1": "It is 5.", "2": "Goethe."}


def test_an_id_stands_beside_a_prompt_that_holds_another_question_as_a_shot(tmp_path: Path) -> None:
    shot = "What is 2 plus 3? 5. "
    rows = [{"id": row["id"], "prompt": shot + row["prompt"], "completion": "x"} for row in made(
        lambda k, q, a: {"id": k, "prompt": q}
    )]  # fmt: skip
    assert set(texts(read(write(tmp_path / "a.json", rows)))) == {"1", "2", "q3"}


ALIKE: dict[str, dict[str, Any]] = {
    "no prompt": {},
    "the question": {"prompt": " What is 2 plus 3?"},
    "the suite's prompt": {"prompt": "Q: What is 2 plus 3?\nA:"},
    "messages": {"messages": [user("What is 2 plus 3?")]},
    "the suite's system line": {"messages": [{"role": "system", "content": "Be kind."}, user("What is 2 plus 3?")]},
}


@pytest.mark.parametrize("name", ALIKE)
def test_the_suites_own_question_is_not_another_prompt(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "a.jsonl", [{"id": "1", "response": "5", **ALIKE[name]}])
    (one,) = read(path, suite=asked(system="Be kind.")).responses
    assert one.asked is None and (one.prompt_sha256 == "") == ("messages" in ALIKE[name])


OTHER: dict[str, tuple[dict[str, Any], str, bool]] = {
    "other words": ({"prompt": "How much are two and three?"}, "How much are two and three?", True),
    "a template": ({"prompt": "[INST] What is 2 plus 3? [/INST]"}, "[INST] What is 2 plus 3? [/INST]", False),
    "a system line": (
        {"messages": [{"role": "system", "content": "Be rude."}, user("What is 2 plus 3?")]},
        "system: Be rude.\n\nuser: What is 2 plus 3?", False,
    ),
    "other words in messages": ({"messages": [user("2 + 3?")]}, "2 + 3?", True),
}  # fmt: skip


@pytest.mark.parametrize("chat", [False, True])
@pytest.mark.parametrize("name", OTHER)
def test_the_prompt_that_the_file_holds_is_kept_where_it_is_another(tmp_path: Path, name: str, chat: bool) -> None:
    columns, prompt, is_known = OTHER[name]
    path = write(tmp_path / "a.jsonl", [{"id": "1", "response": "5", **columns}])
    (one,) = read(path, suite=asked("" if chat else "Q: {}\nA:", "Be kind.")).responses
    assert one.asked == prompt and (one.prompt_sha256 != "") == is_known


def test_a_packed_log_of_inspect_is_read_by_its_own_reader_or_says_what_installs_it(tmp_path: Path) -> None:
    path = tmp_path / "a.eval"
    path.write_bytes(b"PK\x03\x04")
    try:
        import inspect_ai  # noqa: F401
    except ImportError:
        part = "pip install inspect_ai"
    else:
        part = "cannot be read as a log of inspect"
    with pytest.raises(HarnessError, match=part):
        read(path)


def test_what_inspect_itself_writes_is_read(tmp_path: Path) -> None:
    log = pytest.importorskip("inspect_ai.log")
    samples = made(SHAPES["inspect"][2])
    for sample in samples:
        sample["target"] = ""
    made_log = log.EvalLog.model_validate(
        {
            "version": 2, "status": "success", "samples": samples,
            "eval": {"created": "2026-01-01T00:00:00+00:00", "task": "t", "dataset": {}, "model": "m", "config": {}},
        }
    )  # fmt: skip
    for name in ("a.eval", "a.json"):
        log.write_eval_log(made_log, str(tmp_path / name))
        assert texts(read(tmp_path / name)) == ANSWERS
