"""What a check leaves in the candidate's run folder: check.json, check.md, check.xml."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from harness.gate.junit import check_junit
from harness.gate.markdown import check_markdown
from harness.records import Check
from harness.store import Run, write_json, write_text
from harness.words import Words

NAMES = ("check.json", "check.md", "check.xml")


def forget_check(run: Run) -> None:
    """Takes an earlier check away: whoever finds the files after a refusal would read yesterday's verdict."""
    for name in NAMES:
        (run.path / name).unlink(missing_ok=True)


def write_check(run: Run, check: Check, job_summary: Path | None = None, say: Words | None = None) -> list[Path]:
    """Writes the three files; the Markdown, in that language, is appended to the job summary where there is one."""
    text = check_markdown(check, say)
    paths = [run.path / name for name in NAMES]
    row = asdict(check)
    write_json(paths[0], {"format_version": row.pop("format_version"), **row})
    write_text(paths[1], text)
    write_text(paths[2], check_junit(check, run.manifest.created or ""))
    if job_summary is not None:
        with job_summary.open("a", encoding="utf-8") as file:
            file.write(text)
    return paths
