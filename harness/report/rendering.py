"""`harness report RUN`: which report is built by whom, and the files that are written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jinja2 import TemplateError

from harness.charts import themed_colour
from harness.errors import HarnessError, unknown
from harness.report.page import FORMATS, SUFFIX, page_environment, write_page
from harness.resources import named
from harness.store import Run
from harness.words import words

SUMMARY = "harness.report.summary:build_report"
"""What a template shows, one of the user's too."""
BUILDERS = {"assignment": "harness.report.assignment:build_assignment"}
"""Templates that show something else; their files bear the template's name."""


def render_report(
    run: Run,
    template: str = "summary",
    lang: str = "en",
    formats: Sequence[str] = ("html", "pdf"),
    folders: Sequence[Path] = (),
) -> list[Path]:
    """Writes report.html and report.pdf into the run folder and returns their paths."""
    say = words(lang)
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
            return shown.render(report=report, medium=medium, paint=themed_colour if medium == "screen" else str)
        except TemplateError as error:
            raise HarnessError(f"The report template '{template}' cannot be filled: {error}.") from None

    return [write_page(run.path / f"{stem}.{name}", FORMATS[name](page)) for name in dict.fromkeys(formats)]
