"""A training watched: each new checkpoint evaluated, checked against a baseline, drawn as a trend.

It asks by asking, decides by gate and draws by charts.
From below: errors, out_of_memory, records, resources, task_settings, config, words, machine, store, models,
generators, training, asking, comparing.inference, comparing, gate, score, charts, report.
"""

from harness.watch.plan import Watching, find_against
from harness.watch.trend import headline, line
from harness.watch.watching import publish, watch

__all__ = ["Watching", "find_against", "headline", "line", "publish", "watch"]
