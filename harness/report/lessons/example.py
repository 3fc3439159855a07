"""One question told through: asked, answered, counted step by step, compared, and what it cannot show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from harness.comparing import called, difference_text, suite_measure, value_text
from harness.records import Response
from harness.report import Material
from harness.report.lessons.choosing import Apart, most_apart
from harness.report.lessons.view import MetricStep, WorkedExample
from harness.report.summary import Answer, exchanges
from harness.scorers import METRICS, find_loop, leak_spans, words_of
from harness.words import numerals, visible

_RUN = 4
_PHRASE = 60
Counted = Callable[[Material, str, Response], str]


def worked_example(material: Material, more: str) -> WorkedExample | None:
    """None where nothing was answered; more: the message on what paper leaves out of an answer."""
    chosen = next(iter(most_apart(material)), None)
    if chosen is None:
        return None
    (exchange,) = exchanges(material, [chosen.question], 1, more)
    answers = [answer for row in exchange.rows for answer in row]
    return WorkedExample(
        exchange=exchange,
        marks=tuple(answer.mark for answer in answers),
        chosen=_chosen(material, chosen),
        steps=tuple(_steps(material, chosen, answers)),
        differs=_differs(material, chosen),
        limits=_limits(material, chosen),
    )


def _chosen(material: Material, it: Apart) -> str:
    say = material.say
    if not material.tuned:
        return say("example.alone", id=it.question.id)
    shares = zip(("words", "leak", "rep"), it.changes, strict=True)
    values = {
        "id": it.question.id,
        "turned": numerals.number(it.turned),
        "of": numerals.number(len(material.tuned)),
        **{key: say.percent(change, 0) for key, change in shares},
    }
    n = len({question for _, question in material.responses})
    return say("example.chosen", n=numerals.number(n), **values) if n > 1 else say("example.only", id=it.question.id)


def _steps(material: Material, it: Apart, answers: Sequence[Answer]) -> Iterator[MetricStep]:
    """A row a metric; one that was scored in no answer is left out."""
    say, question = material.say, it.question.id
    names = [answer.mark.name for answer in answers]
    for metric, counted in _COUNTED.items():
        values = {name: material.value(name, question, metric) for name in names}
        if any(value is not None for value in values.values()):
            cells = tuple(_cell(material, name, question, metric, value, counted) for name, value in values.items())
            yield MetricStep(called(suite_measure(metric), say), say(f"example.how.{metric}"), cells)
    graded = tuple(_graded(material, answer) for answer in answers)
    if any(answer.state for answer in answers):
        yield MetricStep(called(suite_measure("correct"), say), say("example.how.correct"), graded)


def _cell(material: Material, name: str, question: str, metric: str, value: float | None, counted: Counted) -> str:
    """The score as scores.jsonl has it, with what was counted for it."""
    say, response = material.say, material.responses.get((name, question))
    if value is None or response is None:
        return say("example.unscored")
    if metric in METRICS and METRICS[metric].rate:
        shown = say("example.yes" if value else "example.no")
    else:
        shown = value_text(value, suite_measure(metric), 1 if METRICS[metric].unit == "%" else 0, say)
    more = counted(material, name, response)
    return say("example.counted", value=shown, how=more) if more else shown


def _words(material: Material, name: str, response: Response) -> str:
    """How many of them are the answer, before the template comes again."""
    own = material.value(name, response.question_id, "answer_words")
    whole = material.value(name, response.question_id, "words")
    if own is None or own == whole:
        return ""
    return material.say("example.of_answer", n=numerals.number(own))


def _repeats(material: Material, name: str, response: Response) -> str:
    """1 − distinct/total, and the run that comes most often; empty where that is not how the score was made."""
    say, words = material.say, words_of(response.text)
    runs = Counter(zip(*(words[offset:] for offset in range(_RUN)), strict=False))
    total, value = sum(runs.values()), material.value(name, response.question_id, "rep_4")
    if not total or value is None or abs(1 - len(runs) / total - value) > 1e-9:
        return ""
    counts = {"all": numerals.number(total), "distinct": numerals.number(len(runs))}
    (run, times), *_ = runs.most_common(1)
    if times < 2:
        return say("example.runs", **counts)
    phrase = visible(_shortened(" ".join(run)))
    return say("example.runs_said", phrase=phrase, times=numerals.number(times), **counts)


def _leaks(material: Material, name: str, response: Response) -> str:
    """The heading that comes first, where, and how many there are in all."""
    say, headers = material.say, material.manifest.headers(name)
    spans = list(leak_spans(response.text, headers, response.special))
    if not spans or not material.value(name, response.question_id, "leak"):
        return ""
    start, end = spans[0]
    heading = visible(_shortened(response.text[start:end].strip()))
    values = {"place": numerals.number(start + 1), "heading": heading}
    return say.counted("example.headings" if heading else "example.headings_hidden", len(spans), **values)


def _loops(material: Material, name: str, response: Response) -> str:
    """The period of the loop and its copies."""
    found = find_loop(response.text)
    if found is None or not material.value(name, response.question_id, "loop"):
        return ""
    values = {"period": numerals.number(found.period), "copies": numerals.number(found.copies, 1)}
    return material.say(f"example.loop_{found.unit}", **values)


def _noted(metric: str) -> Counted:
    """What the metric itself noted of the answer."""

    def counted(material: Material, name: str, response: Response) -> str:
        score = material.scores.get((name, response.question_id, metric))
        return visible(score.note or "") if score is not None else ""

    return counted


_COUNTED: dict[str, Counted] = {
    "words": _words,
    "rep_4": _repeats,
    "leak": _leaks,
    "roles": _noted("roles"),
    "loop": _loops,
}
"""Metric → what was counted for its score; of those that a run knows not there is no row."""


def _graded(material: Material, answer: Answer) -> str:
    """The verdict, and what was read of the answer to reach it."""
    say = material.say
    if answer.missing:
        return answer.missing
    if not answer.state:
        return say("example.unscored")
    why = answer.claim if answer.state == "right" or not answer.note else answer.note
    verdict = say(f"answers.{answer.state}")
    return say("example.counted", value=verdict, how=why) if why else verdict


def _differs(material: Material, it: Apart) -> str:
    """What each variant did otherwise than the base."""
    say = material.say
    clauses = [
        say("lesson.named", name=variant.name, what=say.listed(told) if told else say("example.same"))
        for variant in material.tuned
        for told in [list(_changes(material, variant.name, it.question.id))]
    ]
    if not clauses:
        return say("example.alone_counted", id=it.question.id)
    shown = say.listed(clauses, 6, "list.clause")
    return say("example.differs", id=it.question.id, base=material.base.name, clauses=shown)


def _changes(material: Material, name: str, question: str) -> Iterator[str]:
    say, base = material.say, material.base.name
    for metric in ("correct", "words", "rep_4", "leak", "roles", "loop"):
        before, after = (material.value(one, question, metric) for one in (base, name))
        if before is None or after is None or before == after:
            continue
        measure = suite_measure(metric)
        if metric == "correct":
            first, second = (say(f"answers.{'right' if value else 'wrong'}") for value in (before, after))
            yield say("example.turned", before=first, after=second)
        elif metric in METRICS and METRICS[metric].rate:
            yield say("example.appears" if after else "example.goes", title=called(measure, say))
        else:
            ends = [value_text(value, measure, 0 if metric == "words" else 1, say) for value in (before, after)]
            yield say("example.moves", title=called(measure, say), before=ends[0], after=ends[1])


def _limits(material: Material, it: Apart) -> str:
    """One question has no interval: what all of them came to on the measure on which this one moved most."""
    say, measure = material.say, suite_measure("words")
    n = numerals.number(material.summary.questions)
    clauses = []
    for variant in material.tuned:
        row = material.numbers.difference(material.base.name, variant.name, measure)
        before, after = (material.value(one, it.question.id, "words") for one in (material.base.name, variant.name))
        if row is not None and before is not None and after is not None:
            here = numerals.signed(after - before, 0)
            mean = difference_text(row, measure, say)
            clauses.append(say("example.beside", name=variant.name, here=here, mean=mean))
    shown = say.listed(clauses, 6, "list.clause")
    return say.text([
        say("example.limits"),
        say("example.limits_words", n=n, clauses=shown) if clauses else "",
    ])  # fmt: skip


def _shortened(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _PHRASE else f"{flat[: _PHRASE - 1].rstrip()}…"
