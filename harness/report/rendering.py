"""`harness report RUN`: which report is built by whom, and how its template becomes the files that are written."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError
from jinja2.utils import Namespace
from markupsafe import Markup

from harness.charts import Chart, hue, readable, themed_colour
from harness.errors import HarnessError, unknown
from harness.foreign_errors import needed
from harness.machine import missing_glyphs
from harness.resources import named, policy_source, search_path
from harness.store import Run, draft_file
from harness.words import Words, visible, words

SUMMARY = "harness.report.summary:build_report"
"""What a template shows, one of the user's too."""
BUILDERS = {"assignment": "harness.report.assignment:build_assignment"}
"""Templates that show something else; their files bear the template's name."""
SUFFIX = ".html.j2"


def render_report(
    run: Run,
    template: str = "summary",
    lang: str = "en",
    formats: Sequence[str] = ("html", "pdf"),
    folders: Sequence[Path] = (),
) -> list[Path]:
    """Writes report.html and report.pdf into the run folder and returns their paths."""
    say = words(lang, folders)
    environment = page_environment(template, say, folders)
    for name in formats or ("",):
        if name not in FORMATS:
            unknown("report format", name, FORMATS)
    own = BUILDERS.get(template)
    report = named(own or SUMMARY)(run, lang, folders)
    stem = "report" if own is None else template if say.lang == "en" else f"{template}.{say.lang}"

    def page(medium: str) -> str:
        try:
            shown = environment.get_template(template + SUFFIX)
            paint = themed_colour if medium == "screen" else str
            return shown.render(report=report, medium=medium, paint=paint, count=Namespace(figure=0, table=0))
        except TemplateError as error:
            raise HarnessError(f"The report template '{template}' cannot be filled: {error}.") from None

    if own is None and "pdf" in formats:
        _warn_of_unknown_letters(page("print"), say)
    return [write_page(run.path / f"{stem}.{name}", FORMATS[name](page)) for name in dict.fromkeys(formats)]


def _warn_of_unknown_letters(page: str, say: Words) -> None:
    """One line where no font of this machine draws what the PDF holds; a browser brings fonts of its own."""
    found = missing_glyphs([page])
    if found:
        letters = say.listed([letter for group in found.values() for letter in group], 20)
        packages = " ".join(command.removeprefix("apt-get install ") for command in found)
        warning = say("assignment.glyphs", letters=letters, command=f"apt-get install {packages}")
        logging.getLogger("harness").warning(warning)


def list_templates(folders: Sequence[Path] = ()) -> list[str]:
    """The names that --template takes."""
    found = {path.name.removesuffix(SUFFIX) for folder in _folders(folders) for path in folder.glob(f"*{SUFFIX}")}
    return sorted(name for name in found if not name.startswith("_"))


def _folders(folders: Sequence[Path]) -> list[Path]:
    return [folder for folder in search_path("reports/templates", folders) if folder.is_dir()]


def page_environment(template: str, say: Words, folders: Sequence[Path]) -> Environment:
    """What fills a template, with the words of the language at hand; refuses a template that there is not."""
    if template not in list_templates(folders):
        unknown("report template", template, list_templates(folders))
    environment = template_environment(folders)
    environment.globals.update(say=say, lang=say.lang, count=Namespace(figure=0, table=0))
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


def _pdf(page: Callable[[str], str]) -> bytes:
    with needed("weasyprint", "The PDF", otherwise="or ask for --format html"):
        from weasyprint import HTML  # type: ignore[import-untyped, unused-ignore]
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    document = HTML(string=page("print"), url_fetcher=_fetcher())
    return bytes(document.write_pdf(pdf_tags=True))


def _fetcher() -> Any:
    """Fetches nothing: a report brings all that it shows, and model text must not reach files or the network."""
    from weasyprint.urls import URLFetcher  # type: ignore[import-untyped, unused-ignore]

    class Brought(URLFetcher):  # type: ignore[misc]
        """Reads the pictures that stand in the page itself."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            if not url.startswith("data:image/"):
                raise ValueError(f"not fetched: {url[:80]}")
            return super().fetch(url, headers)

    return Brought()


def write_page(path: Path, content: bytes) -> Path:
    """Replaces the file in one step: who has the old report open never sees half of the new one."""
    try:
        with draft_file(path) as draft:
            draft.write_bytes(content)
    except OSError as error:
        raise HarnessError(f"{path} cannot be written: {error.strerror}.") from None
    return path


FORMATS: dict[str, Callable[[Callable[[str], str]], bytes]] = {
    "html": lambda page: page("screen").encode(),
    "pdf": _pdf,
}
