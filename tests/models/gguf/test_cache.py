"""What is in the cache was converted whole, once, and of this very file."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.models.gguf.cache import converted_once, found_in_cache, in_cache, remembered_digest
from harness.resources import file_digest
from harness.store import ConvertedFrom

ORIGIN = ConvertedFrom(file="model.gguf", sha256="ab" * 32, quantization="Q4_K_M", license="mit")
PROGRAM = """
import os, sys, time
from pathlib import Path
from harness.models.gguf.cache import converted_once
from tests.models.gguf.test_cache import ORIGIN

def convert(folder):
    with open(sys.argv[1], "a") as log:
        log.write("begun\\n")
    (folder / "config.json").write_text("{}")
    if sys.argv[2] == "killed":
        os.kill(os.getpid(), 9)
    time.sleep(float(sys.argv[2]))
    (folder / "model.safetensors").write_text("weights")

print(converted_once(ORIGIN, convert).folder)
"""


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    yield tmp_path / "cache"


def begin(log: Path, how: str) -> subprocess.Popen[str]:
    root = str(Path(__file__).parents[3])
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(log), how],
        env={**os.environ, "PYTHONPATH": root},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def whole(folder: Path) -> None:
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_text("weights")


def test_two_processes_at_once_convert_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    running = [begin(log, "2") for _ in range(2)]
    said = [process.communicate(timeout=60) for process in running]
    assert [process.returncode for process in running] == [0, 0], said
    assert log.read_text() == "begun\n"
    assert said[0][0] == said[1][0]
    assert sorted(len(err.splitlines()) for _, err in said) in ([0, 1], [1, 1]), said


def test_a_conversion_that_was_killed_leaves_nothing_that_counts(tmp_path: Path) -> None:
    killed = begin(tmp_path / "log", "killed")
    assert killed.wait(timeout=60) == -9
    killed.communicate()
    assert in_cache(ORIGIN.sha256) is None
    found = converted_once(ORIGIN, whole)
    assert sorted(path.name for path in found.folder.parent.iterdir()) == [".locks", found.folder.name]
    assert in_cache(ORIGIN.sha256) == found


@pytest.mark.parametrize("damage", ["gone", "shorter", "mark"])
def test_a_damaged_folder_does_not_count_and_is_made_again(damage: str) -> None:
    folder = converted_once(ORIGIN, whole).folder
    if damage == "gone":
        (folder / "model.safetensors").unlink()
    elif damage == "shorter":
        (folder / "model.safetensors").write_text("weig")
    else:
        (folder / "converted_from.json").write_text('{"origin":')
    assert in_cache(ORIGIN.sha256) is None
    assert converted_once(ORIGIN, whole).folder == folder
    assert in_cache(ORIGIN.sha256) is not None


def test_what_failed_leaves_nothing(tmp_path: Path) -> None:
    def fails(folder: Path) -> None:
        (folder / "config.json").write_text("{}")
        raise HarnessError("no room")

    with pytest.raises(HarnessError, match="no room"):
        converted_once(ORIGIN, fails)
    assert [path.name for path in (tmp_path / "cache" / "preference-harness" / "gguf").iterdir()] == [".locks"]


def test_a_copy_of_a_folder_elsewhere_is_a_folder_like_any_other(tmp_path: Path) -> None:
    folder = converted_once(ORIGIN, whole).folder
    assert found_in_cache(folder) is not None
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in folder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    assert found_in_cache(copy) is None


def test_a_digest_is_computed_anew_when_the_file_changes(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    for text in ("one", "two", "three"):
        path.write_text(text)
        os.utime(path, ns=(0, len(text) * 10**9 + ord(text[0])))
        assert remembered_digest(path) == remembered_digest(path) == file_digest(path)
    # As long, at the same time: that is what it is known by.
    path.write_text("eerht")
    os.utime(path, ns=(0, 5 * 10**9 + ord("t")))
    assert remembered_digest(path) != file_digest(path)


def test_a_disk_without_room_is_told_before_anything_is_loaded(tmp_path: Path) -> None:
    from harness.models.gguf.conversion import _refuse_full_disk

    vast: Any = SimpleNamespace(path=tmp_path / "model.gguf", tensors=(SimpleNamespace(n_elements=10**16),))
    with pytest.raises(HarnessError, match=r"model.gguf takes 18626451\.6 GiB when it is converted.*XDG_CACHE_HOME"):
        _refuse_full_disk(vast, tmp_path, 2)
