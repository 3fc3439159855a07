"""The user's own words: notes/SECTION.md, as HTML that can hold no HTML of its own, with the pictures beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from markupsafe import Markup

from harness.errors import HarnessError
from harness.report import NOTES, is_address, noted_picture
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
        path = folder / NOTES / f"{section}.md"
        if path.is_file():
            try:
                text = path.read_text(encoding="utf-8-sig")
            except UnicodeDecodeError as error:
                raise HarnessError(f"{path} is not UTF-8 text (byte {error.start}). Save it as UTF-8.") from None
            except OSError as error:
                raise HarnessError(f"{path} cannot be read: {error.strerror}.") from None
            if text.strip():
                return Notes(markdown(text, path), f"{NOTES}/{path.name}")
    return None


def markdown(text: str, note: Path | None = None) -> Markup:
    """CommonMark with tables as HTML; raw HTML is shown as text, and nothing is fetched.

    Pictures come from the folder of the note's file; those of other places stay their words.
    """
    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererHTML

    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    tokens = parser.parse(visible(text))
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            # A note's heading neither opens a section of the report nor stands in its contents.
            token.tag = f"h{min(6, int(token.tag[1:]) + _DEEPER)}"
        for child in token.children or []:
            if child.type == "image":
                words = RendererHTML().renderInlineAsText(child.children, parser.options, {})
                child.content = _shown(str(child.attrs["src"]), words, note)
                child.type = "html_inline"
    return Markup(parser.renderer.render(tokens, parser.options, {}))


def _shown(source: str, words: str, note: Path | None) -> Markup:
    """The picture with its words, its file and its size beneath; of one from elsewhere its words and its address."""
    if note is None or is_address(source):
        return Markup("{} ({})").format(words, unquote(source)) if words else Markup("{}").format(unquote(source))
    picture = noted_picture(source, note.parent, f"{NOTES}/{note.name}")
    beneath = f"{words} · {picture.source}" if words else picture.source
    return Markup('<span class="shot"><img src="{}" alt="{}"><span class="caption">{}</span></span>').format(
        picture.uri, words, beneath
    )
