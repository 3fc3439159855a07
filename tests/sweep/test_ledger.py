"""Why a training of a sweep failed, in a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.machine import why_killed
from harness.sweep.ledger import log_path, why_failed


@pytest.mark.parametrize(
    ("said", "code", "error", "line"),
    [
        ("step 3\nharness: The disk is full.\n", 2, None, "harness: The disk is full."),
        # A killed process has not said why: its last line is about something else.
        ("training dpo: 3 of 12 steps\n", -9, None, f"was killed by SIGKILL. {why_killed(-9)}"),
        ("training dpo: 3 of 12 steps\n", -15, None, "was killed by SIGTERM."),
        ("", 3, None, "ended with status 3"),
        ("", None, None, "ended without a word"),
        ("whatever\n", 1, "Its machine died.", "Its machine died."),
        (
            "Error out of memory at line 463 in file /src/csrc/ops.cu\n",
            1,
            None,
            "Training 'dpo' stopped: out of memory on the GPU.",
        ),
    ],
)
def test_a_training_that_failed_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, code: int | None, error: str | None, line: str
) -> None:
    monkeypatch.chdir(tmp_path)
    log_path(tmp_path, "dpo").parent.mkdir()
    # What libraries say stands in the training's own log.
    own = tmp_path / "runs" / "train" / "dpo" / "log.txt"
    own.parent.mkdir(parents=True)
    (own if said.startswith("Error") else log_path(tmp_path, "dpo")).write_text(said)
    assert why_failed(tmp_path, "dpo", code, error) == line
    assert "Memory may have run out" in why_killed(-9) and why_killed(-15) == why_killed(1) == ""
