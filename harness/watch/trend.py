"""What the checkpoints of a training look like in a row: the first that regressed, in words and in trend.json."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from harness.comparing import measure_of, plain_size
from harness.gate import EXIT, change, place
from harness.records import Check, Finding, GateStatus
from harness.store import from_row, read_json, write_json
from harness.watch.evidence import NOTHING_SEEN, Falling, WatchEvidence, Worse
from harness.words import Words, plain, words

_SHOWN = 3
_UNPROVEN = 4
_WORST_FIRST = (1, 3, _UNPROVEN, 0)
"""Exit codes: a regression outweighs what is missing, and that what is not proven."""


@dataclass(frozen=True)
class Step:
    """One checkpoint, checked; step.json beside its check.json."""

    name: str
    step: int
    path: str
    """The checkpoint's folder, which may be gone by now."""
    digest: str
    """sha256 of the adapter."""
    notes: tuple[str, ...]
    refused: bool
    """Its weights could not be asked at all."""
    judged_by: str
    """sha256 of policy and baseline: under others it is judged again, and not asked again."""
    check: Check

    @property
    def title(self) -> str:
        """Its number, with (final) for the finished adapter."""
        return f"{self.step} (final)" if self.name == "final" else str(self.step)

    @property
    def status(self) -> GateStatus:
        """The check's; what is worse stays so, whatever else is missing."""
        return "regressed" if self.regressed() else self.check.status

    def regressed(self) -> list[Finding]:
        """The findings that its own check, of a fixed number of questions and one look, calls worse."""
        return [finding for finding in self.check.findings if finding.verdict == "regressed"]

    def finding(self, source: str, metric: str) -> Finding:
        """The one of that metric."""
        return next(found for found in self.check.findings if (found.source, found.metric) == (source, metric))


@dataclass(frozen=True)
class Trend:
    """Every checkpoint of one training that was seen; trend.json."""

    training: str
    against: str
    """The baseline's run."""
    finished: bool
    """Whether the training has ended and nothing more will come."""
    steps: tuple[Step, ...]
    gone: tuple[int, ...] = ()
    """Steps whose checkpoints were deleted before they could be asked."""
    evidence: WatchEvidence = NOTHING_SEEN
    """What all checkpoints say together; it alone decides whether any regressed."""

    @property
    def first_regressed(self) -> Step | None:
        """The earliest checkpoint that the evidence of all calls worse; None where it calls none so."""
        worse = {it.name for it in self.evidence.worse}
        return next((step for step in self.steps if step.name in worse), None)

    @property
    def exit_code(self) -> int:
        """The exit status that tells most: 1 a regression, 3 incomplete, 4 unproven, 0 none of these."""
        if self.first_regressed is not None:
            return EXIT["regressed"]
        codes = {_own_code(step.check) for step in self.steps}
        return next((code for code in _WORST_FIRST if code in codes), 0)

    def worse(self, step: Step) -> list[Worse]:
        """What the evidence of all says of that checkpoint."""
        return [it for it in self.evidence.worse if it.name == step.name]


def headline(trend: Trend, say: Words | None = None) -> str:
    """What happened, in one sentence: 24 checkpoints; the first that regressed is step 150: correct −12 points."""
    say = say or words("en")
    count = len(trend.steps)
    parts = [say.counted("watch.count", count)]
    first = trend.first_regressed
    marked = sum(bool(step.regressed()) for step in trend.steps)
    if first is not None:
        worse = [first.finding(it.source, it.metric) for it in trend.worse(first)]
        key = "watch.it_regressed" if count == 1 else "watch.first_regressed"
        told = {"step": titled(first, say), "change": _change(worse[0], say), "n": len(worse) - 1}
        parts.append(say(f"{key}.more" if len(worse) > 1 else key, **told))
    elif trend.steps:
        parts.append(say("watch.none_regressed" if count > 1 else "watch.not_regressed"))
        if marked:
            parts.append(say.counted("watch.by_chance", marked))
    parts += [falling(trend, it, say) for it in trend.evidence.falling[:1]]
    if (more := len(trend.evidence.falling) - 1) > 0:
        parts[-1] = say.counted("watch.more_fall", more, text=parts[-1])
    for status in ("undecided", "incomplete"):
        found = sum(step.status == status for step in trend.steps)
        if found:
            parts.append(say.counted(f"watch.{status}", found))
    return say("list.clause").join(parts)


def falling(trend: Trend, found: Falling, say: Words | None = None) -> str:
    """Correct falls by 0.2 pt a checkpoint, seen from step 120 on."""
    say = say or words("en")
    rows = [row for step in trend.steps for row in step.check.findings
            if (row.source, row.metric) == (found.source, found.metric)]  # fmt: skip
    size = plain_size(abs(found.each), measure_of(*rows), say=say)
    return say(
        "watch.falls" if found.each < 0 else "watch.rises", metric=place(rows[-1], say), size=size, step=found.step
    )


def titled(step: Step, say: Words) -> str:
    """Its number, with (final) for the finished adapter."""
    return say("watch.final", step=step.step) if step.name == "final" else str(step.step)


def line(step: Step) -> str:
    """What the command prints of a checkpoint."""
    reasons = [_change(finding) for finding in step.regressed()] + list(step.check.missing)
    if step.status == "undecided":
        unsure = [place(finding) for finding in step.check.findings if finding.verdict == "undecided"]
        reasons = [f"not ruled out: {', '.join(unsure)}"]
    elif step.status == "passed":
        reasons = [f"{len(step.check.findings)} metrics and tasks"]
    shown = "; ".join(reasons[:_SHOWN]) + (f"; and {len(reasons) - _SHOWN} more" if len(reasons) > _SHOWN else "")
    notes = "".join(f" Note: {note}" for note in step.notes)
    return f"step {step.title:<6} {step.status:<10} {plain(shown + notes)}"


def read_steps(folder: Path) -> tuple[Step, ...]:
    """The steps below runs/watch/NAME that are checked, in their order."""
    paths = [path.parent for path in folder.glob("*/step.json")]
    # A folder that was moved aside holds a step of another name.
    found = [step for path in paths if (step := read_step(path)) and step.name == path.name]
    return tuple(sorted(found, key=lambda step: (step.step, step.name == "final")))


def read_step(folder: Path) -> Step | None:
    """The step in that folder; None while it is not checked."""
    if not ((folder / "step.json").is_file() and (folder / "check.json").is_file()):
        return None
    row = {**read_json(folder / "step.json"), "check": read_json(folder / "check.json")}
    return from_row(Step, row, str(folder / "step.json"))


def write_step(folder: Path, step: Step) -> None:
    """Written last: a step without it is not done."""
    row = asdict(step)
    del row["check"]
    write_json(folder / "step.json", row)


def write_trend(folder: Path, trend: Trend) -> None:
    """Writes trend.json, its sentence and exit status in it."""
    first = trend.first_regressed
    row = {
        "format_version": 1,
        **asdict(trend),
        "headline": headline(trend),
        "first_regressed": first.step if first else None,
        "exit_code": trend.exit_code,
    }
    write_json(folder / "trend.json", row)


def _own_code(check: Check) -> int:
    """What a check says apart from its single verdict of worse, which one look among many does not prove."""
    if check.status != "regressed":
        return check.exit_code
    return _UNPROVEN if check.require == "proof" else 0


def _change(finding: Finding, say: Words | None = None) -> str:
    """As correct −12.0 pt (−20.1 to −4.2)."""
    return f"{place(finding, say)} {change(finding, say)}"
