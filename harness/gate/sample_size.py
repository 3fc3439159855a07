"""How many questions a claim needs, before anything is run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.comparing import columns, paired_items, question_groups, values_of, variant_sides
from harness.comparing.inference import detectable_rate, needed_to_catch, needed_to_detect, needed_to_hold
from harness.data.suites import Suite
from harness.errors import HarnessError
from harness.gate.policy import default_metrics
from harness.scorers import METRICS
from harness.store import Run
from harness.words import aligned, numerals

USUAL_DISCORDANCE = 0.2
"""One question in five is answered rightly by one of two models only: models of like strength, tuned apart."""
_DISCORDANCES = (0.02, 0.05, 0.1, 0.2, 0.3)


@dataclass(frozen=True)
class SampleSize:
    """What a suite can show of a rate, and what more would take."""

    suite: str
    closed: int
    """Questions that can be right or wrong."""
    independent: int
    """Those that stand alone, and clusters."""
    effect: float
    margin: float
    family: int
    """Tests that the gate corrects for: metrics and tasks, of every variant that is checked."""
    discordance: float
    """Share of questions that one of two variants gets right and the other wrong though neither is better.

    A true difference makes further ones so, beside these.
    """
    source: str
    """Where the discordance is from."""

    @property
    def to_detect(self) -> int:
        """Questions to find a true difference of `effect` with 80 % power."""
        return needed_to_detect(self.effect, self.discordance)

    @property
    def to_hold(self) -> int:
        """Questions with which the gate proves an unchanged checkpoint to be within the margin 95 times in 100."""
        return needed_to_hold(self.margin, self.discordance)

    @property
    def to_catch(self) -> int:
        """Questions with which the gate finds a true drop of twice the margin 95 times in 100."""
        return needed_to_catch(2 * self.margin, self.discordance, self.family)

    @property
    def proposed(self) -> int:
        """Enough for each."""
        return max(self.to_detect, self.to_hold, self.to_catch)


def plan_suite(
    suite: Suite,
    effect: float | None,
    margin: float | None,
    discordance: float | None,
    run: Run | None,
    variants: int | None = None,
) -> SampleSize:
    """What the claims on a suite need; refuses figures that are no shares, and a suite without closed questions.

    variants: how many are checked against the baseline at once; None: as many as the run has beside its first, else 1.
    """
    for name, value in (("effect", effect), ("margin", margin), ("discordance", discordance)):
        if value is not None and not 0 < value < 1:
            raise HarnessError(f"--{name} {value} is not a share between 0 and 1. Five points are 0.05.")
    closed = [question for question in suite.questions if question.match != "open"]
    if not closed:
        raise HarnessError(f"{suite.name} has open questions only: nothing there is right or wrong. See harness tasks")
    groups = question_groups(closed)
    own = margin or suite.margins.get("correct") or METRICS["correct"].margin or 0.03
    share, source = discordance, "as given"
    if share is None and run is not None:
        share, source = measured_discordance(run), f"measured in {run.id}"
    if share is None:
        share, source = USUAL_DISCORDANCE, "assumed; --run RUN takes a run's own, --discordance another"
    return SampleSize(
        suite=suite.name,
        closed=len(closed),
        independent=len({groups.get(question.id, f"question {question.id}") for question in closed}),
        effect=effect or own,
        margin=own,
        family=(len(default_metrics()) + len(suite.tasks)) * _checked(variants, run),
        discordance=share,
        source=source,
    )


def _checked(variants: int | None, run: Run | None) -> int:
    if variants is None:
        return 1 if run is None else max(1, len(run.variants) - 1)
    if variants < 1:
        raise HarnessError(
            f"--variants {variants} checks nothing. Give the number of variants that are checked at once."
        )
    return variants


def measured_discordance(run: Run) -> float:
    """The largest share of questions that two variants of a run do not both get right or wrong."""
    sides = list(variant_sides(columns(run.scores), run.answers).values())
    shares = []
    for number, first in enumerate(sides):
        for second in sides[number + 1 :]:
            items = paired_items(first, second, "correct")
            a, b = values_of(first, "correct", items), values_of(second, "correct", items)
            shares += [sum(x != y for x, y in zip(a, b, strict=True)) / len(items)] if items else []
    if not shares:
        raise HarnessError(f"{run.path} has no two variants with right and wrong answers to the same questions.")
    # None of n questions does not mean that none ever will: one more is on its way.
    return float(max(*shares, 1 / (max(len(side.prompts) for side in sides) + 2)))


def plan_table(size: SampleSize) -> str:
    """What `harness plan` prints."""
    clusters = "" if size.independent == size.closed else f", worth at most {size.independent} independent ones"
    rows = [["to", "questions", "with a discordance of", *(_percent(share) for share in _DISCORDANCES)], *_rows(size)]
    shown = detectable_rate(size.independent, max(1, round(size.discordance * size.independent)))
    points = "no difference" if shown is None else f"differences of {_points(shown)} or more"
    enough = size.independent >= size.proposed
    return "\n".join([
        f"{size.suite}: {size.closed} questions that are right or wrong{clusters}",
        f"discordance: one of two variants right, the other wrong, in {_percent(size.discordance)} ({size.source}),"
        " and what a difference adds",
        "",
        aligned(rows),
        "",
        f"These {size.closed} questions can show {points}, with 80 % power.",
        f"For all of the above: {size.proposed:,} questions. "
        + ("There are enough." if enough else f"{size.proposed - size.independent:,} more are needed."),
    ])  # fmt: skip


def _rows(size: SampleSize) -> list[list[str]]:
    claims: Sequence[tuple[str, int, list[int]]] = (
        (
            f"see a difference of {_points(size.effect)} (80 % power)",
            size.to_detect,
            [needed_to_detect(size.effect, share) for share in _DISCORDANCES],
        ),
        (
            f"prove an unchanged checkpoint within {_points(size.margin)} (95 %)",
            size.to_hold,
            [needed_to_hold(size.margin, share) for share in _DISCORDANCES],
        ),
        (
            f"catch a drop of {_points(2 * size.margin)} in the gate (95 %, {size.family} tests)",
            size.to_catch,
            [needed_to_catch(2 * size.margin, share, size.family) for share in _DISCORDANCES],
        ),
    )
    return [[text, f"{own:,}", "", *(f"{count:,}" for count in counts)] for text, own, counts in claims]


def _percent(share: float) -> str:
    return numerals.percent(share, 0 if share >= 0.1 else 1, sign=" %")


def _points(share: float) -> str:
    return f"{share * 100:.3g} points"
