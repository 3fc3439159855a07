import json
from pathlib import Path
from typing import Any

import pandas
import pytest

from harness.data.preferences import Preference, read_preferences
from harness.errors import HarnessError


def said(question: str, chosen: str | None, rejected: str | None, system: str | None = None) -> Preference:
    line = () if system is None else (("system", system),)
    return Preference((*line, ("user", question)), chosen, rejected)


GOOD = {"prompt": "q", "chosen": "a", "rejected": "b"}


def rows(path: Path, *found: Any) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in found))
    return str(path)


def test_the_usual_shapes_say_the_same(tmp_path: Path) -> None:
    user, good, bad = {"role": "user", "content": "q"}, "a", "b"
    answer = {"role": "assistant", "content": "a"}, {"role": "assistant", "content": "b"}
    shapes: list[dict[str, Any]] = [
        {"prompt": "q", "chosen": good, "rejected": bad},
        {"prompt": [user], "chosen": [answer[0]], "rejected": [answer[1]]},
        {"chosen": [user, answer[0]], "rejected": [user, answer[1]]},
        {"system": "", "question": "q", "chosen": good, "rejected": bad},
    ]
    for number, shape in enumerate(shapes):
        assert read_preferences(rows(tmp_path / f"{number}.jsonl", shape)).usable == (said("q", "a", "b"),)


def test_orcas_system_line_and_a_system_message_are_kept(tmp_path: Path) -> None:
    orca = {"system": "Be kind.", "question": "q", "chosen": "a", "rejected": "b"}
    opening = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "q"}]
    messages = {"prompt": opening, "chosen": [{"role": "assistant", "content": "a"}], "rejected": "b"}
    for number, shape in enumerate((orca, messages)):
        found = read_preferences(rows(tmp_path / f"{number}.jsonl", shape)).usable
        assert found == (said("q", "a", "b", "Be kind."),)


USER, GOOD_END, BAD_END = (
    {"role": role, "content": text} for role, text in (("user", "q"), ("assistant", "a"), ("assistant", "b"))
)
TALKS = {"chosen": [USER, GOOD_END], "rejected": [USER, BAD_END]}
ANSWERS = {"chosen": "a", "rejected": "b"}


@pytest.mark.parametrize(
    ("row", "system"),
    [
        ({**TALKS, "prompt": "q", "question": "q", "source": "orca"}, None),
        ({**TALKS, "prompt": None, "question": None}, None),
        ({**TALKS, "question": "q", "system": "Be kind."}, "Be kind."),
        ({**TALKS, "prompt": "q", "system": None}, None),
        ({"question": "q", "chosen": [GOOD_END], "rejected": [BAD_END]}, None),
        ({"prompt": [USER], "question": "other words", **ANSWERS}, None),
        ({"prompt": [{"role": "system", "content": "Own."}, USER], "system": "Be kind.", **ANSWERS}, "Own."),
        ({"prompt": "q", "system": "Be kind.", **ANSWERS}, "Be kind."),
        ({"prompt": "q", "system": "", **ANSWERS}, None),
        ({"prompt": "q", "system_prompt": "Be kind.", **ANSWERS}, "Be kind."),
        ({"question": "q", "system_prompt": "Be kind.", "system": None, **ANSWERS}, "Be kind."),
        ({"question": None, "prompt": "q", **ANSWERS}, None),
        ({"question": "q", "prompt": "### Input:\nq\n### Response:\n", **ANSWERS}, None),
    ],
)
def test_columns_beside_a_shape_neither_hide_it_nor_are_lost(
    tmp_path: Path, row: dict[str, Any], system: str | None
) -> None:
    assert read_preferences(rows(tmp_path / "a.jsonl", row)).usable == (said("q", "a", "b", system),)


def test_one_prompt_under_two_system_lines_is_two_rows(tmp_path: Path) -> None:
    # truthy-dpo asks each prompt under two system lines, with the answers the other way round.
    kind = {"system": "You tell the truth.", "prompt": "q", "chosen": "a", "rejected": "b"}
    found = read_preferences(
        rows(tmp_path / "a.jsonl", kind, {**kind, "system": "You lie.", "chosen": "b", "rejected": "a"})
    )
    assert [row.system for row in found.usable] == ["You tell the truth.", "You lie."]


