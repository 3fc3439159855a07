"""An evaluation that runs out of memory: one line with what takes less, and no answer that was written is lost."""

from __future__ import annotations

from pathlib import Path
from subprocess import CompletedProcess

import pytest

from harness.asking.adapter_proof import _crash
from harness.machine import why_killed
from harness.pocket import pocket_path
from harness.store import read_jsonl, write_jsonl
from tests.conftest import run_harness
from tests.support.short_of_memory import run_short


@pytest.mark.parametrize(
    ("status", "said", "answer"),
    [
        (-9, "", {"refused": f"the process was killed by SIGKILL. {why_killed(-9)}"}),
        (-15, "", {"refused": "the process was killed by SIGTERM."}),
        (1, "Traceback\nno such thing", {"refused": "no such thing"}),
        (1, "", {"refused": "no message"}),
    ],
)  # fmt: skip
def test_a_process_that_asks_peft_and_ends_says_how(status: int, said: str, answer: dict[str, str]) -> None:
    assert _crash(CompletedProcess([], status, "", said)) == answer


def test_a_process_that_asks_peft_and_has_no_memory_says_so_in_fields() -> None:
    # bitsandbytes ends its process itself.
    crashed = _crash(CompletedProcess([], 1, "", "Error out of memory at line 463 in file /src/csrc/ops.cu"))
    assert crashed["short"]["on_gpu"] is True and crashed["short"]["asked"] is None


@pytest.mark.slow
def test_an_evaluation_that_runs_out_of_memory_keeps_its_answers_and_goes_on(tmp_path: Path) -> None:
    _wide_base(tmp_path / "wide")
    (tmp_path / "harness.yaml").write_text(
        "base: wide\nprompt: alpaca\ngeneration: {max_new_tokens: 8}\nserving: {batch_size: 2}\n"
    )
    # A layer takes 28 MB a tensor for the last, more than what was freed before holds in one piece; the others fit.
    questions = [f"What is {number} plus 1?" for number in range(24)] + ["one and two and three and " * 84]
    write_jsonl(tmp_path / "few.jsonl", [{"question": question} for question in questions])
    asked = ("evaluate", "--suite", "few.jsonl", "--backend", "transformers", "--run", "r", "--no-report")
    rows = tmp_path / "runs" / "eval" / "r" / "responses.jsonl"
    done = run_short(*asked, folder=tmp_path, reached=lambda: rows.is_file() and rows.stat().st_size > 0, room=2**22)
    kept = list(read_jsonl(rows))
    assert done.returncode == 2 and len(kept) > 0, done.stderr
    line = done.stderr.strip().splitlines()[-1]
    assert line.startswith("harness: One text of up to ") and ": out of memory" in line, done.stderr
    assert "serving.quantization: nf4" in line and "What is answered is kept." in line
    again = run_harness(*asked, folder=tmp_path)
    assert again.returncode == 0, again.stderr
    found = list(read_jsonl(rows))
    assert found[: len(kept)] == kept and len({row["question_id"] for row in found}) == len(found) == len(questions)


def _wide_base(folder: Path) -> None:
    """A base of random weights whose layers widen each token to 8,192 numbers."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    torch.manual_seed(7)
    config = AutoConfig.from_pretrained(pocket_path())
    config.num_hidden_layers, config.intermediate_size = 2, 8192
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(pocket_path()).save_pretrained(folder)
