"""What is trained is what the prompt template renders: held beside the tokenizers' own rendering of conversations."""

from pathlib import Path
from typing import Any

import pytest

from harness.config import DAY
from harness.data import chat_template_of, load_template
from harness.data.preferences import Preference, Turn
from harness.data.prompts import Template
from harness.data.tokens import Tokenized, tokenize
from harness.models import find_base, load_tokenizer, prompt_ids
from tests.support.chat_templates import FAMILIES, Family, chatting

ENDING = {name: family for name, family in FAMILIES.items() if name != "alpaca"}
"""Families whose template puts an end behind an answer."""
TALK: tuple[Turn, ...] = (("user", "What is it?"), ("assistant", "A river."), ("user", "Which one?"))


def bare(tmp_path: Path, text: str = "{{ question }}") -> Template:
    (tmp_path / "bare.jinja").write_text(text)
    return load_template("bare", [tmp_path])


def preference(question: str, chosen: str, rejected: str, row: int = 0) -> Preference:
    return Preference((("user", question),), chosen, rejected, row)


def run(template: Template, *preferences: Preference, max_length: int, tokenizer: Any = None) -> Tokenized:
    return tokenize(preferences, template, None, tokenizer or load_tokenizer(find_base("pocket")), max_length)


def chat(tokenizer: Any) -> Template:
    return load_template("chat", (), chat_template_of(tokenizer, DAY))


@pytest.mark.parametrize("family", ENDING.values(), ids=ENDING)
@pytest.mark.parametrize("turns", [TALK[:1], TALK, (("system", "Be brief."), *TALK)], ids=["one", "three", "system"])
def test_a_pair_is_what_apply_chat_template_makes_of_the_whole_conversations(
    family: Family, turns: tuple[Turn, ...]
) -> None:
    tokenizer = chatting(family)
    found = run(chat(tokenizer), Preference(turns, "The Cherrin.", "Who knows?"), max_length=500, tokenizer=tokenizer)
    (pair,) = found.pairs
    messages = [{"role": role, "content": text} for role, text in turns]
    for answer, ids in (("The Cherrin.", pair.chosen_ids), ("Who knows?", pair.rejected_ids)):
        whole = [*messages, {"role": "assistant", "content": answer}]
        try:
            expected = tokenizer.apply_chat_template(whole, tokenize=True, return_dict=False)
        except Exception as error:  # Gemma's and its like: what the system says opens the user's turn.
            assert "system" in str(error)
            opened = {"role": "user", "content": f"Be brief.\n\n{turns[1][1]}"}
            expected = tokenizer.apply_chat_template([opened, *whole[2:]], tokenize=True, return_dict=False)
        assert pair.prompt_ids + ids == expected
        assert tokenizer.decode(ids).strip().endswith(family.end or family.eos)
        if family.end:
            assert tokenizer.eos_token_id not in ids


def test_an_answer_ends_with_the_end_of_text_where_the_chat_template_ends_it_with_nothing() -> None:
    tokenizer = chatting(FAMILIES["alpaca"])
    (pair,) = run(chat(tokenizer), preference("q", "yes", "no"), max_length=99, tokenizer=tokenizer).pairs
    assert pair.chosen_ids[-1] == tokenizer.eos_token_id
    assert tokenizer.decode(pair.chosen_ids[:-1]).startswith("yes")


def test_a_chat_template_that_opens_thoughts_which_a_conversation_has_not_is_answered_and_ended() -> None:
    family = FAMILIES["chatml"]
    tokenizer = chatting(family)
    tokenizer.chat_template = family.template.replace("assistant\n{% endif %}", "assistant\n<think>\n{% endif %}")
    assert "<think>" in tokenizer.chat_template
    (pair,) = run(chat(tokenizer), preference("q", "yes", "no"), max_length=99, tokenizer=tokenizer).pairs
    assert tokenizer.decode(pair.prompt_ids).endswith("<|im_start|>assistant\n<think>\n")
    assert tokenizer.decode(pair.chosen_ids) == "yes<|im_end|>\n"


def test_several_turns_are_dropped_where_the_template_takes_one_question() -> None:
    found = run(load_template("alpaca"), Preference(TALK, "a", "b"), preference("q", "a", "b", 2), max_length=300)
    assert [pair.row for pair in found.pairs] == [2] and found.dropped == {"several turns": 1}