def test_json_and_parquet_files_are_read_too(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps([GOOD]))
    pandas.DataFrame([GOOD]).to_parquet(tmp_path / "a.parquet")
    messages = {"chosen": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}
    messages["rejected"] = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "b"}]
    pandas.DataFrame([messages]).to_parquet(tmp_path / "m.parquet")
    for name in ("a.json", "a.parquet", "m.parquet"):
        assert read_preferences(str(tmp_path / name)).usable == (said("q", "a", "b"),)


def test_rows_that_teach_nothing_are_dropped_and_counted(tmp_path: Path) -> None:
    # The broken rows come first: the first row must not decide how the others are read.
    found = read_preferences(
        rows(
            tmp_path / "a.jsonl",
            {**GOOD, "prompt": 5, "chosen": ["a"]},
            ["q", "a", "b"],
            {"prompt": "q", "chosen": "a"},
            {**GOOD, "prompt": ["hi"]},
            GOOD,
            GOOD,
            {**GOOD, "chosen": " "},
            {**GOOD, "rejected": "a "},
            {**GOOD, "prompt": None},
            {**GOOD, "rejected": 7},
            {**GOOD, "prompt": "\n"},
            {**GOOD, "chosen": "a\x00"},
            {**GOOD, "prompt": "q\x1b[2J"},
            {**GOOD, "rejected": "\udc80"},
            {"system": ["s"], "question": "q", "chosen": "a", "rejected": "b"},
        )
    )
    assert found.usable == (said("q", "a", "b"),) and found.rows == 15 and found.usable[0].row == 5
    assert found.dropped == {
        "duplicate": 1,
        "empty answer": 1,
        "chosen equals rejected": 1,
        "wrong type": 6,
        "missing columns": 1,
        "empty prompt": 1,
        "control characters": 3,
    }


def test_tabs_line_ends_and_other_scripts_are_no_control_characters(tmp_path: Path) -> None:
    row = {"prompt": "q\tr\r\n", "chosen": "答え\u200b🙂\xa0é", "rejected": "b"}
    assert len(read_preferences(rows(tmp_path / "a.jsonl", row)).usable) == 1


def test_a_file_without_the_columns_says_which_it_found(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="has the columns answer, question"):
        read_preferences(rows(tmp_path / "a.jsonl", {"question": "q", "answer": "a"}))


def test_both_sides_of_a_conversation_must_answer_the_same_prompt(tmp_path: Path) -> None:
    def message(role: str, content: Any) -> dict[str, Any]:
        return {"role": role, "content": content}

    found = read_preferences(
        rows(
            tmp_path / "a.jsonl",
            {"prompt": "q", "chosen": [message("assistant", "a")], "rejected": "b"},
            {"prompt": "r", "chosen": "a", "rejected": [message("assistant", "b")]},
            {
                "chosen": [message("user", "s"), message("assistant", "a")],
                "rejected": [message("user", "t"), message("assistant", "b")],
            },
            {"prompt": "u", "chosen": [message("user", "a")], "rejected": "b"},
            {"prompt": [message("assistant", "v")], "chosen": "a", "rejected": "b"},
            {"prompt": [message("tool", "w")], "chosen": "a", "rejected": "b"},
            {"prompt": [message("user", "x"), "y"], "chosen": "a", "rejected": "b"},
            {"prompt": [message("system", "z")], "chosen": "a", "rejected": "b"},
        )
    )
    assert found.usable == (said("q", "a", "b"), said("r", "a", "b"))
    assert found.dropped == {"prompts differ": 1, "wrong type": 4, "empty prompt": 1}


def test_what_nobody_can_see_is_empty(tmp_path: Path) -> None:
    unseen = ["\u3000\xa0\u2003", "\u200b\u200d", "\ufeff", " \u2060\n\xad"]
    found = read_preferences(
        rows(
            tmp_path / "a.jsonl",
            GOOD,
            *({**GOOD, "chosen": text} for text in unseen),
            {**GOOD, "prompt": "\u200b "},
            {**GOOD, "rejected": "\u200ba\ufeff"},
        )
    )
    assert found.dropped == {"empty answer": 4, "empty prompt": 1, "chosen equals rejected": 1}


