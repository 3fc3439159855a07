"""Which lines of a terminal are the harness's own."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from harness.cli.printed import comparison_table
from harness.store import LOG, RunFolder, read_run

_REMARKS = re.compile(
    r"(harness: |warning: |training |asking |lm-eval: |--limit is for |Asked with |Adapter ')"
    r"|going on from |runs/train/|\d[\d,]* tokens in a batch "
)
"""How a line on the standard error, or of a training, begins that a command of ours has written."""


def only_ours(done: subprocess.CompletedProcess[str], *folders: Path) -> None:
    """Asserts that a command showed nothing but lines of ours, and of an evaluation its table besides."""
    shown = done.stdout
    for folder in folders:
        table = comparison_table(read_run(RunFolder(folder)).summary)
        assert shown.startswith(table), shown
        shown = re.sub(r"(?m)^(run|html|pdf) +runs/eval/\S+$", "", shown.removeprefix(table))
    strange = [line for line in (shown + done.stderr).splitlines() if line.strip() and not _REMARKS.match(line)]
    assert not strange, strange


def said_by_libraries(folder: Path) -> str:
    """The log of a run or a training, without our own heads of it."""
    lines = (folder / LOG).read_text().splitlines()
    assert lines[0].startswith("--- ") and " harness " in lines[0]
    return "\n".join(line for line in lines if not line.startswith("--- "))
