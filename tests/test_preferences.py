import json
from pathlib import Path
from typing import Any

import pandas
import pytest

from harness.base_model import find_base, load_tokenizer, prompt_ids
from harness.errors import HarnessError
from harness.preferences import Preference, read_preferences, tokenize

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
        assert read_preferences(rows(tmp_path / f"{number}.jsonl", shape)).usable == (Preference("q", "a", "b"),)


def test_orcas_system_line_and_a_system_message_are_kept(tmp_path: Path) -> None:
    orca = {"system": "Be kind.", "question": "q", "chosen": "a", "rejected": "b"}
    opening = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "q"}]
    messages = {"prompt": opening, "chosen": [{"role": "assistant", "content": "a"}], "rejected": "b"}
    for number, shape in enumerate((orca, messages)):
        found = read_preferences(rows(tmp_path / f"{number}.jsonl", shape)).usable
        assert found == (Preference("q", "a", "b", "Be kind."),)


def test_json_and_parquet_files_are_read_too(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps([GOOD]))
    pandas.DataFrame([GOOD]).to_parquet(tmp_path / "a.parquet")
    messages = {"chosen": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}
    messages["rejected"] = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "b"}]
    pandas.DataFrame([messages]).to_parquet(tmp_path / "m.parquet")
    for name in ("a.json", "a.parquet", "m.parquet"):
        assert read_preferences(str(tmp_path / name)).usable == (Preference("q", "a", "b"),)


def test_rows_that_teach_nothing_are_dropped_and_counted(tmp_path: Path) -> None:
    turn = {"role": "user", "content": "x"}
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
            {**GOOD, "prompt": [turn, turn, turn]},
            {**GOOD, "chosen": "a\x00"},
            {**GOOD, "prompt": "q\x1b[2J"},
            {**GOOD, "rejected": "\udc80"},
            {"system": ["s"], "question": "q", "chosen": "a", "rejected": "b"},
        )
    )
    assert found.usable == (Preference("q", "a", "b"),) and found.rows == 16 and found.usable[0].row == 5
    assert found.dropped == {
        "duplicate": 1,
        "empty answer": 1,
        "chosen equals rejected": 1,
        "wrong type": 6,
        "missing columns": 1,
        "empty prompt": 1,
        "several turns": 1,
        "control characters": 3,
    }


def test_tabs_line_ends_and_other_scripts_are_no_control_characters(tmp_path: Path) -> None:
    row = {"prompt": "q\tr\r\n", "chosen": "答え\u200b🙂\xa0é", "rejected": "b"}
    assert len(read_preferences(rows(tmp_path / "a.jsonl", row)).usable) == 1


def test_answers_that_are_the_same_once_they_are_cut_are_dropped() -> None:
    tokenizer = load_tokenizer(find_base("pocket"))
    pairs, dropped, cut = tokenize(
        [Preference("q", "same " * 40 + "good", "same " * 40 + "bad"), Preference("q", "yes", "no", row=2)],
        lambda question, system: question,
        lambda rendered: prompt_ids(tokenizer, rendered),
        tokenizer,
        30,
    )
    assert [pair.row for pair in pairs] == [2] and (dropped, cut) == ({"answers equal when cut": 1}, 0)


def test_a_file_without_the_columns_says_which_it_found(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="has the columns answer, question"):
        read_preferences(rows(tmp_path / "a.jsonl", {"question": "q", "answer": "a"}))


def test_what_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text("{'a': 1}\n")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1")
    (tmp_path / "empty.jsonl").write_text("\n")
    for name, says in (("bad.jsonl", "as jsonl"), ("bad.parquet", "as parquet"), ("empty.jsonl", "no rows")):
        with pytest.raises(HarnessError, match=says) as refusal:
            read_preferences(str(tmp_path / name))
        assert "\n" not in str(refusal.value)
    with pytest.raises(HarnessError, match="No preference data at"):
        read_preferences(str(tmp_path / "none.jsonl"))
    with pytest.raises(HarnessError, match="none of its 1 rows"):
        read_preferences(rows(tmp_path / "useless.jsonl", {**GOOD, "chosen": ""}))


def test_pairs_hold_the_ids_that_an_evaluation_asks_and_end_with_the_end_of_text() -> None:
    tokenizer = load_tokenizer(find_base("pocket"))
    text = "### Input:\nq\n\n### Response:\n"
    pairs, dropped, cut = tokenize(
        [Preference("q", "short", "a much longer answer")],
        lambda question, system: f"### Input:\n{question}\n\n### Response:\n",
        lambda rendered: prompt_ids(tokenizer, rendered),
        tokenizer,
        256,
    )
    assert pairs[0].prompt_ids == prompt_ids(tokenizer, text)
    assert tokenizer.decode(pairs[0].chosen_ids) == "short" + tokenizer.eos_token
    assert (dropped, cut) == ({}, 0)


def test_a_prompt_that_fills_the_length_is_dropped_and_a_long_answer_cut_without_its_end() -> None:
    tokenizer = load_tokenizer(find_base("pocket"))

    def run(max_length: int) -> Any:
        return tokenize(
            [Preference("word " * 50, "yes", "no " * 100)],
            lambda question, system: question,
            lambda rendered: prompt_ids(tokenizer, rendered),
            tokenizer,
            max_length,
        )

    length = len(prompt_ids(tokenizer, "word " * 50))
    assert run(length) == ([], {"prompt too long": 1}, 0)
    assert run(length + 1)[1] == {"prompt too long": 1}
    (pair,), dropped, cut = run(length + 20)
    assert (dropped, cut) == ({}, 1)
    assert len(pair.rejected_ids) == 20 and pair.rejected_ids[-1] != tokenizer.eos_token_id
    assert pair.chosen_ids[-1] == tokenizer.eos_token_id