def test_files_of_other_systems_are_read(tmp_path: Path) -> None:
    lines = [json.dumps(row) for row in (GOOD, {**GOOD, "prompt": "\u2028r", "note": float("nan")})]
    expected = (said("q", "a", "b"), said("\u2028r", "a", "b"))
    for number, (begin, end) in enumerate([("\ufeff", "\n"), ("", "\r\n"), ("", "\r"), ("", "\n\n \n")]):
        path = tmp_path / f"{number}.jsonl"
        path.write_bytes((begin + end.join(lines)).encode())
        assert read_preferences(str(path)).usable == expected
    (tmp_path / "lines.json").write_text("\n".join(lines))
    assert read_preferences(str(tmp_path / "lines.json")).usable == expected
    (tmp_path / "one.json").write_text(json.dumps(GOOD, indent=1))
    assert read_preferences(str(tmp_path / "one.json")).usable == expected[:1]
    pandas.DataFrame([{"system": name, "question": "q", "chosen": "a", "rejected": "b"} for name in (None, "Be kind.")]
                     ).to_parquet(tmp_path / "a.parquet")  # fmt: skip
    found = read_preferences(str(tmp_path / "a.parquet"))
    assert found.usable == (said("q", "a", "b"), said("q", "a", "b", "Be kind.")) and not found.dropped


def test_a_fault_inside_a_row_is_that_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"prompt": "q\x00", "chosen": "a", "rejected": "b"}\n'
        f'{{"prompt": {"9" * 5000}, "chosen": "a", "rejected": "b"}}\n'
        '{"prompt": NaN, "chosen": "a", "rejected": "b"}\n' + json.dumps(GOOD)
    )
    found = read_preferences(str(path))
    assert found.usable == (said("q", "a", "b"),) and found.usable[0].row == 4
    assert found.dropped == {"control characters": 1, "wrong type": 2}


def test_what_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    good = json.dumps(GOOD).encode() + b"\n"
    files = {
        "bad.jsonl": (b"{'a': 1}\n", "line 1 is not valid JSON"),
        "torn.jsonl": (good + b"\n" + good[:20], r"torn.jsonl line 3 is not valid JSON \(.*, column"),
        "late.json": (
            b'[{"prompt": "q"},\n {"prompt": "r"},\n {"prompt" "s"}]\n',
            r"late.json line 3 is not valid JSON",
        ),
        "deep.json": (b"[" * 100_000, "line 1 is not valid JSON"),
        "lines.json": (good + b"{'a': 1}\n", "lines.json line 2 is not valid JSON"),
        "deep.jsonl": (good + b"[" * 100_000, "line 2 is not valid JSON"),
        "latin.jsonl": (good + "é".encode("latin-1"), "line 2 is not UTF-8"),
        "bad.parquet": (b"PAR1", "cannot be read as Parquet"),
        "empty.jsonl": (b"\n", "has no rows"),
        "empty.json": (b"", "has no rows"),
        "none.json": (b"[]", "has no rows"),
        "object.json": (b'{"data": [1]}', "holds an object of data"),
        "number.json": (b"5", "holds no list"),
        "lists.jsonl": (b'["q", "a", "b"]\n', "begins with a row that is no object but a list"),
        "packed.jsonl.zst": (b"\x28\xb5\x2f\xfd", "is packed. Unpack it first, with: unzstd"),
        "useless.jsonl": (good.replace(b'"a"', b'""'), "none of its 1 rows .*empty answer: 1"),
    }
    for name, (data, says) in files.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(HarnessError, match=says) as refusal:
            read_preferences(str(tmp_path / name))
        assert "\n" not in str(refusal.value)
    (tmp_path / "empty").mkdir()
    for name, says in (
        ("none.jsonl", "No preference data at .*none.jsonl. Give"),
        ("empty", "No preference data in .*empty. Give"),
    ):
        with pytest.raises(HarnessError, match=says):
            read_preferences(str(tmp_path / name))


def test_answers_numbered_from_one_and_judged_from_zero_are_refused_and_a_zero_among_twos_is_a_tie(
    tmp_path: Path,
) -> None:
    def judged(*labels: int) -> str:
        answers = {"prompt": "q", "response_1": "a", "response_2": "b"}
        return rows(
            tmp_path / "rows.jsonl", *({**answers, "prompt": str(n), "label": it} for n, it in enumerate(labels))
        )

    with pytest.raises(HarnessError, match="numbered 1 and 2, and what judges them says 0 and 1, never 2"):
        read_preferences(judged(0, 1, 1))
    found = read_preferences(judged(0, 1, 2))
    assert found.usable == (said("1", "a", "b"), said("2", "b", "a"))
    assert found.dropped == {"label 0 of answers 1 and 2": 1}
