"""Pictures as Vega-Lite specifications and clean SVG: forest, strips, curves, sweeps, trends; one mark a variant.

Numbers come in ready; nothing is computed here but places on paper.
From below: records, words, curves, comparing.
"""

from harness.charts import forest, sweep, sweep_row, trend
from harness.charts.curves import NARROW, WIDE, CurveLine, Points, curve, evaluation_lines, logged, window
from harness.charts.drawing import Chart, chart, readable, themed_colour
from harness.charts.forest import DrawnDifference, Scale
from harness.charts.marks import Mark, hue, marks
from harness.charts.picture import training_picture
from harness.charts.strips import Strip, strips
from harness.charts.sweep import Range, Series, SettingPoint, reach

__all__ = [
    "NARROW",
    "WIDE",
    "Chart",
    "CurveLine",
    "DrawnDifference",
    "Mark",
    "Points",
    "Range",
    "Scale",
    "Series",
    "SettingPoint",
    "Strip",
    "chart",
    "curve",
    "evaluation_lines",
    "forest",
    "hue",
    "logged",
    "marks",
    "reach",
    "readable",
    "strips",
    "sweep",
    "sweep_row",
    "themed_colour",
    "training_picture",
    "trend",
    "window",
]
