"""`harness report RUN`: which report is built by whom, and the files that are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from jinja2 import TemplateError

from harness.charts import themed_colour
from harness.errors import HarnessError, unknown
from harness.report.page import _FORMATS, _SUFFIX, _environment, _write
from harness.report.summary import build_report
from harness.store import Run
from harness.words import words


def render_report(
    run: Run,
    template: str = "summary",
    lang: str = "en",
    formats: Sequence[str] = ("html", "pdf"),
    folders: Sequence[Path] = (),
) -> list[Path]:
    """Writes report.html and report.pdf into the run folder and returns their paths."""
    say = words(lang)
    environment = _environment(template, say, folders)
    for name in formats or ("",):
        if name not in _FORMATS:
            unknown("report format", name, _FORMATS)
    report = _BUILDERS[template](run, lang, folders) if template in _BUILDERS else build_report(run, lang)
    stem = template + ("" if say.lang == "en" else f".{say.lang}") if template in _BUILDERS else "report"

    def page(medium: str) -> str:
        try:
            shown = environment.get_template(template + _SUFFIX)
            return shown.render(report=report, medium=medium, paint=themed_colour if medium == "screen" else str)
        except TemplateError as error:
            raise HarnessError(f"The report template '{template}' cannot be filled: {error}.") from None

    return [_write(run.path / f"{stem}.{name}", _FORMATS[name](page)) for name in dict.fromkeys(formats)]


def _assignment(run: Run, lang: str, folders: Sequence[Path]) -> Any:
    # Its formulas and tables are nothing that a summary should load.
    from harness.report.assignment import build_assignment

    return build_assignment(run, lang, folders)


_BUILDERS: dict[str, Callable[[Run, str, Sequence[Path]], Any]] = {"assignment": _assignment}
"""Templates that show something else than a Report; their files bear the template's name."""
