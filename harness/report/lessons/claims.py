"""Differences as a section's end tells them: decided with effect, interval and n; else what the sample would show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from harness.comparing import Measure, called, difference_text, reason_text, size_text
from harness.records import Comparison
from harness.report import Material, pairs_text
from harness.words import Words

Compared = tuple[Measure, Comparison]
MOST = 4
"""Differences that a sentence tells one by one."""
DECIDED = ("improved", "regressed", "shifted")


def primary(rows: Iterable[Compared]) -> list[Compared]:
    """Those that a verdict was sought on."""
    return [(measure, row) for measure, row in rows if row.primary]


def against_base(material: Material) -> list[Compared]:
    """Every tuned variant's differences to the base, variant by variant."""
    return [
        (measure, row)
        for variant in material.tuned
        for measure in material.measures
        if (row := material.numbers.difference(material.base.name, variant.name, measure)) is not None
    ]


def decided(rows: Iterable[Compared]) -> list[Compared]:
    """Those with a verdict other than unchanged."""
    return [(measure, row) for measure, row in rows if row.verdict in DECIDED]


def of_verdict(rows: Iterable[Compared], verdict: str) -> list[Compared]:
    """Those with that verdict."""
    return [(measure, row) for measure, row in rows if row.verdict == verdict]


def listed(rows: Sequence[Compared], clauses: Iterable[str], say: Words) -> str:
    """A clause a difference, with a word on how many more there are."""
    shown = [clause for _, clause in zip(range(MOST), clauses, strict=False)]
    rest = len(rows) - len(shown)
    if rest:
        shown.append(say.counted("lesson.rest", rest, str(rest)))
    return say.listed(shown, key="list.clause")


def told(rows: Sequence[Compared], say: Words, named: bool = True, against: bool = False) -> Iterator[str]:
    """As orpo: template leak −90 points (−100 to −30), n = 10, improved.

    named: which variant it is of; against: which other it is compared with as well.
    """
    for each, (_, row) in zip(plain(rows, say, named, against), rows, strict=True):
        yield say("lesson.judged", clause=each, verdict=say(f"verdict.{row.verdict}"))


def open_ones(
    rows: Sequence[Compared],
    family: Callable[[Comparison], int],
    say: Words,
    named: bool = True,
    against: bool = False,
) -> Iterator[str]:
    """As dpo: correct −16.7 points, n = 60 (smallest detectable: 40 points); or why there is none.

    family: how many tests a row's p-value is adjusted over.
    """
    for each, (measure, row) in zip(plain(rows, say, named, against), rows, strict=True):
        why = reason_text(row, measure, family(row), say)
        if not why and row.mde:
            why = say("lesson.would_show", mde=size_text(row.mde, measure, say))
        yield say("lesson.because", clause=each, why=why) if why else each


def plain(rows: Sequence[Compared], say: Words, named: bool = True, against: bool = False) -> Iterator[str]:
    """As orpo: template leak −90 points (−100 to −30), n = 10."""
    for measure, row in rows:
        values = {"title": called(measure, say), "effect": effect(measure, row, say), "n": pairs_text([row], say)}
        clause = say("lesson.effect", **values)
        name = say("lesson.against", first=row.variant, second=row.baseline) if against else row.variant
        yield say("lesson.named", name=name, what=clause) if named or against else clause


def effect(measure: Measure, row: Comparison, say: Words) -> str:
    """−90 points (−100 to −30), as the tables have it."""
    text = difference_text(row, measure, say)
    return say("lesson.points", difference=text) if measure.kind == "share" else text
