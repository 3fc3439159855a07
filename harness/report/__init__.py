"""A run folder as a page: the material, the measures, the view that templates fill, HTML and PDF.

Its sub-rooms (sweep, summary, assignment) are reached by the table in rendering.
From below: errors, foreign_errors, records, resources, words, machine, store, scorers, comparing.inference,
comparing, comparing.seeds, charts.
"""

from harness.report.excerpts import excerpt
from harness.report.highlights import folded, segments
from harness.report.material import Asked, Material, beside, gather
from harness.report.numbers import Numbers, base_of, counts_text, pairs_text
from harness.report.people import write_people_page
from harness.report.pictures import NOTES, is_address, keep_panel, noted_picture, panel_files, read_picture
from harness.report.rendering import render_report, template_environment
from harness.report.view import (
    AuditEntry,
    CourseFigure,
    Fact,
    Figure,
    Judged,
    LogSource,
    MeasureGroup,
    MeasureRow,
    Multiple,
    Multiples,
    Segment,
    Source,
    Table,
    VariantCell,
)

__all__ = [
    "NOTES",
    "Asked",
    "AuditEntry",
    "CourseFigure",
    "Fact",
    "Figure",
    "Judged",
    "LogSource",
    "Material",
    "MeasureGroup",
    "MeasureRow",
    "Multiple",
    "Multiples",
    "Numbers",
    "Segment",
    "Source",
    "Table",
    "VariantCell",
    "base_of",
    "beside",
    "counts_text",
    "excerpt",
    "folded",
    "gather",
    "is_address",
    "keep_panel",
    "noted_picture",
    "pairs_text",
    "panel_files",
    "read_picture",
    "render_report",
    "segments",
    "template_environment",
    "write_people_page",
]