def test_no_system_line_is_imposed_and_the_one_that_is_asked_for_beats_the_rows_own() -> None:
    tokenizer, template = load_tokenizer(find_base("pocket")), load_template("alpaca")
    own = Preference((("system", "Own."), ("user", "q")), "a", "b")

    def asked(system: str | None, of: Preference) -> str:
        (pair,) = tokenize([of], template, system, tokenizer, 300).pairs
        return str(tokenizer.decode(pair.prompt_ids, skip_special_tokens=True))

    assert "### Instruction:\nq\n\n### Response:\n" in asked(None, preference("q", "a", "b"))
    assert "### Instruction:\nOwn.\n\n### Input:\nq\n" in asked(None, own)
    assert "### Instruction:\nBe kind.\n\n### Input:\nq\n" in asked("Be kind.", own)
    assert "### Instruction:\nq\n\n### Response:\n" in asked("", own)


def test_an_answer_that_is_judged_by_itself_has_no_other_side() -> None:
    found = run(
        load_template("alpaca"), Preference((("user", "q"),), "a", None), Preference((("user", "q"),), None, "b"),
        max_length=300,
    )  # fmt: skip
    good, bad = found.pairs
    assert good.chosen_ids and not good.rejected_ids and bad.rejected_ids and not bad.chosen_ids


def test_answers_that_are_the_same_once_they_are_cut_are_dropped(tmp_path: Path) -> None:
    found = run(
        bare(tmp_path), preference("q", "same " * 40 + "good", "same " * 40 + "bad"), preference("q", "yes", "no", 2),
        max_length=30,
    )  # fmt: skip
    assert [pair.row for pair in found.pairs] == [2]
    assert (found.dropped, found.answers_cut) == ({"answers equal when cut": 1}, 0)


def test_a_text_without_end_is_not_taken_apart_and_the_ids_are_those_of_the_whole(tmp_path: Path) -> None:
    tokenizer = load_tokenizer(find_base("pocket"))
    text = "It is 12 miles, and then some more of them.   \n\n\n" * 400
    whole = tokenizer(text, add_special_tokens=False)["input_ids"]
    found = run(bare(tmp_path), preference("q: ", text, "no"), preference(text * 20, "yes", "no"), max_length=200)
    (pair,) = found.pairs
    room = 200 - len(pair.prompt_ids)
    assert pair.chosen_ids == whole[:room]
    assert (found.dropped, found.answers_cut) == ({"prompt too long": 1}, 1)


def test_pairs_hold_the_ids_that_an_evaluation_asks_and_end_with_the_end_of_text(tmp_path: Path) -> None:
    tokenizer = load_tokenizer(find_base("pocket"))
    text = "### Input:\nq\n\n### Response:\n"
    template = bare(tmp_path, "### Input:\n{{ question }}\n\n### Response:\n{##}")
    found = run(template, preference("q", "short", "a much longer answer"), max_length=256)
    assert found.pairs[0].prompt_ids == prompt_ids(tokenizer, text)
    assert tokenizer.decode(found.pairs[0].chosen_ids) == "short" + tokenizer.eos_token
    assert (found.dropped, found.answers_cut) == ({}, 0)


def test_a_prompt_that_fills_the_length_is_dropped_and_a_long_answer_cut_without_its_end(tmp_path: Path) -> None:
    tokenizer, template = load_tokenizer(find_base("pocket")), bare(tmp_path)
    row = preference("word " * 50, "yes", "no " * 100)
    length = len(prompt_ids(tokenizer, "word " * 50))
    assert run(template, row, max_length=length) == Tokenized([], {"prompt too long": 1}, 0)
    assert run(template, row, max_length=length + 1).dropped == {"prompt too long": 1}
    found = run(template, row, max_length=length + 20)
    (pair,) = found.pairs
    assert (found.dropped, found.answers_cut) == ({}, 1)
    assert len(pair.rejected_ids) == 20 and pair.rejected_ids[-1] != tokenizer.eos_token_id
    assert pair.chosen_ids[-1] == tokenizer.eos_token_id
