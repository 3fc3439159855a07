"""A run folder as a page: the material, the measures, the view that templates fill, HTML and PDF.

Its sub-rooms (sweep, summary, experiments, assignment) are reached by the table in rendering.
From below: errors, foreign_errors, records, resources, words, machine, store, scorers, data.recordings,
comparing.inference, comparing, comparing.seeds, charts.
"""

from harness.report.compared import compared, compared_heads, shown
from harness.report.cover import KEYS, Cover, cover_values, read_cover
from harness.report.excerpts import excerpt
from harness.report.highlights import folded, segments
from harness.report.material import BESIDE, Asked, Material, beside, gather
from harness.report.numbers import Numbers, base_of, counts_text, pairs_text
from harness.report.people import write_people_page
from harness.report.pictures import NOTES, is_address, keep_panel, noted_picture, panel_files, read_picture
from harness.report.rendering import render_report, template_environment
from harness.report.view import (
    AuditEntry,
    CourseFigure,
    Fact,
    Figure,
    Grid,
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
    "BESIDE",
    "KEYS",
    "NOTES",
    "Asked",
    "AuditEntry",
    "CourseFigure",
    "Cover",
    "Fact",
    "Figure",
    "Grid",
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
    "compared",
    "compared_heads",
    "counts_text",
    "cover_values",
    "excerpt",
    "folded",
    "gather",
    "is_address",
    "keep_panel",
    "noted_picture",
    "pairs_text",
    "panel_files",
    "read_cover",
    "read_picture",
    "render_report",
    "segments",
    "shown",
    "template_environment",
    "write_people_page",
]
