"""What a file says of how its answers were generated is read, by whatever names; what it does not say is absent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.data.recordings.files import read_objects
from harness.data.recordings.said_settings import said_settings

ANSWER = {"id": "1", "response": "5"}
REQUEST = {"model": "m", "messages": [{"role": "user", "content": "2 plus 3?"}], "temperature": 0.7, "max_tokens": 64}
CHOICES = {"choices": [{"message": {"role": "assistant", "content": "5"}}]}
INSPECT: dict[str, Any] = {
    "version": 2,
    "status": "success",
    "eval": {"model": "openai/gpt-4o", "packages": {"inspect_ai": "0.3.70"}, "model_generate_config": {"seed": 7}},
    "plan": {"config": {"temperature": 0.2, "max_tokens": 128, "top_p": 0.9}},
    "samples": [{"id": "1", "epoch": 1, "input": "q", "output": {"completion": "5"}, "messages": []}],
}
HELM = {
    "adapter_spec": {"model": "m", "temperature": 0.0, "max_tokens": 5, "stop_sequences": ["\n"]},
    "request_states": [{"instance": {"input": {"text": "q"}}, "request": {"top_p": 1}, "result": {"completions": []}}],
}
PROMPTFOO = {
    "config": {"providers": [{"id": "openai:gpt-4o", "config": {"temperature": 0.5, "max_tokens": 32}}]},
    "results": {"results": [{"vars": {"question": "q"}, "response": {"output": "5"}}]},
}
LIGHT_EVAL = {
    "config_general": {"model_config": {"dtype": "bfloat16", "generation_parameters": {"temperature": 0.6, "seed": 3}}},
    "results": [ANSWER],
}
FORMS: list[tuple[str, Any, dict[str, Any]]] = [
    ("plain columns", [{**ANSWER, "temperature": 0, "top_p": 0.95}], {"temperature": 0, "top_p": 0.95}),
    ("another's names", [{**ANSWER, "num_predict": 9, "repeat_penalty": 1.1}],
     {"max_new_tokens": 9, "repetition_penalty": 1.1}),
    ("a request beside it", [{"request": REQUEST, "response": CHOICES}],
     {"temperature": 0.7, "max_new_tokens": 64, "model": "m"}),
    ("a batch's request", [{"custom_id": "1", "request": {"body": REQUEST}, "response": {"body": CHOICES}}],
     {"temperature": 0.7, "max_new_tokens": 64, "model": "m"}),
    ("the model that answered", [{"custom_id": "1", "response": {"body": {**CHOICES, "model": "gpt-x"}}}],
     {"model": "gpt-x"}),
    ("Gemini", [{**ANSWER, "request": {"generationConfig": {"topP": 0.8, "maxOutputTokens": 20}}}],
     {"top_p": 0.8, "max_new_tokens": 20}),
    ("Ollama's options", [{**ANSWER, "options": {"seed": 4, "num_predict": 50}}], {"seed": 4, "max_new_tokens": 50}),
    ("vLLM's sampling", [{**ANSWER, "sampling_params": {"temperature": 1.0, "stop": "###"}}],
     {"temperature": 1.0, "stop": ["###"]}),
    ("rows that differ", [{**ANSWER, "temperature": 0}, {**ANSWER, "temperature": 1}], {"temperature": [0, 1]}),
    ("4 bits", [{**ANSWER, "load_in_4bit": True, "torch_dtype": "float16"}],
     {"quantization": "4bit", "dtype": "float16"}),
    ("LightEval's documents", [{"doc": {"query": "q", "generation_size": 256, "stop_sequences": ["\n"]},
      "model_response": {"text": ["5"]}}], {"max_new_tokens": 256, "stop": ["\n"]}),
    ("inspect's log", INSPECT, {"temperature": 0.2, "max_new_tokens": 128, "top_p": 0.9, "seed": 7,
     "model": "openai/gpt-4o", "versions": {"inspect_ai": "0.3.70"}}),
    ("HELM's specification", HELM,
     {"temperature": 0.0, "max_new_tokens": 5, "top_p": 1, "model": "m", "stop": ["\n"]}),
    ("promptfoo's provider", PROMPTFOO, {"temperature": 0.5, "max_new_tokens": 32}),
    ("LightEval's head", LIGHT_EVAL, {"temperature": 0.6, "seed": 3, "dtype": "bfloat16"}),
    ("a head of one's own", {"settings": {"temperature": 0.3}, "answers": [ANSWER]}, {"temperature": 0.3}),
    ("text in a cell", [{**ANSWER, "temperature": "0.7", "max_tokens": "128.0"}],
     {"temperature": 0.7, "max_new_tokens": 128}),
]  # fmt: skip
SILENT: list[tuple[str, Any]] = [
    ("nothing", [ANSWER]),
    ("empty cells", [{**ANSWER, "temperature": None, "seed": ""}]),
    ("other kinds", [{**ANSWER, "temperature": "greedy", "seed": True, "stop": [1], "max_tokens": 1.5, "top_p": [1]}]),
    ("not finite", [{**ANSWER, "temperature": "nan"}]),
    ("not in 4 bits", [{**ANSWER, "load_in_4bit": False}]),
    ("answers by id", {"1": "5", "temperature": "It is hot."}),
    ("several providers", {**PROMPTFOO, "config": {"providers": [{"config": {"temperature": 0}}, {"id": "b"}]}}),
]


def read(tmp_path: Path, whole: Any, name: str = "answers.json") -> Any:
    path = tmp_path / name
    path.write_text(json.dumps(whole), encoding="utf-8")
    return said_settings(path, read_objects(path))


@pytest.mark.parametrize(("whole", "values"), [it[1:] for it in FORMS], ids=[it[0] for it in FORMS])
def test_settings_are_read_from_wherever_a_form_keeps_them(whole: Any, values: dict[str, Any], tmp_path: Path) -> None:
    found = read(tmp_path, whole)
    assert found is not None and found.values == values
    assert found.source in (f"answers.json, {place}" for place in ("head", "rows", "head and rows"))


@pytest.mark.parametrize("whole", [it[1] for it in SILENT], ids=[it[0] for it in SILENT])
def test_what_says_nothing_is_not_recorded(whole: Any, tmp_path: Path) -> None:
    assert read(tmp_path, whole) is None


def test_a_row_is_nearer_to_its_answer_than_the_head(tmp_path: Path) -> None:
    found = read(tmp_path, {"temperature": 0, "top_p": 1, "answers": [{**ANSWER, "temperature": 0.9}]})
    assert found.values == {"temperature": 0.9, "top_p": 1} and found.source.endswith("head and rows")


def test_rows_of_json_lines_say_it_too(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps({**ANSWER, "id": str(n), "seed": 1}) + "\n" for n in range(3)), encoding="utf-8")
    found = said_settings(path, read_objects(path))
    assert found is not None and found.values == {"seed": 1}
