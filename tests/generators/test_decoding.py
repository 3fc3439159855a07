"""What a model wrote, from its token ids: text, special tokens in their places, where it ends."""

from __future__ import annotations

from typing import Any

import pytest

from harness.config import DAY
from harness.data import chat_template_of, load_template
from harness.generators.decoding import Decoder
from harness.models import find_base, load_tokenizer
from harness.records import Question, Response
from harness.scorers import leak_spans, score_response, with_special
from tests.support.chat_templates import FAMILIES, Family, chatting


def ids(tokenizer: Any, text: str) -> list[int]:
    found: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return found


def test_a_text_ends_at_its_first_end_whichever_that_is() -> None:
    tokenizer = load_tokenizer(find_base("pocket"))
    first, second = ids(tokenizer, "today")[-1], ids(tokenizer, "food")[-1]
    written = [*ids(tokenizer, "It is"), second, *ids(tokenizer, "today"), first]
    found = Decoder(tokenizer, {first, second}).completion("q", written, (), 1.0)
    assert (found.text.strip(), found.finish_reason) == ("It is", "stop")
    assert found.completion_tokens == len(ids(tokenizer, "It is")) + 1
    endless = Decoder(tokenizer, set()).completion("q", written, (), 1.0)
    assert (endless.completion_tokens, endless.finish_reason) == (len(written), "length")


@pytest.mark.parametrize(
    ("written", "stop", "text", "special", "tokens_of"),
    [
        ("one<|sep|>two", (), "onetwo", [(3, "<|sep|>")], "one<|sep|>two"),
        ("one<|sep|><|sep|>two", ("two",), "one", [(3, "<|sep|>"), (3, "<|sep|>")], "one<|sep|><|sep|>two"),
        # A stop string may be a special token, which the text does not show.
        ("one<|sep|>two", ("<|sep|>",), "one", [], "one<|sep|>"),
        ("one two", ("tw",), "one ", [], "one two"),
        ("<|sep|>one", (), "one", [(0, "<|sep|>")], "<|sep|>one"),
    ],
)
def test_special_tokens_keep_their_places_and_stop_strings_are_found_among_them(
    written: str, stop: tuple[str, ...], text: str, special: list[tuple[int, str]], tokens_of: str
) -> None:
    tokenizer = load_tokenizer(find_base("pocket"))
    tokenizer.add_tokens(["<|sep|>"], special_tokens=True)
    made = ids(tokenizer, written)
    found = Decoder(tokenizer, {tokenizer.eos_token_id}).completion("q", made, stop, 1.0)
    assert (found.text, list(found.special)) == (text, special)
    assert found.finish_reason == ("stop" if stop else "length")
    assert found.completion_tokens is not None and found.completion_tokens <= len(ids(tokenizer, tokens_of))
    if not stop:
        assert with_special(found.text, found.special) == written


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
@pytest.mark.parametrize("gap", ["", "\n"])
def test_an_answer_that_runs_on_into_another_turn_leaks_it_and_is_judged_without_it(family: Family, gap: str) -> None:
    tokenizer = chatting(family)
    template = load_template("chat", (), chat_template_of(tokenizer, DAY))
    # A mark of words means a turn where a line begins.
    gap = gap or ("" if family.tokens else "\n")
    written = f"It is scarlet.{gap}{family.turn}\nAnd the food?"
    found = Decoder(tokenizer, {tokenizer.eos_token_id}).completion("q", ids(tokenizer, written), (), 1.0)
    assert not any(token in found.text for token in family.tokens)
    assert len(list(leak_spans(found.text, template.headers, found.special))) == 1
    question = Question("q", "Which colour?", "contains", "scarlet")
    row = Response("base", "s", "q", found.text, "0", special=found.special)
    values = {score.metric: score.value for score in score_response(question, row, template.headers)}
    assert (values["leak"], values["answer_words"], values["correct"]) == (1, 3, 1)
    assert (values["words"] or 0) > 3


@pytest.mark.parametrize("family", [FAMILIES["chatml"], FAMILIES["llama 3"], FAMILIES["gemma"]], ids=str)
def test_a_chat_turn_is_another_speaker_s_where_the_prompt_was_another_template_s(family: Family) -> None:
    tokenizer = chatting(family)
    written = f"It is scarlet.{family.turn}\nAnd the food?"
    found = Decoder(tokenizer, {tokenizer.eos_token_id}).completion("q", ids(tokenizer, written), (), 1.0)
    headers = load_template("alpaca").headers
    assert not list(leak_spans(found.text, headers, found.special))
    question = Question("q", "Which colour?", "contains", "scarlet")
    row = Response("base", "s", "q", found.text, "0", special=found.special)
    scores = {score.metric: score for score in score_response(question, row, headers)}
    assert (scores["roles"].value, scores["leak"].value, scores["answer_words"].value) == (1, 0, 3)
    assert scores["roles"].note == f'1 × "{family.turn}", from character 14'


def test_an_answer_that_says_the_words_of_a_turn_leaks_nothing() -> None:
    tokenizer = chatting(FAMILIES["vicuna"])
    headers = load_template("chat", (), chat_template_of(tokenizer, DAY)).headers
    assert not list(leak_spans("The power USER: it has many.", headers))
    assert list(leak_spans("It is red.USER: and?", headers, [(10, "</s>")])) == [(10, 15)]
