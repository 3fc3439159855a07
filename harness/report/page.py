"""From a report to a page: one template and one stylesheet, as HTML and as PDF."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.charts import Chart, hue, readable
from harness.errors import HarnessError, unknown
from harness.foreign_errors import needed
from harness.resources import policy_source, search_path
from harness.store import draft_file
from harness.words import Words, visible

SUFFIX = ".html.j2"


def list_templates(folders: Sequence[Path] = ()) -> list[str]:
    """The names that --template takes."""
    found = {path.name.removesuffix(SUFFIX) for folder in _folders(folders) for path in folder.glob(f"*{SUFFIX}")}
    return sorted(name for name in found if not name.startswith("_"))


def _folders(folders: Sequence[Path]) -> list[Path]:
    return [folder for folder in search_path("reports/templates", folders) if folder.is_dir()]


def page_environment(template: str, say: Words, folders: Sequence[Path]) -> Environment:
    """Jinja as every page has it: all text escaped, an undefined name an error; refuses an unknown template."""
    if template not in list_templates(folders):
        unknown("report template", template, list_templates(folders))
    environment = template_environment(folders)
    environment.globals.update(say=say, lang=say.lang)
    return environment


def template_environment(folders: Sequence[Path]) -> Environment:
    """What fills any page's template: every text made safe, every picture and digest ready to print."""
    environment = Environment(
        loader=FileSystemLoader(_folders(folders)),
        # select_autoescape() would leave *.html.j2 unescaped.
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(drawn=_drawn, hue=hue, source=policy_source)
    return environment


def _shown(value: Any) -> Any:
    """Every text that the template prints, with nothing hidden in it."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _drawn(chart: Chart, medium: str = "screen") -> Markup:
    # WeasyPrint draws SVG without the page's custom properties; on paper there is no dark theme to follow either.
    return Markup(readable(chart) if medium == "screen" else chart.svg)


def _html(page: Callable[[str], str]) -> bytes:
    return page("screen").encode()


def _pdf(page: Callable[[str], str]) -> bytes:
    with needed("weasyprint", "The PDF", otherwise="or ask for --format html"):
        from weasyprint import HTML  # type: ignore[import-untyped, unused-ignore]
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    document = HTML(string=page("print"), url_fetcher=_refuse)
    return bytes(document.write_pdf(pdf_tags=True))


def _refuse(url: str, *_: Any, **__: Any) -> Any:
    """Fetches nothing: a report brings all that it shows, and model text must not reach files or the network."""
    raise ValueError(f"not fetched: {url[:80]}")


def write_page(path: Path, content: bytes) -> Path:
    """Replaces the file in one step: who has the old report open never sees half of the new one."""
    try:
        with draft_file(path) as draft:
            draft.write_bytes(content)
    except OSError as error:
        raise HarnessError(f"{path} cannot be written: {error.strerror}.") from None
    return path


FORMATS: dict[str, Callable[[Callable[[str], str]], bytes]] = {"html": _html, "pdf": _pdf}
