"""What a sweep's trainings came to: sweep.json, and the ranking that is printed."""

from __future__ import annotations

from collections.abc import Mapping

from harness.comparing import figures, means, plain_level, suite_measure
from harness.records import Summary
from harness.scorers import METRICS
from harness.store import Json
from harness.sweep.plan import Sweeping, word
from harness.words import aligned


def sweep_summary(sweeping: Sweeping, summary: Summary, failed: Mapping[str, str]) -> Json:
    """runs/sweep/ID/summary.json."""
    metric = sweeping.sweep.metric
    return {
        "format_version": 1,
        "sweep": sweeping.id,
        "run": summary.run,
        "suite": summary.suite,
        "questions": summary.questions,
        "metric": metric,
        "better": METRICS[metric].better,
        "base": means(summary.metrics.get("base", {})),
        "trainings": [
            {
                "name": job.name,
                "settings": job.varied,
                "values": means(summary.metrics.get(job.name, {})),
                "failed": failed.get(job.name),
            }
            for job in sweeping.jobs
        ],
        **figures(sweeping.jobs, summary, metric),
    }


def ranking_table(found: Json) -> str:
    """The ranked settings as a table, with the base beneath them."""
    metric, ranking = str(found["metric"]), found["ranking"]
    keys = list(dict.fromkeys(key for group in ranking for key in group["settings"]))
    failed = {row["name"] for row in found["trainings"] if row["failed"]}
    rows = [["", *keys, METRICS[metric].title, "95 %", "seeds"]]
    for place, group in enumerate(ranking, start=1):
        settings = [word(group["settings"].get(key, "")) for key in keys]
        value = "failed" if failed.issuperset(group["trainings"]) else _shown(group["mean"], metric)
        rows.append([str(place), *settings, value, _bounds(group, metric)])
        rows[-1].append(str(len(group["values"])))
    rows.append(["", "base", *[""] * (len(keys) - 1), _shown(found["base"].get(metric), metric), "", ""])
    several = any(len(group["values"]) > 1 for group in ranking)
    over = "over seeds (Student's t)" if several else "over questions: one seed says nothing about another"
    title = f"sweep {found['sweep']}: {found['suite']}, {found['questions']} questions, ranked by {metric}"
    return f"{title}\n\n{aligned(rows)}\n\nintervals {over}"


def _shown(value: float | None, metric: str) -> str:
    return "not judged" if value is None else plain_level(value, suite_measure(metric))


def _bounds(group: Json, metric: str) -> str:
    if group["low"] is None:
        return ""
    if group["interval"] == "constant" and len(group["values"]) > 1:
        return "the same each time"
    return f"{_shown(group['low'], metric)} to {_shown(group['high'], metric)}"
