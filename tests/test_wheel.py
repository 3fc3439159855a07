"""The wheel, installed outside the checkout, carries tasks, prompts, templates and the embedded model."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.mark.slow
def test_an_installed_wheel_works_outside_the_checkout(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "pip", "wheel", str(ROOT), "--no-deps", "-q", "-w", str(tmp_path)]
    subprocess.run(build, check=True, capture_output=True, timeout=300)
    (wheel,) = tmp_path.glob("preference_harness-*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        assert any(name.endswith("licenses/LICENSE") for name in archive.namelist())
        archive.extractall(site)

    def run(*arguments: str) -> str:
        program = "import harness, sys; print(harness.__file__, file=sys.stderr); from harness.cli import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(site)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        assert str(site) in done.stderr
        return done.stdout

    assert str(site) in run("pocket")
    listed = run("tasks", "--check")
    assert "pocket" in listed and "assignment" in listed and "pocket_skill" in listed and "full marks" in listed
    answers = tmp_path / "a.jsonl"
    answers.write_text("".join(f'{{"id": "{n}", "response": "Seven."}}\n' for n in range(1, 11)))
    assert "report.pdf" in run("import", "--suite", "assignment", f"base={answers}", "--run", "r")
    assert Path(run("pocket").strip(), "model.safetensors").is_file()
