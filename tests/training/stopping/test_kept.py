"""Checkpoints that the settings do not ask for."""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.store import COMPLETE, TrainingFolder, read_training
from harness.training.stopping import clear, evaluates_first
from harness.training.stopping.kept import is_usual


def checkpoints(folder: Path, steps: Collection[int], extra: Collection[int] = (), torn: Collection[int] = ()) -> None:
    for step in sorted([*steps, *extra, *torn]):
        place = folder / f"checkpoint-{step}"
        place.mkdir(parents=True)
        if step not in torn:
            (place / COMPLETE).write_text(json.dumps({"extra": True} if step in extra else {}))
        # By their age, as Transformers counts them.
        os.utime(place, (step, step))


def there(folder: Path) -> list[int]:
    return sorted(int(path.name.rpartition("-")[2]) for path in folder.glob("checkpoint-*"))


@pytest.mark.parametrize(
    ("steps", "extra", "torn", "limit", "best", "kept"),
    [
        # An extra one stays until a newer one is whole, and pushes nobody out.
        ((50, 100), (73,), (), 2, None, [50, 100]),
        ((50, 100), (123,), (), 2, None, [50, 100, 123]),
        ((50,), (60, 70), (), None, None, [50, 70]),
        ((), (3, 7), (), 2, None, [7]),
        # What was cut short is of no use once a newer one is whole; one that is newer may be being written.
        ((50,), (), (20, 60), None, None, [50, 60]),
        # Beyond the limit go the oldest, but for the best.
        ((10, 20, 30), (), (), 2, None, [20, 30]),
        ((10, 20, 30), (25,), (), 2, 10, [10, 30]),
    ],
)
def test_extra_checkpoints_go_with_the_next_whole_one_and_count_for_nothing(
    tmp_path: Path,
    steps: tuple[int, ...],
    extra: tuple[int, ...],
    torn: tuple[int, ...],
    limit: int | None,
    best: int | None,
    kept: list[int],
) -> None:
    checkpoints(tmp_path, steps, extra, torn)
    clear(tmp_path, limit, None if best is None else str(tmp_path / f"checkpoint-{best}"))
    assert there(tmp_path) == kept


def test_the_settings_save_every_so_many_steps_and_the_last() -> None:
    every_four = SimpleNamespace(save_steps=4, max_steps=10)
    assert [step for step in range(1, 11) if is_usual(step, every_four)] == [4, 8, 10]


def test_who_watches_a_training_sees_what_its_settings_save(tmp_path: Path) -> None:
    checkpoints(tmp_path / "checkpoints", (4, 8), (9,))
    found = read_training(TrainingFolder(tmp_path)).checkpoints
    assert [each.step for each in found] == [4, 8]
    assert not evaluates_first(tmp_path / "checkpoints" / "checkpoint-9")
