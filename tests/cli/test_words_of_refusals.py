"""What is refused on the terminal is told in words: no exception's class name, no trace."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.asking import import_answers
from harness.cli.failures import explain
from harness.config import Config
from harness.data.preferences import read_preferences
from harness.store import RunFolder
from tests.conftest import run_harness

CLASS_NAME = re.compile(r"\b\w+(?:Error|Exception|Warning)\b|Traceback|--debug")
RECORDINGS = {
    "empty": b"",
    "no json": b"{oops",
    "not utf-8": b"\xff\xfe\x00a",
    "deep": b"[" * 100_000,
    "numbers": b"[1, 2]",
    "list of lists": b'[["id", "response"]]',
    "no columns": b"[{}]",
    "null": b"null",
    "a text": b'"text"',
    "null answer": b'[{"id": "1", "response": null}]',
    "object answer": b'[{"id": "1", "response": {"text": 1}}]',
    "body of a batch": b'[{"custom_id": "1", "response": {"status_code": 200, "body": []}}]',
    "choices of a batch": b'[{"custom_id": "1", "response": {"status_code": 200, "body": {"choices": [1]}}}]',
    "bool id": b'[{"id": true, "response": "a"}]',
    "list id": b'[{"id": [1], "response": "a"}]',
    "big number": b'[{"id": ' + b"9" * 5000 + b', "response": "a"}]',
    "unknown id": b'[{"id": "nobody", "response": "a"}]',
    "tokens": b'[{"id": "1", "response": "a", "completion_tokens": -1}]',
    "prompt": b'[{"id": "1", "generated_text": "a", "prompt": ["a"]}]',
    "surrogate": b'[{"id": "\\ud800", "response": "a"}]',
}
PAIRS = {
    "empty": b"",
    "no json": b"{oops",
    "not utf-8": b"\xff\xfe\x00a",
    "deep": b"[" * 100_000,
    "numbers": b"1\n2\n",
    "packed": b"\x1f\x8b\x08\x00",
    "no columns": b'{"a": 1}',
    "null": b"null",
    "all null": b'{"prompt": null, "chosen": null, "rejected": null}',
    "list of nothing": b'{"prompt": "q", "chosen": [], "rejected": []}',
    "messages of numbers": b'{"chosen": [1], "rejected": [2]}',
    "content is a list": b'{"prompt": "q", "chosen": [{"role": "assistant", "content": [1]}], "rejected": "b"}',
    "system is a list": b'{"prompt": "q", "system": [1], "chosen": "a", "rejected": "b"}',
    "infinite": b'{"prompt": Infinity, "chosen": 1e999, "rejected": NaN}',
}


def refusal(call: Callable[[], object]) -> str:
    """What the terminal shows of a call that must not succeed."""
    with pytest.raises(Exception) as raised:
        call()
    ending = explain(raised.value)
    assert ending.status == 2
    return ending.text()


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_broken_recording_is_refused_in_words(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(RECORDINGS[name])
    said = refusal(
        lambda: import_answers(RunFolder(tmp_path / "r"), Config(), "assignment", {"base": path}, {}, "harness import")
    )
    assert said.startswith("harness: ") and "\n" not in said and not CLASS_NAME.search(said), said


@pytest.mark.parametrize("ending", ["jsonl", "json", "parquet"])
@pytest.mark.parametrize("name", PAIRS)
def test_broken_preference_data_is_refused_in_words(tmp_path: Path, name: str, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    path.write_bytes(PAIRS[name])
    said = refusal(lambda: read_preferences(str(path)))
    assert said.startswith("harness: ") and "\n" not in said and not CLASS_NAME.search(said), said


def test_the_terminal_shows_no_more_than_that(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(RECORDINGS["choices of a batch"])
    done = run_harness("import", "--suite", "assignment", "base=a.json", "--run", "r", "--no-report", folder=tmp_path)
    assert done.returncode == 2 and not CLASS_NAME.search(done.stderr) and done.stderr.count("\n") == 1
