from datetime import date
from pathlib import Path

import pytest

from harness.config import DAY
from harness.data import chat_template_of, load_template
from harness.data.prompts import list_templates
from harness.errors import HarnessError
from harness.models import find_base, load_tokenizer, prompt_ids
from harness.resources import text_digest
from tests.support.chat_templates import FAMILIES, Family, chatting


def test_alpaca_renders_the_three_blocks_and_ends_behind_the_last_header() -> None:
    text = load_template("alpaca").render("Why?", "Be brief.")
    assert text.endswith("\n\n### Instruction:\nBe brief.\n\n### Input:\nWhy?\n\n### Response:\n")


def test_the_fixed_lines_of_a_template_are_its_headers() -> None:
    assert load_template("alpaca").headers[2:] == ("### Instruction:", "### Input:", "### Response:")


def test_a_question_cannot_change_the_template() -> None:
    question = "{{ system }} {% for x in y %} <b>&"
    assert question in load_template("alpaca").render(question, "s")


def test_the_digest_is_that_of_the_file() -> None:
    template = load_template("alpaca")
    assert template.sha256 == text_digest(template.source)


def test_the_users_template_comes_first_and_a_broken_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "alpaca.jinja").write_text("Q: {{ question }}\nA:")
    assert load_template("alpaca", [tmp_path]).render("x", "s") == "Q: x\nA:"
    (tmp_path / "mine.jinja").write_text("{{ questio }}")
    with pytest.raises(HarnessError, match="questio"):
        load_template("mine", [tmp_path])
    (tmp_path / "torn.jinja").write_text("{{ question")
    with pytest.raises(HarnessError, match=r"'end of print statement'\. It may use question and system\.$"):
        load_template("torn", [tmp_path])
    with pytest.raises(HarnessError, match="takes the chat template of a tokenizer.*for example --prompt alpaca"):
        load_template("chat")
    with pytest.raises(HarnessError, match="Did you mean 'alpaca'"):
        load_template("alpacca")
    assert {"alpaca", "chat", "mine"} <= set(list_templates([tmp_path]))


def test_chat_is_the_tokenizers_own_template() -> None:
    tokenizer = load_tokenizer(find_base("pocket"))
    template = load_template("chat", (), chat_template_of(tokenizer, DAY))
    messages = [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}]
    expected = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert template.render("q", "s") == expected
    assert template.headers
    tokenizer.chat_template += "!"
    assert load_template("chat", (), chat_template_of(tokenizer, DAY)).chat_sha256 != template.chat_sha256 is not None
    assert load_template("alpaca", (), chat_template_of(tokenizer, DAY)).chat_sha256 is None
    with pytest.raises(HarnessError, match="no.* here|none here"):
        load_template("chat")


def test_a_prompt_is_begun_once() -> None:
    tokenizer = load_tokenizer(find_base("pocket"))
    plain = prompt_ids(tokenizer, "What is it?")
    assert plain[0] == tokenizer.bos_token_id and plain.count(tokenizer.bos_token_id) == 1
    assert prompt_ids(tokenizer, tokenizer.bos_token + "What is it?") == plain


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_the_headers_of_a_chat_template_are_its_turns_without_what_ends_a_text(family: Family) -> None:
    template = load_template("chat", (), chat_template_of(chatting(family), DAY))
    assert family.turn in template.headers
    ends = [token for token in (family.bos, family.eos, family.end) if token]
    assert not [header for header in template.headers for token in ends if token in header]
    assert not any("QUESTION" in header or "\x02" in header for header in template.headers)


DATED = "{{ bos_token }}Today: {{ strftime_now('%d %b %Y %H:%M:%S') }}\n{{ messages[-1].content }}"


def test_a_chat_template_that_prints_the_date_prints_the_day_of_the_run() -> None:
    tokenizer = load_tokenizer(find_base("pocket"))
    assert load_template("chat", (), chat_template_of(tokenizer, DAY)).day is None
    tokenizer.chat_template = DATED
    template = load_template("chat", (), chat_template_of(tokenizer, date(2024, 2, 29)))
    assert template.render("q", "") == f"{tokenizer.bos_token}Today: 29 Feb 2024 00:00:00\nq"
    assert template.day == date(2024, 2, 29)
    # Llama 3.1 and 3.2 take it only where no other date was given.
    given = "{% if not date_string is defined %}{% set date_string = strftime_now('%d %b %Y') %}{% endif %}"
    tokenizer.chat_template = given + "{{ date_string }} {{ messages[-1].content }}"
    assert load_template("chat", (), chat_template_of(tokenizer, DAY)).render("q", "") == "01 Jan 2026 q"
