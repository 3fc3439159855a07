"""Answers side by side, ordered by what a reader would look for: lost, gained, then the largest change."""

from __future__ import annotations

import math
from collections.abc import Sequence

from harness import numerals
from harness.answer_marks import beginning, segments
from harness.records import Response, Verdict
from harness.report_material import Asked, Material, beside
from harness.report_view import Answer, AnswersSection, Exchange

ON_SCREEN, ON_PAPER, PAPER_CHARACTERS, PAPER_LINES = 40, 12, 500, 14
_BESIDE = 3
_FLAGS = {"leak": "answers.leak", "loop": "answers.loop", "truncated": "answers.cut"}


def answers_section(material: Material) -> AnswersSection:
    """At most 40 questions with whole answers, and at most 12 with beginnings for paper."""
    answered = {question for _, question in material.responses}
    asked = [question for question in material.questions if question.id in answered]
    chosen = sorted(asked, key=lambda question: _rank(material, question))[:ON_SCREEN]
    shown = tuple(_exchange(material, question) for question in chosen)
    paper = {"characters": PAPER_CHARACTERS, "lines": PAPER_LINES}
    return AnswersSection(
        lead=_lead(material, len(shown), len(asked)),
        print_note=material.say("answers.print", n=min(ON_PAPER, len(shown)), shown=len(shown), **paper),
        shown=shown,
        printed=shown[:ON_PAPER],
    )


def _lead(material: Material, shown: int, asked: int) -> str:
    if not asked:
        return material.say("answers.nothing")
    key = "answers.lead" if material.tuned else "answers.lead_alone"
    return material.say(key, shown=shown, n=numerals.number(asked))


def _rank(material: Material, question: Asked) -> tuple[int, float]:
    lost, gained = _flips(material, question)
    return (0 if lost else 1 if gained else 2), -_change(material, question)


def _flips(material: Material, question: Asked) -> tuple[list[str], list[str]]:
    """Names of the variants that lost the question, and that gained it."""
    before = material.value(material.base.name, question.id, "correct")
    after = {variant.name: material.value(variant.name, question.id, "correct") for variant in material.tuned}
    lost = [name for name, value in after.items() if before == 1.0 and value == 0.0]
    gained = [name for name, value in after.items() if before == 0.0 and value == 1.0]
    return lost, gained


def _change(material: Material, question: Asked) -> float:
    """How far apart the answers are: the largest ratio of lengths, and a doubling weighs as much as 50 points rep_4."""

    def size(name: str, metric: str) -> float:
        return material.value(name, question.id, metric) or 0.0

    base = material.base.name
    if not material.tuned:
        return size(base, "words")
    return max(
        abs(math.log2((size(it.name, "words") + 1) / (size(base, "words") + 1)))
        + 2 * abs(size(it.name, "rep_4") - size(base, "rep_4"))
        for it in material.tuned
    )


def _exchange(material: Material, question: Asked) -> Exchange:
    say = material.say
    lost, gained = _flips(material, question)
    tags: list[tuple[Verdict, str]] = [("regressed", say("answers.lost", names=", ".join(lost)))] if lost else []
    tags += [("improved", say("answers.gained", names=", ".join(gained)))] if gained else []
    answers = [_answer(material, name, question) for name in material.marks]
    return Exchange(
        id=question.id,
        question=question.text,
        expected=say("answers.expected", answer=question.expected) if question.expected is not None else None,
        tags=tuple(tags),
        rows=tuple(beside(answers, _BESIDE)),
    )


def _answer(material: Material, name: str, question: Asked) -> Answer:
    say, response = material.say, material.responses.get((name, question.id))
    text = response.text if response is not None else ""
    pieces = segments(text, _headers(material))
    printed = beginning(pieces, PAPER_CHARACTERS, PAPER_LINES)
    rest = len(text) - sum(len(piece.text) for piece in printed)
    raised = _raised(material, name, question)
    return Answer(
        mark=material.marks[name],
        state=_state(material, name, question),
        facts=_facts(material, name, question),
        flags=tuple(say(word) for metric, word in _FLAGS.items() if metric in raised),
        note=_note(material, name, question),
        segments=pieces,
        printed=printed,
        rest=say("answers.more", n=numerals.number(rest)) if rest > 0 else None,
        cut=say("answers.cut") if "truncated" in raised else None,
        missing=_missing(material, response),
        region=say("answers.region", name=name, id=question.id),
    )


def _headers(material: Material) -> Sequence[str]:
    headers = material.table("prompt").get("headers") or ()
    return [str(header) for header in headers]


def _state(material: Material, name: str, question: Asked) -> str:
    score = material.scores.get((name, question.id, "correct"))
    if score is None:
        return ""
    return "unjudged" if score.value is None else "right" if score.value == 1.0 else "wrong"


def _facts(material: Material, name: str, question: Asked) -> tuple[str, ...]:
    say, found = material.say, []
    words, repeats = (material.value(name, question.id, metric) for metric in ("words", "rep_4"))
    if words is not None:
        found.append(say.counted("answers.word", int(words), numerals.number(words)))
    if repeats:
        found.append(say("answers.repeats", share=numerals.percent(repeats, 0)))
    return tuple(found)


def _raised(material: Material, name: str, question: Asked) -> set[str]:
    """What is wrong with the answer's form, as metrics."""
    response = material.responses.get((name, question.id))
    raised = {metric for metric in _FLAGS if material.value(name, question.id, metric) == 1.0}
    return raised | ({"truncated"} if response is not None and response.finish_reason == "length" else set())


def _note(material: Material, name: str, question: Asked) -> str | None:
    score = material.scores.get((name, question.id, "correct"))
    return score.note if score is not None else None


def _missing(material: Material, response: Response | None) -> str | None:
    if response is None:
        return material.say("answers.missing")
    if response.error is not None:
        return material.say("answers.failed", error=response.error)
    return None if response.text.strip() else material.say("answers.empty")
