"""Which tags tell thoughts from answers: known ones, the chat template's, the suite's; and what a run keeps of them."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from harness.asking import import_answers
from harness.config import DAY, Config
from harness.data import chat_template_of, load_template, reasoning_of
from harness.data.suites import load_suite
from harness.errors import HarnessError
from harness.generators.decoding import Decoder
from harness.models import find_base, load_tokenizer
from harness.records import Question, Reasoning, Response
from harness.score import score_run
from harness.scorers import KNOWN, read, score_response
from harness.store import RunFolder, read_run

OPENED = "{% if add_generation_prompt %}<|im_start|>assistant\n<think>\n{% endif %}"
CHATML = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
OWN = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.reasoning_content %}<ponder>{{ m.reasoning_content }}"
    "</ponder>{% endif %}{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
# Of the chat templates that lie with TRL, as the models have them.
SHIPPED = {
    "qwen3": ("<think>", None),
    "qwen3_6": ("<think>", "<think>"),
    "qwen3_5_think": ("<think>", "<think>"),
    "qwen3_5_nothink": ("<think>", None),
    "nemotron_3_nano": ("<think>", "<think>"),
    "glm4moe": ("<think>", None),
    "lfm2_2_5": ("<think>", None),
    "gptoss": ("<|channel|>analysis<|message|>", None),
    "gemma4_v5": ("<|channel>thought", None),
    "deepseek_r1_distill": (None, "<think>"),
    "qwen2_5": (None, None),
    "llama3_2": (None, None),
    "phi3": (None, None),
    "gemma3": (None, None),
}


def tokenizer_with(template: str) -> Any:
    tokenizer = load_tokenizer(find_base("pocket"))
    tokenizer.chat_template = template
    return tokenizer


def chat_reasoning(template: str) -> Reasoning:
    found = load_template("chat", (), chat_template_of(tokenizer_with(template), DAY)).reasoning
    assert found is not None
    return found


def suite(folder: Path, more: str = "", prompt: str = "alpaca") -> str:
    folder.mkdir(exist_ok=True)
    (folder / "suite.yaml").write_text(f"title: legs\nprompt: {prompt}\n{more}\n", encoding="utf-8")
    row = {"id": "1", "question": "How many legs have three cats?", "match": "number", "answer": "12"}
    (folder / "questions.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    return str(folder)


def imported(folder: Path, text: str, more: str = "") -> RunFolder:
    answers = folder / "answers.jsonl"
    answers.write_text(json.dumps({"id": "1", "response": text}) + "\n", encoding="utf-8")
    run = RunFolder(folder / "run")
    import_answers(run, Config(), suite(folder / "legs", more), {"base": answers}, {}, "harness import")
    score_run(read_run(run))
    return run


def value(run: RunFolder, metric: str) -> float | None:
    return next(score.value for score in read_run(run).scores if score.metric == metric)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_tags_of_chat_templates_are_found_by_giving_them_a_thought(name: str) -> None:
    opening, opened = SHIPPED[name]
    template = (files("trl") / "chat_templates" / f"{name}.jinja").read_text(encoding="utf-8")
    found = chat_reasoning(template)
    assert [pair[0] for pair in found.tags] == ([] if opening is None else [opening])
    assert found.opened == opened


def test_tags_that_nobody_knows_are_found_too_and_join_the_known_ones(tmp_path: Path) -> None:
    template = load_template("chat", (), chat_template_of(tokenizer_with(OWN), DAY))
    found = reasoning_of(load_suite(suite(tmp_path / "s")), template)
    assert found.tags == (*KNOWN.tags, ("<ponder>", "</ponder>"))
    assert read("<ponder>4</ponder>12", (), reasoning=found).answer == "12"
    assert read("<think>4</think>12", (), reasoning=found).answer == "12"
    assert reasoning_of(load_suite(suite(tmp_path / "s")), load_template("alpaca")) == KNOWN


def test_a_thought_that_is_a_turn_of_its_own_has_no_tags() -> None:
    turns = CHATML.replace("{{ m.content }}", "{{ m.reasoning_content }}<|im_end|>\n{{ m.content }}")
    assert chat_reasoning(turns) == Reasoning(())
    assert chat_reasoning("{{ messages[-1].content }}") == Reasoning(())


def test_a_template_of_ones_own_that_opens_a_thought_is_seen(tmp_path: Path) -> None:
    (tmp_path / "mine.jinja").write_text("{{ system }}\nQ: {{ question }}\nA: <think>\n")
    assert load_template("mine", [tmp_path]).reasoning == Reasoning((), "<think>")
    assert load_template("alpaca").reasoning == Reasoning(())


def test_what_a_model_writes_behind_a_prompt_that_opens_a_thought_is_thought() -> None:
    template = load_template("chat", (), chat_template_of(tokenizer_with(CHATML + OPENED), DAY))
    tokenizer = load_tokenizer(find_base("pocket"))
    question = Question("1", "How many?", "number", "12")
    reasoning = Reasoning(KNOWN.tags, template.reasoning.opened if template.reasoning else None)

    def graded(text: str, ends: bool) -> tuple[float | None, str | None]:
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        found = Decoder(tokenizer, {ids[-1]} if ends else set()).completion("1", ids, (), 1.0)
        row = Response("base", "s", "1", found.text, "0", finish_reason=found.finish_reason, special=found.special)
        scores = score_response(question, row, template.headers, reasoning=reasoning)
        return next((score.value, score.note) for score in scores if score.metric == "correct")

    assert graded("three cats have 12", ends=False) == (0, "cut inside the thought")
    assert graded("three cats</think>12", ends=False) == (1, None)
    assert graded("They have 12 legs!", ends=True) == (1, None)


@pytest.mark.parametrize(
    ("more", "tags"),
    [
        ("", None),
        ('reasoning: ["<plan>", "</plan>"]', (("<plan>", "</plan>"),)),
        ("reasoning: [BEGIN, END]", (("BEGIN", "END"),)),
        ("reasoning: none", ()),
    ],
)
def test_a_suite_names_its_one_pair_or_none(tmp_path: Path, more: str, tags: Any) -> None:
    found = load_suite(suite(tmp_path / "s", more))
    assert (None if found.reasoning is None else found.reasoning.tags) == tags
    template = load_template("chat", (), chat_template_of(tokenizer_with(CHATML + OPENED), DAY))
    assert reasoning_of(found, template) == Reasoning(KNOWN.tags if tags is None else tags, None if more else "<think>")
    same = load_suite(suite(tmp_path / "t", 'reasoning: ["<think>", "</think>"]'))
    assert reasoning_of(same, template).opened == "<think>"


@pytest.mark.parametrize(
    "said", ["<think>", "[a]", "[a, b, c]", "[a, a]", '[a, ""]', "{a: b}", "", "3", "no", "[1, 2]", "[[a, b]]"]
)
def test_what_is_no_pair_of_tags_is_refused_with_the_file(tmp_path: Path, said: str) -> None:
    with pytest.raises(HarnessError, match=r"suite.yaml: reasoning is .* Write the tags .* or reasoning: none"):
        load_suite(suite(tmp_path / "s", f"reasoning: {said}"))


def test_a_runs_manifest_keeps_the_tags_so_that_scoring_again_reads_alike(tmp_path: Path) -> None:
    run = imported(tmp_path, "<plan>Is it 4?</plan>12", 'reasoning: ["<plan>", "</plan>"]')
    assert read_run(run).manifest.reasoning("base") == Reasoning((("<plan>", "</plan>"),))
    assert (value(run, "correct"), value(run, "thought_words")) == (1, 3)
    before = (run.path / "scores.jsonl").read_bytes()
    # Whatever becomes of the suite.
    suite(tmp_path / "legs", "reasoning: none")
    score_run(read_run(run))
    assert (run.path / "scores.jsonl").read_bytes() == before


def test_a_run_from_before_tags_were_kept_is_read_by_the_known_ones(tmp_path: Path) -> None:
    run = imported(tmp_path, "<think>Is it 4?</think>12")
    path = run.path / "manifest.json"
    row = json.loads(path.read_text(encoding="utf-8"))
    assert row["prompt"]["reasoning"]["tags"] == [list(pair) for pair in KNOWN.tags]
    del row["prompt"]["reasoning"]
    path.write_text(json.dumps(row), encoding="utf-8")
    assert read_run(run).manifest.reasoning("base") is None
    score_run(read_run(run))
    assert (value(run, "correct"), value(run, "thought_words")) == (1, 3)


def test_a_recording_is_read_by_the_known_tags_unless_its_suite_says_none(tmp_path: Path) -> None:
    assert value(imported(tmp_path, "<think>12</think>4"), "correct") == 0
    off = tmp_path / "off"
    off.mkdir()
    assert value(imported(off, "<think>4 or 5</think>12", "reasoning: none"), "answer_words") == 3
    assert "thought_words" not in {score.metric for score in read_run(RunFolder(off / "run")).scores}


def test_where_one_variant_thinks_metrics_of_thoughts_are_of_all(tmp_path: Path) -> None:
    for name, text in (("base", "They have 12 legs."), ("dpo", "<think>4 each</think>They have 12 legs.")):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"id": "1", "response": text}) + "\n", encoding="utf-8")
    run = RunFolder(tmp_path / "run")
    answers = {name: tmp_path / f"{name}.jsonl" for name in ("base", "dpo")}
    import_answers(run, Config(), suite(tmp_path / "legs"), answers, {}, "harness import")
    summary = score_run(read_run(run))
    assert [summary.metrics[name]["thought_words"].mean for name in ("base", "dpo")] == [0, 2]
    assert [summary.metrics[name]["answer_words"].mean for name in ("base", "dpo")] == [4, 4]
    assert {row.metric for row in summary.comparisons} >= {"thought_words", "rep_4_answer", "truncated_thought"}
    assert "rep_4_thought" not in {row.metric for row in summary.comparisons}
