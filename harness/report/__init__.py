"""A run folder as a page: the material, the measures, the view that templates fill, HTML and PDF.

Its sub-rooms (sweep, summary, assignment) are reached by the table in rendering.
From below: errors, records, resources, words, store, scorers, comparing, charts.
"""

from harness.report.highlights import beginning, segments
from harness.report.material import Asked, Material, beside, gather
from harness.report.measures import (
    HEADLINES,
    Kind,
    Measure,
    Numbers,
    base_of,
    counts_text,
    difference_parts,
    difference_text,
    digits,
    judged,
    level_span,
    level_text,
    measures,
    size_text,
    value_text,
)
from harness.report.rendering import render_report
from harness.report.view import (
    AuditEntry,
    Fact,
    Figure,
    Judged,
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
    "Asked",
    "AuditEntry",
    "Fact",
    "Figure",
    "HEADLINES",
    "Judged",
    "Kind",
    "Material",
    "Measure",
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
    "beginning",
    "beside",
    "counts_text",
    "difference_parts",
    "difference_text",
    "digits",
    "gather",
    "judged",
    "level_span",
    "level_text",
    "measures",
    "render_report",
    "segments",
    "size_text",
    "value_text",
]
