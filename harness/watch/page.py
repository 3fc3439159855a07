"""The trend as a page of its own: a picture for each metric that moved, and the verdicts in a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.charts import Chart, chart
from harness.charts import trend as trend_panel
from harness.comparing import Measure, factor, measure_of
from harness.gate import words as check_words
from harness.records import Direction, Finding
from harness.report import template_environment
from harness.store import write_text
from harness.watch.evidence import FEWEST, WatchEvidence, Worse
from harness.watch.trend import Step, Trend, falling, headline

_TEMPLATE = "_trend.html.j2"
_VERDICTS = ("regressed", "undecided", "passed")


@dataclass(frozen=True)
class CheckpointCell:
    """One metric of one checkpoint, in words."""

    step: str
    after: str
    change: str
    verdict: str


@dataclass(frozen=True)
class Panel:
    """One metric of all checkpoints."""

    title: str
    better: Direction
    caption: str
    chart: Chart
    cells: tuple[CheckpointCell, ...]


@dataclass(frozen=True)
class CheckpointLine:
    """One checkpoint of all metrics."""

    step: str
    status: str
    reasons: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """Everything that the template shows, its text ready to print."""

    training: str
    against: str
    headline: str
    state: str
    family: str
    together: tuple[str, ...]
    """What all checkpoints say together, a sentence each."""
    assured: str
    """What that is worth."""
    panels: tuple[Panel, ...]
    still: tuple[str, ...]
    """Titles of metrics that no checkpoint changed."""
    lines: tuple[CheckpointLine, ...]
    checked: str
    """The caption of the checkpoints' table: how many have which verdict."""
    moved: str
    """The caption of the table of values: on how many metrics anything moved."""


def write_page(folder: Path, trend: Trend, folders: Sequence[Path] = ()) -> Path:
    """trend.html in that folder, which needs nothing beside it."""
    path = folder / "trend.html"
    write_text(path, template_environment(folders).get_template(_TEMPLATE).render(page=build_page(trend)))
    return path


def build_page(trend: Trend) -> Page:
    """The page's text and pictures."""
    found = _by_metric(trend.steps)
    moved = {key: rows for key, rows in found.items() if any(finding.delta for _, finding in rows)}
    panels = [_panel(rows, [step.step for step in trend.steps]) for rows in moved.values()]
    family = next((check_words.family(step.check) for step in reversed(trend.steps) if step.check.findings), "")
    return Page(
        training=trend.training,
        against=trend.against,
        headline=headline(trend),
        state=_state(trend),
        family=family,
        together=(*_worse(trend), *_falling(trend)),
        assured=_assured(trend.evidence),
        panels=tuple(sorted(panels, key=lambda panel: min(_VERDICTS.index(cell.verdict) for cell in panel.cells))),
        still=tuple(measure_of(rows[0][1]).title for key, rows in found.items() if key not in moved),
        lines=tuple(_line(step) for step in trend.steps),
        checked=_checked(trend.steps),
        moved=_moved(len(moved), len(found)),
    )


def _checked(steps: Sequence[Step]) -> str:
    """3 checkpoints: 1 regressed, 2 passed."""
    statuses = [step.status for step in steps]
    counts = ", ".join(f"{statuses.count(status)} {status}" for status in dict.fromkeys(statuses))
    return f"{len(steps)} {'checkpoint' if len(steps) == 1 else 'checkpoints'}: {counts or 'none checked'}."


def _moved(moved: int, every: int) -> str:
    metrics = "metric or task" if every == 1 else "metrics and tasks"
    return f"{moved} of {every} {metrics} moved at some checkpoint; each change is to the baseline."


def _worse(trend: Trend) -> list[str]:
    """Each metric that is worse at some checkpoint, with the first; or that none is."""
    evidence = trend.evidence
    if not evidence.looks:
        return ["Nothing could be compared."]
    first: dict[tuple[str, str], list[Worse]] = {}
    for it in evidence.worse:
        first.setdefault((it.source, it.metric), []).append(it)
    if not first:
        return ["No checkpoint is worse than the baseline beyond chance."]
    steps = {step.name: step for step in trend.steps}
    found = []
    for (source, metric), rows in first.items():
        step = steps[rows[0].name]
        finding = step.finding(source, metric)
        by = "" if rows[0].seen_in == "checkpoint" else ", by the course up to it"
        many = f", and at {len(rows) - 1} more" if len(rows) > 1 else ""
        found.append(
            f"{measure_of(finding).title} is worse than in the baseline at step {step.title}{by}: "
            f"{check_words.change(finding)}{many}."
        )
    return found


