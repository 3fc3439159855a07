"""Rows as well-known datasets and tools have them, two of each, and what they say."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.data.preferences import Preference, Turn, read_preferences
from harness.errors import HarnessError

Made = Callable[[str, str, str], dict[str, Any]]
"""(question, better answer, worse answer) → a row."""


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def assistant(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def system(text: str) -> dict[str, str]:
    return {"role": "system", "content": text}


def human(text: str) -> dict[str, str]:
    return {"from": "human", "value": text}


def gpt(text: str) -> dict[str, str]:
    return {"from": "gpt", "value": text}


def hh(*turns: str) -> str:
    return "".join(
        f"\n\n{name}: {text}" for name, text in zip(("Human", "Assistant") * len(turns), turns, strict=False)
    )


BEFORE: tuple[Turn, ...] = (("user", "Hello"), ("assistant", "Hi"))
LINE: tuple[Turn, ...] = (("system", "Be brief."),)
SHAPES: dict[str, tuple[Made, tuple[Turn, ...]]] = {
    # name: (how a row is made, what is said before its question)
    "TRL texts": (lambda q, a, b: {"prompt": q, "chosen": a, "rejected": b}, ()),
    "TRL messages": (lambda q, a, b: {"prompt": [user(q)], "chosen": [assistant(a)], "rejected": [assistant(b)]}, ()),
    "TRL messages without a prompt": (
        lambda q, a, b: {"chosen": [user(q), assistant(a)], "rejected": [user(q), assistant(b)]},
        (),
    ),
    "ultrafeedback_binarized": (
        lambda q, a, b: {
            "prompt": q,
            "prompt_id": "9",
            "chosen": [user(q), assistant(a)],
            "rejected": [user(q), assistant(b)],
            "messages": [user(q), assistant(a)],
            "score_chosen": 8.5,
            "score_rejected": 7.0,
        },
        (),
    ),
    "orpo-dpo-mix-40k": (
        lambda q, a, b: {
            "source": "s",
            "chosen": [user(q), assistant(a)],
            "rejected": [user(q), assistant(b)],
            "prompt": q,
            "question": None,
        },
        (),
    ),
    "hh-rlhf": (lambda q, a, b: {"chosen": hh(q, a), "rejected": hh(q, b)}, ()),
    "hh-rlhf, several turns": (
        lambda q, a, b: {"chosen": hh("Hello", "Hi", q, a), "rejected": hh("Hello", "Hi", q, b)},
        BEFORE,
    ),
    "rm-static": (lambda q, a, b: {"prompt": hh("Hello", "Hi", q, "")[:-1], "chosen": f" {a}", "rejected": b}, BEFORE),
    "a dialogue in single lines": (
        lambda q, a, b: {"chosen": f"Human: {q}\nAssistant: {a}", "rejected": f"Human: {q}\nAssistant: {b}"},
        (),
    ),
    "Guanaco's marks": (
        lambda q, a, b: {
            "chosen": f"### Human: {q}### Assistant: {a}",
            "rejected": f"### Human: {q}### Assistant: {b}",
        },
        (),
    ),
    "hh-rlhf with the prompt as a column": (
        lambda q, a, b: {"prompt": hh(q, ""), "chosen": hh(q, a), "rejected": hh(q, b)},
        (),
    ),
    "Intel/orca_dpo_pairs": (
        lambda q, a, b: {"system": "Be brief.", "question": q, "chosen": a, "rejected": b},
        LINE,
    ),
    "distilabel-intel-orca-dpo-pairs": (
        lambda q, a, b: {
            "system": "Be brief.",
            "input": q,
            "chosen": a,
            "rejected": b,
            "generations": [b, a],
            "rating": [1.0, 9.0],
            "status": "swapped",
        },
        LINE,
    ),
    "SHP": (
        lambda q, a, b: {
            "history": q,
            "human_ref_A": b,
            "human_ref_B": a,
            "labels": 0,
            "score_A": 3,
            "score_B": 40,
        },
        (),
    ),
    "nectar": (
        lambda q, a, b: {
            "prompt": hh(q, ""),
            "answers": [{"answer": "middling", "rank": 2.0}, {"answer": b, "rank": 3.0}, {"answer": a, "rank": 1.0}],
            "turns": 1,
        },
        (),
    ),
    "stack-exchange-paired": (lambda q, a, b: {"qid": 1, "question": q, "response_j": a, "response_k": b}, ()),
    "stack-exchange-preferences": (
        lambda q, a, b: {"question": q, "answers": [{"text": b, "pm_score": 0}, {"text": a, "pm_score": 4}]},
        (),
    ),
    "capybara-preferences": (
        lambda q, a, b: {
            "conversation": [{"input": "Hello", "output": "Hi"}, {"input": q, "output": a}],
            "prompt": q,
            "chosen": [user("Hello"), assistant("Hi"), user(q), assistant(a)],
            "rejected": [user("Hello"), assistant("Hi"), user(q), assistant(b)],
            "rating_chosen": 5,
            "rating_rejected": 3,
        },
        BEFORE,
    ),
    "Skywork-Reward-Preference": (
        lambda q, a, b: {"chosen": [user(q), assistant(a)], "rejected": [user(q), assistant(b)], "source": "s"},
        (),
    ),
    "HelpSteer3": (
        lambda q, a, b: {
            "context": [user("Hello"), assistant("Hi"), user(q)],
            "response1": b,
            "response2": a,
            "overall_preference": 2,
        },
        BEFORE,
    ),
    "HelpSteer2-preference": (
        lambda q, a, b: {"prompt": q, "response_1": a, "response_2": b, "preference_strength": -3},
        (),
    ),
    "truthy-dpo": (
        lambda q, a, b: {"id": "1", "system": "Be brief.", "prompt": q, "chosen": a, "rejected": b},
        LINE,
    ),
    "py-dpo, toxic-dpo": (lambda q, a, b: {"prompt": q, "chosen": a, "rejected": b, "id": "1"}, ()),
    "LLaMA-Factory, ShareGPT": (
        lambda q, a, b: {"conversations": [human("Hello"), gpt("Hi"), human(q)], "chosen": gpt(a), "rejected": gpt(b)},
        BEFORE,
    ),
    "LLaMA-Factory, Alpaca": (
        lambda q, a, b: {"instruction": q, "input": "", "chosen": a, "rejected": b, "system": "Be brief."},
        LINE,
    ),
    "LLaMA-Factory, Alpaca with history": (
        lambda q, a, b: {"instruction": q, "input": "", "chosen": a, "rejected": b, "history": [["Hello", "Hi"]]},
        BEFORE,
    ),
    "LLaMA-Factory, older": (lambda q, a, b: {"instruction": q, "input": "", "output": [a, b]}, ()),
    "from and value on both sides": (
        lambda q, a, b: {
            "chosen": [{"from": "system", "value": "Be brief."}, human(q), gpt(a)],
            "rejected": [{"from": "system", "value": "Be brief."}, human(q), gpt(b)],
        },
        LINE,
    ),
    "axolotl": (lambda q, a, b: {"messages": [user(q)], "chosen": assistant(a), "rejected": assistant(b)}, ()),
    "ms-swift": (
        lambda q, a, b: {"messages": [system("Be brief."), user(q), assistant(a)], "rejected_response": b},
        LINE,
    ),
    "ms-swift's older": (
        lambda q, a, b: {"query": q, "response": a, "rejected_response": b, "history": [["Hello", "Hi"]]},
        BEFORE,
    ),
    "torchtune": (
        lambda q, a, b: {
            "chosen_conversations": [user(q), assistant(a)],
            "rejected_conversations": [user(q), assistant(b)],
        },
        (),
    ),
    "xtuner": (
        lambda q, a, b: {
            "prompt": [system("Be brief."), user("Hello"), assistant("Hi"), user(q)],
            "chosen": [assistant(a)],
            "rejected": [assistant(b)],
        },
        (*LINE, *BEFORE),
    ),
    "messages that go on from the prompt": (
        lambda q, a, b: {
            "prompt": [user("Hello")],
            "chosen": [assistant("Hi"), user(q), assistant(a)],
            "rejected": [assistant("Hi"), user(q), assistant(b)],
        },
        BEFORE,
    ),
    "messages that repeat the prompt": (
        lambda q, a, b: {
            "prompt": [system("Be brief."), user(q)],
            "chosen": [user(q), assistant(a)],
            "rejected": [user(q), assistant(b)],
        },
        LINE,
    ),
    "messages in parts": (
        lambda q, a, b: {
            "prompt": [{"role": "user", "content": [{"type": "text", "text": q}]}],
            "chosen": [{"role": "assistant", "content": [{"type": "text", "text": a}]}],
            "rejected": [assistant(b)],
        },
        (),
    ),
    "OpenAI's": (
        lambda q, a, b: {
            "input": {"messages": [user("Hello"), assistant("Hi"), user(q)], "tools": []},
            "preferred_output": [assistant(a)],
            "non_preferred_output": [assistant(b)],
        },
        BEFORE,
    ),
    "UltraFeedback of distilabel": (
        lambda q, a, b: {"instruction": q, "generations": ["middling", a, b], "ratings": [3, 5, 1]},
        (),
    ),
    "UltraFeedback": (
        lambda q, a, b: {
            "instruction": q,
            "models": ["x", "y"],
            "completions": [{"response": b, "overall_score": 2.0}, {"response": a, "overall_score": 7.5}],
        },
        (),
    ),
    "argilla's binarized": (
        lambda q, a, b: {
            "instruction": q,
            "chosen_response": a,
            "rejected_response": b,
            "chosen_avg_rating": 5.0,
            "rejected_avg_rating": 3.0,
        },
        (),
    ),
    "argilla's cleaned": (
        lambda q, a, b: {
            "prompt": q,
            "chosen": [user(q), assistant(a)],
            "chosen-rating": 5.0,
            "rejected": [user(q), assistant(b)],
            "rejected-rating": 2.0,
        },
        (),
    ),
    "PKU-SafeRLHF": (
        lambda q, a, b: {
            "prompt": q,
            "response_0": b,
            "response_1": a,
            "better_response_id": 1,
            "safer_response_id": 0,
        },
        (),
    ),
    "AlpacaFarm": (
        lambda q, a, b: {"instruction": q, "input": "", "output_1": b, "output_2": a, "preference": 2},
        (),
    ),
    "webgpt_comparisons": (
        lambda q, a, b: {"question": q, "answer_0": b, "answer_1": a, "score_0": -1.0, "score_1": 1.0},
        (),
    ),
    "chatbot arena": (
        lambda q, a, b: {
            "conversation_a": [user(q), assistant(a)],
            "conversation_b": [user(q), assistant(b)],
            "winner": "model_a",
            "model_a": "x",
            "model_b": "y",
        },
        (),
    ),
    "LMSYS contest": (
        lambda q, a, b: {
            "prompt": json.dumps([q]),
            "response_a": json.dumps([b]),
            "response_b": json.dumps([a]),
            "winner_model_a": 0,
            "winner_model_b": 1,
            "winner_tie": 0,
        },
        (),
    ),
    "a list and the place of the better": (lambda q, a, b: {"prompt": q, "responses": [b, a], "chosen": 1}, ()),
    "a list and both places": (
        lambda q, a, b: {"prompt": q, "responses": [b, "middling", a], "chosen": 2, "rejected": 0},
        (),
    ),
}


def read(folder: Path, *found: Any, **named: Any) -> Any:
    path = folder / "a.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in found), encoding="utf-8")
    return read_preferences(str(path), **named)


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_that_people_have_is_read_as_what_it_says(tmp_path: Path, name: str) -> None:
    made, before = SHAPES[name]
    pairs = (("Who?", "A.", "B."), ("Where? ", "46 of ten", "$46 of ten"))
    found = read(tmp_path, *(made(*pair) for pair in pairs))
    trimmed = [tuple(map(str.strip, pair)) for pair in pairs]
    said = [tuple(text.strip() for text in (it.question, it.chosen, it.rejected)) for it in found.usable]
    assert said == trimmed and not found.dropped
    assert all(it.turns[:-1] == before for it in found.usable)
    (shape,) = found.shapes
    assert found.shapes == {shape: 2}


@pytest.mark.parametrize(
    "name", ["TRL texts", "TRL messages", "Intel/orca_dpo_pairs", "OpenAI's", "LLaMA-Factory, Alpaca"]
)
def test_what_is_no_dialogue_keeps_its_spaces(tmp_path: Path, name: str) -> None:
    (found,) = read(tmp_path, SHAPES[name][0]("Where? ", " A.", "B.\n")).usable
    assert (found.question, found.chosen, found.rejected) == ("Where? ", " A.", "B.\n")


@pytest.mark.parametrize(
    ("name", "margin"),
    [
        ("ultrafeedback_binarized", 1.5), ("capybara-preferences", 2), ("argilla's binarized", 2),
        ("argilla's cleaned", 3), ("UltraFeedback of distilabel", 4), ("UltraFeedback", 5.5), ("nectar", 2),
        ("HelpSteer3", 2), ("HelpSteer2-preference", 3), ("webgpt_comparisons", 2), ("TRL texts", None),
        ("PKU-SafeRLHF", None), ("SHP", None),
    ],
)  # fmt: skip
def test_the_margin_between_scores_is_told(tmp_path: Path, name: str, margin: float | None) -> None:
    assert read(tmp_path, SHAPES[name][0]("Who?", "A.", "B.")).usable[0].margin == margin


def test_an_answer_to_an_open_dialogue_loses_its_spaces_as_a_turn_of_it_does(tmp_path: Path) -> None:
    # Dahoas' rm-static: the space behind "Assistant:" stands before each answer.
    row = {"prompt": "\n\nHuman: Who?\n\nAssistant:", "chosen": " A.", "rejected": " B.\n"}
    assert read(tmp_path, row).usable == (Preference((("user", "Who?"),), "A.", "B."),)


def test_a_row_whose_rejected_answer_scored_higher_is_kept_with_its_margin(tmp_path: Path) -> None:
    row = {"prompt": "q", "chosen": "a", "rejected": "b", "score_chosen": 1, "score_rejected": 3}
    assert [it.margin for it in read(tmp_path, row).usable] == [-2]


LABELLED: list[tuple[dict[str, Any], bool]] = [
    ({"prompt": "q", "completion": "a", "label": True}, True),
    ({"prompt": "q", "completion": "a", "label": 0}, False),
    ({"prompt": "q", "completion": "a", "label": -1}, False),
    ({"prompt": "q", "completion": "a", "label": "False"}, False),
    ({"prompt": "q", "completion": "a", "label": "1"}, True),
    ({"prompt": [user("q")], "completion": [assistant("a")], "label": True}, True),
    ({"messages": [user("q"), assistant("a")], "label": False}, False),
    ({"conversations": [human("q"), gpt("a")], "kto_tag": True}, True),
    ({"instruction": "q", "input": "", "output": "a", "kto_tag": False}, False),
]


@pytest.mark.parametrize(("row", "good"), LABELLED)
def test_answers_that_are_judged_each_by_itself(tmp_path: Path, row: dict[str, Any], good: bool) -> None:
    (found,) = read(tmp_path, row).usable
    assert found == Preference((("user", "q"),), *(("a", None) if good else (None, "a")))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"instruction": "q", "generations": ["a", "b"], "ratings": [3, 3]}, "tie"),
        ({"instruction": "q", "generations": ["a", "b"], "ratings": [3, None]}, "fewer than two rated answers"),
        ({"instruction": "q", "generations": ["a", "b"], "ratings": [3]}, "ratings do not fit answers"),
        ({"prompt": "q", "response_0": "a", "response_1": "b", "better_response_id": 7}, "unknown label"),
        ({"prompt": "q", "response_a": "a", "response_b": "b", "winner": "tie (bothbad)"}, "tie"),
        ({"context": [user("q")], "response1": "a", "response2": "b", "overall_preference": 0}, "tie"),
        ({"prompt": "q", "completion": "a", "label": "sports"}, "unknown label"),
        ({"chosen": hh("q", "a"), "rejected": hh("r", "b")}, "prompts differ"),
        ({"prompt": "q", "chosen": "a", "rejected": "b", "images": ["a.png"]}, "more than text"),
        ({"prompt": "q", "chosen": "a", "rejected": "b", "image": {"bytes": b"x".hex(), "path": None}},
         "more than text"),
        ({"prompt": [user("q")], "chosen": "a", "rejected": "b", "tools": [{"type": "function"}]}, "more than text"),
        ({"prompt": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "q"}]}],
          "chosen": "a", "rejected": "b"}, "more than text"),
        ({"prompt": [user("q")], "chosen": {**assistant("a"), "tool_calls": [{"id": 1}]}, "rejected": "b"},
         "more than text"),
        ({"prompt": [user("q")], "chosen": {**assistant("a"), "reasoning_content": "Hm."}, "rejected": "b"},
         "more than text"),
        ({"prompt": [user("q"), assistant("The ")], "chosen": "a", "rejected": "b"}, "wrong type"),
        ({"chosen": hh("q", "a", "And?"), "rejected": hh("q", "a", "And?")}, "wrong type"),
        ({"prompt": [user("q")], "chosen": [user("r"), assistant("a")], "rejected": [user("r"), assistant("b")]},
         "prompts differ"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_dropped_with_its_reason(tmp_path: Path, row: dict[str, Any], reason: str) -> None:
    found = read(tmp_path, row, SHAPES["TRL texts"][0]("Who?", "A.", "B."))
    assert found.dropped == {reason: 1} and len(found.usable) == 1


def test_each_row_is_read_by_the_richest_shape_that_it_has(tmp_path: Path) -> None:
    whole = {"chosen": [user("q"), assistant("a")], "rejected": [user("q"), assistant("b")]}
    ratings = {"generations": ["x", "y"], "ratings": [2, 1]}
    found = read(
        tmp_path,
        {**whole, "prompt": "other", "question": "other", **ratings},
        {"prompt": "r", "chosen": None, "rejected": None, **ratings},
        {"prompt": "s", "chosen": "a", "rejected": "b", **ratings, "label": True, "completion": "c"},
    )
    assert [(it.question, it.chosen, it.has_roles) for it in found.usable] == [
        ("q", "a", True), ("r", "x", False), ("s", "a", False),
    ]  # fmt: skip
    assert found.shapes == {
        "conversations with a shared prompt": 1, "prompt, generations, ratings": 1, "prompt, chosen, rejected": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    "answer",
    [
        "Human: I said.\n\nAssistant: I did not.",
        "He wrote:\n\nHuman: hello",
        "[1, 2]",
        '{"role": "user"}',
        "Assistant:",
    ],
)
def test_an_answer_that_looks_like_a_dialogue_is_an_answer(tmp_path: Path, answer: str) -> None:
    (found,) = read(tmp_path, {"prompt": "q", "chosen": answer, "rejected": "b"}).usable
    assert (found.turns, found.chosen) == ((("user", "q"),), answer)


def test_alpacas_input_belongs_to_its_instruction(tmp_path: Path) -> None:
    (found,) = read(tmp_path, {"instruction": "Sum up.", "input": "A text.", "chosen": "a", "rejected": "b"}).usable
    assert found.question == "Sum up.\nA text."


def test_columns_of_any_name_are_named(tmp_path: Path) -> None:
    row = {"q": "Who?", "good": "A.", "bad": "B.", "chosen": "of another kind", "prompt": "other", "sys": "Be brief."}
    names = {"prompt": "q", "chosen": "good", "rejected": "bad", "system": "sys"}
    assert read(tmp_path, row, columns=names).usable == (Preference((*LINE, ("user", "Who?")), "A.", "B."),)
    rated = {"task": "Who?", "outs": ["B.", "A."], "stars": [1, 5]}
    found = read(tmp_path, rated, columns={"instruction": "task", "generations": "outs", "ratings": "stars"})
    assert found.usable == (Preference((("user", "Who?"),), "A.", "B."),)
    nested = {"fields": {"ask": {"text": "Who?"}, "good": "A."}, "bad.one": "B."}
    names = {"prompt": "fields.ask.text", "chosen": "fields.good", "rejected": "bad.one"}
    assert read(tmp_path, nested, columns=names).usable == (Preference((("user", "Who?"),), "A.", "B."),)


@pytest.mark.parametrize("name", ["images", "image", "tools"])
@pytest.mark.parametrize("nothing", [None, [], "", "[]", {"bytes": None, "path": None}])
def test_empty_columns_of_pictures_and_tools_are_no_fault(tmp_path: Path, name: str, nothing: Any) -> None:
    row = {"prompt": "Who?", "chosen": "A.", "rejected": "B.", name: nothing}
    assert read(tmp_path, row).usable == (Preference((("user", "Who?"),), "A.", "B."),)


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"chosen": "god"}, "No column named 'god'. Did you mean 'good'?.*bad, good"),
        ({"choosen": "good"}, "No part of a preference named 'choosen'. Did you mean 'chosen'?"),
    ],
)
def test_a_column_that_is_not_there_is_refused(tmp_path: Path, columns: dict[str, str], says: str) -> None:
    with pytest.raises(HarnessError, match=says):
        read(tmp_path, {"good": "a", "bad": "b"}, columns=columns)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (
            {"instruction": "q", "generations": ["a"]},
            "nearest shape is instruction, generations, ratings; what is missing",
        ),
        ({"chosen": "a", "rejected": "b"}, "nearest shape is .*, chosen, rejected; what is missing is"),
        ({"prompt": "q", "completion": "a"}, "nearest shape is prompt, completion, label; what is missing is label"),
        ({"prompt": "q", "chosen": "a"}, "nearest shape is prompt, chosen, rejected; what is missing is rejected"),
        ({"text": "q"}, "has the columns text. It needs prompt, chosen, rejected"),
    ],
)
def test_what_is_missing_to_the_nearest_shape_is_told(tmp_path: Path, row: dict[str, Any], says: str) -> None:
    with pytest.raises(HarnessError, match=says) as refusal:
        read(tmp_path, row)
    assert "\n" not in str(refusal.value)


def test_one_turn_keeps_the_digest_that_certificates_know(tmp_path: Path) -> None:
    # sha256 of [["Be kind.", "q", "a", "b"]], by sha256sum.
    found = read(tmp_path, {"system": "Be kind.", "question": "q", "chosen": "a", "rejected": "b"})
    assert found.digest == "987d7da7e09ed4dd2b940052b21ddae3c828fe2715e0ddf18fe42ed1012dd9bb"
