"""The trend as a page of its own: a picture for each metric that moved, and the verdicts in a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.charts import Chart, chart
from harness.charts import trend as trend_panel
from harness.comparing import Measure, called, factor, measure_of
from harness.gate import words as check_words
from harness.records import Direction, Finding
from harness.report import template_environment
from harness.store import write_text
from harness.watch.evidence import FEWEST, WatchEvidence, Worse
from harness.watch.trend import Step, Trend, falling, headline, titled
from harness.words import Words, retold, words

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


def write_page(folder: Path, trend: Trend, folders: Sequence[Path] = (), lang: str = "en") -> Path:
    """trend.html in that folder, which needs nothing beside it."""
    path, say = folder / "trend.html", words(lang, folders)
    environment = template_environment(folders)
    environment.globals.update(say=say)
    write_text(path, environment.get_template(_TEMPLATE).render(page=build_page(trend, say)))
    return path


def build_page(trend: Trend, say: Words | None = None) -> Page:
    """The page's text and pictures."""
    say = say or words("en")
    found = _by_metric(trend.steps)
    moved = {key: rows for key, rows in found.items() if any(finding.delta for _, finding in rows)}
    panels = [_panel(rows, [step.step for step in trend.steps], say) for rows in moved.values()]
    family = next((check_words.family(step.check, say) for step in reversed(trend.steps) if step.check.findings), "")
    return Page(
        training=trend.training,
        against=trend.against,
        headline=say("watch.sentence", text=headline(trend, say)),
        state=_state(trend, say),
        family=family,
        together=(*_worse(trend, say), *_falling(trend, say)),
        assured=_assured(trend.evidence, say),
        panels=tuple(sorted(panels, key=lambda panel: min(_VERDICTS.index(cell.verdict) for cell in panel.cells))),
        still=tuple(_title(measure_of(rows[0][1]), say) for key, rows in found.items() if key not in moved),
        lines=tuple(_line(step, say) for step in trend.steps),
        checked=_checked(trend.steps, say),
        moved=say.counted("watch.moved", len(found), moved=len(moved)),
    )


def _checked(steps: Sequence[Step], say: Words) -> str:
    """3 checkpoints: 1 regressed, 2 passed."""
    statuses = [step.status for step in steps]
    counts = say.listed(
        say("watch.checked.status", n=statuses.count(status), status=say(f"check.verdict.{status}"))
        for status in dict.fromkeys(statuses)
    )
    return say.counted("watch.checked", len(steps), counts=counts or say("watch.checked.none"))


def _title(measure: Measure, say: Words) -> str:
    return measure.title if say.lang == "en" else called(measure, say)


def _worse(trend: Trend, say: Words) -> list[str]:
    """Each metric that is worse at some checkpoint, with the first; or that none is."""
    evidence = trend.evidence
    if not evidence.looks:
        return [say("watch.nothing_compared")]
    first: dict[tuple[str, str], list[Worse]] = {}
    for it in evidence.worse:
        first.setdefault((it.source, it.metric), []).append(it)
    if not first:
        return [say("watch.none_worse")]
    steps = {step.name: step for step in trend.steps}
    found = []
    for (source, metric), rows in first.items():
        step = steps[rows[0].name]
        finding = step.finding(source, metric)
        by = [] if rows[0].seen_in == "checkpoint" else ["course"]
        case = "_".join([*by, *(["more"] if len(rows) > 1 else [])])
        told = {"title": _title(measure_of(finding), say), "step": titled(step, say), "n": len(rows) - 1}
        change = check_words.change(finding, say)
        found.append(say(f"watch.worse.{case}" if case else "watch.worse", change=change, **told))
    return found


def _falling(trend: Trend, say: Words) -> list[str]:
    if trend.evidence.falling:
        return [say("watch.sentence", text=falling(trend, it, say)) for it in trend.evidence.falling]
    if trend.evidence.looks < FEWEST:
        return [say("watch.few", n=FEWEST)]
    return [say("watch.none_falls")]


def _assured(evidence: WatchEvidence, say: Words) -> str:
    share = say("unit.share", share=f"{evidence.alpha * 100:g}")
    best = evidence.best_of > 1
    chosen = say("watch.assured.best", n=evidence.best_of) if best else say("watch.assured.chosen")
    return say.text([say("watch.assured", looks=evidence.looks, tests=evidence.tests, share=share), chosen])


def _by_metric(steps: Sequence[Step]) -> dict[tuple[str, str], list[tuple[Step, Finding]]]:
    found: dict[tuple[str, str], list[tuple[Step, Finding]]] = {}
    for step in steps:
        for finding in step.check.findings:
            found.setdefault((finding.source, finding.metric), []).append((step, finding))
    return found


def _panel(rows: Sequence[tuple[Step, Finding]], steps: Sequence[int], say: Words) -> Panel:
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
    caption, title = _caption(rows, say), _title(measure, say)
    spec = trend_panel.trend_chart(row, steps)
    return Panel(
        title=title,
        better=measure.better,
        caption=caption,
        chart=chart(spec, say("watch.chart", title=title, caption=caption)),
        cells=tuple(_cell(step, finding, say) for step, finding in rows),
    )


def _point(step: Step, finding: Finding, measure: Measure) -> trend_panel.TrendPoint:
    """The paired difference on the baseline's level: inside or outside the margin as the gate saw it."""

    def place(difference: float) -> float:
        value = (finding.before + difference) * factor(measure)
        return min(100.0, max(0.0, value)) if measure.kind == "share" else value

    low, high = (None if end is None else place(end) for end in (finding.low, finding.high))
    return trend_panel.TrendPoint(step.step, place(finding.delta), low, high, finding.verdict)


def _caption(rows: Sequence[tuple[Step, Finding]], say: Words) -> str:
    """What the picture shows, in the gate's own words."""
    worse = [(step, finding) for step, finding in rows if finding.verdict == "regressed"]
    if worse:
        step, finding = worse[0]
        cells = check_words.line(finding, say)
        told = {"step": titled(step, say), "before": cells.before, "after": cells.after, "change": cells.change}
        key = "watch.regressed.more" if len(worse) > 1 else "watch.regressed"
        return say(key, n=len(worse) - 1, all=len(rows), **told)
    unsure = sum(finding.verdict == "undecided" for _, finding in rows)
    if not unsure:
        return say("watch.holds_every" if len(rows) > 1 else "watch.holds")
    return say("watch.unsure") if unsure == len(rows) else say("watch.unsure_some", n=unsure, all=len(rows))


def _cell(step: Step, finding: Finding, say: Words) -> CheckpointCell:
    cells = check_words.line(finding, say)
    return CheckpointCell(titled(step, say), cells.after, cells.change, finding.verdict)


def _line(step: Step, say: Words) -> CheckpointLine:
    findings = step.check.findings
    worse = [
        say("watch.reason", title=_title(measure_of(finding), say), change=check_words.change(finding, say))
        for finding in findings
        if finding.verdict == "regressed"
    ]
    unsure = [_title(measure_of(finding), say) for finding in findings if finding.verdict == "undecided"]
    if unsure:
        worse.append(say("watch.not_ruled_out", items=say.listed(unsure)))
    missing = [retold(text, "check.said", say) for text in step.check.missing]
    return CheckpointLine(titled(step, say), step.status, (*missing, *worse), step.notes)


def _state(trend: Trend, say: Words) -> str:
    state = say("watch.finished" if trend.finished else "watch.unfinished")
    gone = say.listed(f"{step:,}" for step in trend.gone)
    return say.text([state, say("watch.gone", steps=gone) if gone else ""])
