"""The three sentences at the end of the extra experiments: what was changed, what it came to, what may be said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from harness.records import Comparison
from harness.report import Material
from harness.report.lessons.claims import MOST, Compared, decided, listed, of_verdict, open_ones, plain, primary, told
from harness.report.lessons.view import Lesson
from harness.report.sweep import SweepSection


@dataclass(frozen=True)
class Tried:
    """A training beside the run's own two."""

    name: str
    reference: str | None
    """The run's training that it varies; None where it varies none."""
    changed: tuple[str, ...]
    """Effective settings that are not the reference's."""
    rows: tuple[Compared, ...]
    """Its differences to the reference, or to the base, in the runs that asked both."""
    asked: bool = True
    families: Mapping[Comparison, int] = field(default_factory=dict)
    """How many tests each of the rows is adjusted over, in the run that it is of."""


def experiments_end(material: Material, tried: Sequence[Tried], sweep: SweepSection | None = None) -> Iterator[Lesson]:
    """Of a sweep its own findings; of nothing tried that nothing is known."""
    say = material.say
    if not tried and sweep is not None:
        for sentence in (sweep.lead, *sweep.findings[:1], sweep.caution):
            if sentence:
                yield Lesson(sentence)
        return
    if not tried:
        yield Lesson(say("lesson.experiments.none"))
        yield Lesson(say("lesson.experiments.open"))
        yield Lesson(say("lesson.experiments.add"))
        return
    yield Lesson(_changed(material, tried))
    yield Lesson(_came_to(material, tried))
    yield Lesson(_may_be_said(material, tried))


def _changed(material: Material, tried: Sequence[Tried]) -> str:
    """How many changed one setting, several at once, or none that took effect."""
    say = material.say
    groups = {
        "alone": [one for one in tried if one.reference is None],
        "none_changed": [one for one in tried if one.reference is not None and not one.changed],
        "one": [one for one in tried if one.reference is not None and len(one.changed) == 1],
        "several": [one for one in tried if one.reference is not None and len(one.changed) > 1],
    }
    clauses = [
        say(f"lesson.experiments.{key}", names=say.listed((_named(material, one) for one in found), 6))
        for key, found in groups.items()
        if found
    ]
    return say.counted("lesson.experiments.tried", len(tried), clauses=say.listed(clauses, key="list.clause"))


def _named(material: Material, one: Tried) -> str:
    """dpo-lr (learning_rate)."""
    if len(one.changed) != 1:
        return one.name
    return material.say("lesson.experiments.named", name=one.name, setting=one.changed[0])


def _came_to(material: Material, tried: Sequence[Tried]) -> str:
    say, sought = material.say, primary(row for one in tried for row in one.rows)
    families = {row: many for one in tried for row, many in one.families.items()}
    if not sought:
        return say("lesson.experiments.uncompared")
    found = decided(sought)
    said = []
    if found:
        clauses = listed(found, told(found, say, against=True), say)
        said.append(say.counted("lesson.experiments.decided", len(sought), count=str(len(found)), clauses=clauses))
    else:
        said.append(say.counted("lesson.experiments.undecided", len(sought)))
    undecided, same = of_verdict(sought, "undecided"), of_verdict(sought, "unchanged")
    if undecided:
        # Of many trainings the tables say it better than a sentence.
        if len(undecided) > MOST:
            said.append(say.counted("lesson.experiments.left", len(undecided)))
        else:
            open_rows = open_ones(undecided, lambda row: families.get(row, 1), say, against=True)
            said.append(say("lesson.left_open", clauses=listed(undecided, open_rows, say)))
    if same:
        said.append(say("lesson.unchanged", clauses=listed(same, plain(same, say, against=True), say)))
    return say.text(said)


def _may_be_said(material: Material, tried: Sequence[Tried]) -> str:
    """Each was trained once: nothing is known of another seed, and nothing at all of what nobody asked."""
    say = material.say
    unasked = [one.name for one in tried if not one.asked]
    return say.text([
        say("lesson.experiments.seeds"),
        say("lesson.experiments.unasked", names=say.listed(unasked, 6)) if unasked else "",
    ])  # fmt: skip
