"""Pictures of the user's own, made part of the page: read from the notes' folder, checked, and never fetched."""

from __future__ import annotations

import base64
import re
import shutil
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote

from harness.errors import HarnessError, unknown
from harness.words import visible

NOTES = "notes"
PANEL = "wandb"
MOST_BYTES = 4_000_000
_MOST_PIXELS = 40_000_000
_KINDS = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}
_EXPECTED = "Expected a PNG, JPEG, GIF, WebP or SVG."
_GIVEN = "--wandb-panel: "
_SAVE = "Save a screenshot as PNG, or print the page as a PDF."
_PAGE_WIDTH = 1600
"""Pixels of the longer side of a PDF's page as a picture."""
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


@dataclass(frozen=True)
class Picture:
    """An image as a page holds it."""

    uri: str
    """data:image/…"""
    source: str
    """The file and its size: notes/wandb-dpo.png, 214 kB."""
    path: Path


def is_address(source: str) -> bool:
    """Whether it leads elsewhere (https:, data:, file:, //host): no such picture is ever looked at."""
    return bool(_ADDRESS.match(source))


def noted_picture(source: str, folder: Path, named_in: str) -> Picture:
    """The image that a note shows, by its path within the notes' folder; refuses any other place in one line."""
    place = (folder / unquote(source)).resolve()
    if not place.is_relative_to(folder.resolve()):
        raise HarnessError(
            f"{named_in} shows {visible(source)}, which lies outside {folder}: a note's pictures come from there only."
        )
    return read_picture(place, f"{named_in} shows {visible(source)}: ")


def read_picture(path: Path, said: str = "") -> Picture:
    """An image file as a data URI; refuses in one line what is missing, no image, broken or too large."""
    try:
        data = path.read_bytes() if path.stat().st_size <= MOST_BYTES else b""
        size = path.stat().st_size
    except OSError as error:
        raise HarnessError(f"{said}{path} cannot be read: {error.strerror}.") from None
    if size > MOST_BYTES:
        most = _shown(MOST_BYTES)
        raise HarnessError(f"{said}{path} is {_shown(size)}; a picture in a report may be {most}. Make it smaller.")
    kind = _kind(path, data, said)
    uri = f"data:{kind};base64,{base64.b64encode(data).decode()}"
    return Picture(uri, f"{NOTES}/{visible(path.name)}, {_shown(size)}", path)


def panel_files(folders: Sequence[Path], names: Sequence[str]) -> dict[str | None, Path]:
    """Variant (None: all of them) → notes/wandb-VARIANT.png, or notes/wandb.png, the first of those folders'."""
    wanted: dict[str, str | None] = {f"{PANEL}-{name}": name for name in names} | {PANEL: None}
    found: dict[str | None, Path] = {}
    for folder in folders:
        for path in sorted((folder / NOTES).glob(f"{PANEL}*")):
            if path.stem in wanted and path.suffix.lower() in _SUFFIXES and path.is_file():
                found.setdefault(wanted[path.stem], path)
    return {name: found[name] for name in wanted.values() if name in found}


def keep_panel(run: Path, given: str, names: Sequence[str]) -> Path:
    """Lays [VARIANT=]FILE down as the run's notes/wandb-VARIANT.png, where every report of the run finds it."""
    name, equals, place = given.partition("=")
    if equals and not Path(given).exists():
        if name not in names:
            unknown("variant", name, names, "A W&B panel is given as VARIANT=FILE.")
        stem = f"{PANEL}-{name}"
    else:
        stem, place = PANEL, given
    if is_address(place):
        raise HarnessError(f"{visible(place)} is no file here: a report fetches nothing. {_SAVE}")
    path = Path(place)
    page = _first_page(path)
    if page is None:
        read_picture(path, _GIVEN)
    suffix = path.suffix.lower() if path.suffix.lower() in _SUFFIXES and page is None else ".png"
    target = run / NOTES / f"{stem}{suffix}"
    target.parent.mkdir(exist_ok=True)
    if target.exists() and target.samefile(path):
        return target
    for old in [old for old in target.parent.glob(f"{PANEL}*") if old.stem == stem]:
        old.unlink()
    if page is None:
        shutil.copyfile(path, target)
    else:
        target.write_bytes(page)
    return target


def _first_page(path: Path) -> bytes | None:
    """The first page of a PDF as a PNG; None of what is no PDF. Refuses a saved page of a browser."""
    try:
        with path.open("rb") as file:
            head = file.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")
    except OSError:
        return None
    if re.match(rb"<(?:!doctype\s+html|html|head|body)\b|From:.*multipart/related", head, re.IGNORECASE | re.DOTALL):
        # It would bring scripts, or show nothing without them.
        raise HarnessError(f"{_GIVEN}{path} is a saved page, which shows nothing without its scripts. {_SAVE}")
    return _drawn_page(path) if head.startswith(b"%PDF") else None


def _drawn_page(path: Path) -> bytes:
    try:
        import pypdfium2  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        raise HarnessError(
            f"{_GIVEN}{path} is a PDF. Its first page becomes a picture with: pip install pypdfium2. {_SAVE}"
        ) from None
    try:
        with pypdfium2.PdfDocument(path) as pdf:
            page = pdf[0]
            image = page.render(scale=_PAGE_WIDTH / max(1.0, *page.get_size())).to_pil().convert("RGB")
    except (pypdfium2.PdfiumError, IndexError, ValueError) as error:
        raise HarnessError(f"{_GIVEN}{path} is damaged: {' '.join(str(error).split())}. {_SAVE}") from None
    held = BytesIO()
    image.save(held, "PNG", optimize=True)
    return held.getvalue()


_SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg")


def _kind(path: Path, data: bytes, said: str) -> str:
    """Its media type, by what it holds and not by its name."""
    head = data[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<svg", b"<?xml")) and b"<svg" in head:
        # An image element runs and fetches nothing; entities could still make a page of gigabytes.
        if re.search(rb"<!(?:doctype|entity)|<script", data, re.IGNORECASE):
            raise HarnessError(f"{said}{path} is an SVG with a script or entities. Save it as a PNG.")
        return "image/svg+xml"
    from PIL import Image, ImageFile, UnidentifiedImageError

    # WeasyPrint, once it is loaded, has Pillow fill up what a file lacks.
    lenient, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=list(_KINDS)) as image:
                if image.width * image.height > _MOST_PIXELS:
                    raise Image.DecompressionBombError
                image.load()
                return _KINDS[str(image.format)]
    except UnidentifiedImageError:
        raise HarnessError(f"{said}{path} is no image that a page can show. {_EXPECTED}") from None
    except Image.DecompressionBombError:
        raise HarnessError(f"{said}{path} has more than {_MOST_PIXELS:,} pixels. Make it smaller.") from None
    except (OSError, SyntaxError, ValueError) as error:
        raise HarnessError(f"{said}{path} is damaged: {' '.join(str(error).split())}. {_EXPECTED}") from None
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = lenient


def _shown(size: int) -> str:
    """In kB, in MB from a million bytes on."""
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} kB"
