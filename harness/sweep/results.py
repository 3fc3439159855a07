"""What a sweep's trainings came to: sweep.json, and the ranking that is printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.comparing import Measure, plain_difference, plain_level, suite_measure
from harness.comparing.seeds import SEEDS, Distance, Scored, figures, means
from harness.records import Summary
from harness.scorers import METRICS
from harness.store import Json
from harness.sweep.plan import Sweeping, word
from harness.words import aligned


def sweep_summary(sweeping: Sweeping, summary: Summary, answers: Scored, failed: Mapping[str, str]) -> Json:
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
        **figures(sweeping.jobs, summary, answers, metric),
    }


def ranking_table(found: Json) -> str:
    """The ranked settings as a table, with the base beneath them, and what the first place is worth."""
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
    title = f"sweep {found['sweep']}: {found['suite']}, {found['questions']} questions, ranked by {metric}"
    return "\n\n".join([title, aligned(rows), "\n".join([_over(ranking), *_first(found, suite_measure(metric))])])


def _over(ranking: list[Json]) -> str:
    fewest = min((len(group["values"]) for group in ranking if group["values"]), default=0)
    most = max((len(group["values"]) for group in ranking), default=0)
    over = "over seeds and questions (Student's t)" if most > 1 else "over questions: one seed says nothing of another"
    need = f"; a claim about a setting or a method needs {SEEDS} seeds" if fewest < SEEDS else ""
    return f"intervals {over}{need}"


def _first(found: Json, measure: Measure) -> Iterator[str]:
    """What the first place is worth where it had no say in being picked."""
    first, confirmed = found.get("first"), found.get("confirmed")
    if first is not None:
        told = "questions and seeds" if first["seeds_split"] else "questions"
        yield (
            f"picking the best of {first['candidates']} makes its own figure too good: on {told} that did not choose "
            f"it, what is picked comes to {_figure(first, measure)}"
        )
    elif sum(group["mean"] is not None for group in found["ranking"]) > 1:
        yield "picking the best makes its own figure too good; these questions are too few to say by how much"
    if confirmed is not None:
        yield f"on {confirmed['questions']} fresh questions ({confirmed['suite']}): {_figure(confirmed, measure)}"


def _figure(figure: Json, measure: Measure) -> str:
    level, against = _shown(figure["mean"], measure.metric), figure["against_base"]
    span = f" ({_bounds(figure, measure.metric)})" if figure["low"] is not None else ""
    return f"{level}{span}" + (f", {plain_difference(Distance(**against), measure)} against base" if against else "")


def _shown(value: float | None, metric: str) -> str:
    return "not judged" if value is None else plain_level(value, suite_measure(metric))


def _bounds(group: Json, metric: str) -> str:
    if group["low"] is None:
        return ""
    if group.get("interval") == "constant" and len(group["values"]) > 1:
        return "the same each time"
    return f"{_shown(group['low'], metric)} to {_shown(group['high'], metric)}"
