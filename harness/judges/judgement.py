"""What a judge's ballots come to for a run, and where that lies: judgements/NAME.json and .jsonl."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from harness.comparing import question_groups
from harness.comparing.inference import Floats
from harness.judging import (
    Ballot,
    Controlled,
    Duel,
    Strength,
    WinRate,
    bradley_terry,
    length_controlled,
    preferences,
    style_differences,
    win_rate,
)
from harness.store import Run, check_name, write_json, write_jsonl

FOLDER = "judgements"


@dataclass(frozen=True)
class Match:
    """One variant against its baseline."""

    baseline: str
    variant: str
    rate: WinRate | None
    """None where no pair was judged."""
    not_judged: int
    """Pairs without a usable verdict."""
    controlled: Controlled
    """At equal length, in characters."""
    styled: Controlled
    """At equal length and style."""


@dataclass(frozen=True)
class Judgement:
    """Everything that one judge's ballots say."""

    judge: str
    source: str
    form: str
    matches: tuple[Match, ...]
    strengths: tuple[Strength, ...]
    """Of all variants, where more than two were judged."""


def judge_run(run: Run, ballots: Sequence[Ballot], judge: str, source: str, form: str, seed: int = 0) -> Judgement:
    """Win rates of every pair of variants in the ballots, and strengths of them all. Pairs without a verdict tell n."""
    clusters = question_groups(run.questions)
    order = [variant.name for variant in run.summary.variants]
    of_pair: dict[tuple[str, str], list[Ballot]] = {}
    for ballot in sorted(ballots, key=lambda it: (order.index(it.baseline), order.index(it.variant))):
        of_pair.setdefault((ballot.baseline, ballot.variant), []).append(ballot)
    matches = tuple(_match(run, found, clusters, seed) for found in of_pair.values())
    met = [name for name in order if any(name in pair for pair in of_pair)]
    strengths = bradley_terry(met, _duels(ballots, clusters), seed=seed) if len(met) > 2 else []
    return Judgement(judge, source, form, matches, tuple(strengths))


def keep(run: Run, found: Judgement, ballots: Sequence[Ballot]) -> None:
    """Writes both files; the ballots first, so that no figures stand without them."""
    check_name("judge", found.judge)
    folder = run.path / FOLDER
    folder.mkdir(exist_ok=True)
    write_jsonl(folder / f"{found.judge}.jsonl", (asdict(ballot) for ballot in ballots))
    write_json(folder / f"{found.judge}.json", {"format_version": 1, **asdict(found)})


def _match(run: Run, ballots: Sequence[Ballot], clusters: dict[str, str], seed: int) -> Match:
    found = preferences(ballots, clusters)
    judged = [it for it in sorted(ballots, key=lambda it: (it.question_id, it.sample)) if it.preference is not None]
    written = [_text(run, it, it.variant) for it in judged]
    before = [_text(run, it, it.baseline) for it in judged]

    def controlled(styles: Floats | None) -> Controlled:
        lengths, others = [float(len(text)) for text in written], [float(len(text)) for text in before]
        return length_controlled(found.values, lengths, others, found.clusters, styles, seed=seed)

    return Match(
        ballots[0].baseline,
        ballots[0].variant,
        win_rate(found),
        found.not_judged,
        controlled(None),
        controlled(style_differences(written, before)),
    )


def _text(run: Run, ballot: Ballot, name: str) -> str:
    response = run.answers.get((name, ballot.question_id, ballot.sample))
    return "" if response is None else response.text


def _duels(ballots: Sequence[Ballot], clusters: dict[str, str]) -> list[Duel]:
    return [
        Duel(clusters.get(it.question_id, it.question_id), it.variant, it.baseline, it.preference)
        for it in ballots
        if it.preference is not None
    ]
