"""The user's own words: notes/SECTION.md, as HTML that can hold no HTML of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from harness.errors import HarnessError
from harness.words import visible

_DEEPER = 2
"""A note's first heading stands below the section's own."""


@dataclass(frozen=True)
class Notes:
    """What somebody wrote to one section."""

    html: Markup
    source: str
    """The file as the reader may name it: notes/lora.md."""


def read_notes(section: str, folders: Sequence[Path]) -> Notes | None:
    """The first notes/SECTION.md of those folders that has words in it; None where nobody wrote any."""
    for folder in folders:
        path = folder / "notes" / f"{section}.md"
        if path.is_file():
            try:
                text = path.read_text(encoding="utf-8-sig")
            except UnicodeDecodeError as error:
                raise HarnessError(f"{path} is not UTF-8 text (byte {error.start}). Save it as UTF-8.") from None
            except OSError as error:
                raise HarnessError(f"{path} cannot be read: {error.strerror}.") from None
            if text.strip():
                return Notes(markdown(text), f"notes/{path.name}")
    return None


def markdown(text: str) -> Markup:
    """CommonMark with tables as HTML; raw HTML is shown as text, and nothing is fetched: images stay their words."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
    tokens = parser.parse(visible(text))
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            # A note's heading neither opens a section of the report nor stands in its contents.
            token.tag = f"h{min(6, int(token.tag[1:]) + _DEEPER)}"
    return Markup(parser.renderer.render(tokens, parser.options, {}))
