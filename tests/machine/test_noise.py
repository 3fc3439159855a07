"""What libraries say goes into a log and what we say to the terminal, whichever way either is said."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from harness.machine import noise_log, quiet, say, show

KINDS = {
    "a print": "print('noise')",
    "an error stream": "sys.stderr.write('noise')",
    "a library in C": "os.write(1, b'noise'); os.write(2, b'noise')",
    "a child": "os.system('echo noise; echo noise >&2')",
    "a logger": "logging.getLogger('library').warning('noise')",
    "a logger that was there before": "before.warning('noise')",
    "a warning": "warnings.warn('noise', FutureWarning)",
    "a bar": "list(tqdm([1], desc='noise', disable=False))",
    "a thread": "thread = threading.Thread(target=lambda: 1 / 0, name='noise'); thread.start(); thread.join()",
    "another process's file": "Path('said').write_text('noise'); add_noise(Path('said'))",
    "a last word": "atexit.register(lambda: print('noise', file=sys.stderr))",
}
PROGRAM = """
import atexit, logging, os, sys, threading, warnings
from pathlib import Path
from tqdm import tqdm
from harness.machine import add_noise, keep_noise, quiet, say, show
before = logging.getLogger("older"); before.addHandler(logging.StreamHandler())
print("before")
with quiet():
    show("an answer")
    NOISE
    logging.getLogger("harness").warning("ours")
    keep_noise(Path("log.txt"))
    say("a remark")
print("after")
"""


def run(folder: Path, program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=dict(os.environ), capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("kind", KINDS)
def test_noise_is_in_the_log_and_our_words_on_the_terminal(tmp_path: Path, kind: str) -> None:
    done = run(tmp_path, PROGRAM.replace("NOISE", KINDS[kind]))
    assert (done.stdout, done.stderr) == ("before\nan answer\nafter\n", "ours\na remark\n")
    header, _, log = (tmp_path / "log.txt").read_text().partition("\n")
    assert re.fullmatch(r"--- \d{4}-\d\d-\d\dT[\d:+]+ harness", header) and "noise" in log


def test_a_log_goes_on_command_by_command_and_follows_the_work_to_another_folder(tmp_path: Path) -> None:
    for word in ("first", "second"):
        run(tmp_path, PROGRAM.replace("NOISE", f"print('{word}')"))
    log = (tmp_path / "log.txt").read_text()
    assert re.sub("--- .*", "---", log) == "---\nfirst\n---\nsecond\n"
    moving = "keep_noise(Path('one')); print('in one'); keep_noise(Path('one')); keep_noise(Path('two')); print('on')"
    done = run(tmp_path, PROGRAM.replace("NOISE", moving))
    assert done.returncode == 0
    logs = [(tmp_path / name).read_text().split("\n", 1)[1] for name in ("one", "two")]
    assert logs == ["in one\n", "on\n"]


def test_where_no_log_can_be_written_the_noise_stays_away_all_the_same(tmp_path: Path) -> None:
    nowhere = "keep_noise(Path('none/log.txt')); print('noise')"
    done = run(tmp_path, PROGRAM.replace("NOISE", nowhere).replace('keep_noise(Path("log.txt"))', "pass"))
    assert (done.stdout, done.stderr) == ("before\nan answer\nafter\n", "ours\na remark\n")


def test_outputs_that_are_somebody_elses_stay_theirs(capsys: pytest.CaptureFixture[str]) -> None:
    with quiet():
        print("theirs")
        show("an answer")
        say("a remark")
    assert capsys.readouterr() == ("theirs\nan answer\n", "a remark\n")
    assert noise_log() is None


def test_a_terminal_is_seen_through_the_log(tmp_path: Path) -> None:
    program = """
from harness.machine import Progress, quiet
with quiet():
    print("noise")
    with Progress("asking", 2, "question") as progress:
        progress.advance(2)
"""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    subprocess.run([sys.executable, "-c", program], stdout=theirs, stderr=theirs, env=dict(os.environ), timeout=60)
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert "noise" not in shown and "asking" in shown
