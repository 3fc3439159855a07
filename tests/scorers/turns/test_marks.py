"""Special tokens that a decoder left around an answer, and those that an answer talks about."""

from __future__ import annotations

import pytest

from harness.scorers import TURN_MARKS, without_special_tokens
from harness.scorers.turns.marks import ENDS, PADDING, USER_TURNS


@pytest.mark.parametrize("token", [*ENDS, *PADDING])
@pytest.mark.parametrize(
    "behind", ["{t}", "{t}{t}{t}", " {t}\n", "\n{t} {t}\n\n", "{t}<pad><unk><unk>", "<|im_end|>\n{t}"]
)
def test_a_run_of_tokens_behind_an_answer_is_no_text(token: str, behind: str) -> None:
    answer = "It is </s>, he said."
    assert without_special_tokens(answer + behind.replace("{t}", token)).rstrip() == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<s> Paris</s>", "Paris"),
        ("<pad><pad><bos>Paris", "Paris"),
        ("<|begin_of_text|>\n\nParis<|eot_id|>", "\n\nParis"),
        ("</s></s>", ""),
        ("Paris<unk><unk>", "Paris"),
        ("Paris</s><s>[INST] And Oslo? [/INST]", "Paris\n[INST] And Oslo? [/INST]"),
        ("Paris<|im_end|>\n<|im_start|>user\nAnd?<|im_end|>", "Paris\n<|im_start|>user\nAnd?"),
        ("Paris<|eot_id|><|start_header_id|>user<|end_header_id|>", "Paris\n<|start_header_id|>user<|end_header_id|>"),
    ],
)
def test_what_stands_before_and_between_is_cut_and_turns_are_kept(text: str, answer: str) -> None:
    assert without_special_tokens(text) == answer


@pytest.mark.parametrize(
    "text",
    [
        "the token </s> ends a text.",
        "It costs <s>10</s>",
        "A word that it lacks: <unk>",
        "Write `<|im_end|>` behind it",
        "  two spaces before, and two behind  ",
        "a < b > c",
        "",
        "[INST] is Mistral's.",
    ],
)
def test_an_answer_that_holds_such_a_token_keeps_it(text: str) -> None:
    assert without_special_tokens(text) == text


def test_a_token_that_the_question_or_its_key_names_is_the_answer() -> None:
    assert without_special_tokens("<|im_end|>", ["Which token ends a turn?", "<|im_end|>"]) == "<|im_end|>"
    assert without_special_tokens("<|im_end|></s>", ["Which token ends a turn?", "<|im_end|>"]) == "<|im_end|>"


def test_every_family_tells_user_from_assistant() -> None:
    for family in TURN_MARKS:
        assert family.user and family.assistant and not {*family.user} & {*family.assistant}
    assert not {*USER_TURNS} & {*ENDS, *PADDING}
