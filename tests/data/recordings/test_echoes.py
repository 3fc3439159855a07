"""The echoed prompt of any template, and the answers that hold none."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from harness.data.recordings import Questionnaire, answer_behind_prompt, holding_their_question, read_recording
from harness.records import Question

HEADERS = ("Below is an instruction.", "### Instruction:", "### Input:", "### Response:")
QUESTIONS = {
    "town": "Name the town of kind 0.",
    "lines": "A cake costs 3.\nA tea costs 2.\n\nWhat do both cost?",
    "mark": "Which of ### Response: and [/INST] does Mistral use?",
    "bare": "Who wrote Faust",
}
ANSWERS = {
    "town": "Paris",
    "lines": "What do both cost?\n\nBoth cost 5.",
    "mark": "It is [/INST], and not ### Input:",
    "bare": "Who wrote Faust? Goethe did.\nuser of verse",
}
ALPACA = "Below is an instruction that describes a task"
VICUNA = (
    "A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, detailed, "
    "and polite answers to the user's questions."
)
TEMPLATES = {
    "alpaca without input": f"{ALPACA}. Write a response that appropriately completes the request.\n\n"
    "### Instruction:\n{q}\n\n### Response:\n",
    "alpaca with input": f"{ALPACA}, paired with an input that provides further context.\n\n### Instruction:\n{{s}}\n\n"
    "### Input:\n{q}\n\n### Response:\n",
    "alpaca, a space behind": f"{ALPACA}. Write a response.\n\n### Instruction:\n{{q}}\n\n### Response: ",
    "unsloth": f"{ALPACA}, paired with an input that provides further context. Write a response that appropriately "
    "completes the request.\n\n### Instruction:\n{q}\n\n### Input:\n\n\n### Response:\n",
    "chatml": "<|im_start|>system\n{s}<|im_end|>\n<|im_start|>user\n{q}<|im_end|>\n<|im_start|>assistant\n",
    "chatml without special tokens": "system\n{s}\nuser\n{q}\nassistant\n",
    "phi 4": "<|im_start|>user<|im_sep|>{q}<|im_end|><|im_start|>assistant<|im_sep|>",
    "llama 2": "<s>[INST] <<SYS>>\n{s}\n<</SYS>>\n\n{q} [/INST] ",
    "llama 3": "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023"
    "\n\n{s}<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n{q}<|eot_id|><|start_header_id|>assistant"
    "<|end_header_id|>\n\n",
    "llama 3 without special tokens": "system\n\n{s}user\n\n{q}assistant\n\n",
    "llama 4": "<|begin_of_text|><|header_start|>user<|header_end|>\n\n{q}<|eot|>"
    "<|header_start|>assistant<|header_end|>\n\n",
    "mistral": "<s>[INST] {q} [/INST] ",
    "mistral, padded on the left": "</s></s></s><s>[INST] {q} [/INST]",
    "mistral v7": "<s>[SYSTEM_PROMPT] {s}[/SYSTEM_PROMPT][INST] {q}[/INST]",
    "gemma": "<pad><pad><bos><start_of_turn>user\n{q}<end_of_turn>\n<start_of_turn>model\n",
    "gemma without special tokens": "user\n{q}\nmodel\n",
    "phi 3": "<|user|>\n{q}<|end|>\n<|assistant|>\n",
    "zephyr": "<|system|>\n{s}</s>\n<|user|>\n{q}</s>\n<|assistant|>\n",
    "vicuna": VICUNA + " USER: {q} ASSISTANT: ",
    "user and assistant": "User: {q}\nAssistant: ",
    "human and assistant": "Human: {q}\n\nAssistant: ",
    "solar": "### User:\n{q}\n\n### Assistant:\n",
    "openchat": "GPT4 Correct User: {q}<|end_of_turn|>GPT4 Correct Assistant: ",
    "deepseek": "<｜begin▁of▁sentence｜>{s}<｜User｜>{q}<｜Assistant｜>",
    "glm": "[gMASK]<sop><|system|>\n{s}<|user|>\n{q}<|assistant|>\n",
    "command r": "<BOS_TOKEN><|START_OF_TURN_TOKEN|><|USER_TOKEN|>{q}<|END_OF_TURN_TOKEN|>"
    "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>",
    "granite": "<|start_of_role|>system<|end_of_role|>{s}<|end_of_text|>\n<|start_of_role|>user<|end_of_role|>{q}"
    "<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>",
    "granite without special tokens": "system{s}\nuser{q}\nassistant",
    "harmony": "<|start|>system<|message|>{s}<|end|><|start|>user<|message|>{q}<|end|>"
    "<|start|>assistant<|channel|>final<|message|>",
    "kimi": "<|im_user|>user<|im_middle|>{q}<|im_end|><|im_assistant|>assistant<|im_middle|>",
    "a preamble of one's own": "You know towns. {s}\n\n### Question:\n{q}\n\n### Answer:\n",
    "a shot before": "<|im_start|>user\nName the town of kind 9.<|im_end|>\n<|im_start|>assistant\nBern<|im_end|>\n"
    "<|im_start|>user\n{q}<|im_end|>\n<|im_start|>assistant\n",
    "an instruction behind": "<|im_start|>user\n{q}\nAnswer in a word.<|im_end|>\n<|im_start|>assistant\n",
}


def render(question: str) -> str:
    return f"Below is an instruction.\n\n### Instruction:\nBe kind.\n\n### Input:\n{question}\n\n### Response:\n"


def read(folder: Path, rows: list[dict[str, str]], questions: dict[str, str] = QUESTIONS) -> dict[str, str]:
    path = folder / "answers.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    suite = tuple(Question(key, words) for key, words in questions.items())
    found = read_recording(path, "v", Questionnaire("s", suite, render, HEADERS))
    return {one.question_id: one.text for one in found.responses}


def shaped(column: str, key: str, text: str) -> dict[str, str]:
    return {"instruction" if column == "output" else "id": QUESTIONS[key] if column == "output" else key, column: text}


@pytest.mark.parametrize("column", ["generated_text", "response", "output"])
@pytest.mark.parametrize("name", TEMPLATES)
def test_what_stands_behind_any_templates_echo_is_the_answer(tmp_path: Path, name: str, column: str) -> None:
    template = TEMPLATES[name]
    rows = [
        shaped(column, key, template.replace("{s}", "Be kind.").replace("{q}", QUESTIONS[key]) + answer)
        for key, answer in ANSWERS.items()
    ]
    assert read(tmp_path, rows) == ANSWERS


@pytest.mark.parametrize("column", ["generated_text", "response", "output"])
@pytest.mark.parametrize(
    "said",
    [
        "{q}\n\nParis.",
        "You ask: {q} It is Paris.",
        "Paris.\n\n### Input:\n{q}\n\n### Response:\nParis",
        "Paris.\n<|im_start|>user\n{q}<|im_end|>\n<|im_start|>assistant\nParis",
        "> {q}\n\nParis. Assistant: Oslo.",
        "The user asks this of the assistant: {q}\nParis",
    ],
)
def test_an_answer_that_says_its_question_again_is_whole(tmp_path: Path, said: str, column: str) -> None:
    rows = [shaped(column, key, answer) for key, answer in ANSWERS.items()]
    rows[0] = shaped(column, "town", said.replace("{q}", QUESTIONS["town"]))
    assert read(tmp_path, rows) == {**ANSWERS, "town": said.replace("{q}", QUESTIONS["town"])}


def test_the_bare_question_is_an_echo_where_most_texts_begin_with_it(tmp_path: Path) -> None:
    rows = [{"id": key, "generated_text": f"{QUESTIONS[key]}\n{answer}"} for key, answer in ANSWERS.items()]
    assert read(tmp_path, rows) == ANSWERS
    # In a column of answers alone nobody can tell it from prose, and it is counted.
    rows = [{"id": key, "response": f"{QUESTIONS[key]} {answer}"} for key, answer in ANSWERS.items()]
    texts = read(tmp_path, rows)
    assert texts["town"] == "Name the town of kind 0. Paris"
    assert holding_their_question([(QUESTIONS[key], text) for key, text in texts.items()]) == 4


def test_a_few_answers_that_quote_their_question_are_not_counted() -> None:
    rows = [(f"What is {number}?", f"{number}.") for number in range(20)]
    assert holding_their_question(rows) == 0
    quoting = [(question, f"{question} {answer}") for question, answer in rows[:2]]
    assert holding_their_question([*quoting, *rows[2:]]) == 0
    assert holding_their_question([(f"What is {n}?", f"Q: What is {n}?\nA: {n}.") for n in range(20)]) == 20


def test_headers_that_an_answer_begins_again_stay_in_it() -> None:
    text = "[INST] Who? [/INST] He. [INST] Who else? [/INST] She."
    assert answer_behind_prompt(text, render("Who?"), "Who?", HEADERS) == "He. [INST] Who else? [/INST] She."
    text = "### Instruction:\nWho?\n\n### Response:\n### Response:\nHe."
    assert answer_behind_prompt(text, render("Who?"), "Who?", HEADERS) == "### Response:\nHe."


def test_a_text_of_a_megabyte_is_read_in_a_moment() -> None:
    for unit in ("Who? ", "Who?\n### Response:\n", "[INST] ", "Who?" + " " * 500, "user\nWho?\n"):
        text = unit * (1_000_000 // len(unit))
        begun = time.perf_counter()
        answer_behind_prompt(text, render("Who?"), "Who?", HEADERS)
        assert time.perf_counter() - begun < 2
