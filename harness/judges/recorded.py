"""Which answers of a run a file's verdicts speak of: its names are variants, its questions the run's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.errors import HarnessError, unknown
from harness.judges.pairing import Key, paired
from harness.judges.verdict_files import OUTPUTS, Verdicts, Word
from harness.judging import Ballot
from harness.store import Run


@dataclass(frozen=True)
class Cast:
    """A file's verdicts as ballots of a run, and what of it was left out."""

    ballots: tuple[Ballot, ...]
    again: tuple[Ballot, ...]
    """Pairs that the file judges a second time."""
    notes: tuple[str, ...]


def cast_ballots(
    found: Verdicts, run: Run, against: str | None = None, called: Mapping[str, str] | None = None
) -> Cast:
    """Ballots of the file's verdicts, each variant set against `against`: the run's base where nobody says.

    `called` says which variant a name of the file is.
    Verdicts on other models and other questions are left out, and counted. Refuses a file of which none is left.
    """
    variants = [variant.name for variant in run.summary.variants]
    baseline = against or next((it.name for it in run.summary.variants if it.kind == "base"), variants[0])
    if baseline not in variants:
        unknown("variant", baseline, variants, "--against is a variant of the run.")
    names = _names(found.words, variants, called or {}, baseline)
    questions = _Questions(run)
    told: list[tuple[Key, str, Word]] = []
    strangers: Counter[str] = Counter()
    for word in found.words:
        first, second = names.get(word.first, ""), names.get(word.second, "")
        if not first or not second or first == second:
            strangers["models"] += 1
            continue
        before, after = sorted((first, second), key=lambda name: (name != baseline, variants.index(name)))
        question = questions.of(word, (before, after, first))
        if question is None:
            strangers["questions"] += 1
            continue
        told.append(((question, before, after, word.sample), first, word))
    if not told:
        raise HarnessError(_nothing(found, variants, strangers))
    ballots, again = paired(told)
    notes = [f"verdicts on other {what} left out: {many}" for what, many in strangers.items()]
    return Cast(tuple(ballots), tuple(again), (*found.notes, *notes))


def _names(
    words: Iterable[Word], variants: Sequence[str], called: Mapping[str, str], baseline: str
) -> dict[str | None, str]:
    """The file's name → the variant's; a nameless side is the baseline, and of two variants the other."""
    for said in called.values():
        if said not in variants:
            unknown("variant", said, variants, "--model says NAME=VARIANT, the file's name first.")
    folded = {name.casefold(): name for name in variants}
    found: dict[str | None, str] = {None: baseline, OUTPUTS[0]: baseline}
    if len(variants) == 2:
        found[OUTPUTS[1]] = next(name for name in variants if name != baseline)
    for name in {name for word in words for name in (word.first, word.second) if name is not None}:
        if (variant := called.get(name) or folded.get(name.casefold())) is not None:
            found[name] = variant
    return found


class _Questions:
    """A run's questions by id and by wording."""

    def __init__(self, run: Run) -> None:
        self._ids = {question.id for question in run.questions}
        self._worded: dict[str, list[str]] = {}
        self._used: dict[object, int] = {}
        for question in run.questions:
            wordings = {_flat(question.question)}
            for variant in run.variants:
                response = run.responses.get((variant, question.id))
                if response is not None and response.asked is not None:
                    wordings.add(_flat(response.asked))
            for wording in wordings:
                self._worded.setdefault(wording, []).append(question.id)

    def of(self, word: Word, who: tuple[str, ...]) -> str | None:
        """The question's id; of a wording that is asked more than once each verdict takes the next."""
        if word.question in self._ids:
            return word.question
        places = self._worded.get(wording := _flat(word.question))
        if not places:
            return None
        key = (wording, who, word.sample)
        self._used[key] = self._used.get(key, -1) + 1
        return places[self._used[key] % len(places)]


def _flat(text: str) -> str:
    return " ".join(text.casefold().split())


def _nothing(found: Verdicts, variants: Sequence[str], strangers: Counter[str]) -> str:
    names = sorted({name for word in found.words for name in (word.first, word.second) if name})
    shown = ", ".join(names[:6]) + (", …" if len(names) > 6 else "")
    if strangers["questions"]:
        return f"No verdict is on a question of this run: the first is on '{found.words[0].question[:60]}'."
    return (
        f"No verdict is on two variants of this run ({', '.join(variants)}). The file's: {shown}. "
        "Say which is which: --model NAME=VARIANT"
    )
