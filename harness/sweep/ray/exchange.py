"""What the machines of a sweep hand each other: files on a shared disk or in an object store, whole or not there."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Mapping
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

from harness.foreign_errors import boundary, needed
from harness.store import draft_file


class Store:
    """A folder at any fsspec URL; what is put there appears in one step, so that two who put the same do no harm."""

    def __init__(self, files: Any, root: str) -> None:
        self._files = files
        self._root = root.rstrip("/")

    @property
    def url(self) -> str:
        """What another machine opens the same place by."""
        return str(self._files.unstrip_protocol(self._root))

    @property
    def one_process_only(self) -> bool:
        """Whether it lies in this process's memory, where no other machine sees it."""
        return "memory" in _protocols(self._files)

    def put(self, source: Path, name: str) -> None:
        """Copies a file there, over what may be there."""
        path = f"{self._root}/{name}"
        self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
        if "file" in _protocols(self._files):
            # fsspec's own transaction drafts in the temporary folder, from where a file does not move in one step.
            with draft_file(Path(path)) as draft:
                shutil.copyfile(source, draft)
            return
        with self._files.transaction, source.open("rb") as file, self._files.open(path, "wb") as target:
            shutil.copyfileobj(file, target, 1 << 20)

    def get(self, name: str, target: Path) -> bool:
        """Copies a file from there, which appears here in one step; False where there is none."""
        try:
            with (
                draft_file(target) as draft,
                self._files.open(f"{self._root}/{name}", "rb") as source,
                draft.open("wb") as file,
            ):
                shutil.copyfileobj(source, file, 1 << 20)
        except FileNotFoundError:
            return False
        return True

    def has(self, name: str) -> bool:
        """Whether a file is there now, whoever put it there."""
        self._files.invalidate_cache()
        return bool(self._files.exists(f"{self._root}/{name}"))

    def names(self, folder: str) -> list[str]:
        """The files of a folder, drafts left out; [] where there is no folder."""
        self._files.invalidate_cache()
        try:
            found = self._files.ls(f"{self._root}/{folder}", detail=False)
        except FileNotFoundError:
            return []
        names = (path.rstrip("/").rpartition("/")[2] for path in found)
        return sorted(name for name in names if name and not name.endswith(".draft"))

    def remove(self, name: str) -> None:
        """Deletes a file; one that is gone already is no error."""
        # Another attempt of the same training may have been quicker.
        with suppress(FileNotFoundError):
            self._files.rm_file(f"{self._root}/{name}")


def open_store(url: str) -> Store:
    """The store at s3://…, file:///… or any other fsspec URL; refuses one that this machine has no package for."""
    with needed("fsspec", "A store"):
        from fsspec.core import url_to_fs
    with boundary(f"The store {url} cannot be opened", ImportError, ValueError):
        files, root = url_to_fs(url)
    return Store(files, root)


def pack(target: Path, members: Mapping[str, Path | bytes]) -> None:
    """One tar file of files, folders and texts by the names that they get in it."""
    with tarfile.open(target, "w") as archive:
        for name, member in members.items():
            if isinstance(member, Path):
                archive.add(member, name, filter=_no_way_out)
            else:
                entry = tarfile.TarInfo(name)
                entry.size = len(member)
                archive.addfile(entry, BytesIO(member))


def unpack(archive: Path, folder: Path) -> None:
    """Lays out what was packed; refuses names that lead out of the folder."""
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")


def _no_way_out(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """W&B's folders hold links to its logs elsewhere, which are not part of a training."""
    return None if entry.issym() and entry.linkname.startswith("/") else entry


def _protocols(files: Any) -> tuple[str, ...]:
    return (files.protocol,) if isinstance(files.protocol, str) else tuple(files.protocol)
