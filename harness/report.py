"""`harness report RUN`: run folder → Report → HTML → PDF, from one template and one stylesheet."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError
from markupsafe import Markup

from harness.charts import Chart, hue, readable, themed_colour
from harness.errors import HarnessError, unknown
from harness.report_answers import answers_section
from harness.report_changes import changes_section
from harness.report_material import Material, gather
from harness.report_provenance import audit, sources
from harness.report_spread import spread_section
from harness.report_sweep import narrowed, narrowing, sweep_section
from harness.report_training import training_section
from harness.report_verdict import verdict_section
from harness.report_view import Report
from harness.report_words import Words, words
from harness.resources import policy_source, search_path
from harness.store import RunFolder
from harness.visible import visible

_SUFFIX = ".html.j2"


def render(
    run: RunFolder,
    template: str = "summary",
    lang: str = "en",
    formats: Sequence[str] = ("html", "pdf"),
    folders: Sequence[Path] = (),
) -> list[Path]:
    """Writes report.html and report.pdf into the run folder and returns their paths."""
    say = words(lang)
    environment = _environment(template, say, lang, folders)
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


def build_report(run: RunFolder, lang: str = "en") -> Report:
    """Everything that the templates show, its text ready to print."""
    material = gather(run, words(lang))
    shown = narrowed(material)
    return Report(
        run=run.id,
        suite=str(material.table("suite").get("title") or material.summary.suite),
        subtitle=_subtitle(material),
        created=material.created,
        verdict=verdict_section(shown),
        changes=changes_section(shown),
        spread=spread_section(shown),
        answers=answers_section(shown),
        training=training_section(shown),
        audit=audit(material),
        command=str(material.manifest["command"]) if material.manifest.get("command") else None,
        sources=sources(material),
        sweep=sweep_section(material),
        narrowed=narrowing(material, shown),
    )


def list_templates(folders: Sequence[Path] = ()) -> list[str]:
    """The names that --template takes."""
    found = {path.name.removesuffix(_SUFFIX) for folder in _folders(folders) for path in folder.glob(f"*{_SUFFIX}")}
    return sorted(name for name in found if not name.startswith("_"))


def _subtitle(material: Material) -> tuple[str, ...]:
    say, questions, many = material.say, material.summary.questions, len(material.summary.variants)
    against = say("report.against", base=material.base.name) if material.tuned else say("report.alone")
    counted = say.counted("report.question", questions, f"{questions:,}")
    return counted, say.counted("report.variant", many, str(many)), against


def _folders(folders: Sequence[Path]) -> list[Path]:
    return [folder for folder in search_path("reports/templates", folders) if folder.is_dir()]


def _environment(template: str, say: Words, lang: str, folders: Sequence[Path]) -> Environment:
    if template not in list_templates(folders):
        unknown("report template", template, list_templates(folders))
    environment = Environment(
        loader=FileSystemLoader(_folders(folders)),
        # select_autoescape() would leave *.html.j2 unescaped.
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(say=say, lang=say.lang)
    environment.filters.update(drawn=_drawn, hue=hue, source=policy_source)
    return environment


def _shown(value: Any) -> Any:
    """Every text that the template prints, with nothing hidden in it."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _drawn(chart: Chart, medium: str) -> Markup:
    # WeasyPrint draws SVG without the page's custom properties; on paper there is no dark theme to follow either.
    return Markup(readable(chart) if medium == "screen" else chart.svg)


def _html(page: Callable[[str], str]) -> bytes:
    return page("screen").encode()


def _pdf(page: Callable[[str], str]) -> bytes:
    try:
        from weasyprint import HTML  # type: ignore[import-untyped, unused-ignore]
    except (ImportError, OSError) as error:
        # OSError: the package is there, but Pango, a library of the system, is not.
        missing = str(error).split("\n", 1)[0]
        raise HarnessError(
            f"The PDF needs WeasyPrint and Pango ({missing}). Install them with: pip install weasyprint "
            "and apt-get install libpango-1.0-0 libpangoft2-1.0-0 — or ask for --format html"
        ) from None
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    document = HTML(string=page("print"), url_fetcher=_refuse)
    return bytes(document.write_pdf(pdf_tags=True))


def _refuse(url: str, *_: Any, **__: Any) -> Any:
    """Fetches nothing: a report brings all that it shows, and model text must not reach files or the network."""
    raise ValueError(f"not fetched: {url[:80]}")


def _write(path: Path, content: bytes) -> Path:
    """Replaces the file in one step: who has the old report open never sees half of the new one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except OSError as error:
        raise HarnessError(f"{path} cannot be written: {error.strerror}.") from None
    finally:
        draft.unlink(missing_ok=True)
    return path


def _assignment(run: RunFolder, lang: str, folders: Sequence[Path]) -> Any:
    # Its formulas and tables are nothing that a summary should load.
    from harness.report_assignment import build_assignment

    return build_assignment(run, lang, folders)


_BUILDERS: dict[str, Callable[[RunFolder, str, Sequence[Path]], Any]] = {"assignment": _assignment}
"""Templates that show something else than a Report; their files bear the template's name."""
_FORMATS: dict[str, Callable[[Callable[[str], str]], bytes]] = {"html": _html, "pdf": _pdf}