def _falling(trend: Trend) -> list[str]:
    if trend.evidence.falling:
        return [f"{falling(trend, it)}." for it in trend.evidence.falling]
    if trend.evidence.looks < FEWEST:
        return [f"A trend takes {FEWEST} checkpoints."]
    return ["Nothing gets worse from checkpoint to checkpoint beyond chance."]


def _assured(evidence: WatchEvidence) -> str:
    percent = f"{evidence.alpha * 100:g} %"
    chosen = (
        f" The baseline is counted as the best of {evidence.best_of} on these questions."
        if evidence.best_of > 1
        else " A baseline that was chosen because it did best on these questions looks better here than it is; "
        "--best-of says from how many."
    )
    return (
        f"Over {evidence.looks} looks at {evidence.tests} metrics and tasks: if no checkpoint were worse, the chance "
        f"of saying so once is at most {percent}; if nothing fell, so is that of a trend.{chosen}"
    )


def _by_metric(steps: Sequence[Step]) -> dict[tuple[str, str], list[tuple[Step, Finding]]]:
    found: dict[tuple[str, str], list[tuple[Step, Finding]]] = {}
    for step in steps:
        for finding in step.check.findings:
            found.setdefault((finding.source, finding.metric), []).append((step, finding))
    return found


def _panel(rows: Sequence[tuple[Step, Finding]], steps: Sequence[int]) -> Panel:
    last = rows[-1][1]
    # A share that is one at every step: an amount between 0 and 1 at some only is none.
    measure = measure_of(*(finding for _, finding in rows))
    by = factor(measure)
    row = trend_panel.TrendRow(
        points=tuple(_point(step, finding, measure) for step, finding in rows),
        before=last.before * by,
        margin=last.margin * by,
        measure=measure,
        baseline=last.baseline,
    )
    caption = _caption(rows)
    spec = trend_panel.trend_chart(row, steps)
    return Panel(
        title=measure.title,
        better=measure.better,
        caption=caption,
        chart=chart(spec, f"{measure.title} by step. {caption}"),
        cells=tuple(_cell(step, finding) for step, finding in rows),
    )


def _point(step: Step, finding: Finding, measure: Measure) -> trend_panel.TrendPoint:
    """The paired difference on the baseline's level: inside or outside the margin as the gate saw it."""

    def place(difference: float) -> float:
        value = (finding.before + difference) * factor(measure)
        return min(100.0, max(0.0, value)) if measure.kind == "share" else value

    low, high = (None if end is None else place(end) for end in (finding.low, finding.high))
    return trend_panel.TrendPoint(step.step, place(finding.delta), low, high, finding.verdict)


def _caption(rows: Sequence[tuple[Step, Finding]]) -> str:
    """What the picture shows, in the gate's own words."""
    worse = [(step, finding) for step, finding in rows if finding.verdict == "regressed"]
    if worse:
        step, finding = worse[0]
        cells = check_words.line(finding)
        many = f", and at {len(worse) - 1} more of {len(rows)} checkpoints" if len(worse) > 1 else ""
        return f"Regressed at step {step.title}: {cells.before} → {cells.after}, {cells.change}{many}."
    unsure = sum(finding.verdict == "undecided" for _, finding in rows)
    if not unsure:
        return "Holds at every checkpoint." if len(rows) > 1 else "Holds."
    if unsure == len(rows):
        return "No regression seen, and none ruled out: too few questions for this margin."
    return f"No regression seen; not ruled out at {unsure} of {len(rows)} checkpoints."


def _cell(step: Step, finding: Finding) -> CheckpointCell:
    cells = check_words.line(finding)
    return CheckpointCell(step.title, cells.after, cells.change, finding.verdict)


def _line(step: Step) -> CheckpointLine:
    worse = [
        f"{measure_of(finding).title} {check_words.change(finding)}"
        for finding in step.check.findings
        if finding.verdict == "regressed"
    ]
    unsure = [measure_of(finding).title for finding in step.check.findings if finding.verdict == "undecided"]
    if unsure:
        worse.append(f"not ruled out: {', '.join(unsure)}")
    return CheckpointLine(step.title, step.status, (*step.check.missing, *worse), step.notes)


def _state(trend: Trend) -> str:
    gone = ", ".join(f"{step:,}" for step in trend.gone)
    deleted = f" Deleted before they could be asked: step {gone}." if gone else ""
    return ("The training has finished." if trend.finished else "The training has not finished.") + deleted
