"""charts"""

from harness.charts import forest, sweep, sweep_row
from harness.charts.curves import Line, Logged, Points, curve, logged, smoothed
from harness.charts.drawing import Chart, chart, readable, themed, themed_colour
from harness.charts.forest import Difference, Scale
from harness.charts.marks import Mark, hue, marks
from harness.charts.picture import training_picture
from harness.charts.strips import Strip, strips
from harness.charts.sweep import Point, Range, Series, reach
from harness.charts.trend import trend

__all__ = [
    "Chart",
    "Difference",
    "Line",
    "Logged",
    "Mark",
    "Point",
    "Points",
    "Range",
    "Scale",
    "Series",
    "Strip",
    "chart",
    "curve",
    "forest",
    "hue",
    "logged",
    "marks",
    "reach",
    "readable",
    "smoothed",
    "strips",
    "sweep",
    "sweep_row",
    "themed",
    "themed_colour",
    "training_picture",
    "trend",
]
