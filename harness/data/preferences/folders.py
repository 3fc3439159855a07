"""Folders of preference data: which of their files hold a split, by their names as the hub lays them out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from harness.data.preferences.formats import KINDS, NEEDED, kind_of
from harness.errors import HarnessError, unknown

SAVED = ("dataset_dict.json", "state.json")
"""What save_to_disk leaves beside its data."""
_SPLITS = {"train", "training", "test", "testing", "validation", "valid", "val", "dev", "eval", "evaluation"}
_NO_ROWS = ("dataset_info.json", "dataset_infos.json", "package.json")
_SHARD = re.compile(r"(.+?)-\d{3,}-of-\d{3,}")


def files_of_split(folder: Path, split: str, name: str | None) -> list[Path]:
    """The files that hold that split, in order; all of them where their names tell of none.

    `name` is the folder in it of one part. Refuses a folder without data, of several kinds, or of other splits.
    """
    place = folder / name if name else folder
    files = [it for it in sorted(place.rglob("*")) if _holds_rows(it, place)]
    if not files:
        raise HarnessError(f"No preference data in {place}. {NEEDED}")
    by_split: dict[str | None, list[Path]] = {}
    for file in files:
        by_split.setdefault(_split_of(file, place, split), []).append(file)
    if split not in by_split and any(by_split):
        known = [it for it in by_split if it]
        unknown(f"split of {place}", split, known, "Give another with split (--split).")
    found = by_split.get(split) or files
    return _of_one_kind(found, place)


def _holds_rows(path: Path, place: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(place).parts)
    return path.is_file() and kind_of(path) in KINDS and path.name not in _NO_ROWS and not hidden


def _split_of(path: Path, place: Path, asked: str) -> str | None:
    """What the name of a file, else that of its folder, says of its split."""
    shard = _SHARD.match(path.name)
    stem = shard[1] if shard else path.name.partition(".")[0]
    names = [stem, *(part for part in reversed(path.relative_to(place).parts[:-1]))]
    for name in names:
        if name == asked:
            return name
        words = re.split(r"[-_.]", name)
        if shard is None or name != stem:
            words = words[:1]
        if _SPLITS & {*words}:
            return name if shard else words[0]
    return None


def _of_one_kind(files: Sequence[Path], place: Path) -> list[Path]:
    kinds = sorted({kind_of(file) for file in files})
    if len(kinds) > 1:
        raise HarnessError(
            f"{place} holds rows in files of several kinds ({', '.join(kinds)}), which may say the same twice. "
            "Give one file, or a folder with one kind of them."
        )
    return [*files]
